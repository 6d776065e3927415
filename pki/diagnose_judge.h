/*
 * Where the judge goes another way than the one that would hold.
 */
#ifndef PKI_DIAGNOSE_JUDGE_H
#define PKI_DIAGNOSE_JUDGE_H

#include "pki/diagnose_path.h"

/*
 * For a way on which nothing is wrong, and which was refused all the same:
 * finds what X509_verify_cert() takes in the place of an issuer on it, or of a
 * trusted self-signed certificate, if the chain holds without that; or a
 * trusted root that it takes for an intermediate of the same name with another
 * key; or where it cannot go on.
 */
void path_check_judge(const struct path *path);

#endif
