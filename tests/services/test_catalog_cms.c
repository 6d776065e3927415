/*
 * What every row of the catalogue must be, so that none is half a service.
 */
#include "services/service.h"

#include <stdio.h>
#include <string.h>

#include "services/scope.h"
#include "tests/support.h"

static const unsigned releases[] = { CMS_2, CMS_3 };

typedef void each_service(const struct service *service, unsigned release);

static void
for_each(each_service *each)
{
    const struct service *service;
    size_t i;

    for (i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
        for (service = NULL; (service = service_next(catalog_cms, service,
                                                     releases[i])) != NULL;)
            each(service, releases[i]);
}

static bool
has(unsigned mask, unsigned release)
{
    return mask == 0 || (mask & release) != 0;
}

/* The key in front of "=value". */
static void
cut(char *key)
{
    key[strcspn(key, "=")] = '\0';
}

/* Can some verb of the release set the key, in an entry of list or at all? */
static bool
can_be_set(const struct service *service, unsigned release, const char *list,
           const char *wanted)
{
    const struct verb *verb;

    if (strcmp(wanted, "enabled") == 0)
        return true;
    for (verb = service->verbs; verb->pattern != NULL; verb++) {
        const char *keys = verb->keys;
        char key[WORD_MAX];
        bool sets = verb->action == DO_SET || verb->action == DO_ASK ||
                    verb->action == DO_MAKE || verb->action == DO_CREATE;
        bool adds = verb->action == DO_ADD || verb->action == DO_ADD_ASK ||
                    verb->action == DO_ADD_MAKE;

        if (!has(verb->releases, release) ||
            !(sets || (adds && list != NULL && strcmp(verb->view, list) == 0)))
            continue;
        while (word_next(&keys, key) != NULL) {
            cut(key);
            if (strcmp(key, wanted) == 0)
                return true;
        }
    }
    return false;
}

static void
need(const struct service *service, unsigned release, const char *list,
     const char *words)
{
    char key[WORD_MAX];

    while (word_next(&words, key) != NULL) {
        cut(key);
        if (!can_be_set(service, release, list, key))
            fail_msg("%s, release %u: nothing sets %s", service->name, release,
                     key);
    }
}

/* Is it tagged, and does what was seen say where? */
static void
check_source(const struct service *service, const char *row,
             enum evidence evidence, unsigned source)
{
    if (evidence < GUESS || evidence > SEEN)
        fail_msg("%s, %s: no evidence", service->name, row);
    if ((evidence == SEEN) != (source != 0))
        fail_msg("%s, %s: SEEN wants a source, nothing else has one",
                 service->name, row);
}

/* How many values the words typed for a pattern give. */
static size_t
slots_of(const struct verb *verb)
{
    const char *s;
    size_t n = 0;

    for (s = verb->pattern; *s != '\0'; s++) {
        if (*s == '(' || *s == '<')
            n++;
        if (*s == '<')
            while (strncmp(s += strcspn(s, ">"), ">:<", 3) == 0)
                s += 3;
    }
    return n;
}

static size_t
keys_of(const struct verb *verb)
{
    const char *keys = verb->keys;
    char key[WORD_MAX];
    size_t n = 0;

    while (word_next(&keys, key) != NULL)
        n += strchr(key, '=') == NULL;
    return n;
}

/* Is there a slot for each key, and a key for each slot? */
static void
check_verb(const struct service *service, const struct verb *verb)
{
    size_t slots = slots_of(verb), keys = keys_of(verb);

    assert_in_range(verb->action, 0, ACTIONS - 1);
    check_source(service, verb->pattern, verb->evidence, verb->source);
    if (service->tagged && slots > 0)
        slots--;
    switch (verb->action) {
    case DO_SET:
        if (verb->keys == NULL)
            fail_msg("%s %s sets nothing", service->name, verb->pattern);
        /* "redirect=disable redirect_port" removes the port. */
        if (slots > keys || (slots < keys && strchr(verb->keys, '=') == NULL))
            fail_msg("%s %s: %zu slots, %zu keys", service->name, verb->pattern,
                     slots, keys);
        break;
    case DO_ADD:
    case DO_CREATE:
        assert_int_equal(slots, keys);
        break;
    case DO_ADD_ASK:
    case DO_ADD_MAKE:
    case DO_ASK:
    case DO_MAKE:
        assert_int_equal(slots + 1, keys);
        break;
    case DO_DELETE:
        assert_int_equal(keys, 1);
        assert_int_equal(slots, 1);
        break;
    case DO_CLEAR:
        assert_int_not_equal(keys, 0);
        assert_int_equal(slots, 0);
        break;
    default:
        assert_int_equal(keys, 0);
        break;
    }
    if (verb->view != NULL && service_view(service, verb->view) == NULL)
        fail_msg("%s %s: no view %s", service->name, verb->pattern, verb->view);
}

static void
check_verbs(const struct service *service, unsigned release)
{
    const struct verb *verb;
    bool status = false, enable = false, disable = false;

    assert_non_null(service->title);
    for (verb = service->verbs; verb->pattern != NULL; verb++) {
        check_verb(service, verb);
        if (!has(verb->releases, release))
            continue;
        status = status ||
                 (verb->action == DO_STATUS && verb->pattern[0] == '\0') ||
                 verb->action == DO_LIST;
        enable = enable || verb->action == DO_ENABLE;
        disable = disable || verb->action == DO_DISABLE;
    }
    if (status != (service->facts != NULL))
        fail_msg("%s: a status without facts, or the reverse", service->name);
    assert_int_equal(enable, disable);
    /* What can be enabled is checked. */
    assert_int_equal(enable || service->always, service->checks != NULL);
}

static void
test_verbs(void **state)
{
    (void)state;
    for_each(check_verbs);
}

static void
check_facts(const struct service *service, unsigned release)
{
    const struct fact *fact;
    const struct view *view;

    check_source(service, "enabled", service->evidence, service->source);
    for (fact = service->facts; fact != NULL && fact->label != NULL; fact++)
        if (has(fact->releases, release))
            need(service, release, NULL, fact->keys);
    for (view = service->views; view != NULL && view->name != NULL; view++)
        for (fact = view->facts; fact->label != NULL; fact++) {
            check_source(service, fact->label, fact->evidence, fact->source);
            if (has(fact->releases, release))
                need(service, release, view->name, fact->keys);
        }
}

static void
test_facts_can_be_set(void **state)
{
    (void)state;
    for_each(check_facts);
}

/* The colons of a display stand below each other, but where seen otherwise. */
static void
test_facts_say_something(void **state)
{
    const struct service *service;
    const struct fact *fact;

    (void)state;
    for (service = catalog_cms; service->name != NULL; service++)
        for (fact = service->facts; fact != NULL && fact->label != NULL;
             fact++) {
            check_source(service, fact->label, fact->evidence, fact->source);
            assert_true(fact->label[0] != '\0');
            if (fact->kind == FACT_FLAG || fact->kind == FACT_RUNNING) {
                assert_non_null(fact->yes);
                assert_non_null(fact->no);
            }
            if (fact->kind == FACT_TEXT)
                assert_non_null(fact->absent);
        }
}

static void
check_checks(const struct service *service, unsigned release)
{
    const struct check *check = service->checks;

    for (; check != NULL && check->keys != NULL; check++) {
        need(service, release, NULL, check->keys);
        assert_true(check->failure != NULL || check->optional);
        check_source(service, check->keys, check->evidence, check->source);
    }
}

static void
test_checks(void **state)
{
    (void)state;
    for_each(check_checks);
}

static bool
is_word_of(const char *words, const char *wanted)
{
    char word[WORD_MAX];

    while (word_next(&words, word) != NULL)
        if (strcmp(word, wanted) == 0)
            return true;
    return false;
}

static void
check_listeners(const struct service *service, unsigned release)
{
    const struct listener *listener = service->listeners, *other;

    for (; listener != NULL && listener->name != NULL; listener++) {
        need(service, release, NULL, listener->listen);
        if (listener->protocol != SPEAK_REDIRECT)
            need(service, release, NULL, listener->port);
        need(service, release, NULL, listener->when);
        if (listener->key != NULL) {
            assert_true(is_word_of(service->files, listener->key));
            assert_true(is_word_of(service->files, listener->cert));
        }
        if (listener->bundle != NULL)
            assert_true(is_word_of(service->files, listener->bundle));
        if (listener->trust != NULL)
            assert_true(is_word_of(service->files, listener->trust));
        for (other = service->listeners; other != listener; other++)
            assert_string_not_equal(other->name, listener->name);
    }
}

static void
test_listeners(void **state)
{
    (void)state;
    for_each(check_listeners);
}

/* Can each setting that is known to be a file be set, in some release? */
static void
check_files(const struct service *service, unsigned release)
{
    const char *words = service->files;
    char key[WORD_MAX], *in_entry;

    (void)release;
    while (word_next(&words, key) != NULL) {
        in_entry = strchr(key, ':');
        if (in_entry != NULL)
            *in_entry++ = '\0';
        else
            in_entry = key;
        if (!can_be_set(service, CMS_2, key, in_entry) &&
            !can_be_set(service, CMS_3, key, in_entry))
            fail_msg("%s: nothing sets the file %s", service->name, in_entry);
    }
}

static void
test_files(void **state)
{
    (void)state;
    for_each(check_files);
}

/* What a check or a peer wants: findings name the command that sets it. */
static void
check_setters(const struct service *service, unsigned release)
{
    const struct check *check = service->checks;
    const struct trust *trust = service->trusts;
    char key[WORD_MAX];

    for (; check != NULL && check->keys != NULL; check++) {
        const char *keys = check->keys;

        while (word_next(&keys, key) != NULL)
            if (service_setter(service, release, key) == NULL)
                fail_msg("%s: nothing sets %s", service->name, key);
    }
    for (; trust != NULL && trust->file != NULL; trust++) {
        const struct service *peer = NULL;

        while ((peer = service_next(catalog_cms, peer, release)) != NULL)
            if (strcmp(peer->name, trust->peer) == 0 &&
                service_setter(service, release, trust->file) == NULL)
                fail_msg("%s: nothing sets %s", service->name, trust->file);
        if (trust->when != NULL &&
            service_setter(service, release, trust->when) == NULL)
            fail_msg("%s: nothing sets %s", service->name, trust->when);
    }
}

static void
test_setters(void **state)
{
    (void)state;
    for_each(check_setters);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs),
        cmocka_unit_test(test_facts_can_be_set),
        cmocka_unit_test(test_facts_say_something),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_setters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
