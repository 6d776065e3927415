/*
 * What happened.
 */
#include "services/journal.h"

#include <errno.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "pki/xalloc.h"

/* Where nobody listens, syslog(3) would read the time zone first. */
void
journal_tell(const char *program, const char *text)
{
    if (access(_PATH_LOG, F_OK) != 0)
        return;
    openlog(program, 0, LOG_LOCAL0);
    syslog(LOG_INFO, "%s", text);
    closelog();
}

/*
 * "2024-03-06T09:34:45.395".  gmtime(3) and strftime(3) read the time zone of
 * the system first, which takes longer than all else that a line wants.  Years
 * that begin in March end with the day that some of them have not.
 */
static char *
format_time(const struct timespec *time)
{
    enum { DAY = 86400, ERA = 146097 }; /* seconds; days of 400 years */
    long long days = time->tv_sec / DAY + 719468; /* since 1 March of year 0 */
    int rest = (int)(time->tv_sec % DAY), of_era = (int)(days % ERA);
    int years =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA - 1)) / 365;
    int of_year = of_era - (365 * years + years / 4 - years / 100);
    int month = (5 * of_year + 2) / 153; /* 0 is March */
    int day = of_year - (153 * month + 2) / 5 + 1;

    return xasprintf("%04lld-%02d-%02dT%02d:%02d:%02d.%03ld",
                     days / ERA * 400 + years + (month >= 10),
                     month < 10 ? month + 3 : month - 9, day, rest / 3600,
                     rest / 60 % 60, rest % 60, time->tv_nsec / 1000000);
}

void
journal_write(const struct journal *journal, const char *program,
              const char *text, const struct timespec *now)
{
    struct blob line = { 0 };
    struct error unwanted;
    char *time = format_time(now), *start;

    start = xasprintf("%s local0.info %s %s: ", time, journal->host, program);
    blob_text(&line, start);
    blob_text(&line, text);
    blob_text(&line, "\n");
    store_append(journal->store, STORE_PRIVATE, JOURNAL_FILE, &line,
                 JOURNAL_LIMIT, JOURNAL_KEEP, &unwanted);
    journal_tell(program, text);
    blob_clear(&line);
    free(start);
    free(time);
}

static void
keep_lines(const char *lines, const char *text, struct blob *ret)
{
    while (*lines != '\0') {
        size_t size = strcspn(lines, "\n");
        char *line = xstrndup(lines, size);

        if (strstr(line, text) != NULL) {
            blob_text(ret, line);
            blob_text(ret, "\n");
        }
        free(line);
        lines += size + (lines[size] == '\n');
    }
}

int
journal_search(struct store *store, const char *text, struct blob *ret,
               struct error *error)
{
    char name[sizeof(JOURNAL_FILE) + 16];
    int i;

    for (i = JOURNAL_KEEP; i >= 0; i--) {
        struct blob lines = { 0 };

        snprintf(name, sizeof(name), i > 0 ? JOURNAL_FILE ".%d" : JOURNAL_FILE,
                 i);
        if (store_read(store, STORE_PRIVATE, name, &lines, error) == 0)
            keep_lines((const char *)lines.data, text, ret);
        else if (error->code != E_NO_FILE)
            return -1;
        blob_clear(&lines);
    }
    return 0;
}

static int
open_log(struct store *store, int *ret, struct error *error)
{
    *ret = -1;
    if (store_open_file(store, STORE_PRIVATE, JOURNAL_FILE, ret, error) == 0)
        return 0;
    return error->code == E_NO_FILE ? 0 : -1;
}

void
journal_tail(struct store *store, struct journal_tail *ret)
{
    struct error error;
    struct stat st;

    *ret = (struct journal_tail){ .fd = -1 };
    if (open_log(store, &ret->fd, &error) == 0 && ret->fd >= 0 &&
        fstat(ret->fd, &st) == 0)
        ret->at = (uint64_t)st.st_size;
}

void
journal_tail_clear(struct journal_tail *tail)
{
    if (tail->fd >= 0)
        close(tail->fd);
    tail->fd = -1;
}

static int
read_rest(struct journal_tail *tail, struct blob *ret, struct error *error)
{
    char bytes[4096];
    ssize_t n;

    if (tail->fd < 0)
        return 0;
    while ((n = pread(tail->fd, bytes, sizeof(bytes), (off_t)tail->at)) != 0) {
        if (n > 0) {
            blob_append(ret, bytes, (size_t)n);
            tail->at += (uint64_t)n;
        } else if (errno != EINTR) {
            return fail_errno(error, JOURNAL_FILE);
        }
    }
    return 0;
}

/* The old file to its end, and then the one that has its name. */
int
journal_more(struct store *store, struct journal_tail *tail, struct blob *ret,
             struct error *error)
{
    struct stat old = { 0 }, now = { 0 };
    int fd = -1;

    if (open_log(store, &fd, error) != 0)
        return -1;
    if (fd >= 0 && tail->fd >= 0 && fstat(fd, &now) == 0 &&
        fstat(tail->fd, &old) == 0 && now.st_ino == old.st_ino) {
        close(fd);
        return read_rest(tail, ret, error);
    }
    if (read_rest(tail, ret, error) != 0) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    journal_tail_clear(tail);
    *tail = (struct journal_tail){ .fd = fd };
    return read_rest(tail, ret, error);
}
