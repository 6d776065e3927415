/*
 * Prints what the tables hold, for the checks that compare them with the
 * manual and with the transcripts:
 *
 *     mmp-list releases
 *     mmp-list commands RELEASE     the usage lines, as help shows them
 *     mmp-list config               the keys of mmp.cfg
 *     mmp-list hints                the names of findings
 */
#include <stdio.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/options.h"
#include "mmp/session.h"
#include "pki/hint.h"

static int
list_commands(const char *release)
{
    struct session session = { .dialect = dialect_find(release),
                               .hints = true };
    const struct command *command;
    size_t at = 0;

    if (session.dialect == NULL)
        return 2;
    while ((command = command_next(&session, &at)) != NULL)
        puts(command_usage(command));
    session_clear(&session);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct dialect *dialect;
    const char *key;
    size_t i;

    if (argc == 3 && strcmp(argv[1], "commands") == 0)
        return list_commands(argv[2]);
    if (argc == 2 && strcmp(argv[1], "config") == 0) {
        for (i = 0; (key = options_key(i)) != NULL; i++)
            puts(key);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "hints") == 0) {
        for (i = 0; i < HINTS; i++)
            puts(hint_name((enum hint_id)i));
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "releases") == 0) {
        for (i = 0; (dialect = dialect_at(i)) != NULL; i++)
            puts(dialect->name);
        return 0;
    }
    fputs("usage: mmp-list releases | commands RELEASE | config | hints\n",
          stderr);
    return 2;
}
