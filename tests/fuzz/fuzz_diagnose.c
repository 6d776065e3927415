/*
 * Any bytes as any of the files that belong together: the findings stay within
 * their limits, are sorted, and their words can be printed in one line.
 */
#include <string.h>

#include "mmp/hints.h"
#include "pki/diagnose.h"
#include "tests/fuzz/fuzz.h"

#define NOW ((time_t)1780315200) /* as TEST_NOW */

static const char *const names[] = { "www.example.com", "192.0.2.1", NULL };

/* What the bytes are given as, with what beside them. */
static const struct asking {
    enum diagnose_role role;
    const char *key, *cert, *trust; /* of testdata/pki */
    unsigned usage;
} askings[] = {
    { DIAGNOSE_ANY, NULL, NULL, NULL, 0 },
    { DIAGNOSE_KEY, NULL, "leaf.crt", NULL, DIAGNOSE_SERVER },
    { DIAGNOSE_CERT, "leaf.key", NULL, "root.crt", DIAGNOSE_SERVER },
    { DIAGNOSE_FULL_CHAIN, "leaf.key", NULL, NULL, DIAGNOSE_CLIENT },
    { DIAGNOSE_BUNDLE, NULL, "leaf.crt", NULL, 0 },
    { DIAGNOSE_TRUST, NULL, "dbclient.crt", NULL,
      DIAGNOSE_CLIENT | DIAGNOSE_DATABASE },
};
#define ASKINGS (sizeof(askings) / sizeof(askings[0]))

static void
add_part(struct diagnose_part *parts, size_t *n, const char *name,
         const struct blob *bytes, enum diagnose_role role)
{
    parts[(*n)++] = (struct diagnose_part){ name, bytes, role, NULL };
}

static void
check_hint(const struct hint *hint, const struct hint *before)
{
    struct blob text = { 0 };

    must(hint->id < HINTS);
    must(before == NULL ||
         hint_severity(before->id) >= hint_severity(hint->id));
    must(memchr(hint->file, '\0', sizeof(hint->file)) != NULL);
    must(memchr(hint->one, '\0', sizeof(hint->one)) != NULL);
    must(memchr(hint->two, '\0', sizeof(hint->two)) != NULL);
    must(strcmp(hint->file, "file") == 0 || strchr(hint->file, '.') != NULL);
    hint_format(hint, &text);
    must(text.size > 0 && memchr(text.data, '\n', text.size) == NULL);
    fuzz_check_text((const char *)text.data, text.size);
    blob_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob file = fuzz_blob(data, size);
    /* Any change of the size asks another thing. */
    const struct asking *asking = &askings[size % ASKINGS];
    const struct diagnosis diagnosis = {
        .now = NOW,
        .usage = asking->usage,
        .names = names,
    };
    struct diagnose_part parts[3];
    struct hints hints = { 0 };
    struct error error = { 0 };
    size_t n = 0, i;

    if (asking->key != NULL)
        add_part(parts, &n, asking->key, fuzz_fixture(asking->key),
                 DIAGNOSE_KEY);
    if (asking->cert != NULL)
        add_part(parts, &n, asking->cert, fuzz_fixture(asking->cert),
                 DIAGNOSE_CERT);
    add_part(parts, &n, "file", &file, asking->role);
    if (asking->trust != NULL)
        add_part(parts, &n, asking->trust, fuzz_fixture(asking->trust),
                 DIAGNOSE_TRUST);
    diagnose(&diagnosis, parts, n, &hints);
    fuzz_check(0, &error);
    must(hints.count <= HINTS_MAX);
    must(hints.left_out == 0 || hints.count == HINTS_MAX);
    for (i = 0; i < hints.count; i++)
        check_hint(&hints.all[i], i > 0 ? &hints.all[i - 1] : NULL);
    hints_clear(&hints);
    blob_clear(&file);
    return 0;
}
