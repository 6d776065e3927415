/*
 * Failures as values.  This is the only file that reads OpenSSL's error queue,
 * so that nothing is left there for the next command.
 */
#include "pki/error.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

/* Names are for people: one that is too long is cut, never refused. */
static void
put(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from != NULL ? from : "");
}

bool
error_may_pass(const struct error *error)
{
    switch (error->code) {
    case E_IO:
    case E_FULL:
    case E_BUSY:
    case E_ENDED:
    case E_CRYPTO:
        return true;
    default:
        return false;
    }
}

int
fail_pair(struct error *error, enum error_code code, const char *subject,
          const char *other)
{
    struct error filled = { .code = code };

    /* Filled apart: subject may be the error's own. */
    put(filled.subject, sizeof(filled.subject), subject);
    put(filled.other, sizeof(filled.other), other);
    *error = filled;
    return -1;
}

int
fail(struct error *error, enum error_code code, const char *subject)
{
    return fail_pair(error, code, subject, NULL);
}

int
fail_line(struct error *error, enum error_code code, const char *subject,
          unsigned line)
{
    fail(error, code, subject);
    error->line = line;
    return -1;
}

int
fail_detail(struct error *error, enum error_code code, const char *subject,
            const char *detail)
{
    fail(error, code, subject);
    put(error->detail, sizeof(error->detail), detail);
    return -1;
}

int
fail_errno(struct error *error, const char *subject)
{
    int saved = errno;
    enum error_code code;

    switch (saved) {
    case ENOENT:
        code = E_NO_FILE;
        break;
    case ELOOP:
    case EISDIR:
    case ENXIO:
        code = E_NOT_REGULAR;
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        code = E_DENIED;
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        code = E_FULL;
        break;
    default:
        code = E_IO;
        break;
    }
    fail_detail(error, code, subject, strerror(saved));
    errno = saved;
    return -1;
}

int
fail_openssl(struct error *error, enum error_code code, const char *subject)
{
    unsigned long cause = ERR_get_error();
    char text[256] = "";

    if (cause != 0 && ERR_reason_error_string(cause) != NULL)
        ERR_error_string_n(cause, text, sizeof(text));
    else if (cause != 0)
        snprintf(text, sizeof(text), "openssl errstr %08lX", cause);
    openssl_forget();
    return fail_detail(error, code, subject != NULL ? subject : "OpenSSL",
                       text);
}

void
openssl_begin(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}

void
openssl_begin_without_ciphers(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
                            OPENSSL_INIT_NO_ADD_ALL_CIPHERS,
                        NULL);
    /* Fails if random numbers were used before; then AES will do. */
    if (!RAND_set_DRBG_type(NULL, "HASH-DRBG", NULL, NULL, "SHA256"))
        openssl_forget();
}

void
openssl_forget(void)
{
    ERR_clear_error();
}

bool
openssl_lacks(void)
{
    return ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED;
}
