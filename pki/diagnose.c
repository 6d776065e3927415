/*
 * Examines the form of each file and what it contains, and then how the
 * certificates belong together (pki/diagnose_chain.h).
 */
#include "pki/diagnose.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pki/cert.h"
#include "pki/der.h"
#include "pki/diagnose_chain.h"
#include "pki/diagnose_form.h"
#include "pki/error.h"
#include "pki/key.h"
#include "pki/pem.h"
#include "pki/pem_label.h"
#include "pki/sshkey.h"
#include "pki/xalloc.h"

/* What is known of the files so far. */
struct work {
    struct finder finder;
    struct chain chain;
    EVP_PKEY *key;
    struct site key_site;
    bool unreadable; /* a certificate could not be read for the chain */
    bool listed;     /* a list has others, which the chain does not need */
};

/* A certificate of a list.  OpenSSL parses it only if the chain needs it. */
struct entry {
    uint64_t bytes, subject, serial; /* hashes; that of serial has the issuer */
    struct pem_block block;
    unsigned element;
    bool taken; /* it is in the chain */
};

struct list {
    const struct diagnose_part *part;
    struct entry *entries;
    size_t count, room;
};

/* What a file of PEM blocks contains. */
struct contents {
    struct list list;
    struct pem_block key, other; /* the first key; the first other block */
    unsigned elements;
    unsigned looked;  /* blocks that were examined for another content */
    bool skipped;     /* it is a list whose rest is not of interest */
    bool mislabelled; /* a mislabelled block may hold what is missing */
    const char *end;  /* of the last block */
    struct gaps gaps;
};

/*
 * Lists: more certificates than a chain has.
 */

static int
compare_bytes(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (left->bytes != right->bytes)
        return left->bytes < right->bytes ? -1 : 1;
    return left->element > right->element ? 1 : -1;
}

static int
compare_serials(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (left->serial != right->serial)
        return left->serial < right->serial ? -1 : 1;
    return left->element > right->element ? 1 : -1;
}

static bool
is_ca_der(const struct der_cert *cert)
{
    static const unsigned char oid[] = { 0x55, 0x1d, 0x13 }; /* 2.5.29.19 */
    struct der value, sequence, flag;
    unsigned tag;

    /* Version 1 has no extensions; in a list it is taken for a root. */
    if (cert->extensions.at == NULL)
        return true;
    return der_extension(cert, oid, sizeof(oid), &value) &&
           der_next(&value, &tag, &sequence) &&
           der_next(&sequence, &tag, &flag) && tag == V_ASN1_BOOLEAN &&
           flag.at < flag.end && *flag.at != 0;
}

static void
check_entry(struct work *work, const struct list *list,
            const struct entry *entry, const struct site *site, bool leaf)
{
    if (list->part->role != DIAGNOSE_TRUST && leaf && !entry->taken)
        find_hint(&work->finder, HINT_LEAF_IN_BUNDLE, site, NULL, NULL);
}

static void
read_der(struct work *work, const struct list *list, struct entry *entry,
         const struct site *site, const struct der_cert *cert, bool alone)
{
    bool leaf = !is_ca_der(cert);

    entry->subject = der_fold_name(cert->subject);
    entry->serial = der_hash(&cert->serial) * 31 + der_hash(&cert->issuer);
    if (alone) {
        diagnose_der(&work->finder, site, cert, leaf);
        check_entry(work, list, entry, site, leaf);
    }
}

/* One that is not plain DER, as OpenSSL reads it. */
static bool
read_ber(struct work *work, const struct list *list, struct entry *entry,
         const struct site *site, bool alone)
{
    struct error error;
    X509 *cert = NULL;
    bool leaf;

    if (cert_decode(&entry->block, site->file, &cert, &error) != 0)
        return false;
    leaf = (X509_get_extension_flags(cert) & (EXFLAG_CA | EXFLAG_V1)) == 0;
    entry->subject = cert_fold_name(X509_get_subject_name(cert));
    if (alone) {
        diagnose_cert(&work->finder, site, cert, leaf);
        check_entry(work, list, entry, site, leaf);
    }
    X509_free(cert);
    openssl_forget();
    return true;
}

/* Fills an entry of a list; if the list is alone, examines it as well. */
static bool
read_entry(struct work *work, const struct list *list, struct entry *entry,
           bool alone)
{
    const struct site site = { list->part->name, entry->element,
                               entry->block.line };
    struct blob bytes = { 0 };
    struct der_cert cert;
    struct error error;
    struct der whole;
    bool good = true;

    if (pem_decode(&entry->block, list->part->name, &bytes, &error) != 0)
        return false;
    whole = (struct der){ bytes.data, bytes.data + bytes.size };
    entry->bytes = entry->serial = der_hash(&whole);
    if (der_cert(bytes.data, bytes.size, &cert))
        read_der(work, list, entry, &site, &cert, alone);
    else
        good = read_ber(work, list, entry, &site, alone);
    blob_clear(&bytes);
    return good;
}

static void
find_twins(struct work *work, const struct list *list, enum hint_id id,
           const struct entry *first, const struct entry *second)
{
    const struct site site = { list->part->name, second->element,
                               second->block.line };
    char number[16];

    snprintf(number, sizeof(number), "%u", first->element);
    find_hint(&work->finder, id, &site, number, NULL);
}

/* Finds certificates that a list has twice, and serial numbers. */
static void
check_list(struct work *work, struct list *list)
{
    size_t i;

    qsort(list->entries, list->count, sizeof(*list->entries), compare_bytes);
    for (i = 1; i < list->count; i++)
        if (list->entries[i].bytes == list->entries[i - 1].bytes)
            find_twins(work, list, HINT_CHAIN_DUPLICATE, &list->entries[i - 1],
                       &list->entries[i]);
    qsort(list->entries, list->count, sizeof(*list->entries), compare_serials);
    for (i = 1; i < list->count; i++)
        if (list->entries[i].serial == list->entries[i - 1].serial &&
            list->entries[i].bytes != list->entries[i - 1].bytes)
            find_twins(work, list, HINT_SERIAL_DUPLICATE, &list->entries[i - 1],
                       &list->entries[i]);
}

static void
add_entry(struct list *list, const struct pem_block *block, unsigned element)
{
    if (list->count == list->room) {
        list->room = 2 * list->room + 64;
        list->entries =
            xreallocarray(list->entries, list->room, sizeof(*list->entries));
    }
    list->entries[list->count++] =
        (struct entry){ .block = *block, .element = element };
}

static bool
add_cert(struct work *work, const struct diagnose_part *part,
         const struct pem_block *block, unsigned element)
{
    const struct site site = { part->name, element, block->line };
    struct error error;
    X509 *cert = part->read != NULL && element > 0
                     ? sk_X509_value(part->read, (int)element - 1)
                     : NULL;

    if (cert != NULL)
        X509_up_ref(cert);
    else if (cert_decode(block, part->name, &cert, &error) != 0) {
        form_refused(&work->finder, part, &error);
        work->unreadable = true;
        return false;
    }
    if (!chain_add(&work->chain, cert, &site, part->role)) {
        work->unreadable = true;
        return false;
    }
    return true;
}

/* Takes from a list the issuers of the chain's certificates, and theirs in
   turn. */
static void
reach(struct work *work, struct list *list)
{
    size_t at, i;

    /* Like trusted ones: neither their order matters, nor that others are
       there. */
    const struct diagnose_part part = { list->part->name, list->part->bytes,
                                        DIAGNOSE_TRUST };

    for (at = 0; at < work->chain.count; at++) {
        uint64_t wanted =
            cert_fold_name(X509_get_issuer_name(work->chain.links[at].cert));

        for (i = 0; i < list->count && !work->chain.cut; i++)
            if (!list->entries[i].taken && list->entries[i].subject == wanted) {
                list->entries[i].taken = true;
                add_cert(work, &part, &list->entries[i].block,
                         list->entries[i].element);
            }
    }
}

/* Is its first certificate the one in question?  In a list that is alone, and
   of which nothing is known, none is. */
static bool
has_first(const struct list *list, bool alone)
{
    enum diagnose_role role = list->part->role;

    return list->count > 0 && role != DIAGNOSE_BUNDLE &&
           role != DIAGNOSE_TRUST && (role != DIAGNOSE_ANY || !alone);
}

static void
take_first(struct work *work, struct list *list)
{
    list->entries[0].taken = true;
    add_cert(work, list->part, &list->entries[0].block,
             list->entries[0].element);
}

static void
take_list(struct work *work, struct list *list, bool alone)
{
    bool first = has_first(list, alone);
    size_t i;

    if (first)
        take_first(work, list);
    for (i = 0; i < list->count; i++)
        if (!read_entry(work, list, &list->entries[i], alone)) {
            form_damaged(&work->finder, list->part, &list->entries[i].block);
            work->unreadable = true;
            return;
        }
    if (first || !alone)
        reach(work, list);
    work->listed |= first;
    if (alone)
        check_list(work, list);
}

static void
take_chain(struct work *work, const struct list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!add_cert(work, list->part, &list->entries[i].block,
                      list->entries[i].element))
            return;
}

/*
 * Files.
 */

/* Must the file contain a certificate?  Alone, and if nothing is known of it,
   it may be a key or a request. */
static bool
wants_cert(const struct diagnose_part *part, bool alone)
{
    return part->role != DIAGNOSE_ANY || !alone;
}

static void
take_key_alone(struct work *work, const struct diagnose_part *part)
{
    const struct site site = { part->name, 0, 0 };
    struct error error;
    EVP_PKEY *key = NULL;

    if (key_parse(part->name, part->bytes, &key, &error) != 0)
        form_refused(&work->finder, part, &error);
    else
        diagnose_key(&work->finder, &site, key, true);
    EVP_PKEY_free(key);
}

/* A file without any block: DER, or nothing known. */
static void
take_plain(struct work *work, const struct diagnose_part *part, bool alone)
{
    const struct site site = { part->name, 0, 0 };
    const char *content;
    struct error error;
    X509 *cert = NULL;
    char kind[64];
    int r;

    if (sshkey_recognise(part->bytes, kind, sizeof(kind))) {
        if (wants_cert(part, alone))
            find_hint(&work->finder, HINT_NO_CERTIFICATE, &site, kind, NULL);
        return;
    }
    r = cert_parse(part->name, part->bytes, &cert, &error);
    if (r == 0) {
        find_hint(&work->finder, HINT_FILE_DER, &site, NULL, NULL);
        work->unreadable |= !chain_add(&work->chain, cert, &site, part->role);
        return;
    }
    work->unreadable = true;
    if (form_joined(&work->finder, part) ||
        form_refused(&work->finder, part, &error))
        return;
    /* It is something else, E_NOT_CERT. */
    if (!wants_cert(part, alone)) {
        take_key_alone(work, part);
        return;
    }
    content = form_content(part);
    if (content != NULL)
        find_hint(&work->finder, HINT_NO_CERTIFICATE, &site, content, NULL);
}

static bool
is_key_label(const struct pem_block *block)
{
    const char *end = " PRIVATE KEY";
    size_t size = strlen(end);

    return pem_is(block, end + 1) ||
           (block->label_size > size &&
            memcmp(block->label + block->label_size - size, end, size) == 0);
}

/* A key in a file of its own is examined; among certificates it is a leak. */
static void
check_keys(struct work *work, const struct diagnose_part *part,
           const struct list *list, const struct pem_block *block, bool alone)
{
    const struct site site = { part->name, 0, block->line };

    if (form_mislabelled(&work->finder, part, block)) {
        work->unreadable = true;
        return;
    }
    if (list->count > 0) {
        find_hint(&work->finder, HINT_KEY_IN_CERTIFICATE_FILE, &site, NULL,
                  NULL);
        return;
    }
    if (wants_cert(part, alone)) {
        find_hint(&work->finder, HINT_NO_CERTIFICATE, &site, "private key",
                  NULL);
        work->unreadable = true;
        return;
    }
    take_key_alone(work, part);
}

/* Does verify() read CRLs from it? */
static bool
has_crls(const struct diagnose_part *part)
{
    return part->role == DIAGNOSE_BUNDLE || part->role == DIAGNOSE_TRUST ||
           part->role == DIAGNOSE_FULL_CHAIN;
}

/* Does the block hold something else than its label says?  Finding out takes a
   while, so only the first ones are examined. */
static bool
look_closer(struct work *work, const struct diagnose_part *part,
            const struct pem_block *block, struct contents *contents)
{
    return contents->looked++ < DIAGNOSE_CHAIN_MAX &&
           form_mislabelled(&work->finder, part, block);
}

/* True if it holds something else than its label says. */
static bool
add_crl(struct work *work, const struct diagnose_part *part,
        const struct pem_block *block, struct contents *contents)
{
    const struct site site = { part->name, 0, block->line };
    X509_CRL *crl = NULL;
    struct error error;

    if (crl_decode(block, part->name, &crl, &error) == 0) {
        chain_add_crl(&work->chain, crl, &site);
        return false;
    }
    if (look_closer(work, part, block, contents))
        return true;
    find_hint(&work->finder, HINT_BLOCK_DAMAGED, &site, NULL, NULL);
    return false;
}

/* A block that is no certificate by its label. */
static void
take_other(struct work *work, const struct diagnose_part *part,
           const struct pem_block *block, struct contents *ret)
{
    bool key = is_key_label(block), mislabelled = false;

    if (!pem_holds(block, PEM_CRL) || !has_crls(part))
        mislabelled = !key && look_closer(work, part, block, ret);
    else if (!work->finder.diagnosis->holds)
        mislabelled = add_crl(work, part, block, ret);
    ret->mislabelled |= mislabelled;
    work->unreadable |= mislabelled;
    if (key && ret->key.label == NULL)
        ret->key = *block;
    else if (ret->other.label == NULL)
        ret->other = *block;
}

/* Returns 0 at the end, -1 if the file cannot be read further. */
static int
read_blocks(struct work *work, const struct diagnose_part *part, bool alone,
            struct contents *ret, struct error *error)
{
    struct pem_cursor cursor;
    struct pem_block block;
    int r;

    pem_start(&cursor, part->name, part->bytes);
    ret->end = cursor.at;
    while ((r = pem_next(&cursor, &block, error)) == 1) {
        form_gap(&work->finder, part, ret->end,
                 block.label - strlen("-----BEGIN "), ret->elements == 0,
                 &ret->gaps);
        ret->end = cursor.at;
        ret->elements++;
        /* The judge has found what it needed. */
        ret->skipped = !alone && ret->elements > DIAGNOSE_CHAIN_MAX &&
                       work->finder.diagnosis->holds;
        if (ret->skipped)
            return 0;
        r = cert_block(&block, part->name, error);
        if (r < 0)
            return -1;
        if (r == 1)
            add_entry(&ret->list, &block, ret->elements);
        else
            take_other(work, part, &block, ret);
    }
    return r;
}

/* The file must contain a certificate, but contains something else. */
static void
find_other(struct work *work, const struct diagnose_part *part,
           const struct pem_block *other)
{
    const struct site site = { part->name, 0, other->line };
    const char *words = form_words(other);
    char text[80];

    snprintf(text, sizeof(text), "block labelled %.*s", (int)other->label_size,
             other->label);
    find_hint(&work->finder, HINT_NO_CERTIFICATE, &site,
              words != NULL ? words : text, NULL);
    work->unreadable = true;
}

static void
take_blocks(struct work *work, const struct diagnose_part *part, bool alone,
            struct contents *contents)
{
    struct list *list = &contents->list;

    form_tail(&work->finder, part, contents->end, &contents->gaps);
    form_lines(&work->finder, part, &contents->gaps);
    if (contents->key.label != NULL)
        check_keys(work, part, list, &contents->key, alone);
    else if (list->count == 0 && wants_cert(part, alone) &&
             !contents->mislabelled)
        find_other(work, part, &contents->other);
    if (list->count > DIAGNOSE_CHAIN_MAX)
        take_list(work, list, alone);
    else
        take_chain(work, list);
}

static void
take_certs(struct work *work, const struct diagnose_part *part, bool alone)
{
    struct contents contents = { .list.part = part };
    struct error error;

    if (read_blocks(work, part, alone, &contents, &error) != 0) {
        form_stopped(&work->finder, part, contents.end, &error);
        work->unreadable = true;
    } else if (contents.elements == 0) {
        take_plain(work, part, alone);
    } else if (!contents.skipped) {
        take_blocks(work, part, alone, &contents);
    } else if (has_first(&contents.list, alone)) {
        take_first(work, &contents.list);
    }
    free(contents.list.entries);
}

/* Is one of the other files a key? */
static bool
has_other_key(const struct diagnose_part *parts, size_t n)
{
    bool found = false;
    size_t i;

    for (i = 0; i < n && !found; i++) {
        EVP_PKEY *key = NULL;
        struct error error;

        if (parts[i].role == DIAGNOSE_KEY)
            continue;
        found = key_parse(parts[i].name, parts[i].bytes, &key, &error) == 0 ||
                error.code == E_KEY_ENCRYPTED;
        EVP_PKEY_free(key);
    }
    return found;
}

static void
take_key(struct work *work, const struct diagnose_part *parts, size_t n,
         const struct diagnose_part *part)
{
    struct error error;

    work->key_site = (struct site){ part->name, 0, 0 };
    if (key_parse(part->name, part->bytes, &work->key, &error) == 0) {
        diagnose_key(&work->finder, &work->key_site, work->key, true);
        if (part->bytes->data[0] == '-')
            form_key_lines(&work->finder, part);
        return;
    }
    if (form_any_mislabelled(&work->finder, part))
        return;
    if (error.code == E_NOT_KEY)
        find_hint(&work->finder,
                  has_other_key(parts, n) ? HINT_PAIR_SWAPPED : HINT_NO_KEY,
                  &work->key_site, NULL, NULL);
    else if (!form_joined(&work->finder, part))
        form_refused(&work->finder, part, &error);
}

/*
 * Pairs.
 */

/* A certificate that the key belongs to, but not the first of its file; or
   NULL. */
static const struct link *
find_later(const struct work *work)
{
    const struct link *first = work->chain.links;
    size_t i;

    for (i = 1; i < work->chain.count; i++) {
        const struct link *link = &first[i];

        if (strcmp(link->site.file, first->site.file) == 0 &&
            key_matches(work->key, X509_get0_pubkey(link->cert)))
            return link;
    }
    return NULL;
}

static void
check_pair(struct work *work)
{
    const struct link *link = work->chain.links, *later;
    char element[16];

    if (work->key == NULL || work->chain.count == 0 ||
        link->role == DIAGNOSE_BUNDLE || link->role == DIAGNOSE_TRUST)
        return;
    if (key_matches(work->key, X509_get0_pubkey(link->cert)))
        return;
    later = find_later(work);
    snprintf(element, sizeof(element), "%u",
             later != NULL ? later->site.element : 0);
    find_hint(&work->finder,
              later != NULL ? HINT_PAIR_NOT_FIRST : HINT_PAIR_MISMATCH,
              &work->key_site, link->site.file, element);
}

/* Are all files here that a chain is made of?  Then an issuer that is not found
   is missing. */
static bool
is_whole(const struct diagnose_part *parts, size_t n, const struct work *work)
{
    size_t i, files = 0;

    for (i = 0; i < n; i++) {
        if (parts[i].role == DIAGNOSE_FULL_CHAIN)
            return true;
        files += parts[i].role != DIAGNOSE_KEY;
    }
    return files > 1 || work->chain.count > 1 || work->listed;
}

/* The files that issuers belong in: "bundle.crt or ca.crt". */
static void
name_place(struct chain *chain, const struct diagnose_part *parts, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (parts[i].role == DIAGNOSE_BUNDLE ||
            parts[i].role == DIAGNOSE_TRUST) {
            size_t used = strlen(chain->place);

            snprintf(chain->place + used, sizeof(chain->place) - used, "%s%s",
                     used > 0 ? " or " : "", parts[i].name);
        }
}

void
diagnose(const struct diagnosis *diagnosis, const struct diagnose_part *parts,
         size_t n, struct hints *ret)
{
    struct work work = { .finder = { diagnosis, ret } };
    size_t certs = 0, i;

    openssl_begin();
    for (i = 0; i < n; i++)
        certs += parts[i].role != DIAGNOSE_KEY;
    name_place(&work.chain, parts, n);
    for (i = 0; i < n; i++) {
        work.chain.part = i;
        work.chain.first_only = certs > 1 && (parts[i].role == DIAGNOSE_ANY ||
                                              parts[i].role == DIAGNOSE_CERT);
        if (parts[i].role == DIAGNOSE_KEY)
            take_key(&work, parts, n, &parts[i]);
        else
            take_certs(&work, &parts[i], certs == 1);
    }
    check_pair(&work);
    work.chain.whole = is_whole(parts, n, &work) && !work.unreadable;
    work.chain.asked = certs > 1 && parts[0].role == DIAGNOSE_ANY;
    diagnose_chain(&work.finder, &work.chain);
    hints_sort(ret);
    EVP_PKEY_free(work.key);
    chain_clear(&work.chain);
    openssl_forget();
}
