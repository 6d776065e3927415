/*
 * Where the engine of a node lives.
 */
#include "services/engine_home.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/endpoint.h"

#define KEPT "database-engine" /* the private file */

enum {
    SECRET_BYTES = 32,
    MAX_FILES = 24,
    /* PostgreSQL's socket is there, in sockaddr_un.sun_path. */
    MAX_DIRECTORY = 90,
};

void
engine_home_begin(struct engine_home *home, const char *state)
{
    home->directory = xasprintf("%s/" ENGINE_DIRECTORY, state);
    home->members = xstrdup("");
}

void
engine_home_clear(struct engine_home *home)
{
    OPENSSL_cleanse(home->secret, sizeof(home->secret));
    free(home->members);
    free(home->directory);
    *home = (struct engine_home){ 0 };
}

/*
 * What is kept beside the record.
 */

int
engine_home_load(struct engine_home *home, struct error *error)
{
    struct settings *settings = NULL;
    struct blob text = { 0 };
    const char *secret = NULL, *members = NULL;
    int r;

    r = store_read(home->store, STORE_PRIVATE, KEPT, &text, error);
    if (r == 0)
        r = settings_parse(&text, KEPT, &settings, error);
    if (r == 0) {
        secret = settings_get(settings, "secret");
        members = settings_get(settings, "members");
        snprintf(home->secret, sizeof(home->secret), "%s",
                 secret != NULL ? secret : "");
        free(home->members);
        home->members = xstrdup(members != NULL ? members : "");
    }
    settings_free(settings);
    blob_clear(&text);
    return r;
}

int
engine_home_save(const struct engine_home *home, struct error *error)
{
    struct settings *settings = settings_new();
    struct blob text = { 0 };
    const struct store_change change = { KEPT, &text, 0600 };
    int r;

    settings_set(settings, "secret", home->secret);
    settings_set(settings, "members", home->members);
    settings_format(settings, &text);
    r = store_write(home->store, STORE_PRIVATE, &change, 1, error);
    settings_free(settings);
    blob_clear(&text);
    return r;
}

void
engine_home_forget(const struct engine_home *home)
{
    struct error error;

    store_remove(home->store, STORE_PRIVATE, KEPT, &error);
}

int
engine_home_found(struct engine_home *home, struct error *error)
{
    unsigned char bytes[SECRET_BYTES];
    size_t i;

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return fail_openssl(error, E_CRYPTO, NULL);
    free(home->members);
    home->members = xstrdup(home->address);
    for (i = 0; i < sizeof(bytes); i++)
        snprintf(home->secret + 2 * i, 3, "%02x", bytes[i]);
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return 0;
}

static char *
join_members(const struct engine_answer *answer, const char *more)
{
    char *ret = xstrdup(more);
    size_t i;

    for (i = 0; i < answer->count; i++) {
        const char *address = answer->nodes[i].address;
        char *old = ret;

        if (strcmp(address, more) == 0)
            continue;
        ret = xasprintf("%s%s%s", old, old[0] != '\0' ? "," : "", address);
        free(old);
    }
    return ret;
}

bool
engine_home_meet(struct engine_home *home, const struct engine_answer *answer,
                 bool member)
{
    char *members = join_members(answer, member ? home->address : "");
    bool fresh = strcmp(members, home->members) != 0;

    free(home->members);
    home->members = members;
    return fresh;
}

/*
 * Where and as whom.
 */

int
engine_home_enter(struct engine_home *home, struct error *error)
{
    const struct passwd *entry =
        geteuid() == 0 ? getpwnam(home->user_name) : getpwuid(geteuid());
    char *detail;

    if (entry != NULL && entry->pw_uid != 0) {
        home->user.uid = entry->pw_uid;
        home->user.gid = entry->pw_gid;
        snprintf(home->user.name, sizeof(home->user.name), "%s",
                 entry->pw_name);
        return 0;
    }
    detail = geteuid() == 0
                 ? xasprintf("no user %s to run as, see database_user in "
                             "mmp.cfg",
                             home->user_name)
                 : xstrdup("this user has no name");
    fail_detail(error, E_DATABASE, DATABASE_TITLE, detail);
    free(detail);
    return -1;
}

/* The engine's files name paths as they are. */
static int
check_directory(const struct engine_home *home, struct error *error)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-";

    if (strlen(home->directory) > MAX_DIRECTORY)
        return fail_detail(error, E_DATABASE, DATABASE_TITLE,
                           "the path of the state directory is too long");
    if (home->directory[strspn(home->directory, plain)] != '\0')
        return fail_detail(error, E_DATABASE, DATABASE_TITLE,
                           "the path of the state directory has characters "
                           "other than letters, digits and /._+-");
    return 0;
}

static int
check_ports(const struct engine_home *home, struct error *error)
{
    const unsigned *port = home->engine->ports;
    char *place;

    while (*port != 0 && endpoint_try(home->address, *port, bind) == 0)
        port++;
    if (*port == 0)
        return 0;
    place = endpoint_place_of(home->address, *port);
    fail_detail(error, E_LISTEN, place, strerror(errno));
    free(place);
    return -1;
}

int
engine_home_check(struct engine_home *home, bool listens, struct error *error)
{
    if (home->engine->installed(error) != 0 ||
        check_directory(home, error) != 0 ||
        engine_home_enter(home, error) != 0)
        return -1;
    return listens ? check_ports(home, error) : 0;
}

/*
 * The directory.
 */

struct engine_node
engine_home_node(const struct engine_home *home)
{
    return (struct engine_node){
        .directory = home->directory,
        .helpers = home->helpers,
        .user = home->user.name,
        .address = home->address,
        .secret = home->secret,
        .members = home->members,
        .schema = home->schema,
    };
}

/* Of a node without a database, two are not there. */
static int
add_certificates(const struct engine_home *home, struct engine_file *files,
                 size_t *count, struct error *error)
{
    static const char *const names[DATABASE_FILES] = {
        [DATABASE_SERVER_KEY] = "server.key",
        [DATABASE_SERVER_CERT] = "server.crt",
        [DATABASE_CLIENT_KEY] = "client.key",
        [DATABASE_CLIENT_CERT] = "client.crt",
        [DATABASE_CA_CERT] = "ca.crt",
    };
    int i;

    for (i = 0; i < DATABASE_FILES; i++) {
        struct engine_file *file = &files[*count];

        *file = (struct engine_file){ .name = names[i], .mode = 0600 };
        if (store_read(home->store, STORE_PRIVATE, database_copy(i),
                       &file->text, error) == 0)
            ++*count;
        else if (error->code != E_NO_FILE)
            return -1;
    }
    return 0;
}

int
engine_home_lend(const struct engine_home *home, struct error *error)
{
    struct engine_node node = engine_home_node(home);
    struct engine_file files[MAX_FILES] = { { 0 } };
    struct store_change changes[MAX_FILES];
    size_t count = 0, i;
    int r;

    r = add_certificates(home, files, &count, error);
    for (i = 0; r == 0 && count < MAX_FILES &&
                home->engine->file(&node, i, &files[count]);
         i++)
        count++;
    for (i = 0; i < count; i++)
        changes[i] = (struct store_change){ files[i].name, &files[i].text,
                                            files[i].mode };
    if (r == 0)
        r = store_lend(home->store, ENGINE_DIRECTORY, home->user.uid,
                       home->user.gid, changes, count, error);
    for (i = 0; i < count; i++)
        blob_clear(&files[i].text);
    return r;
}
