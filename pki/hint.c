/*
 * Findings, and what is the same for each of a kind.
 */
#include "pki/hint.h"

#include <stdlib.h>
#include <string.h>

#include "pki/xalloc.h"

#define NOTE SEVERITY_NOTE
#define WARNING SEVERITY_WARNING
#define ERROR SEVERITY_ERROR

static const struct kind {
    const char *name;
    enum severity severity;
} kinds[HINTS] = {
    [HINT_FILE_EMPTY] = { "file-empty", ERROR },
    [HINT_FILE_UTF16] = { "file-utf16", ERROR },
    [HINT_FILE_CR_ONLY] = { "file-cr-only", ERROR },
    [HINT_FILE_HTML] = { "file-html", ERROR },
    [HINT_FILE_UNKNOWN] = { "file-unknown", ERROR },
    [HINT_FILE_CUT] = { "file-cut", ERROR },
    [HINT_FILE_PKCS7] = { "file-pkcs7", ERROR },
    [HINT_FILE_PKCS12] = { "file-pkcs12", ERROR },
    [HINT_FILE_DER] = { "file-der", NOTE },
    [HINT_FILE_DER_JOINED] = { "file-der-joined", ERROR },
    [HINT_FILE_CRLF] = { "file-crlf", NOTE },
    [HINT_FILE_BOM] = { "file-bom", NOTE },
    [HINT_FILE_CTRL_Z] = { "file-ctrl-z", NOTE },
    [HINT_BUNDLE_GLUED] = { "bundle-glued", ERROR },
    [HINT_BLOCK_INDENTED] = { "block-indented", ERROR },
    [HINT_BLOCK_NO_BEGIN] = { "block-no-begin", ERROR },
    [HINT_BLOCK_NO_END] = { "block-no-end", ERROR },
    [HINT_BLOCK_BLANK_LINE] = { "block-blank-line", ERROR },
    [HINT_BLOCK_DAMAGED] = { "block-damaged", ERROR },
    [HINT_BLOCK_MISLABELLED] = { "block-mislabelled", ERROR },
    [HINT_BLOCK_CONTAINER] = { "block-container", ERROR },
    [HINT_NO_LINE_BREAK] = { "no-line-break", WARNING },
    [HINT_BLANK_LINES] = { "blank-lines", NOTE },
    [HINT_TEXT_OUTSIDE] = { "text-outside", NOTE },
    [HINT_BINARY_OUTSIDE] = { "binary-outside", WARNING },
    [HINT_TRUSTED_CERTIFICATE] = { "trusted-certificate", ERROR },
    [HINT_KEY_IN_CERTIFICATE_FILE] = { "key-in-certificate-file", WARNING },
    [HINT_NO_CERTIFICATE] = { "no-certificate", ERROR },

    [HINT_KEY_ENCRYPTED] = { "key-encrypted", ERROR },
    [HINT_KEY_SSH] = { "key-ssh", ERROR },
    [HINT_KEY_NOT_RSA] = { "key-not-rsa", WARNING },
    [HINT_KEY_SHORT] = { "key-short", WARNING },
    [HINT_PAIR_MISMATCH] = { "pair-mismatch", ERROR },
    [HINT_PAIR_NOT_FIRST] = { "pair-not-first", ERROR },
    [HINT_PAIR_SWAPPED] = { "pair-swapped", ERROR },
    [HINT_NO_KEY] = { "no-key", ERROR },
    [HINT_PAIR_OTHER_KEY] = { "pair-other-key", ERROR },
    [HINT_PAIR_NEWER_CSR] = { "pair-newer-csr", ERROR },

    [HINT_EXPIRED] = { "expired", ERROR },
    [HINT_EXPIRES_SOON] = { "expires-soon", WARNING },
    [HINT_CA_EXPIRED] = { "ca-expired", ERROR },
    [HINT_CA_EXPIRES_SOON] = { "ca-expires-soon", WARNING },
    [HINT_NOT_YET_VALID] = { "not-yet-valid", ERROR },
    [HINT_VALIDITY_EMPTY] = { "validity-empty", ERROR },
    [HINT_CLOCK_OFF] = { "clock-off", ERROR },
    [HINT_SIGNATURE_WEAK] = { "signature-weak", WARNING },
    [HINT_SERIAL_WEAK] = { "serial-weak", NOTE },
    [HINT_EKU_NO_CLIENT] = { "eku-no-client", WARNING },
    [HINT_EKU_NO_SERVER] = { "eku-no-server", WARNING },
    [HINT_KEY_USAGE] = { "key-usage", WARNING },
    [HINT_NAME_CN_ONLY] = { "name-cn-only", WARNING },
    [HINT_NAME_CN_NOT_IN_SAN] = { "name-cn-not-in-san", WARNING },
    [HINT_NAME_IP_AS_DNS] = { "name-ip-as-dns", WARNING },
    [HINT_NAME_MALFORMED] = { "name-malformed", WARNING },
    [HINT_NAME_NOT_COVERED] = { "name-not-covered", WARNING },
    [HINT_NAME_WILDCARD] = { "name-wildcard", WARNING },
    [HINT_LEAF_SELF_SIGNED] = { "leaf-self-signed", WARNING },
    [HINT_CLIENT_CN] = { "client-cn", ERROR },

    [HINT_CHAIN_ORDER] = { "chain-order", ERROR },
    [HINT_CHAIN_NO_INTERMEDIATE] = { "chain-no-intermediate", ERROR },
    [HINT_CHAIN_NO_ROOT] = { "chain-no-root", ERROR },
    [HINT_CHAIN_LOOP] = { "chain-loop", ERROR },
    [HINT_BUNDLE_UNSET] = { "bundle-unset", WARNING },
    [HINT_ISSUER_AT_HAND] = { "issuer-at-hand", ERROR },
    [HINT_CHAIN_MISPLACED] = { "chain-misplaced", ERROR },
    [HINT_CHAIN_DUPLICATE] = { "chain-duplicate", WARNING },
    [HINT_CHAIN_EXTRA] = { "chain-extra", WARNING },
    [HINT_LEAF_IN_BUNDLE] = { "leaf-in-bundle", WARNING },
    [HINT_FILES_SWAPPED] = { "files-swapped", ERROR },
    [HINT_LEAF_AS_CA] = { "leaf-as-ca", ERROR },
    [HINT_BUNDLE_AS_CERTIFICATE] = { "bundle-as-certificate", ERROR },
    [HINT_ISSUER_NOT_CA] = { "issuer-not-ca", ERROR },
    [HINT_ISSUER_KEY_USAGE] = { "issuer-key-usage", ERROR },
    [HINT_ISSUER_EKU] = { "issuer-eku", WARNING },
    [HINT_PATH_LENGTH] = { "path-length", ERROR },
    [HINT_NAME_CONSTRAINTS] = { "name-constraints", ERROR },
    [HINT_ISSUER_OTHER_KEY] = { "issuer-other-key", ERROR },
    [HINT_ISSUER_ASTRAY] = { "issuer-astray", ERROR },
    [HINT_KEY_ID_MISMATCH] = { "key-id-mismatch", ERROR },
    [HINT_SIGNATURE_BAD] = { "signature-bad", ERROR },
    [HINT_SERIAL_DUPLICATE] = { "serial-duplicate", WARNING },
    [HINT_EXTENSION_UNKNOWN] = { "extension-unknown", ERROR },
    [HINT_POLICY_MISSING] = { "policy-missing", ERROR },
    [HINT_REVOKED] = { "revoked", ERROR },
    [HINT_CRL_MISSING] = { "crl-missing", ERROR },
    [HINT_CRL_EXPIRED] = { "crl-expired", ERROR },
    [HINT_CRL_NOT_YET_VALID] = { "crl-not-yet-valid", ERROR },
    [HINT_CRL_OTHER_KEY] = { "crl-other-key", ERROR },
    [HINT_CRL_KEY_USAGE] = { "crl-key-usage", ERROR },

    [HINT_TRUST_UNSET] = { "trust-unset", WARNING },
    [HINT_TRUST_NOT_PEER] = { "trust-not-peer", ERROR },
    [HINT_TRUST_ISSUER] = { "trust-issuer", WARNING },
    [HINT_NOT_RESTARTED] = { "not-restarted", WARNING },
    [HINT_NOT_PRESENTED] = { "not-presented", ERROR },
    [HINT_INCOMPLETE] = { "incomplete", WARNING },
    [HINT_PORT_CLASH] = { "port-clash", ERROR },
    [HINT_FILE_MISSING] = { "file-missing", ERROR },
    [HINT_FILE_TOO_LARGE] = { "file-too-large", ERROR },
    [HINT_FILE_UNREADABLE] = { "file-unreadable", ERROR },
    [HINT_FILE_IN_USE] = { "file-in-use", WARNING },
    [HINT_KEY_REPLACED] = { "key-replaced", ERROR },
    [HINT_CERT_NOT_OF_KEY] = { "cert-not-of-key", WARNING },
    [HINT_COPY_DIFFERS] = { "copy-differs", WARNING },
    [HINT_NODE_NAME] = { "node-name", NOTE },

    [HINT_WORD_MISSPELT] = { "word-misspelt", ERROR },
    [HINT_WORD_MISSING] = { "word-missing", ERROR },
    [HINT_WORD_UNQUOTED] = { "word-unquoted", ERROR },
    [HINT_WORD_COMMA] = { "word-comma", ERROR },
    [HINT_WORD_NOT_ASCII] = { "word-not-ascii", ERROR },
    [HINT_WORD_COPIED] = { "word-copied", ERROR },
    [HINT_WORD_RELEASE] = { "word-release", ERROR },
    [HINT_WORDS_SWAPPED] = { "words-swapped", ERROR },
    [HINT_CAPITAL_Y] = { "capital-y", ERROR },
};

const char *
hint_name(enum hint_id id)
{
    return kinds[id].name;
}

enum severity
hint_severity(enum hint_id id)
{
    return kinds[id].severity;
}

const char *
severity_name(enum severity severity)
{
    static const char *const names[] = {
        [NOTE] = "note",
        [WARNING] = "warning",
        [ERROR] = "error",
    };

    return names[severity];
}

static bool
is_same(const struct hint *a, const struct hint *b)
{
    return a->id == b->id && a->element == b->element && a->line == b->line &&
           strcmp(a->service, b->service) == 0 &&
           strcmp(a->file, b->file) == 0 && strcmp(a->one, b->one) == 0 &&
           strcmp(a->two, b->two) == 0;
}

/* The last of the mildest. */
static size_t
mildest(const struct hints *hints)
{
    size_t found = 0, i;

    for (i = 1; i < hints->count; i++)
        if (kinds[hints->all[i].id].severity <=
            kinds[hints->all[found].id].severity)
            found = i;
    return found;
}

void
hints_add(struct hints *hints, const struct hint *hint)
{
    size_t i;

    for (i = 0; i < hints->count; i++)
        if (is_same(&hints->all[i], hint))
            return;
    if (hints->count == HINTS_MAX) {
        hints->left_out++;
        i = mildest(hints);
        if (kinds[hint->id].severity <= kinds[hints->all[i].id].severity)
            return;
        memmove(&hints->all[i], &hints->all[i + 1],
                (hints->count - i - 1) * sizeof(*hints->all));
        hints->count--;
    }
    hints->all =
        xreallocarray(hints->all, hints->count + 1, sizeof(*hints->all));
    hints->all[hints->count++] = *hint;
}

void
hints_move(struct hints *hints, struct hints *from)
{
    size_t i;

    for (i = 0; i < from->count; i++)
        hints_add(hints, &from->all[i]);
    hints->left_out += from->left_out;
    hints_clear(from);
}

bool
hints_has(const struct hints *hints, enum hint_id id)
{
    size_t i;

    for (i = 0; i < hints->count; i++)
        if (hints->all[i].id == id)
            return true;
    return false;
}

void
hints_sort(struct hints *hints)
{
    size_t i, j;

    for (i = 1; i < hints->count; i++) {
        struct hint hint = hints->all[i];

        for (j = i; j > 0 && kinds[hints->all[j - 1].id].severity <
                                 kinds[hint.id].severity;
             j--)
            hints->all[j] = hints->all[j - 1];
        hints->all[j] = hint;
    }
}

void
hints_keep(struct hints *hints, enum severity mildest_kept)
{
    size_t kept = 0, i;

    for (i = 0; i < hints->count; i++)
        if (kinds[hints->all[i].id].severity >= mildest_kept)
            hints->all[kept++] = hints->all[i];
    hints->count = kept;
}

void
hints_clear(struct hints *hints)
{
    free(hints->all);
    *hints = (struct hints){ 0 };
}
