/*
 * Asks mmp-endpoint to look (services/visitor.h): it has the TLS library, and
 * what it reads from a listener does not come near the console.
 */
#include "services/probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "services/spawn.h"

#define ANSWER_MAX ((size_t)1 << 20) /* bytes of PEM */

int
probe(const char *program, const char *address, unsigned port,
      enum protocol protocol, struct blob *ret, struct error *error)
{
    char name[] = "mmp-endpoint", look[] = "--look";
    char *place = xasprintf("%s:%u", address, port);
    char *where = xstrdup(address), *number = xasprintf("%u", port);
    char *how = xasprintf("%d", (int)protocol);
    char *const argv[] = { name, look, where, number, how, NULL };
    int answer[2] = { -1, -1 }, r = 0;
    struct blob text = { 0 };
    pid_t pid = 0;

    if (pipe2(answer, O_CLOEXEC) != 0)
        r = fail_errno(error, place);
    if (r == 0) {
        const struct spawn start = { .program = program,
                                     .argv = argv,
                                     .in = -1,
                                     .out = answer[1],
                                     .err = -1 };

        r = spawn(&start, &pid, error);
        close(answer[1]);
    }
    if (r == 0 && blob_read(&text, answer[0], ANSWER_MAX) != 0)
        r = fail_errno(error, place);
    if (answer[0] >= 0)
        close(answer[0]);
    if (pid > 0 && spawn_wait(pid) != 0)
        blob_clear(&text);
    if (r == 0 && text.size == 0)
        r = fail_detail(error, E_NOT_READY, place,
                        "nobody answers, or not with TLS");
    if (r == 0) {
        *ret = text;
        text = (struct blob){ 0 };
    }
    blob_clear(&text);
    free(how);
    free(number);
    free(where);
    free(place);
    return r;
}
