/*
 * What the tests of services share: a small catalogue, free ports, a
 * supervisor of their own, and clients.
 */
#ifndef TESTS_SERVICES_STAGE_H
#define TESTS_SERVICES_STAGE_H

#include <sys/types.h>

#include "services/manager.h"
#include "services/supervisor.h"
#include "tests/support.h"

/*
 * web: HTTPS on "listen", "port", with "key", "cert", "bundle"; and a redirect
 *      on "redirect_port" when "redirect" is enable
 * pair: HTTPS on the whitelist "listen", no default port
 * talk: TLS on "listen", "port", with "trust"
 * xmpp, turn: the same without trust; turn also in the clear on "udp"; xmpp
 *      with "domains", too, of "domain", "key", "cert" and "bundle"
 * idle: runs nothing
 * node: tagged, like web
 */
extern const struct service stage_catalog[];
extern const struct interfaces stage_interfaces;

/* The program, and the arguments that make a manager start it. */
#define STAGE_ENDPOINT BINARY_DIR "/bin/mmp-endpoint"

/* A port of 127.0.0.1 that nobody listens on now. */
unsigned stage_port(void);

/* Changes one setting; value NULL removes it. */
void stage_set(struct scratch *scratch, const char *key, const char *value);

/* Puts leaf.key, leaf.crt, bundle.crt there, and sets web up on a free port,
   which it returns. */
unsigned stage_web(struct scratch *scratch);

/* Adds the fixtures as what is presented to who asks for the host. */
void stage_present(struct endpoint *endpoint, const char *host, const char *key,
                   const char *chain);

/* Runs a supervisor of the scratch in a child, until it listens. */
pid_t stage_supervise(struct scratch *scratch, const struct backend *backend);

/* The same in this process, for a test program that is its own supervisor;
   returns an exit status. */
int stage_run(const char *state, const struct backend *backend, bool on_demand);

/* SIGTERM; asserts that it ends well in time. */
void stage_end(pid_t pid);

/* A TCP connection to 127.0.0.1, with time-outs of 5 s; -1 if refused. */
int stage_connect(unsigned port);

/* Asserts that nobody answers there any more within 5 s, or somebody does. */
void stage_await_closed(unsigned port);
void stage_await_open(unsigned port);

/* The serial of the certificate that is presented, in hex, by openssl
   s_client; "" if there is none.  more: options for it. */
void stage_serial(struct scratch *scratch, unsigned port, const char *more,
                  char ret[64]);

/* Children of a process, by pid; at most max.  Returns how many. */
size_t stage_children(pid_t parent, pid_t *ret, size_t max);

/* Open descriptors of a process. */
size_t stage_descriptors(pid_t pid);

/* How many it may have from now on; 0: as many as it may allow itself. */
void stage_descriptor_limit(pid_t pid, unsigned count);

void stage_sleep(unsigned milliseconds);

/* The milliseconds of processor time that a process takes in so many of the
   clock's. */
unsigned stage_busy(pid_t pid, unsigned milliseconds);

/* Of leaf.crt and other.crt. */
#define LEAF_SERIAL "376773AA7EADD5DB12BE3FE92B8E61190B63AA3A"
#define OTHER_SERIAL "0BF6F1ED3D4874D447601D074865F3F086D8300E"

#endif
