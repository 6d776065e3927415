/*
 * The words of the findings, in one table.  Each says what is wrong and where,
 * what harm it does, and what to do; mmp.1 lists them by name.
 */
#include "mmp/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mmp/dialect.h"
#include "mmp/json.h"
#include "mmp/lookalike.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/words.h"
#include "pki/diagnose_cert.h"
#include "pki/spelling.h"
#include "pki/subject.h"
#include "pki/suffix.h"
#include "pki/xalloc.h"

static const char *const words_of[HINTS] = {
    [HINT_FILE_EMPTY] = "%1 is empty: upload it again",
    [HINT_FILE_UTF16] = "%1 is saved as UTF-16: save it as plain text (ANSI or "
                        "UTF-8)",
    [HINT_FILE_CR_ONLY] = "%1 has lines that end in CR only: convert them to "
                          "LF",
    [HINT_FILE_HTML] =
        "%1 is a web page: the download returned a sign-in page or an error; "
        "fetch the certificate itself, Base64-encoded",
    [HINT_FILE_UNKNOWN] = "%1 is neither PEM nor DER: it is no key and no "
                          "certificate",
    [HINT_FILE_CUT] =
        "%1 ends too early: the transfer was cut off, upload it again",
    [HINT_FILE_PKCS7] =
        "%1 is PKCS#7, which no service reads: convert it with openssl pkcs7 "
        "-print_certs (with -inform DER if it is not text)",
    [HINT_FILE_PKCS12] = "%1 is PKCS#12, which no service reads: unpack it "
                         "with openssl pkcs12 -nodes",
    [HINT_FILE_DER] = "%1 is DER: it holds this one certificate and cannot be "
                      "joined to a bundle as it is",
    [HINT_FILE_DER_JOINED] =
        "%1 is DER with something after it, and files in DER cannot be joined: "
        "convert each file to PEM (openssl x509 -inform DER; a key: openssl "
        "pkey -inform DER), and join those",
    [HINT_FILE_CRLF] =
        "%1 has Windows line endings (CR LF): they do no harm here",
    [HINT_FILE_BOM] = "%1 begins with a byte order mark: it does no harm here, "
                      "but OpenSSL's tools may miss the first certificate",
    [HINT_FILE_CTRL_Z] = "%1 ends with 0x1A, which copy a+b on Windows leaves "
                         "there: use copy /b",
    [HINT_BUNDLE_GLUED] = "%1 has END and BEGIN on one line: the files were "
                          "joined without a line break, and no service can "
                          "read any certificate in it; put each on its own "
                          "line",
    [HINT_BLOCK_INDENTED] = "%1 has blanks or a byte order mark before BEGIN, "
                            "or the 0x1A that copy a+b on Windows leaves: "
                            "remove them, the line must begin with its dashes",
    [HINT_BLOCK_NO_BEGIN] = "%1 has an END whose BEGIN line is missing, or "
                            "does not begin with five dashes: copy the "
                            "certificate whole",
    [HINT_BLOCK_BLANK_LINE] = "%1 has a blank line between BEGIN and END, and "
                              "no service can read what is above it: remove "
                              "it",
    [HINT_BLOCK_NO_END] = "%1 has a BEGIN whose END line is missing: copy the "
                          "certificate whole",
    [HINT_BLOCK_DAMAGED] = "%1 is damaged and cannot be read: copy it again",
    [HINT_BLOCK_MISLABELLED] =
        "%1 is labelled %2 but holds %3, and programs go by the label: write "
        "%3 in its BEGIN and END lines",
    [HINT_BLOCK_CONTAINER] =
        "%1 is labelled %2 but holds %3, which no service reads: unpack it "
        "with openssl pkcs7 -print_certs (PKCS7), or openssl base64 -d and "
        "openssl pkcs12 -nodes (PKCS12)",
    [HINT_NO_LINE_BREAK] = "%1 does not end with a line break: a file joined "
                           "to it would begin on its last line; add one",
    [HINT_BLANK_LINES] = "%1 has blank lines between its certificates: other "
                         "servers may stop reading there; remove them",
    [HINT_TEXT_OUTSIDE] = "%1 has text outside BEGIN and END: it is ignored "
                          "here; remove it for other servers",
    [HINT_BINARY_OUTSIDE] =
        "%1 has binary data from that line on, outside BEGIN and END, which "
        "nobody reads: if it is a certificate in DER, convert it to PEM "
        "(openssl x509 -inform DER), and join that",
    [HINT_TRUSTED_CERTIFICATE] = "%1 is a TRUSTED CERTIFICATE, OpenSSL's own "
                                 "form: convert it with openssl x509",
    [HINT_KEY_IN_CERTIFICATE_FILE] =
        "%1 has a private key beside certificates: whoever gets the file has "
        "the key; remove it",
    [HINT_NO_CERTIFICATE] =
        "%1 holds a %2 and no certificate: name the file that the CA sent",

    [HINT_KEY_ENCRYPTED] = "%1 is encrypted, and a service cannot ask for its "
                           "password: use pki unlock",
    [HINT_KEY_SSH] = "%1 is a private key in the form of %2, which no service "
                     "reads: convert it with %3 (RSA), or make a new one",
    [HINT_KEY_NOT_RSA] = "%1 has a key of the kind %2, but the appliance is "
                         "documented to take RSA: order the certificate for "
                         "an RSA key (ACME clients: key type rsa)",
    [HINT_KEY_SHORT] = "%1 has an RSA key of %2 bits: browsers and phones "
                       "refuse less than 2048; make a new key",
    [HINT_PAIR_MISMATCH] = "%1 is not the key of %2: a service with this pair "
                           "does not start",
    [HINT_PAIR_NOT_FIRST] =
        "%1 is the key of certificate %3 of %2, not of the first: a service "
        "with this pair does not start; put that certificate first",
    [HINT_PAIR_SWAPPED] = "%1 holds no private key: are key and certificate "
                          "swapped?",
    [HINT_NO_KEY] = "%1 holds no private key: name the one that the "
                    "certificate was requested with, or upload it again",
    [HINT_PAIR_OTHER_KEY] = "%1: the key of this certificate is %2: use that "
                            "one",
    [HINT_PAIR_NEWER_CSR] =
        "%1 belongs to the request %2, but the certificate to another one for "
        "the same subject: if the request was made again, have it signed, or "
        "restore the old key",

    [HINT_EXPIRED] = "%1 expired on %2: every peer refuses it; renew it under "
                     "the same file name and restart its services (a database: "
                     "remove, certs, join)",
    [HINT_EXPIRES_SOON] =
        "%1 expires on %2, in %3 days: renew it under the "
        "same file name and restart its services (a database: "
        "remove, certs, join)",
    [HINT_CA_EXPIRED] = "%1 is a CA certificate that expired on %2: every peer "
                        "refuses what it signed; ask the CA for its new one, "
                        "or have yours issued anew",
    [HINT_CA_EXPIRES_SOON] =
        "%1 is a CA certificate that expires on %2, in %3 days: "
        "then peers refuse what it signed; ask the CA for its new one",
    [HINT_NOT_YET_VALID] = "%1 is not valid before %2: every peer refuses it "
                           "until then",
    [HINT_VALIDITY_EMPTY] = "%1 ends before it begins to be valid: have it "
                            "issued again",
    [HINT_CLOCK_OFF] = "the clock of this host says %2: if that is wrong, set "
                       "it, or use ntp",
    [HINT_SIGNATURE_WEAK] = "%1 is signed with %2: browsers and newer peers "
                            "refuse it; have it issued with SHA-256",
    [HINT_SERIAL_WEAK] = "%1 has a serial number that is no positive number "
                         "of at most 20 octets: some peers refuse it; have "
                         "it issued again",
    [HINT_EKU_NO_CLIENT] = "%1 lacks the extended key usage clientAuth: Call "
                           "Bridges, C2W, the scheduler and database clients "
                           "present it to their peers, which refuse it; order "
                           "it with serverAuth and clientAuth",
    [HINT_EKU_NO_SERVER] = "%1 lacks the extended key usage serverAuth: "
                           "browsers and peers refuse a service that presents "
                           "it; order it with serverAuth and clientAuth",
    [HINT_NAME_CN_ONLY] =
        "%1 has no subjectAltName: browsers and XMPP clients do not look at "
        "the CN %2; list every name, including the CN",
    [HINT_KEY_USAGE] =
        "%1 lacks the key usage digitalSignature: browsers refuse it, and so "
        "do peers that a client presents it to; order it with "
        "digitalSignature and keyEncipherment",
    [HINT_NAME_CN_NOT_IN_SAN] = "%1: the CN %2 is not in its subjectAltName, "
                                "so it does not count; list it there too",
    [HINT_NAME_IP_AS_DNS] =
        "%1 has the address %2 as a DNS name, which does not count when "
        "somebody connects to the address; have it issued as an IP address",
    [HINT_NAME_MALFORMED] = "%1 has the name %2, which matches no host: a "
                            "wildcard is *.example.com, and a name has no "
                            "blanks, no scheme and no letters but ASCII "
                            "(IDNA: xn--)",
    [HINT_NAME_NOT_COVERED] = "%1 does not cover %2, which its service answers "
                              "for: add it to the subjectAltName",
    [HINT_NAME_WILDCARD] = "%1 does not cover %2: %3 stands for exactly one "
                           "label; add the name to the subjectAltName",
    [HINT_LEAF_SELF_SIGNED] = "%1 is signed by itself: every peer must be "
                              "given it, and CUCM refuses it; have a CA sign "
                              "it",
    [HINT_CLIENT_CN] =
        "%1 has the CN \"%2\": the database takes a client by the "
        "CN postgres, exactly so; make the request with "
        "CN:postgres",

    [HINT_CHAIN_ORDER] = "%1 comes after its issuer %2 (certificate %3): the "
                         "order is certificate, intermediates, root; peers "
                         "that are strict refuse the chain",
    [HINT_CHAIN_NO_INTERMEDIATE] =
        "%1: the certificate of its issuer, %2, is not in %3: peers cannot "
        "build the chain and refuse it; get it from the CA and add it there",
    [HINT_CHAIN_NO_ROOT] = "%1: the certificate of its issuer, %2, is not in "
                           "%3: the chain ends without a root, and peers that "
                           "check it refuse it; add the root at the end",
    [HINT_CHAIN_LOOP] =
        "%1: its issuer, %2, was itself issued by CAs below it: CAs that only "
        "certify each other lead to no root; add the root, or a certificate "
        "that a root has signed for one of them",
    [HINT_BUNDLE_UNSET] =
        "%1 was issued by an intermediate, %2, which peers do not have and are "
        "not sent: set a CA bundle with it (it is in %3) and with its issuers "
        "up to the root",
    [HINT_ISSUER_AT_HAND] = "%1: its issuer, %2, is in %3: add it from there",
    [HINT_CHAIN_MISPLACED] = "%1 (%2) is ignored after the certificate, "
                             "because there is %3: put it into that file",
    [HINT_CHAIN_DUPLICATE] = "%1 repeats certificate %2: peers that are strict "
                             "refuse a chain with both; remove one",
    [HINT_CHAIN_EXTRA] = "%1 (%2) is no part of the chain: peers that are "
                         "strict refuse a chain with it; remove it",
    [HINT_LEAF_IN_BUNDLE] = "%1 is no CA certificate: a CA bundle holds "
                            "intermediates and the root only; remove it",
    [HINT_FILES_SWAPPED] = "%1 is no CA certificate, and %2 holds one: are the "
                           "two files swapped?",
    [HINT_LEAF_AS_CA] =
        "%1 is no CA certificate, but others are checked with it and refused: "
        "put the certificate of their issuer, %2, there",
    [HINT_BUNDLE_AS_CERTIFICATE] = "%1 is the CA certificate %2: the first "
                                   "certificate of this file must be the "
                                   "service's own",
    [HINT_ISSUER_NOT_CA] = "%1 (%2) is not marked as a CA (CA:TRUE): peers "
                           "refuse what it signed; have the CA issue it anew",
    [HINT_ISSUER_KEY_USAGE] =
        "%1 (%2) may not sign certificates (keyCertSign is "
        "missing): peers refuse what it signed; have the CA"
        " issue it anew",
    [HINT_ISSUER_EKU] = "%1 (%2) has an extended key usage without %3: peers "
                        "refuse what it signed for that use; have the "
                        "certificate issued by a CA that is not so limited",
    [HINT_PATH_LENGTH] = "%1 (%2) allows %3 intermediates below it, and "
                         "there are more: peers refuse the chain; have the "
                         "certificate issued by a CA higher up",
    [HINT_NAME_CONSTRAINTS] = "%1 has a name that its CA %2 may not sign (name "
                              "constraints): use another CA or another name",
    [HINT_ISSUER_OTHER_KEY] =
        "%1 has the issuer's name, %2, but another key: the CA was renewed; "
        "ask for the CA certificate that belongs to the signature",
    [HINT_ISSUER_ASTRAY] =
        "%1 (%2) is tried before the certificate of the same name that leads "
        "to a root, and the chain is refused because of it: remove it",
    [HINT_KEY_ID_MISMATCH] = "%1 names another key identifier than %2 has: "
                             "that CA certificate was issued anew; ask for "
                             "the one that goes with it",
    [HINT_SIGNATURE_BAD] = "%1 was altered after %2 had signed it: copy it "
                           "again",
    [HINT_SERIAL_DUPLICATE] =
        "%1 has the same issuer and serial number as another certificate (%2): "
        "peers take one for the other",
    [HINT_EXTENSION_UNKNOWN] =
        "%1 has the critical extension %2, which is not known here: peers that "
        "do not know it must refuse the certificate; have it issued without it",
    [HINT_POLICY_MISSING] =
        "%1 names no certificate policy, which %2 requires of its whole chain: "
        "peers refuse it; have it issued with a policy of that CA",
    [HINT_REVOKED] = "%1 was revoked by its CA on %2: peers that check the "
                     "CA's list refuse it; have a new one issued",
    [HINT_CRL_MISSING] =
        "%1: there are revocation lists (CRLs), but not the one of its issuer, "
        "%2, so it is refused: add that one, or remove the others",
    [HINT_CRL_EXPIRED] =
        "%1 is a revocation list (CRL) of %2 that was due to be replaced by "
        "%3: peers that check it refuse what that CA signed; get the CA's new "
        "one, or remove all CRLs",
    [HINT_CRL_NOT_YET_VALID] =
        "%1 is a revocation list (CRL) of %2 that is not valid before %3: "
        "peers that check it earlier refuse what that CA signed; get the "
        "current one, or remove all CRLs",
    [HINT_CRL_OTHER_KEY] =
        "%1 is a revocation list (CRL) of %2 that another key has signed than "
        "that of this CA, as when a CA has a new key: get the list that its "
        "key has signed, or remove all CRLs",
    [HINT_CRL_KEY_USAGE] =
        "%1 (%2) has a keyUsage without cRLSign: peers refuse its revocation "
        "list (CRL); have that CA issued with it, or remove all CRLs",

    [HINT_TRUST_UNSET] = "%1 trusts no %3 yet, and connections with it are "
                         "refused: set a file with its certificate: %2",
    [HINT_TRUST_NOT_PEER] = "%1 does not hold the certificate of %3, %2: "
                            "connections with it are refused; add it",
    [HINT_TRUST_ISSUER] = "%1 holds the issuer of %2, but the certificate of "
                          "%3 itself is needed: put %2 there",
    [HINT_NOT_RESTARTED] =
        "%1: this has changed since the service was started: restart it",
    [HINT_NOT_PRESENTED] =
        "%1 does not answer at %2: %3; restart it and read the answer, or "
        "reboot if mmp.cfg has changed",
    [HINT_INCOMPLETE] = "%1 cannot be enabled until this is set: %2",
    [HINT_PORT_CLASH] = "%1: %2 is taken by %3: give one of them another port "
                        "or interface",
    [HINT_FILE_MISSING] = "%1 is set, but there is no such file: upload it",
    [HINT_FILE_TOO_LARGE] = "%1 is larger than %2, and nothing reads it: "
                            "upload the key or the certificates alone",
    [HINT_FILE_UNREADABLE] =
        "%1 exists, but cannot be read: remove it, and upload it again",
    [HINT_FILE_IN_USE] =
        "%1 is used by %2: set other files there first, or disable what can be "
        "disabled",
    [HINT_KEY_REPLACED] =
        "%1 is the key of %2, which stops at once with the old certificate: "
        "have the new request signed, and restart it",
    [HINT_CERT_NOT_OF_KEY] = "%1 does not belong to the new key %2: have the "
                             "CA sign the new request",
    [HINT_COPY_DIFFERS] =
        "%1 has changed since it was assigned: the database works with its "
        "copy; assign the files again (for a node in a cluster: remove it "
        "first, join afterwards)",
    [HINT_NODE_NAME] = "%1 does not cover this node, %2: the nodes of a "
                       "cluster check the chain only, so it does no harm; "
                       "list them with the next renewal",

    [HINT_WORD_MISSPELT] = "%2: did you mean %3?",
    [HINT_WORD_MISSING] = "is the word %2 missing after %3?",
    [HINT_WORD_UNQUOTED] =
        "%2: a word is an attribute, a colon and its value, as in O:\"Example "
        "Inc.\": put quotes around blanks, and only a comma between names",
    [HINT_WORD_COMMA] =
        "%2: a comma separates two names of one subjectAltName, without a "
        "blank, as in subjectAltName:a.example.com,b.example.com; attributes "
        "are separated by blanks only",
    [HINT_WORD_NOT_ASCII] =
        "%2: host names are written in ASCII, with other letters in their xn-- "
        "form (IDNA), which idn2 prints: m\303\274ller.example is "
        "xn--mller-kva.example",
    [HINT_WORD_COPIED] = "%2: copied with %3: type it anew",
    [HINT_WORD_RELEASE] = "%2 is a command of release %3: choose it with -r, "
                          "or release in mmp.cfg",
    [HINT_WORDS_SWAPPED] = "did you mean %2?",
    [HINT_CAPITAL_Y] = "only a capital Y means yes",
};

struct doctor
session_doctor(struct session *session)
{
    return (struct doctor){
        .store = session->store,
        .settings = session->settings,
        .catalog = session->dialect->catalog,
        .release = session->dialect->release,
        .now = session->clock(session),
        .names = session->options->names,
        .name_count = session->options->name_count,
    };
}

const char *
hint_words(enum hint_id id)
{
    return words_of[id];
}

/* "webadmin: bundle.crt, certificate 2 (line 23)" */
static void
format_place(const struct hint *hint, struct blob *ret)
{
    char text[48];

    blob_text(ret, hint->service);
    if (hint->service[0] != '\0' && hint->file[0] != '\0')
        blob_text(ret, ": ");
    blob_text(ret, hint->file);
    if (hint->element > 0) {
        snprintf(text, sizeof(text), ", certificate %u", hint->element);
        blob_text(ret, text);
    }
    if (hint->line > 0) {
        snprintf(text, sizeof(text), " (line %u)", hint->line);
        blob_text(ret, text);
    }
}

void
hint_format(const struct hint *hint, struct blob *ret)
{
    const struct phrase phrase = { .text = words_of[hint->id] };
    struct blob place = { 0 };
    const char *values[4] = { NULL, hint->one, hint->two };

    format_place(hint, &place);
    values[0] = place.data != NULL ? (const char *)place.data : "";
    phrase_fill(&phrase, values, ret);
    blob_clear(&place);
}

/* "LEAD: what is wrong [chain-order]" */
static void
say_hint(struct session *session, const char *lead, const struct hint *hint)
{
    struct blob text = { 0 };

    blob_text(&text, lead);
    blob_text(&text, ": ");
    hint_format(hint, &text);
    blob_text(&text, " [");
    blob_text(&text, hint_name(hint->id));
    blob_text(&text, "]");
    say_text(session, (const char *)text.data);
    blob_clear(&text);
}

static void
say_left_out(struct session *session, const char *lead,
             const struct hints *hints)
{
    char more[64];

    if (hints->left_out == 0)
        return;
    snprintf(more, sizeof(more), "%s: and %zu more", lead, hints->left_out);
    say_text(session, more);
}

void
say_hints(struct session *session, const struct hints *hints)
{
    size_t i;

    if (session->json) /* the answer must be the only output */
        return;
    for (i = 0; i < hints->count; i++)
        say_hint(session, "HINT", &hints->all[i]);
    say_left_out(session, "HINT", hints);
}

/*
 * Additions of ours.
 */

static void
append_finding(const struct hint *hint, struct blob *json)
{
    struct blob text = { 0 };

    hint_format(hint, &text);
    blob_text(json, "{");
    json_text(json, "id", hint_name(hint->id));
    json_text(json, "severity", severity_name(hint_severity(hint->id)));
    if (hint->service[0] != '\0')
        json_text(json, "service", hint->service);
    if (hint->file[0] != '\0')
        json_text(json, "file", hint->file);
    if (hint->element > 0)
        json_number(json, "element", hint->element);
    if (hint->line > 0)
        json_number(json, "line", hint->line);
    json_text(json, "text", (const char *)text.data);
    blob_text(json, "}");
    blob_clear(&text);
}

static void
print_json(struct session *session, struct blob *json)
{
    say_text(session, (const char *)json->data);
    blob_clear(json);
}

void
print_examination(struct session *session, const struct hints *hints)
{
    static const char *const leads[] = {
        [SEVERITY_NOTE] = "NOTE",
        [SEVERITY_WARNING] = "WARNING",
        [SEVERITY_ERROR] = "ERROR",
    };
    struct blob json = { 0 };
    size_t i;

    if (session->json) {
        blob_text(&json, "{\"findings\":[");
        for (i = 0; i < hints->count; i++) {
            blob_text(&json, i > 0 ? "," : "");
            append_finding(&hints->all[i], &json);
        }
        blob_text(&json, "]");
        json_number(&json, "left_out", (long long)hints->left_out);
        blob_text(&json, "}");
        print_json(session, &json);
        return;
    }
    for (i = 0; i < hints->count; i++)
        say_hint(session, leads[hint_severity(hints->all[i].id)],
                 &hints->all[i]);
    say_left_out(session, "NOTE", hints);
    if (hints->count == 0)
        say_text(session, "No fault found");
}

static long long
days_left(const struct expiry *expiry, time_t now)
{
    long long seconds = (long long)expiry->end - (long long)now;

    return seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400);
}

static void
append_expiry(const struct expiry *expiry, time_t now, const char *day,
              struct blob *json)
{
    blob_text(json, "{");
    json_text(json, "file", expiry->file);
    if (expiry->element > 0)
        json_number(json, "element", expiry->element);
    if (!expiry->unread) {
        json_text(json, "subject", expiry->subject);
        json_text(json, "not_after", day);
        json_number(json, "days_left", days_left(expiry, now));
    }
    if (expiry->users != NULL)
        json_text(json, "used_by", expiry->users);
    if (expiry->copy || expiry->unread)
        json_text(json, "what",
                  expiry->missing  ? "missing"
                  : expiry->unread ? "unread"
                                   : "copy");
    blob_text(json, "}");
}

static void
say_expiry(struct session *session, const struct expiry *expiry, time_t now,
           const char *day)
{
    static const struct phrase known = { .text = "%1%2: %3 days, %4" };
    static const struct phrase unread = {
        .text = "%1: cannot be read completely, see pki doctor"
    };
    static const struct phrase missing = { .text = "%1: no such file" };
    struct blob text = { 0 };
    char place[48] = "", days[64];
    const char *values[4] = { expiry->file, place, days, expiry->subject };

    if (expiry->element > 0)
        snprintf(place, sizeof(place), ", certificate %u", expiry->element);
    snprintf(days, sizeof(days), "%s, %lld", day, days_left(expiry, now));
    phrase_fill(expiry->missing  ? &missing
                : expiry->unread ? &unread
                                 : &known,
                values, &text);
    if (expiry->users != NULL) {
        blob_text(&text, ", used by ");
        blob_text(&text, expiry->users);
        blob_text(&text, expiry->copy ? " as a copy" : "");
    }
    say_text(session, (const char *)text.data);
    blob_clear(&text);
}

void
print_expiries(struct session *session, const struct expiries *expiries,
               time_t now)
{
    struct blob json = { 0 };
    size_t i;

    blob_text(&json, "{\"certificates\":[");
    for (i = 0; i < expiries->count; i++) {
        const struct expiry *expiry = &expiries->all[i];
        char day[HINT_DAY_SIZE];

        day_describe(expiry->end, day, sizeof(day));
        if (session->json) {
            blob_text(&json, i > 0 ? "," : "");
            append_expiry(expiry, now, day, &json);
        } else {
            say_expiry(session, expiry, now, day);
        }
    }
    blob_text(&json, "]}");
    if (session->json)
        say_text(session, (const char *)json.data);
    blob_clear(&json);
}

/*
 * What was meant.
 */

static void
add_typed(struct hints *hints, enum hint_id id, const char *one,
          const char *two)
{
    struct hint hint = { .id = id };

    snprintf(hint.one, sizeof(hint.one), "%s", one);
    snprintf(hint.two, sizeof(hint.two), "%s", two);
    hints_add(hints, &hint);
}

struct guess {
    const char *typed;
    char best[SPELLING_MAX + 1];
    unsigned distance;
};

static void
offer(void *arg, const char *text)
{
    struct guess *guess = arg;
    bool same = strcasecmp(guess->typed, text) == 0; /* but for capitals */
    unsigned distance = same ? 0 : spelling_distance(guess->typed, text);

    if ((!same && !spelling_is_near(guess->typed, text)) ||
        distance >= guess->distance)
        return;
    guess->distance = distance;
    snprintf(guess->best, sizeof(guess->best), "%s", text);
}

/* Do the first two words make a command the other way round? */
static bool
is_swapped(struct session *session, char **words, size_t count)
{
    char *turned[2];

    if (count < 2)
        return false;
    turned[0] = words[1];
    turned[1] = words[0];
    return command_known(session, turned, 2) == 2;
}

/* Words that lack one to be a command. */
struct gap {
    struct session *session;
    char **words; /* with a gap of one */
    size_t count, at;
    char word[SPELLING_MAX + 1], found[SPELLING_MAX + 1];
    bool several;
};

static void
fill(void *arg, const char *text)
{
    struct gap *gap = arg;
    struct error error;
    struct call call;

    snprintf(gap->word, sizeof(gap->word), "%s", text);
    gap->words[gap->at] = gap->word;
    if (strcmp(gap->word, gap->found) != 0 &&
        command_match(gap->session, gap->words, gap->count, &call, &error) ==
            0 &&
        !command_takes_any(call.command) &&
        /* it must not count as a file's name */
        command_begins(call.command, gap->words, gap->at + 1)) {
        gap->several = gap->found[0] != '\0';
        snprintf(gap->found, sizeof(gap->found), "%s", gap->word);
    }
}

/* The first words are known: which one word should follow them? */
static void
hint_gap(struct session *session, char **words, size_t count, size_t known,
         struct hints *ret)
{
    struct gap gap = { .session = session,
                       .words = xcalloc(count + 1, sizeof(*gap.words)),
                       .count = count + 1,
                       .at = known };
    char *before = words_join(words, known);
    size_t i;

    for (i = 0; i < count; i++)
        gap.words[i < known ? i : i + 1] = words[i];
    command_words(session, words, known, fill, &gap);
    if (gap.found[0] != '\0' && !gap.several)
        add_typed(ret, HINT_WORD_MISSING, gap.found, before);
    free(before);
    free(gap.words);
}

/* Does another release know more of these words? */
static bool
hint_release(const struct session *session, char **words, size_t count,
             size_t known, struct hints *ret)
{
    const struct dialect *dialect;
    bool found = false;
    size_t i;

    for (i = 0; !found && (dialect = dialect_at(i)) != NULL; i++) {
        struct session other = { .dialect = dialect, .hints = session->hints };
        char *text;

        if (dialect == session->dialect)
            continue;
        found = command_known(&other, words, count) > known;
        if (found) {
            text = words_join(words, known + 1);
            add_typed(ret, HINT_WORD_RELEASE, text, dialect->name);
            free(text);
        }
        session_clear(&other);
    }
    return found;
}

/* "clear error" for clear_error. */
static void
guess_joined(struct session *session, char **words, size_t count, size_t known,
             struct guess *guess)
{
    char both[2 * SPELLING_MAX + 2];

    if (known + 1 >= count || known == 0)
        return;
    snprintf(both, sizeof(both), "%s_%s", words[known], words[known + 1]);
    guess->typed = both;
    command_words(session, words, known, offer, guess);
}

static bool
is_copied(const char *word, struct hints *ret)
{
    const struct lookalike *found = lookalike_find(word);

    if (found != NULL)
        add_typed(ret, HINT_WORD_COPIED, word, found->words);
    return found != NULL;
}

void
hint_spelling(struct session *session, char **words, size_t count,
              struct hints *ret)
{
    struct guess guess = { .distance = SPELLING_MAX };
    size_t known = command_known(session, words, count), i;

    /* Of words that all fit, one may be two that a copied blank joins. */
    if (known == count) {
        for (i = 0; i < count && !is_copied(words[i], ret); i++)
            ;
        return;
    }
    if (is_copied(words[known], ret) ||
        hint_release(session, words, count, known, ret))
        return;
    if (known == 0 && is_swapped(session, words, count)) {
        char both[2 * SPELLING_MAX + 2];

        snprintf(both, sizeof(both), "%s %s", words[1], words[0]);
        add_typed(ret, HINT_WORDS_SWAPPED, both, "");
        return;
    }
    guess.typed = words[known];
    command_words(session, words, known, offer, &guess);
    if (guess.best[0] == '\0')
        guess_joined(session, words, count, known, &guess);
    if (guess.best[0] != '\0')
        add_typed(ret, HINT_WORD_MISSPELT, words[known], guess.best);
    else if (known > 0)
        hint_gap(session, words, count, known, ret);
}

/*
 * Values.
 */

/* A word that begins or ends with a comma, because a blank was typed beside
   it; NULL if there is none. */
static const char *
find_comma(char *const *words, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (words[i][0] == ',' || suffix_stem(words[i], ",") > 0)
            return words[i];
    return NULL;
}

bool
hint_comma(char *const *words, size_t count, struct hints *ret)
{
    const char *word = find_comma(words, count);

    if (word != NULL)
        add_typed(ret, HINT_WORD_COMMA, word, "");
    return word != NULL;
}

/* "subAltName:...", "CN=...", or a part that a blank has cut off. */
static void
hint_attribute(const char *word, struct hints *ret)
{
    const struct subject_attribute *attribute;
    struct guess guess = { .distance = SPELLING_MAX };
    char key[SPELLING_MAX + 1], meant[sizeof(((struct hint *)0)->two)];
    size_t size = strcspn(word, ":=");

    if (word[0] != '\0' && word[size] == '\0') {
        add_typed(ret, HINT_WORD_UNQUOTED, word, "");
        return;
    }
    snprintf(key, sizeof(key), "%.*s", (int)size, word);
    guess.typed = key;
    for (attribute = subject_attributes; attribute->key != NULL; attribute++)
        offer(&guess, attribute->key);
    if (guess.best[0] == '\0')
        return;
    snprintf(meant, sizeof(meant), "%s%s%s", guess.best,
             word[size] == '=' ? ":" : "",
             word[size] == '=' ? word + size + 1 : "");
    add_typed(ret, HINT_WORD_MISSPELT, word, meant);
}

/* Finds the name, and its size, in "DNS:..." (OpenSSL's configuration), in a
   URL, before a port, or before the dot of the DNS root. */
static const char *
find_name(const char *typed, size_t *size)
{
    static const char *const prefixes[] = {
        "DNS:", "DNS=", "IP:", "IP=", "email:", "email=", "http://", "https://"
    };
    const char *name = typed;
    size_t host, i;

    for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncasecmp(typed, prefixes[i], strlen(prefixes[i])) == 0)
            name = typed + strlen(prefixes[i]);
    *size = strcspn(name, "/");
    host = strcspn(name, ":");
    if (host < *size &&
        host + 1 + strspn(name + host + 1, "0123456789") == *size)
        *size = host;
    if (*size > 0 && name[*size - 1] == '.')
        --*size;
    return name;
}

static void
hint_altname(const char *typed, struct hints *ret)
{
    char meant[sizeof(((struct hint *)0)->two)];
    size_t size;
    const char *name = find_name(typed, &size);

    if (strpbrk(typed, " ;") != NULL) {
        add_typed(ret, HINT_WORD_COMMA, typed, "");
    } else if (size > 0 && size < strlen(typed)) {
        snprintf(meant, sizeof(meant), "%.*s", (int)size, name);
        add_typed(ret, HINT_WORD_MISSPELT, typed, meant);
    }
}

/* The name of one of the files, where their basename is wanted. */
static void
hint_basename(const char *typed, struct hints *ret)
{
    static const char *const ends[] = { ".key", ".csr", ".crt", ".cer",
                                        ".pem" };
    char meant[sizeof(((struct hint *)0)->two)];
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(meant, sizeof(meant), "%.*s", (int)suffix_stem(typed, ends[i]),
                 typed);
        if (meant[0] != '\0' && strchr(meant, '.') == NULL &&
            strchr(meant, '/') == NULL)
            add_typed(ret, HINT_WORD_MISSPELT, typed, meant);
    }
}

/* Does a host name contain letters outside DNS? */
static bool
hint_ascii(const char *typed, struct hints *ret)
{
    const char *s = typed;

    while (*s != '\0' && (unsigned char)*s < 0x80)
        s++;
    if (*s != '\0')
        add_typed(ret, HINT_WORD_NOT_ASCII, typed, "");
    return *s != '\0';
}

/* Was a word refused for what it is, or because nothing is called so? */
static bool
is_no_value(enum error_code code)
{
    static const enum error_code codes[] = {
        E_NO_FILE,           E_BAD_NAME,          E_BAD_BASENAME,
        E_ATTRIBUTE_TEXT,    E_ATTRIBUTE_COUNTRY, E_ATTRIBUTE_EMAIL,
        E_ATTRIBUTE_UNKNOWN, E_ALTNAME_BAD,       E_NOTHING,
        E_NO_INTERFACE,      E_BAD_PORT,          E_BAD_PLACE,
        E_BAD_ADDRESS,       E_BAD_NUMBER,        E_BAD_URL,
        E_BAD_TAG,           E_BAD_WORD,          E_BAD_PREFIX,
        E_BAD_GATEWAY,       E_BAD_MTU,           E_BAD_DOMAIN,
        E_BAD_RECORD,        E_BAD_TIMEZONE,      E_NOT_FOUND,
        E_NO_USER,           E_BAD_USER,          E_BAD_HOSTNAME,
    };
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i] == code)
            return true;
    return false;
}

void
hint_typed(char *const *words, size_t count, const struct error *error,
           struct hints *ret)
{
    if (is_no_value(error->code) && is_copied(error->subject, ret))
        return;
    switch (error->code) {
    case E_ATTRIBUTE_UNKNOWN:
        if (!hint_comma(words, count, ret))
            hint_attribute(error->subject, ret);
        break;
    case E_ATTRIBUTE_EMPTY:
        if (!hint_comma(words, count, ret))
            add_typed(ret, HINT_WORD_UNQUOTED, error->subject, "");
        break;
    case E_ALTNAME_BAD:
        if (!hint_ascii(error->subject, ret))
            hint_altname(error->subject, ret);
        break;
    case E_ATTRIBUTE_EMAIL:
    case E_BAD_HOSTNAME:
    case E_BAD_DOMAIN:
        hint_ascii(error->subject, ret);
        break;
    case E_BAD_BASENAME:
        hint_basename(error->subject, ret);
        break;
    case E_CANCELLED:
        if (strcasecmp(error->detail, "y") == 0 ||
            strcasecmp(error->detail, "yes") == 0)
            add_typed(ret, HINT_CAPITAL_Y, "", "");
        break;
    default:
        break;
    }
}
