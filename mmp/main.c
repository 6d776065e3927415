/*
 * Options, the state directory, the session; the exit statuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mmp/accounts.h"
#include "mmp/control.h"
#include "mmp/daemon.h"
#include "mmp/dialect.h"
#include "mmp/editor.h"
#include "mmp/evidence.h"
#include "mmp/input.h"
#include "mmp/login.h"
#include "mmp/options.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "mmp/shell.h"
#include "mmp/syntax.h"
#include "mmp/transfer.h"
#include "mmp/walls.h"
#include "mmp/words.h"
#include "pki/xalloc.h"
#include "services/confine.h"
#include "services/guard.h"

/* Of the process; see mmp.1. */
enum { DONE = 0, FAILED = 1, BAD_START = 2 };

/* What the program is to be; the rows of modes[]. */
enum mode {
    CONSOLE,
    SUPERVISE,
    ON_DEMAND,
    ACCOUNTS,
    PRINT_STATE,
    CHECK,
    EVIDENCE,
    MODES,
    JSON = MODES, /* an option only */
};

struct arguments {
    const char *command, *state, *config, *release;
    bool strict, quiet, record, plain, json;
    enum mode mode;
    const char *words; /* of EVIDENCE */
};

struct program {
    struct arguments arguments;
    struct options options;
    struct session session;
    char *state; /* the path of the state directory, once it is wanted */
};

static const char usage[] =
    "usage: mmp [-ehnqtV] [--json] [-c command] [-d state-directory]\n"
    "           [-f config-file] [-r release]\n"
    "       mmp --supervise [-d state-directory] [-f config-file] "
    "[-r release]\n"
    "       mmp --accounts | --print-state [-d state-directory] "
    "[-f config-file]\n"
    "       mmp --check [-f config-file] [-r release]\n"
    "       mmp --evidence [command] [-f config-file] [-r release]\n";

static const char meanings[] =
    "\n"
    "  -c command          run one command\n"
    "  -d state-directory  keep files and settings there\n"
    "  -e                  stop at the first failure, and exit with its "
    "status\n"
    "  -f config-file      read this configuration only\n"
    "  -h, --help          print this\n"
    "  -n                  no hints, nothing that the appliance does not say\n"
    "  -q                  no prompts without a terminal\n"
    "  -r release          answer like release 2.9 or 3.9\n"
    "  -t                  write a transcript\n"
    "  -V, --version       print the version\n"
    "  --json              pki doctor and pki expiry answer in JSON\n"
    "  --check             check the commands on standard input, run none\n"
    "  --evidence          print how well each command and line is known\n"
    "  --supervise         run the services until SIGTERM\n"
    "  --accounts          print the users and their hashes, for sshd\n"
    "  --print-state       print the state directory\n"
    "\n"
    "See mmp(1) and mmp.cfg(5) for more.\n";

/* --on-demand is how the program starts itself; --accounts (mmp/accounts.h) and
   --print-state are for scripts/appliance. */
static const struct option long_options[] = {
    { "supervise", no_argument, NULL, SUPERVISE },
    { "on-demand", no_argument, NULL, ON_DEMAND },
    { "accounts", no_argument, NULL, ACCOUNTS },
    { "print-state", no_argument, NULL, PRINT_STATE },
    { "check", no_argument, NULL, CHECK },
    { "evidence", no_argument, NULL, EVIDENCE },
    { "json", no_argument, NULL, JSON },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { 0 },
};

/* Returns -1 to go on, else the exit status. */
static int
parse_arguments(int argc, char **argv, struct arguments *ret)
{
    int option;

    *ret = (struct arguments){ 0 };
    while ((option = getopt_long(argc, argv, "c:d:ef:hnqr:tV", long_options,
                                 NULL)) != -1) {
        switch (option) {
        case SUPERVISE:
        case ON_DEMAND:
        case CHECK:
        case EVIDENCE:
        case ACCOUNTS:
        case PRINT_STATE:
            ret->mode = (enum mode)option;
            break;
        case JSON:
            ret->json = true;
            break;
        case 'c':
            ret->command = optarg;
            break;
        case 'd':
            ret->state = optarg;
            break;
        case 'e':
            ret->strict = true;
            break;
        case 'f':
            ret->config = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            fputs(meanings, stdout);
            return DONE;
        case 'n':
            ret->plain = true;
            break;
        case 'q':
            ret->quiet = true;
            break;
        case 'r':
            ret->release = optarg;
            break;
        case 't':
            ret->record = true;
            break;
        case 'V':
            puts("mmp " MMP_VERSION);
            return DONE;
        default:
            fputs(usage, stderr);
            return BAD_START;
        }
    }
    if (ret->mode == EVIDENCE && optind + 1 == argc)
        ret->words = argv[optind++];
    /* Only the console runs one command. */
    if (optind < argc || (ret->command != NULL && ret->mode != CONSOLE)) {
        fputs(usage, stderr);
        return BAD_START;
    }
    return -1;
}

/*
 * Leaves the rest to the system.  OpenSSL would take its tables apart first,
 * which costs a twentieth of a short command.  Sanitizers and gcov need an
 * ordinary end.
 */
static int
leave(int status)
{
#ifdef LEAVE_AT_ONCE
    fflush(NULL);
    _exit(status);
#endif
    return status;
}

/* NULL for a variable that is unset or empty. */
static const char *
env(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int
load_options(const struct arguments *arguments, struct options *options,
             struct error *error)
{
    const char *file =
        arguments->config != NULL ? arguments->config : env("MMP_CONFIG");

    if (file != NULL)
        return options_load(options, file, true, error);
    return options_load_places(options, MMP_SYSTEM_CONFIG,
                               env("XDG_CONFIG_HOME"), env("HOME"), error);
}

static char *
state_path(const struct arguments *arguments, const struct options *options)
{
    const char *given =
        arguments->state != NULL ? arguments->state : env("MMP_STATE");

    if (given != NULL)
        return xstrdup(given);
    return options_state(options, env("XDG_STATE_HOME"), env("HOME"),
                         geteuid() == 0);
}

/* A failure before there is a session, in the words of the default dialect. */
static int
refuse(const struct dialect *dialect, const struct error *error)
{
    struct session words = { .dialect = dialect, .out = stderr };

    fputs("mmp: ", stderr);
    say_failure(&words, error);
    return BAD_START;
}

static time_t
system_clock(struct session *session)
{
    (void)session;
    return time(NULL);
}

static int
ask(struct session *session, const char *prompt, bool hidden,
    struct blob *answer, struct error *error)
{
    enum input_result got = input_line(
        session->io, prompt, hidden ? INPUT_HIDDEN : INPUT_ANSWER, answer);

    return got == INPUT_LINE ? 0 : fail(error, E_CANCELLED, NULL);
}

static bool
interrupted(struct session *session)
{
    return input_interrupted(session->io);
}

/* The two ways in which sshd hands over a command: to a shell, and to a
   forced command. */
static const char *
command_of(const struct arguments *arguments)
{
    return arguments->command != NULL ? arguments->command
                                      : env("SSH_ORIGINAL_COMMAND");
}

/*
 * With the password that everybody knows, nothing is possible but to change it:
 * a session asks for a new one first, and there is no other way in.
 */
static int
change_initial(struct session *session, bool interactive)
{
    struct error error;

    say(session, SAY_MUST_CHANGE, NULL, NULL);
    if (!interactive)
        return -1;
    while (login_set_password(session, session->login->user, true, &error) !=
           0) {
        say_failure(session, &error);
        if (error.code != E_PASSWORD)
            return -1;
    }
    say(session, SAY_DONE, NULL, NULL);
    return 0;
}

/* Reads from standard input, or runs the one command. */
static int
converse(struct program *program, const char *command)
{
    const struct arguments *arguments = &program->arguments;
    struct session *session = &program->session;
    struct input *input = input_new(STDIN_FILENO, session->out);
    struct shell shell = { .session = session,
                           .input = input,
                           .strict = arguments->strict,
                           .quiet = arguments->quiet,
                           .record = arguments->record };
    struct error error;
    int r;

    session->io = input;
    session->json = arguments->json;
    session->hints = program->options.diagnostics && !arguments->plain;
    if (login_must_change(session) &&
        change_initial(session, command == NULL) != 0) {
        r = -1;
    } else if (command != NULL) {
        session->alone = true;
        r = shell_line(session, command);
    } else {
        if (input_is_terminal(input))
            shell.editor = editor_new(session, input, !arguments->strict);
        r = shell_run(&shell);
        if (shell.editor != NULL && editor_save(shell.editor, &error) != 0)
            say_failure(session, &error);
    }
    editor_free(shell.editor);
    input_free(input);
    if (r == 0 || !arguments->strict)
        return DONE;
    return session->status != 0 ? session->status : FAILED;
}

static int
transfer(struct program *program)
{
    struct session *session = &program->session;
    struct error error;

    if (login_must_change(session)) {
        fprintf(stderr, "mmp: %s\n",
                session->dialect->phrases[SAY_MUST_CHANGE].text);
        return FAILED;
    }
    signal(SIGPIPE, SIG_IGN);
    if (transfer_serve(session, program->state, STDIN_FILENO, STDOUT_FILENO,
                       &error) == 0)
        return DONE;
    refuse(session->dialect, &error);
    return FAILED;
}

/*
 * The modes, each with its exit status.
 */

static int
run_console(struct program *program)
{
    const struct arguments *arguments = &program->arguments;
    struct session *session = &program->session;
    const char *command = command_of(arguments);
    struct login login;
    struct error error;
    int status;

    login_read(session->store, &login);
    session->login = &login;
    if (command != NULL && strcmp(command, TRANSFER_SUBSYSTEM) == 0) {
        status = transfer(program);
    } else {
        control_attach(session, program->state,
                       arguments->config != NULL ? arguments->config
                                                 : env("MMP_CONFIG"));
        walls_attach(session, program->state);
        status = command != NULL || walls_enter(session, NULL, &error) == 0
                     ? converse(program, command)
                     : refuse(session->dialect, &error);
        walls_detach(session);
        control_detach(session);
    }
    session->login = NULL;
    login_clear(&login);
    return status;
}

static int
run_supervisor(struct program *program)
{
    const struct dialect *dialect = program->session.dialect;
    bool on_demand = program->arguments.mode == ON_DEMAND;
    struct error error;
    int status = DONE;

    /* In the foreground, who runs it has to look after it. */
    if (on_demand && !guard_begin(program->state, &status))
        return status;
    if (daemon_supervise(program->state, &program->options, dialect, on_demand,
                         &error) == 0)
        return DONE;
    status = refuse(dialect, &error);
    return on_demand && error.code != E_SUPERVISOR ? GUARD_AGAIN : status;
}

static int
run_accounts(struct program *program)
{
    struct error error;

    return accounts_follow(program->session.store, stdout, &error) == 0
               ? DONE
               : refuse(program->session.dialect, &error);
}

static int
run_print_state(struct program *program)
{
    puts(program->state);
    return DONE;
}

static int
run_check(struct program *program)
{
    return syntax_check(&program->session, stdin) == 0 ? DONE : FAILED;
}

static int
run_evidence(struct program *program)
{
    const char *typed = program->arguments.words;
    struct words words;
    int r;

    words_split(typed != NULL ? typed : "", &words);
    r = evidence_print(&program->session, words.word, words.count);
    words_clear(&words);
    return r == 0 ? DONE : FAILED;
}

/* What is prepared; each step includes those before it. */
enum wants { WANTS_TABLES, WANTS_PATH, WANTS_OWNER, WANTS_STORE };

static const struct {
    enum wants wants;
    int (*run)(struct program *program);
} modes[MODES] = {
    [CONSOLE] = { WANTS_STORE, run_console },
    [SUPERVISE] = { WANTS_OWNER, run_supervisor },
    [ON_DEMAND] = { WANTS_OWNER, run_supervisor },
    [ACCOUNTS] = { WANTS_STORE, run_accounts },
    [PRINT_STATE] = { WANTS_PATH, run_print_state },
    [CHECK] = { WANTS_TABLES, run_check },
    [EVIDENCE] = { WANTS_TABLES, run_evidence },
};

/*
 * Preparation.
 */

static int
find_release(struct program *program)
{
    const char *release = program->arguments.release;
    const struct dialect *dialect;
    size_t i;

    if (release == NULL)
        release = program->options.release;
    dialect = dialect_find(release);
    if (dialect == NULL) {
        fprintf(stderr, "mmp: no such release: %s; there are:", release);
        for (i = 0; (dialect = dialect_at(i)) != NULL; i++)
            fprintf(stderr, " %s", dialect->name);
        fputc('\n', stderr);
        return BAD_START;
    }
    program->session.dialect = dialect;
    return DONE;
}

/* Root works in another user's directory as that user, so that what it
   leaves there belongs to the owner of the appliance, who can use it. */
static int
become_owner(const char *state, struct error *error)
{
    struct stat st;

    if (geteuid() != 0 || stat(state, &st) != 0 || st.st_uid == 0)
        return 0;
    return confine_become(st.st_uid, st.st_gid, error);
}

static int
open_state(struct program *program, enum wants wants)
{
    struct error error;

    program->state = state_path(&program->arguments, &program->options);
    if (program->state == NULL || program->state[0] == '\0') {
        fputs("mmp: no state directory: use -d\n", stderr);
        return BAD_START;
    }
    if ((wants >= WANTS_OWNER && become_owner(program->state, &error) != 0) ||
        (wants >= WANTS_STORE &&
         store_open(program->state, &program->session.store, &error) != 0))
        return refuse(program->session.dialect, &error);
    return DONE;
}

static int
make_ready(struct program *program, enum wants wants)
{
    struct error error;
    int status;

    options_defaults(&program->options);
    program->session.dialect = dialect_find(program->options.release);
    if (load_options(&program->arguments, &program->options, &error) != 0)
        return refuse(program->session.dialect, &error);
    status = find_release(program);
    if (status == DONE && wants >= WANTS_PATH)
        status = open_state(program, wants);
    return status;
}

/*
 * If a standard stream is closed, the next file to be opened takes its place,
 * and output would be written into that file.
 */
static void
keep_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* The exit status once the answer is written.  A terminal that does not take
   it has hung up, which is no failure. */
static int
end_output(int status, bool to_terminal)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || to_terminal)
        return status;
    fputs("mmp: the answer could not be written\n", stderr);
    return status == DONE ? FAILED : status;
}

int
main(int argc, char **argv)
{
    static char output[65536]; /* glibc takes no size without a buffer */
    struct program program = { .session = { .out = stdout,
                                            .clock = system_clock,
                                            .ask = ask,
                                            .interrupted = interrupted } };
    enum mode mode;
    bool to_terminal;
    int status;

    keep_streams();
    to_terminal = isatty(STDOUT_FILENO); /* one that has hung up is none any
                                            more */
    setvbuf(stdout, output, _IOFBF, sizeof(output)); /* flushed before waits */
    signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error, not the end */
    status = parse_arguments(argc, argv, &program.arguments);
    if (status >= 0)
        return end_output(status, to_terminal);
    program.session.options = &program.options;
    mode = program.arguments.mode;
    status = make_ready(&program, modes[mode].wants);
    if (status == DONE)
        status = modes[mode].run(&program);
    status = end_output(status, to_terminal);
    session_clear(&program.session);
    store_free(program.session.store);
    options_clear(&program.options);
    free(program.state);
    return leave(status);
}
