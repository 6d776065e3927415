/*
 * Addresses, names and time, which scripts set before they come to the
 * services.  All of them are only settings; see services/network.h.
 */
#include <stdlib.h>
#include <string.h>

#include "mmp/dialect.h"
#include "mmp/print.h"
#include "mmp/session.h"
#include "mmp/walls.h"
#include "mmp/words.h"
#include "services/clock.h"
#include "services/dns.h"
#include "services/network.h"

static bool
typed(const struct call *call, const char *slot, const char *word)
{
    const char *got = arg(call, slot);

    return got != NULL && strcmp(got, word) == 0;
}

/* "a" of "ipv4 a". */
static const char *
interface(const struct call *call)
{
    return arg(call, "if");
}

/*
 * ipv4 and ipv6.
 */

/* By the first word; commands of the same name do the same. */
static int
family(const struct call *call)
{
    return strncmp(call->command->usage, "ipv6 ", 5) == 0 ? AF_INET6 : AF_INET;
}

static void
say_value(struct session *session, const char *label, const char *value)
{
    char padded[17];

    snprintf(padded, sizeof(padded), "%-16s", label);
    say(session, SAY_IP_VALUE, padded, value);
}

static void
say_flag(struct session *session, int family, const char *name, const char *key)
{
    const char *value = network_get(session->settings, family, name, key);

    say_value(session, key, value != NULL ? value : "false");
}

static void
say_set(struct session *session, int family, const char *name, const char *key)
{
    const char *value = network_get(session->settings, family, name, key);

    if (value != NULL)
        say_value(session, key, value);
}

static void
say_mac(struct session *session, const char *name)
{
    char mac[18];

    network_mac(name, mac);
    say_value(session, "macaddress", mac);
}

static void
say_observed(struct session *session, int family, const char *name)
{
    const int width = family == AF_INET ? 16 : 40;
    char line[3 * INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];
    struct route route;
    size_t i;

    say(session, SAY_IP_ADDRESSES, NULL, NULL);
    for (i = 0; network_address_at(session->settings, family, name, i, text);
         i++)
        say(session, SAY_IP_ADDRESS, text, NULL);
    say(session, SAY_IP_ROUTES, NULL, NULL);
    snprintf(line, sizeof(line), "%-*s%-*s%-*s", width, "source", width,
             "destination", width, "gateway");
    say(session, SAY_IP_ROUTE, line, "global");
    for (i = 0; network_route_at(session->settings, family, name, i, &route);
         i++) {
        snprintf(line, sizeof(line), "%-*s%-*s%-*s", width, route.source, width,
                 route.destination, width, route.gateway);
        say(session, SAY_IP_ROUTE, line, route.global ? "true" : "false");
    }
}

static int
run_ipv4(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = interface(call);

    if (session_reload(session, error) != 0)
        return -1;
    say(session, SAY_IPV4, NULL, NULL);
    say_set(session, AF_INET, name, "address");
    say_flag(session, AF_INET, name, "default");
    say_flag(session, AF_INET, name, "dhcp");
    say_flag(session, AF_INET, name, "enabled");
    say_set(session, AF_INET, name, "gateway");
    say_mac(session, name);
    say_set(session, AF_INET, name, "prefixlen");
    say(session, SAY_IPV4_OBSERVED, NULL, NULL);
    say_observed(session, AF_INET, name);
    return 0;
}

static int
run_ipv6(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const char *name = interface(call);

    if (session_reload(session, error) != 0)
        return -1;
    say(session, SAY_IPV6, NULL, NULL);
    say_flag(session, AF_INET6, name, "enabled");
    say_mac(session, name);
    say_set(session, AF_INET6, name, "router");
    say_flag(session, AF_INET6, name, "slaac");
    say(session, SAY_IPV6_OBSERVED, NULL, NULL);
    say_observed(session, AF_INET6, name);
    return 0;
}

static int
run_ipv4_add(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    return network_set_address(settings, interface(call),
                               arg(call, "address/prefix"),
                               arg(call, "gateway"), error);
}

static int
run_ipv4_del(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    (void)error;
    network_clear_address(settings, interface(call));
    return 0;
}

static int
run_ipv4_dhcp(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    (void)error;
    network_set_dhcp(settings, interface(call));
    return 0;
}

static int
run_ipv4_default(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    return network_set_default(settings, interface(call), error);
}

static int
set_enabled(struct call *call, bool enabled, struct error *error)
{
    return network_enable(call->session->settings, family(call),
                          interface(call), enabled, error);
}

static int
run_ipv4_enable(struct call *call, struct error *error)
{
    return set_enabled(call, true, error);
}

static int
run_ipv4_disable(struct call *call, struct error *error)
{
    return set_enabled(call, false, error);
}

static int
run_ipv6_enable(struct call *call, struct error *error)
{
    return set_enabled(call, typed(call, "enable|disable", "enable"), error);
}

static int
run_route(struct call *call, struct error *error)
{
    const char *prefix = arg(call, "address/prefix");
    struct settings *settings = call->session->settings;

    if (typed(call, "add|del", "add"))
        return network_add_route(settings, family(call), interface(call),
                                 prefix, error);
    return network_drop_route(settings, family(call), interface(call), prefix,
                              error);
}

static int
run_ipv6_address(struct call *call, struct error *error)
{
    const char *prefix = arg(call, "address/prefix");
    struct settings *settings = call->session->settings;

    if (typed(call, "add|del", "add"))
        return network_add_address(settings, interface(call), prefix, error);
    return network_drop_address(settings, interface(call), prefix, error);
}

static int
run_ipv6_router(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    return network_set_router(settings, interface(call), arg(call, "address"),
                              error);
}

static int
run_ipv6_slaac(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    (void)error;
    network_set_slaac(settings, interface(call),
                      typed(call, "enable|disable", "enable"));
    return 0;
}

static int
run_iface(struct call *call, struct error *error)
{
    struct session *session = call->session;
    char text[18];

    if (session_reload(session, error) != 0)
        return -1;
    network_mac(interface(call), text);
    say(session, SAY_IFACE_MAC, text, NULL);
    snprintf(text, sizeof(text), "%u",
             network_mtu(session->settings, interface(call)));
    say(session, SAY_IFACE_MTU, text, NULL);
    return 0;
}

static int
run_iface_mtu(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    return network_set_mtu(settings, interface(call), arg(call, "value"),
                           error);
}

/*
 * dns.
 */

static int
run_dns(struct call *call, struct error *error)
{
    static const char *const keys[] = { "owner", "ttl", "type", "data" };
    struct session *session = call->session;
    struct settings *settings;
    size_t i, k;

    if (session_reload(session, error) != 0)
        return -1;
    settings = session->settings;
    say(session, SAY_DNS_ZONES, NULL, NULL);
    for (i = 0; i < settings_count(settings, DNS_ZONES); i++)
        say(session, SAY_DNS_ZONE,
            settings_entry(settings, DNS_ZONES, i, "domain"),
            settings_entry(settings, DNS_ZONES, i, "server"));
    say(session, SAY_DNS_RECORDS, NULL, NULL);
    for (i = 0; i < settings_count(settings, DNS_RECORDS); i++) {
        struct blob line = { 0 };

        for (k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
            const char *value =
                settings_entry(settings, DNS_RECORDS, i, keys[k]);

            if (k == 2)
                blob_text(&line, " IN");
            if (value == NULL)
                continue;
            blob_text(&line, k > 0 ? " " : "");
            blob_text(&line, value);
        }
        say(session, SAY_DNS_RECORD, (char *)line.data, NULL);
        blob_clear(&line);
    }
    return 0;
}

static int
run_dns_add_zone(struct call *call, struct error *error)
{
    return dns_add_zone(call->session->settings, arg(call, "zone"),
                        arg(call, "ip"), error);
}

static int
run_dns_drop_zone(struct call *call, struct error *error)
{
    return dns_drop_zone(call->session->settings, arg(call, "zone"),
                         arg(call, "ip"), error);
}

/* With or without double quotes: the words of a record are joined by blanks. */
static int
run_dns_add_record(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;
    char *text = words_join(call->args.rest, call->args.rest_count);
    int r = dns_add_record(settings, text, error);

    free(text);
    return r;
}

static int
run_dns_drop_record(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    return dns_drop_record(settings, arg(call, "owner"), arg(call, "type"),
                           error);
}

static int
run_dns_lookup(struct call *call, struct error *error)
{
    struct session *session = call->session;
    const struct helper helper = walls_helper(session, WALLS_RESOLVE);
    struct blob answers = { 0 };
    char *line, *rest;
    int r;

    r = session_reload(session, error);
    if (r == 0)
        r = dns_lookup(session->settings, arg(call, "a|aaaa|srv"),
                       arg(call, "query"), &helper, &answers, error);
    rest = (char *)answers.data;
    while (r == 0 && *(line = strsep(&rest, "\n")) != '\0')
        say(session, SAY_DNS_ANSWER, line, NULL);
    blob_clear(&answers);
    return r;
}

/* Nothing is kept between look-ups. */
static int
run_dns_flush(struct call *call, struct error *error)
{
    (void)call;
    (void)error;
    return 0;
}

/*
 * Time.
 */

static int
run_ntp(struct call *call, struct error *error)
{
    struct session *session = call->session;
    size_t i;

    if (session_reload(session, error) != 0)
        return -1;
    say(session, SAY_NTP_SERVERS, NULL, NULL);
    for (i = 0; i < settings_count(session->settings, CLOCK_SERVERS); i++)
        say(session, SAY_NTP_SERVER,
            settings_entry(session->settings, CLOCK_SERVERS, i, "address"),
            NULL);
    return 0;
}

static int
run_ntp_add(struct call *call, struct error *error)
{
    return clock_add_server(call->session->settings, arg(call, "ip"), error);
}

static int
run_ntp_drop(struct call *call, struct error *error)
{
    return clock_drop_server(call->session->settings, arg(call, "ip"), error);
}

static int
run_timezone(struct call *call, struct error *error)
{
    struct session *session = call->session;

    if (session_reload(session, error) != 0)
        return -1;
    say(session, SAY_TIMEZONE, clock_zone(session->settings), NULL);
    return 0;
}

static int
run_timezone_set(struct call *call, struct error *error)
{
    struct settings *settings = call->session->settings;

    (void)error;
    clock_set_zone(settings, arg(call, "timezone"));
    return 0;
}

static int
run_timezone_list(struct call *call, struct error *error)
{
    struct session *session = call->session;
    struct blob zones = { 0 };

    if (clock_list_zones(&zones, error) != 0)
        return -1;
    fwrite(zones.data, 1, zones.size, session->out);
    blob_clear(&zones);
    return 0;
}

const struct command cmd_network[] = {
    { "ipv4 <if>", NULL, SEEN, 0, run_ipv4, .source = NOTES_2023 },
    { "ipv4 <if> add <address/prefix> <gateway>", NULL, SEEN, 0, run_ipv4_add,
      .changes = true, .source = NOTES_2023 | TAC_221729 | PLAYBOOK_3 },
    { "ipv4 <if> del", NULL, RECALL, 0, run_ipv4_del, .changes = true },
    { "ipv4 <if> enable", NULL, SEEN, 0, run_ipv4_enable, .changes = true,
      .source = TAC_221729 | PLAYBOOK_3 },
    { "ipv4 <if> disable", NULL, RECALL, 0, run_ipv4_disable, .changes = true },
    { "ipv4 <if> default", NULL, SEEN, 0, run_ipv4_default, .changes = true,
      .source = TAC_221729 | TAC_214745 },
    { "ipv4 <if> dhcp", NULL, RECALL, 0, run_ipv4_dhcp, .changes = true },
    { "ipv4 <if> route (add|del) <address/prefix>", NULL, SEEN, 0, run_route,
      .changes = true, .source = TAC_214745 | TAC_221729 },
    { "ipv6 <if>", NULL, RECALL, 0, run_ipv6 },
    { "ipv6 <if> (enable|disable)", NULL, RECALL, 0, run_ipv6_enable,
      .changes = true },
    { "ipv6 <if> slaac (enable|disable)", NULL, RECALL, 0, run_ipv6_slaac,
      .changes = true },
    { "ipv6 <if> (add|del) <address/prefix>", NULL, RECALL, 0, run_ipv6_address,
      .changes = true },
    { "ipv6 <if> router add <address>", NULL, RECALL, 0, run_ipv6_router,
      .changes = true },
    { "ipv6 <if> router del", NULL, RECALL, 0, run_ipv6_router,
      .changes = true },
    { "ipv6 <if> route (add|del) <address/prefix>", NULL, RECALL, 0, run_route,
      .changes = true },
    { "iface <if>", NULL, SEEN, 0, run_iface,
      .source = TAC_213821 | TAC_217375 },
    { "iface <if> mtu <value>", NULL, SEEN, 0, run_iface_mtu, .changes = true,
      .source = TAC_217375 },
    { "dns", NULL, RECALL, 0, run_dns },
    { "dns add forwardzone <zone> <ip>", NULL, SEEN, 0, run_dns_add_zone,
      .changes = true, .source = TAC_213821 | TAC_210800 | PLAYBOOK_3 },
    { "dns del forwardzone <zone> <ip>", NULL, RECALL, 0, run_dns_drop_zone,
      .changes = true },
    { "dns add rr <rr>...", NULL, RECALL, 0, run_dns_add_record,
      .changes = true },
    { "dns del rr <owner> <type>", NULL, RECALL, 0, run_dns_drop_record,
      .changes = true },
    { "dns lookup (a|aaaa|srv) <query>", NULL, RECALL, 0, run_dns_lookup,
      .outside = true },
    { "dns flush", NULL, SEEN, 0, run_dns_flush,
      .source = TAC_213821 | TAC_210800 | PLAYBOOK_3 },
    { "ntp", NULL, RECALL, 0, run_ntp },
    { "ntp server list", NULL, RECALL, 0, run_ntp },
    { "ntp server add <ip>", NULL, SEEN, 0, run_ntp_add, .changes = true,
      .source = TAC_213821 | PLAYBOOK_3 },
    { "ntp server del <ip>", NULL, RECALL, 0, run_ntp_drop, .changes = true },
    { "timezone", NULL, RECALL, 0, run_timezone },
    { "timezone list", NULL, SEEN, 0, run_timezone_list,
      .source = TAC_213821 | PLAYBOOK_3 },
    { "timezone <timezone>", "timezone <name>", SEEN, 0, run_timezone_set,
      .changes = true, .source = TAC_213821 | PLAYBOOK_3 },
    { NULL },
};
