/*
 * Plays files through a fuzz target, once each, without libFuzzer.
 *
 *     fuzz_NAME FILE...
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

static struct blob
read_all(const char *path)
{
    struct blob blob = { 0 };
    char buffer[4096];
    FILE *in = fopen(path, "rb");
    size_t n;

    if (in == NULL) {
        perror(path);
        exit(1);
    }
    while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
        blob_append(&blob, buffer, n);
    fclose(in);
    return blob;
}

int
main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        struct blob file = read_all(argv[i]);
        /* Of its exact size, so that a sanitizer sees what lies behind. */
        unsigned char *bytes = malloc(file.size > 0 ? file.size : 1);
        size_t n;

        if (bytes == NULL)
            return 1;
        for (n = 0; n < file.size; n++)
            bytes[n] = file.data[n];
        fprintf(stderr, "%s\n", argv[i]); /* the last one is to blame */
        LLVMFuzzerTestOneInput(bytes, file.size);
        free(bytes);
        blob_clear(&file);
    }
    printf("%d inputs\n", argc - 1);
    return argc > 1 ? 0 : 1;
}
