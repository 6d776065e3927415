/*
 * Finds what is wrong with the form of a file: what the readers of PEM and DER
 * refuse, what they tolerate, and what is not what its label says.
 */
#ifndef PKI_DIAGNOSE_FORM_H
#define PKI_DIAGNOSE_FORM_H

#include "pki/diagnose_cert.h"
#include "pki/pem.h"

/* What was found outside of the blocks of a file. */
struct gaps {
    bool text, blank_lines;
    const char *binary; /* the beginning of the first binary part, or NULL */
    bool binary_tail;   /* the file ends with it */
};

/* Finds why a reader refused the file with that error.  False if the form is
   not the reason. */
bool form_refused(const struct finder *finder, const struct diagnose_part *part,
                  const struct error *error);

/* The same for pem_next(), which has come as far as from. */
bool form_stopped(const struct finder *finder, const struct diagnose_part *part,
                  const char *from, const struct error *error);

/* Is it DER, followed by more than line breaks? */
bool form_joined(const struct finder *finder, const struct diagnose_part *part);

/* What a block is by its label, and a file of DER by its content, in words:
   "private key".  NULL if it is a certificate, or nothing that is known. */
const char *form_words(const struct pem_block *block);
const char *form_content(const struct diagnose_part *part);

/* Does the block hold something else than its label says? */
bool form_mislabelled(const struct finder *finder,
                      const struct diagnose_part *part,
                      const struct pem_block *block);

/* The same for any of the first blocks of the file. */
bool form_any_mislabelled(const struct finder *finder,
                          const struct diagnose_part *part);

/* For a block that cannot be read: it is damaged, or mislabelled. */
bool form_damaged(const struct finder *finder, const struct diagnose_part *part,
                  const struct pem_block *block);

/* Examines what is before a block; first: it is the first one of the file. */
void form_gap(const struct finder *finder, const struct diagnose_part *part,
              const char *from, const char *to, bool first, struct gaps *gaps);

/* Examines what is behind the last block. */
void form_tail(const struct finder *finder, const struct diagnose_part *part,
               const char *from, struct gaps *gaps);

/* Finds what is tolerated here, but perhaps not by others, in a file that has a
   block. */
void form_lines(const struct finder *finder, const struct diagnose_part *part,
                const struct gaps *gaps);

/* The same for a key, which could be read. */
void form_key_lines(const struct finder *finder,
                    const struct diagnose_part *part);

#endif
