/*
 * What a slot of a usage line accepts, and what TAB offers for it.  To add a
 * slot: a row in slots[].
 */
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/grammar.h"
#include "mmp/session.h"
#include "pki/subject.h"
#include "services/host.h"

static int
check_file(const char *word, struct error *error)
{
    return store_name_ok(word) ? 0 : fail(error, E_BAD_NAME, word);
}

static bool
ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), n = strlen(end);

    return size > n && strcmp(name + size - n, end) == 0;
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

        if (strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        for (e = 0; extensions[e] != NULL; e++)
            if (ends_with(name, extensions[e]))
                break;
        if (extensions[e] == NULL && e > 0)
            continue;
        if (without)
            name[strlen(name) - strlen(extensions[e])] = '\0';
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

/* The first words of the commands; further ones are not offered. */
static void
complete_commands(struct session *session, const char *prefix,
                  complete_each *each, void *each_arg)
{
    command_complete(session, NULL, 0, prefix, each, each_arg);
}

const struct slot slots[] = {
    { "attribute", NULL, complete_attributes },
    { "CA cert", check_file, complete_certs },
    { "CA key/cert basename", basename_check, complete_pairs },
    { "cert", check_file, complete_certs },
    { "cert bundle/CA cert", check_file, complete_certs },
    { "certificate", check_file, complete_certs },
    { "command", NULL, complete_commands },
    { "csr/cert basename", basename_check, complete_csrs },
    { "filename", check_file, complete_files },
    { "key", check_file, complete_keys },
    { "key/cert basename", basename_check, complete_pairs },
    { "name", host_name_check, NULL },
    { "username", basename_check, complete_users },
    { NULL, NULL, NULL },
};

const struct slot *
slot_find(const char *name, size_t size)
{
    const struct slot *slot;

    for (slot = slots; slot->name != NULL; slot++)
        if (strlen(slot->name) == size && memcmp(slot->name, name, size) == 0)
            return slot;
    return NULL;
}
