/*
 * Makes what scripts/bench measures with, faster than a command line could:
 *
 * usage: bench_data COUNT
 *
 * writes to the current directory roots.pem, COUNT self-signed roots of
 * distinct subjects; root.pem, the one in their middle; leaf.crt and leaf.key,
 * which that one signed.  All roots share one RSA key: the work of reading and
 * comparing them is the same.
 */
#include <err.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void
must(int good)
{
    if (good)
        return;
    ERR_print_errors_fp(stderr);
    errx(1, "OpenSSL failed");
}

static void
extend(X509 *cert, X509V3_CTX *context, int kind, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, kind, value);

    must(extension != NULL && X509_add_ext(cert, extension, -1));
    X509_EXTENSION_free(extension);
}

/* A root when issuer is NULL, else a leaf below it. */
static X509 *
make(const char *cn, long serial, X509 *issuer, EVP_PKEY *key, EVP_PKEY *signer)
{
    X509 *cert = X509_new();
    X509_NAME *name;
    X509V3_CTX context;

    must(cert != NULL && X509_set_version(cert, X509_VERSION_3) &&
         ASN1_INTEGER_set(X509_get_serialNumber(cert), serial) &&
         X509_gmtime_adj(X509_getm_notBefore(cert), -86400) != NULL &&
         X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * 365) != NULL &&
         X509_set_pubkey(cert, key));
    name = X509_get_subject_name(cert);
    must(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
                                    (const unsigned char *)"Example Trust", -1,
                                    -1, 0) &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    (const unsigned char *)cn, -1, -1, 0));
    must(X509_set_issuer_name(
        cert, issuer != NULL ? X509_get_subject_name(issuer) : name));
    X509V3_set_ctx(&context, issuer != NULL ? issuer : cert, cert, NULL, NULL,
                   0);
    extend(cert, &context, NID_subject_key_identifier, "hash");
    if (issuer == NULL) {
        extend(cert, &context, NID_basic_constraints, "critical,CA:TRUE");
        extend(cert, &context, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        extend(cert, &context, NID_authority_key_identifier, "keyid");
        extend(cert, &context, NID_ext_key_usage, "serverAuth,clientAuth");
        extend(cert, &context, NID_subject_alt_name,
               "DNS:leaf.example.com,DNS:www.example.com");
    }
    must(X509_sign(cert, signer, EVP_sha256()) > 0);
    return cert;
}

static FILE *
create(const char *path)
{
    FILE *out = fopen(path, "w");

    if (out == NULL)
        err(1, "%s", path);
    return out;
}

static void
finish(FILE *out, const char *path)
{
    if (fclose(out) != 0)
        err(1, "%s", path);
}

static void
write_cert(const char *path, X509 *cert)
{
    FILE *out = create(path);

    must(PEM_write_X509(out, cert));
    finish(out, path);
}

int
main(int argc, char **argv)
{
    long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0, i;
    EVP_PKEY *ca_key, *leaf_key;
    X509 *middle = NULL, *leaf;
    FILE *out;

    if (count < 1)
        errx(2, "usage: bench_data COUNT");
    ca_key = EVP_RSA_gen(2048);
    leaf_key = EVP_RSA_gen(2048);
    must(ca_key != NULL && leaf_key != NULL);

    out = create("roots.pem");
    for (i = 0; i < count; i++) {
        char cn[64];
        X509 *root;

        snprintf(cn, sizeof(cn), "Example Root %ld", i);
        root = make(cn, i + 1, NULL, ca_key, ca_key);
        must(PEM_write_X509(out, root));
        if (i == count / 2)
            middle = root;
        else
            X509_free(root);
    }
    finish(out, "roots.pem");

    leaf = make("leaf.example.com", count + 1, middle, leaf_key, ca_key);
    write_cert("root.pem", middle);
    write_cert("leaf.crt", leaf);
    out = create("leaf.key");
    must(PEM_write_PrivateKey(out, leaf_key, NULL, NULL, 0, NULL, NULL));
    finish(out, "leaf.key");

    X509_free(leaf);
    X509_free(middle);
    EVP_PKEY_free(leaf_key);
    EVP_PKEY_free(ca_key);
    return 0;
}
