/*
 * pki inspect: any file, and what is printed of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "mmp/dialect.h"
#include "mmp/print.h"
#include "pki/inspect.h"
#include "tests/fuzz/fuzz.h"

struct printed {
    struct session session;
    size_t elements;
};

static int
print_element(void *arg, const struct inspection *element, struct error *error)
{
    struct printed *printed = arg;

    (void)error;
    printed->elements++;
    must(element->element == printed->elements);
    must(element->element <= element->total);
    must(element->kind < INSPECT_KINDS);
    say_kind(&printed->session, element);
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct printed printed = { .session.dialect = dialect_at(0) };
    struct blob file = fuzz_blob(data, size);
    struct error error = { 0 };
    char *text = NULL;
    size_t text_size = 0;
    int r;

    printed.session.out = open_memstream(&text, &text_size);
    r = inspect("file", &file, print_element, &printed, &error);
    fuzz_check(r, &error);
    must(r != 0 || printed.elements > 0);
    if (r != 0)
        say_failure(&printed.session, &error);
    fclose(printed.session.out);
    fuzz_check_text(text, text_size);
    free(text);
    blob_clear(&file);
    return 0;
}
