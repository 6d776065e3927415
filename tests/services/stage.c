/*
 * What the tests of services share.
 */
#include "tests/services/stage.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pki/xalloc.h"

static const struct listener web_listeners[] = {
    { "https", SPEAK_HTTPS, "listen", "port", 0, "key", "cert", "bundle" },
    { .name = "redirect",
      .protocol = SPEAK_REDIRECT,
      .listen = "listen",
      .port = "redirect_port",
      .default_port = 80,
      .when = "redirect" },
    { NULL },
};

static const struct listener pair_listeners[] = {
    { "https", SPEAK_HTTPS, "listen", NULL, 0, "key", "cert" },
    { NULL },
};

static const struct listener talk_listeners[] = {
    { "tls", SPEAK_TLS, "listen", "port", 0, "key", "cert", NULL, "trust" },
    { NULL },
};

static const struct listener xmpp_listeners[] = {
    { "xmpp", SPEAK_XMPP, "listen", "port", 0, "key", "cert", "bundle",
      .list = "domains", .host = "domain" },
    { NULL },
};

static const struct listener turn_listeners[] = {
    { "tls", SPEAK_TURN, "listen", "port", 0, "key", "cert" },
    { "turn", SPEAK_TURN, "listen", "udp" },
    { NULL },
};

const struct service stage_catalog[] = {
    { .name = "web", .listeners = web_listeners },
    { .name = "pair", .listeners = pair_listeners },
    { .name = "talk", .listeners = talk_listeners },
    { .name = "xmpp", .listeners = xmpp_listeners },
    { .name = "turn", .listeners = turn_listeners },
    { .name = "idle" },
    { .name = "node", .listeners = web_listeners, .tagged = true },
    { NULL },
};

const struct interfaces stage_interfaces = {
    .a = "127.0.0.1",
    .b = "127.0.0.2",
    .lo = "127.0.0.1",
    .port_offset = 10000,
};

void
stage_sleep(unsigned milliseconds)
{
    const struct timespec pause = { milliseconds / 1000,
                                    milliseconds % 1000 * 1000000L };

    nanosleep(&pause, NULL);
}

void
stage_descriptor_limit(pid_t pid, unsigned count)
{
    struct rlimit limit;

    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
    limit.rlim_cur = count > 0 ? count : limit.rlim_max;
    assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

static long long
time_of(clockid_t clock)
{
    struct timespec time = { 0 };

    clock_gettime(clock, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

unsigned
stage_busy(pid_t pid, unsigned milliseconds)
{
    clockid_t clock;
    long long before;

    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    before = time_of(clock);
    stage_sleep(milliseconds);
    return (unsigned)(time_of(clock) - before);
}

static struct sockaddr_in
loopback(unsigned port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

/* Below the ports that the kernel hands out by itself: one of those may be
   taken again before it is used; and not where another test begins to look. */
unsigned
stage_port(void)
{
    enum { FIRST = 20000, COUNT = 12000, STEP = 61 };
    static unsigned taken;
    unsigned i;

    for (i = 0; i < COUNT; i++) {
        unsigned port = FIRST + ((unsigned)getpid() * STEP + taken++) % COUNT;
        const struct sockaddr_in address = loopback(port);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int r = bind(fd, (const struct sockaddr *)&address, sizeof(address));

        close(fd);
        if (r == 0)
            return port;
    }
    fail_msg("no port is free");
    return 0;
}

void
stage_set(struct scratch *scratch, const char *key, const char *value)
{
    const struct settings_change change = { key, value };
    struct error error;

    assert_int_equal(settings_update(scratch->store, &change, 1, &error), 0);
}

unsigned
stage_web(struct scratch *scratch)
{
    unsigned port = stage_port();
    char text[16];

    snprintf(text, sizeof(text), "%u", port);
    fixture_store(scratch->store, "leaf.key");
    fixture_store(scratch->store, "leaf.crt");
    fixture_store(scratch->store, "bundle.crt");
    stage_set(scratch, "web.listen", "a");
    stage_set(scratch, "web.port", text);
    stage_set(scratch, "web.key", "leaf.key");
    stage_set(scratch, "web.cert", "leaf.crt");
    stage_set(scratch, "web.bundle", "bundle.crt");
    return port;
}

void
stage_present(struct endpoint *endpoint, const char *host, const char *key,
              const char *chain)
{
    struct credential *credential = endpoint_add(endpoint, host, key);

    credential->key = fixture(key);
    credential->chain = fixture(chain);
}

int
stage_run(const char *state, const struct backend *backend, bool on_demand)
{
    const struct supervision supervision = {
        .state = state,
        .endpoint = STAGE_ENDPOINT,
        .interfaces = &stage_interfaces,
        .catalog = stage_catalog,
        .release = CMS_3,
        .backend = backend,
        .on_demand = on_demand,
        .engine = &engine_patroni,
        .helpers = BINARY_DIR "/bin",
        .database_user = "postgres",
        .schema = 1,
    };
    struct error error;

    return supervisor_run(&supervision, &error) == 0 ? 0 : 1;
}

pid_t
stage_supervise(struct scratch *scratch, const struct backend *backend)
{
    struct error error;
    pid_t pid = fork();
    int i, fd = -1;

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is given up */
        _exit(stage_run(scratch->path, backend, false));
    }
    assert_int_not_equal(pid, -1);
    for (i = 0; i < 500 && fd < 0; i++) {
        if (store_connect(scratch->store, SUPERVISOR_SOCKET, &fd, &error) != 0)
            stage_sleep(10);
    }
    assert_int_not_equal(fd, -1);
    close(fd);
    return pid;
}

void
stage_end(pid_t pid)
{
    int i, status = -1;

    kill(pid, SIGTERM);
    for (i = 0; i < 1000; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            assert_int_equal(status, 0);
            return;
        }
        stage_sleep(10);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    fail_msg("the supervisor does not end");
}

int
stage_connect(unsigned port)
{
    const struct sockaddr_in address = loopback(port);
    const struct timeval bound = { .tv_sec = 5 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_not_equal(fd, -1);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void
await(unsigned port, bool open)
{
    int i;

    for (i = 0; i < 500; i++) {
        int fd = stage_connect(port);

        if (fd >= 0)
            close(fd);
        if ((fd >= 0) == open)
            return;
        stage_sleep(10);
    }
    fail_msg("port %u is %s", port, open ? "closed" : "open");
}

void
stage_await_closed(unsigned port)
{
    await(port, false);
}

void
stage_await_open(unsigned port)
{
    await(port, true);
}

void
stage_serial(struct scratch *scratch, unsigned port, const char *more,
             char ret[64])
{
    struct blob out = { 0 };
    char *command = xasprintf(
        "echo Q | timeout 10 openssl s_client -connect 127.0.0.1:%u %s "
        "2>/dev/null | openssl x509 -noout -serial 2>/dev/null | "
        "sed s/serial=//",
        port, more);

    run_shell(scratch, command, &out);
    snprintf(ret, 64, "%.*s",
             out.size > 0 ? (int)strcspn((char *)out.data, "\n") : 0,
             out.size > 0 ? (char *)out.data : "");
    blob_clear(&out);
    free(command);
}

size_t
stage_children(pid_t parent, pid_t *ret, size_t max)
{
    char *path = xasprintf("/proc/%d/task/%d/children", parent, parent);
    FILE *in = fopen(path, "r");
    size_t n = 0;

    while (in != NULL && n < max && fscanf(in, "%d", &ret[n]) == 1)
        n++;
    if (in != NULL)
        fclose(in);
    free(path);
    return n;
}

size_t
stage_descriptors(pid_t pid)
{
    char *path = xasprintf("/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    size_t n = 0;

    while (dir != NULL && readdir(dir) != NULL)
        n++;
    if (dir != NULL)
        closedir(dir);
    free(path);
    return n;
}
