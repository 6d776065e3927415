/*
 * What our own processes tell each other: lines of the supervisor, and a
 * packed endpoint.  What is taken is sent again, and is then the same.
 */
#include <stdlib.h>
#include <string.h>

#include "services/endpoint.h"
#include "services/message.h"
#include "tests/fuzz/fuzz.h"

static void
check_line(const char *line)
{
    struct unit_status status, again;
    struct error error = { 0 };
    struct blob text = { 0 };
    int r;

    memset(&status, 0, sizeof(status));
    status.state = (enum unit_state) - 1; /* not an answer */
    r = message_parse(line, &status, &error);
    must(r == 0 || r == -1);
    if (r == 0 && strncmp(line, "status", 6) == 0) {
        must(status.state <= UNIT_WAITING && status.why.code < E_CODES);
        message_status(&text, &status);
        must(text.size <= MESSAGE_MAX);
        must(message_parse((char *)text.data, &again, &error) == 0);
        must(again.state == status.state && again.wait == status.wait &&
             again.restarts == status.restarts);
    } else if (r != 0) {
        must(error.code < E_CODES);
        message_error(&text, &error);
        must(text.size <= MESSAGE_MAX);
    }
    blob_clear(&text);
}

static void
check_database(const char *line)
{
    struct database_status status = { 0 }, again = { 0 };
    struct blob text = { 0 }, second = { 0 };
    struct error error = { 0 };

    if (database_unpack(line, &status, &error) == 0) {
        must(status.count <= DATABASE_NODES &&
             status.record.role <= DATABASE_CLIENT &&
             status.record.last < DATABASE_ACTIONS &&
             status.record.outcome <= DATABASE_FAILED &&
             status.record.why.code < E_CODES);
        database_pack(&status, &text);
        must(text.size < MESSAGE_MAX);
        must(database_unpack((char *)text.data, &again, &error) == 0);
        database_pack(&again, &second);
        must(text.size == second.size &&
             memcmp(text.data, second.data, text.size) == 0);
    } else {
        must(error.code < E_CODES);
    }
    blob_clear(&text);
    blob_clear(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct blob bytes = fuzz_blob(data, size), packed = { 0 };
    struct endpoint endpoint = { 0 }, again = { 0 };
    struct error error = { 0 };
    int r;

    check_line((const char *)bytes.data);
    check_database((const char *)bytes.data);
    r = endpoint_unpack(&bytes, &endpoint, &error);
    fuzz_check(r, &error);
    if (r == 0) {
        char *place = endpoint_place(&endpoint);

        free(place);
        endpoint_pack(&endpoint, &packed);
        must(endpoint_unpack(&packed, &again, &error) == 0);
        must(strcmp(endpoint.name, again.name) == 0 &&
             endpoint.protocol == again.protocol &&
             endpoint.port == again.port &&
             endpoint.credential_count == again.credential_count);
    }
    endpoint_clear(&endpoint);
    endpoint_clear(&again);
    blob_clear(&packed);
    blob_clear(&bytes);
    return 0;
}
