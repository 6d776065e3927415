/*
 * The appliance's users: a list of name, role and the hash of a password
 * (crypt(5)) in the private file "users".  Without the file there is "admin",
 * who has the password "admin" until it is changed.
 */
#ifndef SERVICES_USERS_H
#define SERVICES_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "pki/error.h"
#include "pki/store.h"

/* Bits: a table may name several.  RECALL, facts of the real device. */
enum role {
    ROLE_ADMIN = 1,
    ROLE_CRYPTO = 2,
    ROLE_AUDIT = 4,
    ROLE_APPADMIN = 8,
    ROLE_API = 16,
};

/* Those who may log in to the console; the others are for the web and the API.
 */
#define ROLES_CONSOLE (ROLE_ADMIN | ROLE_CRYPTO | ROLE_AUDIT)

/* Even those who are no users any more. */
#define ROLES_ANYBODY (~0U)

#define USERS_FILE "users"
#define USERS_MAX_NAME 32      /* characters */
#define USERS_MAX_PASSWORD 512 /* bytes, with the NUL (crypt(3)) */

/* 0 if there is no such role. */
unsigned role_find(const char *name);

/* The i-th; NULL after the last. */
const char *role_name(size_t i);

struct users;

int users_load(struct store *store, struct users **ret, struct error *error);
int users_save(const struct users *users, struct store *store,
               struct error *error);
void users_free(struct users *users);

/* Loads, changes and saves them under the store's lock; if change() fails,
   nothing is saved. */
int users_change(struct store *store,
                 int (*change)(struct users *users, void *arg,
                               struct error *error),
                 void *arg, struct error *error);

/* Names in the order in which they were added; NULL after the last. */
const char *users_name(const struct users *users, size_t i);

/* 0 if there is no such user. */
unsigned users_role(const struct users *users, const char *name);

/* Which user of that name: one that was deleted and added again is another.
   Valid until the users change; "" for those of older files and for nobody. */
const char *users_serial(const struct users *users, const char *name);

/* Must the password be changed before anything else? */
bool users_initial(const struct users *users, const char *name);

/* E_BAD_USER unless it may be a user's name: lower-case letters, digits, '-'
   and
   '_', beginning with a letter. */
int users_check_name(const char *name, struct error *error);

/* E_NO_USER unless there is one. */
int users_find(const struct users *users, const char *name,
               struct error *error);

/* E_BAD_USER, E_HAS_USER: can the user be added? */
int users_check_new(const struct users *users, const char *name,
                    struct error *error);

/* As users_check_new(); E_PASSWORD. */
int users_add(struct users *users, const char *name, const char *role,
              const char *password, struct error *error);

/* E_NO_USER, E_LAST_ADMIN. */
int users_drop(struct users *users, const char *name, struct error *error);

/* E_NO_USER; E_PASSWORD if it is empty, longer than USERS_MAX_PASSWORD, the
   initial one of "admin", or the same as before. */
int users_set_password(struct users *users, const char *name,
                       const char *password, struct error *error);

/* Is it the user's password? */
bool users_check(const struct users *users, const char *name,
                 const char *password);

/* A hash of the password, for crypt(3); the caller frees it.  E_NO_USER. */
int users_hash(const struct users *users, const char *name, char **ret,
               struct error *error);

#endif
