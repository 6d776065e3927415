/*
 * What is wrong with the form of a file: what the readers of PEM and DER
 * refuse, what they put up with, and what is not what it is called.
 */
#ifndef PKI_DIAGNOSE_FORM_H
#define PKI_DIAGNOSE_FORM_H

#include "pki/diagnose_cert.h"
#include "pki/pem.h"

/* What stands outside of the blocks of a file, as far as it has been told. */
struct gaps {
    bool text, blank_lines;
    const char *binary; /* where the first such begins, or NULL */
    bool binary_tail;   /* the last line of the file is part of it */
};

/* The fault that a reader has refused the file for; false if it is none of
   form. */
bool form_refused(const struct finder *finder, const struct diagnose_part *part,
                  const struct error *error);

/* The same of the walk over the blocks, which has come so far. */
bool form_stopped(const struct finder *finder, const struct diagnose_part *part,
                  const char *from, const struct error *error);

/* DER, and more behind it than line breaks? */
bool form_joined(const struct finder *finder, const struct diagnose_part *part);

/* Does the block hold something else than it is called? */
bool form_mislabelled(const struct finder *finder,
                      const struct diagnose_part *part,
                      const struct pem_block *block);

/* Any of the first blocks of the file. */
bool form_any_mislabelled(const struct finder *finder,
                          const struct diagnose_part *part);

/* The block can not be read: that is told, or that it is mislabelled. */
bool form_damaged(const struct finder *finder, const struct diagnose_part *part,
                  const struct pem_block *block);

/* What stands before a block, which is the first or is not. */
void form_gap(const struct finder *finder, const struct diagnose_part *part,
              const char *from, const char *to, bool first, struct gaps *gaps);

/* What stands behind the last. */
void form_tail(const struct finder *finder, const struct diagnose_part *part,
               const char *from, struct gaps *gaps);

/* What readers here put up with, and others may not.  There is a block in it.
 */
void form_lines(const struct finder *finder, const struct diagnose_part *part,
                const struct gaps *gaps);

/* The same of a key, which was read. */
void form_key_lines(const struct finder *finder,
                    const struct diagnose_part *part);

#endif
