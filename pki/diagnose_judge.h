/*
 * Finds where the judge takes another path than the one that would hold.
 */
#ifndef PKI_DIAGNOSE_JUDGE_H
#define PKI_DIAGNOSE_JUDGE_H

#include "pki/diagnose_path.h"

/*
 * For a path with no fault, which was refused nevertheless.  Finds the
 * certificate that X509_verify_cert() takes instead of an issuer, or instead of
 * a trusted self-signed certificate, if the chain holds without it; or a
 * trusted root that it takes instead of an intermediate of the same name with
 * another key; or where it cannot go on.
 */
void path_check_judge(const struct path *path);

#endif
