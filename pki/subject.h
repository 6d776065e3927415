/*
 * A subject as it is typed, "CN:a O:b subjectAltName:x,y", to X.509 values.
 */
#ifndef PKI_SUBJECT_H
#define PKI_SUBJECT_H

#include <openssl/x509v3.h>
#include <stddef.h>

#include "pki/error.h"

/* Values; { 0 } is an empty subject. */
struct subject {
    X509_NAME *name;        /* NULL when no attribute was given */
    GENERAL_NAMES *altname; /* NULL without subjectAltName */
};

/* One attribute that may be typed; the table ends with a NULL key. */
struct subject_attribute {
    const char *key; /* as typed, before the colon */
    int nid;         /* OpenSSL's number of it */
    size_t max;      /* characters, RFC 5280 appendix A; 0: no bound */
};
extern const struct subject_attribute subject_attributes[];

/*
 * words: "key:value", in any order, each key once.  The name is put in the
 * order C, ST, L, O, OU, CN, emailAddress whatever the order typed (X.500
 * wants the most significant first); values are UTF8String, C is
 * PrintableString, emailAddress IA5String (RFC 5280, 4.1.2.4 and 4.1.2.6).
 * The letters of C are made capitals, as ISO 3166 writes them.  Each element of
 * subjectAltName, "a,b,c", becomes an iPAddress, an rfc822Name or a dNSName by
 * its form; duplicates are dropped.  The CN is neither checked to be a host
 * name nor copied there.
 *
 * The subject of a failure is the key; of E_ATTRIBUTE_UNKNOWN the word; of
 * E_ATTRIBUTE_COUNTRY, E_ATTRIBUTE_EMAIL and E_ALTNAME_BAD the value or
 * element.
 */
int subject_parse(char *const *words, size_t n, struct subject *ret,
                  struct error *error);
void subject_clear(struct subject *subject);

/* E_NO_CN unless there is one: pki csr wants it. */
int subject_need_cn(const struct subject *subject, struct error *error);

/* E_BAD_BASENAME unless 1 to 200 letters, digits, hyphens, underscores. */
int basename_check(const char *basename, struct error *error);

#endif
