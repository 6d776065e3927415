/*
 * The table of what a client has open.
 */
#include "services/sftp_handle.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pki/xalloc.h"
#include "tests/support.h"

static struct sftp_handle *
open_null(struct sftp_handles *handles)
{
    struct error error;
    struct sftp_handle *handle = sftp_handle_new(handles, "null", &error);

    assert_non_null(handle);
    handle->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(handle->fd >= 0);
    handle->kind = HANDLE_READING;
    return handle;
}

static int
take(struct sftp_handles *handles, const struct packet_out *bytes,
     struct sftp_handle **ret, struct error *error)
{
    struct packet_in in = { bytes->data, bytes->size, false };

    return sftp_handle_take(handles, &in, ret, error);
}

/* Out to the client and back, until it is released. */
static void
test_number(void **state)
{
    struct sftp_handles *handles = xcalloc(1, sizeof(*handles));
    struct sftp_handle *first = open_null(handles), *second, *got = NULL;
    struct packet_out bytes = { 0 };
    struct error error;

    (void)state;
    second = open_null(handles);
    sftp_handle_put(handles, second, &bytes);
    assert_int_equal(take(handles, &bytes, &got, &error), 0);
    assert_ptr_equal(got, second);
    assert_int_equal(sftp_handle_fd(got), second->fd);
    sftp_handle_release(second);
    assert_fails(take(handles, &bytes, &got, &error), &error, E_REQUEST, "");
    /* The same place, and another handle. */
    assert_ptr_equal(open_null(handles), second);
    assert_fails(take(handles, &bytes, &got, &error), &error, E_REQUEST, "");
    assert_ptr_not_equal(first, second);
    packet_clear(&bytes);
    sftp_handles_clear(handles);
    free(handles);
}

/* What no handle was ever like. */
static void
test_foreign(void **state)
{
    struct sftp_handles *handles = xcalloc(1, sizeof(*handles));
    struct sftp_handle *got = NULL;
    struct packet_out bytes = { 0 };
    struct error error;
    size_t size;

    (void)state;
    open_null(handles);
    for (size = 0; size <= 16; size++) {
        bytes.size = 0;
        packet_put_string(&bytes, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", size);
        if (size != 8)
            assert_fails(take(handles, &bytes, &got, &error), &error, E_REQUEST,
                         "");
        else
            assert_int_equal(take(handles, &bytes, &got, &error), 0);
    }
    bytes.size = 0;
    packet_put_string(&bytes, "\0\0\0\x40\0\0\0\0", 8);
    assert_fails(take(handles, &bytes, &got, &error), &error, E_REQUEST, "");
    bytes.size = 2; /* cut within the length */
    assert_fails(take(handles, &bytes, &got, &error), &error, E_REQUEST, "");
    packet_clear(&bytes);
    sftp_handles_clear(handles);
    free(handles);
}

static void
test_full(void **state)
{
    struct sftp_handles *handles = xcalloc(1, sizeof(*handles));
    struct error error;
    size_t i;

    (void)state;
    for (i = 0; i < SFTP_MAX_HANDLES; i++)
        open_null(handles);
    assert_null(sftp_handle_new(handles, "more", &error));
    assert_int_equal(error.code, E_REQUEST);
    assert_string_equal(error.subject, "more");
    sftp_handle_release(&handles->handles[7]);
    assert_ptr_equal(open_null(handles), &handles->handles[7]);
    sftp_handles_clear(handles);
    free(handles);
}

/* What was opened is closed, and an upload that was not committed leaves
   nothing. */
static void
test_clear(void **state)
{
    struct scratch *scratch = *state;
    struct sftp_handles *handles = xcalloc(1, sizeof(*handles));
    struct sftp_handle *upload, *listing;
    struct error error;
    int fd = open_null(handles)->fd;

    upload = sftp_handle_new(handles, "a", &error);
    assert_int_equal(store_stream_open(scratch->store, STORE_FILES, "a", 0600,
                                       false, &upload->stream, &error),
                     0);
    upload->kind = HANDLE_WRITING;
    assert_int_equal(sftp_handle_fd(upload), store_stream_fd(upload->stream));
    listing = sftp_handle_new(handles, "/", &error);
    assert_int_equal(
        store_list(scratch->store, STORE_FILES, &listing->names, &error), 0);
    listing->kind = HANDLE_FOLDER;
    sftp_handles_clear(handles);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(handles->handles[1].kind, HANDLE_FREE);
    assert_int_equal(run_shell(scratch, "test -z \"$(ls -A)\"", NULL), 0);
    free(handles);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_full),
        cmocka_unit_test_setup_teardown(test_clear, scratch_setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests_name("sftp_handle", tests, NULL, NULL);
}
