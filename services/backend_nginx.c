/*
 * nginx for HTTPS and its redirects: one foreground process for a whole
 * service.  Its configuration, key and certificates are written to the store's
 * private area, as it reads them by name, and are removed when it has; what
 * else it wants to write goes there as well.
 */
#include "services/backend.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/spawn.h"

/*
 * Paths are relative to the private area.  %s: the service.  One process only,
 * as workers would outlive a master that is killed; such a one can not reload.
 */
static const char head[] = "daemon off;\n"
                           "master_process off;\n"
                           "pid %s.pid;\n"
                           "error_log /dev/null;\n"
                           "events { worker_connections 1024; }\n"
                           "http {\n"
                           "access_log off;\n"
                           "server_tokens off;\n"
                           "client_body_temp_path nginx-body;\n"
                           "proxy_temp_path nginx-proxy;\n"
                           "fastcgi_temp_path nginx-fastcgi;\n"
                           "uwsgi_temp_path nginx-uwsgi;\n"
                           "scgi_temp_path nginx-scgi;\n"
                           "default_type text/html;\n";

static const char pages[] =
    "location = / { return 200 \"<h1>openmmp</h1>\\n"
    "<p>This service is running.</p>\\n\"; }\n"
    "location /api/ {\n"
    "add_header WWW-Authenticate 'Basic realm=\"acano\"' always;\n"
    "return 401; }\n"
    "location / { return 404; }\n";

static bool
carries(const struct unit *unit)
{
    size_t i;

    for (i = 0; i < unit->count; i++)
        if (unit->endpoints[i].protocol != SPEAK_HTTPS &&
            unit->endpoints[i].protocol != SPEAK_REDIRECT)
            return false;
    return true;
}

#define STEM "nginx-"

/* "nginx-database_cluster": nothing in it needs quotes in a configuration. */
static char *
file_stem(const struct unit *unit)
{
    char *stem = xasprintf(STEM "%s", unit->name), *s;

    for (s = stem; *s != '\0'; s++)
        if (strchr(" ;{}\"'$\\/#", *s) != NULL)
            *s = '_';
    return stem;
}

static char *
config_name(const char *stem)
{
    return xasprintf("%s.conf", stem);
}

/* What nginx reads by name for one endpoint, beside the configuration. */
enum part { PART_KEY, PART_CHAIN, PART_TRUST, PARTS };

/* "nginx-webadmin-0.key"; the caller frees it. */
static char *
part_name(const char *stem, size_t endpoint, enum part part)
{
    static const char *const extensions[PARTS] = {
        [PART_KEY] = "key",
        [PART_CHAIN] = "crt",
        [PART_TRUST] = "trust",
    };

    return xasprintf("%s-%zu.%s", stem, endpoint, extensions[part]);
}

static void
add_text(struct blob *to, char *text)
{
    blob_text(to, text);
    free(text);
}

static int
put_file(const struct workplace *workplace, const char *name,
         const struct blob *data, struct error *error)
{
    const struct store_change change = { name, data, 0600 };

    return store_write(workplace->store, STORE_PRIVATE, &change, 1, error);
}

/* Writes a part, and names it in the configuration as the directive wants. */
static int
put_part(const struct workplace *workplace, char *name, const struct blob *data,
         const char *directive, struct blob *config, struct error *error)
{
    int r = put_file(workplace, name, data, error);

    add_text(config, xasprintf("%s %s;\n", directive, name));
    free(name);
    return r;
}

static int
put_certificates(const struct workplace *workplace, const char *stem, size_t i,
                 const struct endpoint *endpoint, struct blob *config,
                 struct error *error)
{
    const struct credential *credential = &endpoint->credentials[0];
    int r;

    blob_text(config, "ssl_protocols TLSv1.2 TLSv1.3;\n");
    r = put_part(workplace, part_name(stem, i, PART_KEY), &credential->key,
                 "ssl_certificate_key", config, error);
    if (r == 0)
        r = put_part(workplace, part_name(stem, i, PART_CHAIN),
                     &credential->chain, "ssl_certificate", config, error);
    if (r == 0 && endpoint->trust.size > 0) {
        blob_text(config, "ssl_verify_client optional;\n");
        r = put_part(workplace, part_name(stem, i, PART_TRUST),
                     &endpoint->trust, "ssl_client_certificate", config, error);
    }
    return r;
}

static int
put_files(const struct workplace *workplace, const struct unit *unit,
          const char *stem, const char *config_file, struct error *error)
{
    struct blob config = { 0 };
    size_t i;
    int r = 0;

    add_text(&config, xasprintf(head, stem));
    for (i = 0; r == 0 && i < unit->count; i++) {
        const struct endpoint *endpoint = &unit->endpoints[i];
        bool secure = endpoint->protocol == SPEAK_HTTPS;
        char *place = endpoint_place(endpoint);

        add_text(&config, xasprintf("server { listen %s%s;\n", place,
                                    secure ? " ssl" : ""));
        free(place);
        if (secure) {
            r = put_certificates(workplace, stem, i, endpoint, &config, error);
            blob_text(&config, pages);
        } else {
            add_text(&config,
                     xasprintf("return 301 https://$host:%u$request_uri;\n",
                               endpoint->https_port));
        }
        blob_text(&config, "}\n");
    }
    blob_text(&config, "}\n");
    if (r == 0)
        r = put_file(workplace, config_file, &config, error);
    blob_clear(&config);
    return r;
}

/* nginx itself would try for seconds, and tell only its log. */
static int
check_places(const struct unit *unit, struct error *error)
{
    size_t i;

    for (i = 0; i < unit->count; i++) {
        const struct endpoint *endpoint = &unit->endpoints[i];
        char *place;

        if (endpoint_try(endpoint->address, endpoint->port, bind) == 0)
            continue;
        place = endpoint_place(endpoint);
        fail_detail(error, E_LISTEN, place, strerror(errno));
        free(place);
        return -1;
    }
    return 0;
}

static int
start(const struct workplace *workplace, const struct unit *unit,
      struct process *processes, struct error *error)
{
    char *stem = file_stem(unit);
    char *prefix = xasprintf("%s/private/", workplace->state);
    char *config = config_name(stem);
    char nginx[] = "nginx", p[] = "-p", c[] = "-c", e[] = "-e",
         log[] = "/dev/null";
    char *const argv[] = { nginx, p, prefix, c, config, e, log, NULL };
    const struct spawn how = {
        .program = nginx, .argv = argv, .in = -1, .out = -1, .err = -1
    };
    int r;

    r = check_places(unit, error);
    if (r == 0)
        r = put_files(workplace, unit, stem, config, error);
    if (r == 0)
        r = spawn(&how, &processes[0].pid, error);
    free(config);
    free(prefix);
    free(stem);
    return r;
}

static int
check(const struct unit *unit, struct process *processes, struct error *error)
{
    size_t i;

    (void)processes;
    (void)error;
    for (i = 0; i < unit->count; i++)
        if (endpoint_try(unit->endpoints[i].address, unit->endpoints[i].port,
                         connect) != 0)
            return 0;
    return 1;
}

static void
stop(const struct unit *unit, struct process *processes)
{
    (void)unit;
    if (processes[0].pid > 0)
        kill(processes[0].pid, SIGTERM);
}

/* nginx reads its files once, when it starts: no copy of a key outlives that.
 */
static void
forget(const struct workplace *workplace, const struct unit *unit)
{
    char *stem = file_stem(unit);
    char **names = xcalloc(unit->count * PARTS + 1, sizeof(*names));
    struct store_change *changes =
        xcalloc(unit->count * PARTS + 1, sizeof(*changes));
    struct error ignored;
    size_t count = 0, i;
    int part;

    names[count++] = config_name(stem);
    for (i = 0; i < unit->count; i++)
        for (part = 0; part < PARTS; part++)
            names[count++] = part_name(stem, i, (enum part)part);
    for (i = 0; i < count; i++)
        changes[i].name = names[i];
    store_write(workplace->store, STORE_PRIVATE, changes, count, &ignored);
    for (i = 0; i < count; i++)
        free(names[i]);
    free(changes);
    free(names);
    free(stem);
}

/* No unit runs: whatever is there was left by a supervisor that was killed. */
static void
forget_all(const struct workplace *workplace)
{
    struct store_names names = { 0 };
    struct error ignored;
    size_t i;

    if (store_list(workplace->store, STORE_PRIVATE, &names, &ignored) != 0)
        return;
    for (i = 0; i < names.count; i++)
        if (strncmp(names.names[i], STEM, strlen(STEM)) == 0)
            store_remove(workplace->store, STORE_PRIVATE, names.names[i],
                         &ignored);
    store_names_clear(&names);
}

const struct backend backend_nginx = {
    .name = "nginx",
    .carries = carries,
    .start = start,
    .check = check,
    .stop = stop,
    .forget = forget,
    .forget_all = forget_all,
};
