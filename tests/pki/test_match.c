/*
 * Keys against certificates and requests.
 */
#include "pki/match.h"

#include "tests/support.h"

static void
check_match(struct store *store, const char *key, const char *other,
            enum match_kind kind)
{
    enum match_kind got = (enum match_kind) - 1;
    struct error error;

    fixture_store(store, key);
    fixture_store(store, other);
    assert_int_equal(match(store, key, other, &got, &error), 0);
    assert_int_equal(got, kind);
}

static void
test_matches(void **state)
{
    struct scratch *scratch = *state;

    check_match(scratch->store, "leaf.key", "leaf.crt", MATCH_CERT);
    check_match(scratch->store, "leaf.key", "leaf.csr", MATCH_CSR);
    check_match(scratch->store, "leaf-key.der", "leaf-crt.der", MATCH_CERT);
    check_match(scratch->store, "pkcs1.key", "leaf-csr.der", MATCH_CSR);
    check_match(scratch->store, "ec.key", "ec.crt", MATCH_CERT);
    check_match(scratch->store, "sec1.key", "ec.crt", MATCH_CERT);
    check_match(scratch->store, "ed25519.key", "ed25519.crt", MATCH_CERT);
    /* Of a chain it is the first. */
    check_match(scratch->store, "leaf.key", "fullchain.crt", MATCH_CERT);
    /* Neither time nor signature matter here. */
    check_match(scratch->store, "expired.key", "expired.crt", MATCH_CERT);
    check_match(scratch->store, "leaf.key", "csr-badsig.csr", MATCH_CSR);
}

static void
check_mismatch(struct store *store, const char *key, const char *other,
               enum error_code code, const char *name)
{
    enum match_kind got = (enum match_kind) - 1;
    struct error error;

    fixture_store(store, key);
    fixture_store(store, other);
    assert_fails(match(store, key, other, &got, &error), &error, code, name);
    assert_int_equal(got, (enum match_kind) - 1);
    if (code == E_MISMATCH_CERT || code == E_MISMATCH_CSR)
        assert_string_equal(error.other, other);
}

static void
test_mismatches(void **state)
{
    struct scratch *scratch = *state;

    check_mismatch(scratch->store, "root.key", "leaf.crt", E_MISMATCH_CERT,
                   "root.key");
    check_mismatch(scratch->store, "root.key", "leaf.csr", E_MISMATCH_CSR,
                   "root.key");
    check_mismatch(scratch->store, "ec.key", "leaf.crt", E_MISMATCH_CERT,
                   "ec.key");
    check_mismatch(scratch->store, "ec384.key", "ec.crt", E_MISMATCH_CERT,
                   "ec384.key");
    check_mismatch(scratch->store, "ed25519.key", "leaf.csr", E_MISMATCH_CSR,
                   "ed25519.key");
}

static void
test_unreadable(void **state)
{
    struct scratch *scratch = *state;
    enum match_kind got;
    struct error error;

    check_mismatch(scratch->store, "encrypted.key", "leaf.crt", E_KEY_ENCRYPTED,
                   "encrypted.key");
    check_mismatch(scratch->store, "leaf.crt", "leaf.crt", E_NOT_KEY,
                   "leaf.crt");
    check_mismatch(scratch->store, "leaf.key", "root.key", E_NOT_CERT,
                   "root.key");
    check_mismatch(scratch->store, "leaf.key", "crl.der", E_NOT_CERT,
                   "crl.der");
    check_mismatch(scratch->store, "leaf.key", "glued.crt", E_PEM_GLUED,
                   "glued.crt");
    check_mismatch(scratch->store, "leaf.key", "badder.crt", E_PEM_BAD_DATA,
                   "badder.crt");
    check_mismatch(scratch->store, "leaf.key", "empty.crt", E_EMPTY,
                   "empty.crt");
    assert_fails(match(scratch->store, "no.key", "leaf.crt", &got, &error),
                 &error, E_NO_FILE, "no.key");
    assert_fails(match(scratch->store, "leaf.key", "no.crt", &got, &error),
                 &error, E_NO_FILE, "no.crt");
    assert_fails(match(scratch->store, "../leaf.key", "leaf.crt", &got, &error),
                 &error, E_BAD_NAME, "../leaf.key");
}

/* A key of an algorithm that nobody knows matches none. */
static void
test_unknown_keys(void **state)
{
    static const struct {
        const char *file;
        enum error_code code;
    } rows[] = {
        { "leaf-crt.der", E_MISMATCH_CERT },
        { "leaf-csr.der", E_MISMATCH_CSR },
    };
    struct scratch *scratch = *state;
    size_t i;

    fixture_store(scratch->store, "leaf.key");
    for (i = 0; i < 2; i++) {
        struct blob file = fixture_unknown_key(rows[i].file);
        const struct store_change change = { "x", &file, 0644 };
        enum match_kind kind;
        struct error error;

        assert_int_equal(
            store_write(scratch->store, STORE_FILES, &change, 1, &error), 0);
        assert_fails(match(scratch->store, "leaf.key", "x", &kind, &error),
                     &error, rows[i].code, "leaf.key");
        blob_clear(&file);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_matches, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_mismatches, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_unreadable, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_keys, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
