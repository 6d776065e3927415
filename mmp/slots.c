/*
 * What a slot of a usage line accepts, and what TAB offers for it.  To add a
 * slot: a row in slots[].
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/grammar.h"
#include "mmp/session.h"
#include "pki/subject.h"
#include "pki/suffix.h"
#include "pki/utf8.h"
#include "pki/xalloc.h"
#include "services/clock.h"
#include "services/database.h"
#include "services/host.h"
#include "services/interfaces.h"
#include "services/network.h"
#include "services/scope.h"
#include "services/users.h"

/* Fit for a settings file and a display. */
static bool
is_clean(const char *word)
{
    return utf8_count(word) >= 0;
}

/*
 * Files.
 */

static int
check_file(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return store_name_ok(word) ? 0 : fail(error, E_BAD_NAME, word);
}

/* A file that a service is to present must exist when it is named.  Without
   a store, only the form of the command is checked. */
static int
check_stored(struct session *session, const char *word, struct error *error)
{
    if (!store_name_ok(word))
        return fail(error, E_BAD_NAME, word);
    if (session->store != NULL && !store_has(session->store, STORE_FILES, word))
        return fail(error, E_NO_FILE, word);
    return 0;
}

static int
check_basename(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return basename_check(word, error);
}

/* Checks one by itself; its command checks whether there are two of a kind. */
static int
check_attribute(struct session *session, const char *word, struct error *error)
{
    struct subject subject = { 0 };
    char *copy = xstrdup(word);
    int r = subject_parse(&copy, 1, &subject, error);

    (void)session;
    subject_clear(&subject);
    free(copy);
    return r;
}

/* Offers the files that end in one of the extensions; none: all files. */
static void
offer_files(struct session *session, const char *const *extensions,
            bool without, const char *prefix, complete_each *each,
            void *each_arg)
{
    struct store_names names = { 0 };
    struct error error;
    size_t i, e;

    if (store_list(session->store, STORE_FILES, &names, &error) != 0)
        return;
    for (i = 0; i < names.count; i++) {
        char *name = names.names[i];
        size_t stem = 0;

        if (strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        for (e = 0; stem == 0 && extensions[e] != NULL; e++)
            stem = suffix_stem(name, extensions[e]);
        if (stem == 0 && e > 0)
            continue;
        if (without)
            name[stem] = '\0';
        if (strlen(name) >= strlen(prefix))
            each(each_arg, name);
    }
    store_names_clear(&names);
}

static void
complete_files(struct session *session, const char *prefix, complete_each *each,
               void *each_arg)
{
    static const char *const all[] = { NULL };

    offer_files(session, all, false, prefix, each, each_arg);
}

static void
complete_keys(struct session *session, const char *prefix, complete_each *each,
              void *each_arg)
{
    static const char *const keys[] = { ".key", ".pem", ".der", NULL };

    offer_files(session, keys, false, prefix, each, each_arg);
}

static void
complete_certs(struct session *session, const char *prefix, complete_each *each,
               void *each_arg)
{
    static const char *const certs[] = { ".crt", ".cer", ".pem", ".der", NULL };

    offer_files(session, certs, false, prefix, each, each_arg);
}

static void
complete_csrs(struct session *session, const char *prefix, complete_each *each,
              void *each_arg)
{
    static const char *const csrs[] = { ".csr", NULL };

    offer_files(session, csrs, true, prefix, each, each_arg);
}

static void
complete_pairs(struct session *session, const char *prefix, complete_each *each,
               void *each_arg)
{
    static const char *const keys[] = { ".key", NULL };

    offer_files(session, keys, true, prefix, each, each_arg);
}

static void
complete_users(struct session *session, const char *prefix, complete_each *each,
               void *each_arg)
{
    static const char *const users[] = { ".pub", NULL };

    offer_files(session, users, true, prefix, each, each_arg);
}

static int
check_account(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return users_check_name(word, error);
}

static void
complete_accounts(struct session *session, const char *prefix,
                  complete_each *each, void *each_arg)
{
    struct users *users = NULL;
    struct error error;
    const char *name;
    size_t i;

    if (users_load(session->store, &users, &error) != 0)
        return;
    for (i = 0; (name = users_name(users, i)) != NULL; i++)
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            each(each_arg, name);
    users_free(users);
}

static int
check_role(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return role_find(word) != 0
               ? 0
               : fail_detail(error, E_BAD_WORD, word,
                             "admin, crypto, audit, appadmin or api");
}

static void
complete_roles(struct session *session, const char *prefix, complete_each *each,
               void *each_arg)
{
    const char *name;
    size_t i;

    (void)session;
    for (i = 0; (name = role_name(i)) != NULL; i++)
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            each(each_arg, name);
}

static int
check_network(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return network_check(word, error);
}

static int
check_timezone(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return clock_check_zone(word, error);
}

static void
complete_backups(struct session *session, const char *prefix,
                 complete_each *each, void *each_arg)
{
    static const char *const backups[] = { ".bak", NULL };

    offer_files(session, backups, true, prefix, each, each_arg);
}

static void
complete_network(struct session *session, const char *prefix,
                 complete_each *each, void *each_arg)
{
    const char *s;

    (void)session;
    for (s = NETWORK_INTERFACES; *s != '\0'; s++) {
        const char word[] = { *s, '\0' };

        if (strncmp(word, prefix, strlen(prefix)) == 0)
            each(each_arg, word);
    }
}

static void
complete_attributes(struct session *session, const char *prefix,
                    complete_each *each, void *each_arg)
{
    size_t i;

    (void)session;
    for (i = 0; subject_attributes[i].key != NULL; i++) {
        char word[64];

        snprintf(word, sizeof(word), "%s:", subject_attributes[i].key);
        if (strncmp(word, prefix, strlen(prefix)) == 0)
            each(each_arg, word);
    }
}

/* Offers the first words of the commands, and no further ones. */
static void
complete_commands(struct session *session, const char *prefix,
                  complete_each *each, void *each_arg)
{
    command_complete(session, NULL, 0, prefix, each, each_arg);
}

/*
 * Interfaces, ports, addresses.
 */

static bool
is_interface(const char *word, size_t size)
{
    const char *name;
    size_t i;

    for (i = 0; (name = interface_name(i)) != NULL; i++)
        if (strlen(name) == size && memcmp(name, word, size) == 0)
            return true;
    return false;
}

/* A decimal number without sign, blanks or leading zeros. */
static bool
is_number(const char *word, unsigned long least, unsigned long most)
{
    size_t size = strlen(word);
    unsigned long number;

    if (size == 0 || size > 9 || strspn(word, "0123456789") != size ||
        (word[0] == '0' && size > 1))
        return false;
    number = strtoul(word, NULL, 10);
    return number >= least && number <= most;
}

static int
check_range(const char *word, unsigned long least, unsigned long most,
            struct error *error)
{
    char range[48];

    if (is_number(word, least, most))
        return 0;
    snprintf(range, sizeof(range), "%lu to %lu", least, most);
    return fail_detail(error, E_BAD_NUMBER, word, range);
}

static bool
is_port(const char *word)
{
    return is_number(word, 1, 65535);
}

static bool
is_address(const char *word)
{
    return network_family(word) != AF_UNSPEC;
}

static int
check_interface(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return is_interface(word, strlen(word)) ? 0
                                            : fail(error, E_NO_INTERFACE, word);
}

static int
check_port(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return is_port(word) ? 0 : fail(error, E_BAD_PORT, word);
}

/* a:443, and with optional also a. */
static int
check_place(const char *word, bool optional, struct error *error)
{
    size_t size = strcspn(word, ":");

    if (!is_interface(word, size))
        return fail(error, E_NO_INTERFACE, word);
    if (word[size] == '\0')
        return optional ? 0 : fail(error, E_BAD_PLACE, word);
    return is_port(word + size + 1) ? 0 : fail(error, E_BAD_PORT, word);
}

static int
check_interface_port(struct session *session, const char *word,
                     struct error *error)
{
    (void)session;
    return check_place(word, false, error);
}

static int
check_interface_maybe_port(struct session *session, const char *word,
                           struct error *error)
{
    (void)session;
    return check_place(word, true, error);
}

static void
complete_interfaces(struct session *session, const char *prefix,
                    complete_each *each, void *each_arg)
{
    const char *name;
    size_t i;

    (void)session;
    for (i = 0; (name = interface_name(i)) != NULL; i++)
        if (strncmp(name, prefix, strlen(prefix)) == 0)
            each(each_arg, name);
}

/* Checks the form only; the handler finds out whether there is an address. */
static int
check_localnode(struct session *session, const char *word, struct error *error)
{
    const struct interfaces unknown = { 0 };
    char address[DATABASE_ADDRESS];
    struct error why;

    (void)session;
    return database_resolve(&unknown, word, address, &why) == 0 ||
                   why.code == E_NO_ADDRESS
               ? 0
               : fail(error, why.code, word);
}

static int
check_address(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return is_address(word) ? 0 : fail(error, E_BAD_ADDRESS, word);
}

static int
check_host(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return is_address(word) ? 0 : host_name_check(word, error);
}

static int
check_hostname(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return host_name_check(word, error);
}

/* host, with a port behind the last colon if there is one; [IPv6]:port. */
static int
check_peer(const char *word, bool optional, struct error *error)
{
    const char *colon = strrchr(word, ':');
    char *host;
    int r;

    if (is_address(word))
        return optional ? 0 : fail(error, E_BAD_PORT, word);
    if (colon == NULL)
        return optional ? host_name_check(word, error)
                        : fail(error, E_BAD_PORT, word);
    if (!is_port(colon + 1))
        return fail(error, E_BAD_PORT, word);
    host = xstrndup(word, (size_t)(colon - word));
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        r = is_address(host + 1) ? 0 : fail(error, E_BAD_ADDRESS, word);
    } else {
        r = is_address(host) ? 0 : host_name_check(host, error);
    }
    free(host);
    return r;
}

static int
check_edge(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return check_peer(word, true, error);
}

static int
check_ip_port(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return check_peer(word, false, error);
}

/* server:directory, as mount(8) takes it; an IPv6 server stands in []. */
static int
check_nfs(struct session *session, const char *word, struct error *error)
{
    const char *colon = strrchr(word, ':');
    char *host;
    int r;

    (void)session;
    if (colon == NULL || colon[1] == '\0' || !is_clean(word))
        return fail_detail(error, E_BAD_WORD, word, "host:directory");
    host = xstrndup(word, (size_t)(colon - word));
    r = host[0] == '[' && host[strlen(host) - 1] == ']' ? 0
        : is_address(host)                              ? 0
                           : host_name_check(host, error);
    free(host);
    return r == 0 ? 0 : fail_detail(error, E_BAD_WORD, word, "host:directory");
}

/*
 * Other words.
 */

static int
check_number(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return check_range(word, 0, 999999999, error);
}

static int
check_hours(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return check_range(word, 1, 24, error);
}

static int
check_url(struct session *session, const char *word, struct error *error)
{
    bool good =
        strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0;

    (void)session;
    return good && strpbrk(word, " \t\"<>") == NULL && is_clean(word)
               ? 0
               : fail(error, E_BAD_URL, word);
}

static int
check_tag(struct session *session, const char *word, struct error *error)
{
    size_t i;

    (void)session;
    for (i = 0; word[i] != '\0'; i++)
        if (!isalnum((unsigned char)word[i]) && strchr("-_", word[i]) == NULL)
            return fail(error, E_BAD_TAG, word);
    return i > 0 && i <= 64 ? 0 : fail(error, E_BAD_TAG, word);
}

static int
check_version(struct session *session, const char *word, struct error *error)
{
    (void)session;
    if (strlen(word) == 3 && memcmp(word, "1.", 2) == 0 && word[2] >= '0' &&
        word[2] <= '3')
        return 0;
    return fail_detail(error, E_BAD_WORD, word, "1.0, 1.1, 1.2 or 1.3");
}

/* The characters of a Content-Security-Policy's frame-ancestors. */
static int
check_ancestors(struct session *session, const char *word, struct error *error)
{
    size_t i;

    (void)session;
    for (i = 0; word[i] != '\0'; i++)
        if (!isalnum((unsigned char)word[i]) &&
            strchr("_./:?#[]@!$&'()*+-=~%", word[i]) == NULL)
            break;
    return i <= 1000 && word[i] == '\0'
               ? 0
               : fail_detail(error, E_BAD_WORD, word, "a source expression");
}

static int
check_email(struct session *session, const char *word, struct error *error)
{
    const char *at = strchr(word, '@');

    (void)session;
    if (at == NULL || at == word || at[1] == '\0' ||
        strchr(at + 1, '@') != NULL || !is_clean(word))
        return fail(error, E_ATTRIBUTE_EMAIL, word);
    return 0;
}

static int
check_text(struct session *session, const char *word, struct error *error)
{
    (void)session;
    return word[0] != '\0' && is_clean(word)
               ? 0
               : fail_detail(error, E_BAD_WORD, word, "a text");
}

/* The tags that the settings have: of all services. */
static void
complete_tags(struct session *session, const char *prefix, complete_each *each,
              void *each_arg)
{
    const struct dialect *dialect = session->dialect;
    struct scope scope;
    struct error error;
    size_t at = 0;

    if (session_settings(session, &error) != 0)
        return;
    while (scope_next(session->settings, dialect->catalog, dialect->release,
                      &at, &scope))
        if (scope.tag != NULL &&
            strncmp(scope.tag, prefix, strlen(prefix)) == 0)
            each(each_arg, scope.tag);
}

const struct slot slots[] = {
    { "CA cert", check_file, complete_certs },
    { "CA key/cert basename", check_basename, complete_pairs },
    { "account", check_account, complete_accounts },
    { "address", check_address, NULL },
    { "address/prefix", NULL, NULL },
    { "attribute", check_attribute, complete_attributes },
    { "backup", check_basename, complete_backups },
    { "axl_user", check_text, NULL },
    { "bundle", check_stored, complete_certs },
    { "ca_crt", check_file, complete_certs },
    { "cert", check_file, complete_certs },
    { "cert bundle/CA cert", check_file, complete_certs },
    { "cert-bundle", check_stored, complete_certs },
    { "certificate", check_file, complete_certs },
    { "cipher string", check_text, NULL },
    { "client_crt", check_file, complete_certs },
    { "client_key", check_file, complete_keys },
    { "cluster", check_host, NULL },
    { "command", NULL, complete_commands, .command = true },
    { "component", check_text, NULL },
    { "crt-bundle", check_stored, complete_certs },
    { "crt-bundle|crt-file", check_stored, complete_certs },
    { "crt-file", check_stored, complete_certs },
    { "crt-fullchain-file", check_stored, complete_certs },
    { "crt_file", check_stored, complete_certs },
    { "csr/cert basename", check_basename, complete_csrs },
    { "days", check_number, NULL },
    { "display name", check_text, NULL },
    { "domain", check_hostname, NULL },
    { "domain-name", check_hostname, NULL },
    { "e-mail address", check_email, NULL },
    { "edge name/ip[:port]", check_edge, NULL },
    { "examined", NULL, complete_files },
    { "filename", check_file, complete_files },
    { "frame-ancestors", check_ancestors, NULL },
    { "gateway", NULL, NULL },
    { "hostname", check_hostname, NULL },
    { "hostname/IP", check_host, NULL },
    { "hostname/IP[:port]", check_edge, NULL },
    { "hostname/IP>:<directory", check_nfs, NULL },
    { "hours", check_hours, NULL },
    { "if", check_network, complete_network },
    { "iface>:<port", check_interface_port, complete_interfaces },
    { "iface[:port] whitelist", check_interface_maybe_port,
      complete_interfaces },
    { "interface", check_interface, complete_interfaces },
    { "interface whitelist", check_interface, complete_interfaces },
    { "interface:port whitelist", check_interface_port, complete_interfaces },
    { "interface>:<port", check_interface_port, complete_interfaces },
    { "interface[:port] whitelist", check_interface_maybe_port,
      complete_interfaces },
    { "ip", NULL, NULL },
    { "ip>:<port", check_ip_port, NULL },
    { "key", check_file, complete_keys },
    { "key-file", check_stored, complete_keys },
    { "key/cert basename", check_basename, complete_pairs },
    { "key_file", check_stored, complete_keys },
    { "level", check_number, NULL },
    { "localnode", check_localnode, complete_network },
    { "message", check_text, NULL },
    { "minimum version string", check_version, NULL },
    { "name", check_hostname, NULL },
    { "number", check_number, NULL },
    { "option", check_text, NULL },
    { "owner", NULL, NULL },
    { "password", check_text, NULL, true },
    { "port", check_port, NULL },
    { "port/service name", check_text, NULL },
    { "presence_user", check_text, NULL },
    { "query", NULL, NULL },
    { "realm", check_text, NULL },
    { "rr", NULL, NULL },
    { "role", check_role, complete_roles },
    { "seconds", check_number, NULL },
    { "secretkey", check_text, NULL, true },
    { "server_crt", check_file, complete_certs },
    { "server_key", check_file, complete_keys },
    { "shared secret", check_text, NULL, true },
    { "tag", check_tag, complete_tags },
    { "tcp-port", check_port, NULL },
    { "timezone", check_timezone, NULL },
    { "text", NULL, NULL },
    { "tls-port", check_port, NULL },
    { "trust-bundle", check_stored, complete_certs },
    { "trust_bundle", check_stored, complete_certs },
    { "type", NULL, NULL },
    { "url", check_url, NULL },
    { "user", check_text, NULL },
    { "username", check_basename, complete_users },
    { "value", NULL, NULL },
    { "zone", NULL, NULL },
    { NULL, NULL, NULL },
};
