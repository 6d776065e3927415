/*
 * Archives: what is taken is written by us so that it reads the same.
 */
#include <string.h>

#include "services/tar.h"
#include "tests/fuzz/fuzz.h"

static void
compare(const struct blob *theirs, const struct blob *ours)
{
    struct tar_member a, b;
    size_t at = 0, ours_at = 0;
    enum tar_result got;

    while ((got = tar_next(theirs, &at, &a)) == TAR_MEMBER) {
        must(tar_next(ours, &ours_at, &b) == TAR_MEMBER);
        must(strcmp(a.name, b.name) == 0 && a.size == b.size);
        must(a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
    }
    must(tar_next(ours, &ours_at, &b) == TAR_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob tar = fuzz_blob(data, size), ours = { 0 };
    struct tar_member member;
    size_t at = 0, before = 0;
    enum tar_result got;

    while ((got = tar_next(&tar, &at, &member)) == TAR_MEMBER) {
        struct blob content;

        must(at > before && member.data >= tar.data &&
             member.data + member.size <= tar.data + tar.size);
        must(strlen(member.name) <= TAR_MAX_NAME);
        before = at;
        content = fuzz_blob(member.data, member.size);
        tar_append(&ours, member.name, member.mode & 0777, 0, &content);
        blob_clear(&content);
    }
    tar_end(&ours);
    if (got == TAR_END)
        compare(&tar, &ours);
    blob_clear(&ours);
    blob_clear(&tar);
    return 0;
}
