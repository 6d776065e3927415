/*
 * Hints, taken at their word.
 */
#include "tests/chains/remedy.h"

#include <stdio.h>
#include <string.h>

#define GOOD_USAGE "critical,keyCertSign,cRLSign"

/* Where a hint points to. */
struct site {
    struct list *list;
    size_t at;   /* in the list */
    size_t cert; /* of the graph */
};

static bool
find_site(struct graph *graph, const struct remark *remark, struct site *ret)
{
    size_t number;

    if (strcmp(remark->file, "bundle.crt") == 0)
        ret->list = &graph->bundle;
    else if (strcmp(remark->file, "ca.crt") == 0)
        ret->list = &graph->ca;
    else if (sscanf(remark->file, "%zu.crt", &number) == 1 &&
             number < graph->question_count)
        ret->list = &graph->questions[number];
    else
        return false;
    ret->at = remark->element - 1;
    if (remark->element == 0 || ret->at >= ret->list->count)
        return false;
    ret->cert = ret->list->certs[ret->at];
    return true;
}

/* Does the first certify the second, by name and key? */
static bool
certifies(const struct plan *issuer, const struct plan *plan)
{
    return issuer->subject == plan->issuer && issuer->key == plan->signer;
}

static bool
is_given(const struct graph *graph, size_t cert)
{
    return list_has(&graph->bundle, cert) ||
           (graph->has_ca && list_has(&graph->ca, cert));
}

static bool
is_name_given(const struct graph *graph, size_t name)
{
    size_t i;

    for (i = 0; i < graph->count; i++)
        if (is_given(graph, i) && graph->certs[i].plan.subject == name)
            return true;
    return false;
}

/*
 * Truth.
 */

static bool
may_sign(const struct plan *plan)
{
    return plan->version1 || plan->usage == NULL ||
           strstr(plan->usage, "keyCertSign") != NULL;
}

static bool
is_revoked(const struct graph *graph, const struct plan *plan)
{
    size_t i;

    for (i = 0; i < graph->crl_count; i++)
        if (graph->crls[i].name == plan->issuer &&
            graph->crls[i].revoked == plan->serial)
            return true;
    return false;
}

/* Identifiers may say that a key has signed which has not. */
static bool
may_be_altered(const struct graph *graph, const struct plan *plan)
{
    size_t i;

    if (plan->altered || plan->akid == ID_OTHER)
        return true;
    for (i = 0; i < graph->count; i++)
        if (graph->certs[i].plan.subject == plan->issuer &&
            graph->certs[i].plan.skid == ID_OTHER)
            return true;
    return false;
}

static bool
is_true_of(struct graph *graph, const struct site *site,
           const struct remark *remark)
{
    const struct plan *plan = &graph->certs[site->cert].plan;
    size_t i;

    switch (remark->id) {
    case HINT_EXPIRED:
    case HINT_CA_EXPIRED:
        return plan->to <= 0 && plan->from <= plan->to;
    case HINT_NOT_YET_VALID:
        return plan->from > 0 && plan->from <= plan->to;
    case HINT_VALIDITY_EMPTY:
        return plan->to < plan->from;
    case HINT_ISSUER_NOT_CA:
    case HINT_LEAF_IN_BUNDLE:
        return !plan_is_ca(plan);
    case HINT_ISSUER_KEY_USAGE:
        return !may_sign(plan);
    case HINT_PATH_LENGTH:
        return plan->pathlen >= 0 && !plan->version1;
    case HINT_EXTENSION_UNKNOWN:
        return plan->unknown && !plan->version1;
    case HINT_KEY_ID_MISMATCH:
        return plan->akid != ID_NONE && !plan->version1;
    case HINT_SIGNATURE_BAD:
        return may_be_altered(graph, plan);
    case HINT_CHAIN_NO_INTERMEDIATE:
    case HINT_CHAIN_NO_ROOT:
        return !is_name_given(graph, plan->issuer) ||
               plan->subject == plan->issuer ||
               strcmp(remark->file, "ca.crt") == 0;
    case HINT_POLICY_MISSING:
        return !plan->policies;
    case HINT_REVOKED:
        return is_revoked(graph, plan);
    case HINT_CHAIN_DUPLICATE:
        for (i = 0; i < site->at; i++)
            if (site->list->certs[i] == site->cert)
                return true;
        return false;
    case HINT_CHAIN_ORDER:
        return remark->other > 0 && remark->other <= site->at &&
               certifies(
                   &graph->certs[site->list->certs[remark->other - 1]].plan,
                   plan);
    default:
        return true;
    }
}

bool
remark_is_true(const struct graph *graph, size_t question,
               const struct remark *remark)
{
    struct graph copy = *graph; /* nothing is changed in it */
    struct site site;

    (void)question;
    return remark->element == 0 || (find_site(&copy, remark, &site) &&
                                    is_true_of(&copy, &site, remark));
}

/*
 * Remedies.
 */

/* A new root of the CA that has signed it. */
static bool
bring_new_root(struct graph *graph, const struct plan *plan, struct list *to)
{
    struct plan root = {
        .subject = plan->issuer,
        .issuer = plan->issuer,
        .key = plan->signer,
        .signer = plan->signer,
        .from = -10,
        .to = 1000,
        .basic = BASIC_CA,
        .pathlen = -1,
        .usage = GOOD_USAGE,
        .digest = "SHA256",
        .serial = 1000000 + graph->count,
    };
    size_t added;

    if (plan->akid == ID_ISSUER && plan->akid_issuer == plan->issuer)
        root.serial = plan->akid_serial;
    root.skid = plan->akid == ID_OTHER ? ID_OTHER : ID_TRUE;
    added = graph_add(graph, &root);
    if (added < CERTS_MAX)
        list_add(to, added);
    return added < CERTS_MAX;
}

/* The certificate of the CA that has signed it: one that there is, or a new
   root. */
static bool
bring_issuer(struct graph *graph, size_t below, struct list *to)
{
    const struct plan plan = graph->certs[below].plan;
    size_t i;

    /* Its own, but altered: there is no other to be had. */
    if (plan.altered && certifies(&plan, &plan)) {
        graph->certs[below].plan.altered = false;
        graph_reissue(graph, below);
        return true;
    }
    for (i = 0; i < graph->count; i++)
        if (i != below && certifies(&graph->certs[i].plan, &plan) &&
            !list_has(to, i) && (to == &graph->ca || !is_given(graph, i))) {
            list_add(to, i);
            return true;
        }
    return bring_new_root(graph, &plan, to);
}

static bool
is_certified(const struct graph *graph, size_t below, bool by_root)
{
    const struct plan *plan = &graph->certs[below].plan;
    size_t i;

    for (i = 0; i < graph->count; i++)
        if (i != below && is_given(graph, i) &&
            certifies(&graph->certs[i].plan, plan) &&
            (!by_root || plan_is_root(&graph->certs[i].plan)))
            return true;
    return false;
}

/* Of those that a name has signed with a key that is not here; or, where all
   keys are here, that is no root's. */
static bool
bring_signers(struct graph *graph, size_t question, size_t name)
{
    size_t count = graph->count, i;
    bool done = false;
    int by_root;

    for (by_root = 0; by_root < 2 && !done; by_root++)
        for (i = 0; i < count; i++) {
            const struct plan plan = graph->certs[i].plan;

            if (plan.issuer != name ||
                (!is_given(graph, i) &&
                 graph->questions[question].certs[0] != i))
                continue;
            /* An altered one that names no key looks as if another had
               signed. */
            if (plan.altered) {
                graph->certs[i].plan.altered = false;
                graph_reissue(graph, i);
                done = true;
            }
            if (is_certified(graph, i, by_root))
                continue;
            done |= by_root ? bring_new_root(graph, &plan, &graph->bundle)
                            : bring_issuer(graph, i, &graph->bundle);
        }
    return done;
}

/* Another CA, in whose certificate there are no constraints. */
static void
lift_constraints(struct graph *graph)
{
    size_t i;

    for (i = 0; i < graph->count; i++)
        if (graph->certs[i].plan.constraints != NULL) {
            graph->certs[i].plan.constraints = NULL;
            graph_reissue(graph, i);
        }
}

/* The one at a place goes before another. */
static void
move_before(struct list *list, size_t at, size_t before)
{
    size_t cert = list->certs[at], i;

    for (i = at; i > before; i--)
        list->certs[i] = list->certs[i - 1];
    list->certs[before] = cert;
}

/* What its plan has to say for it to be good; false: no such hint. */
static bool
correct(struct plan *plan, enum hint_id id)
{
    switch (id) {
    case HINT_EXPIRED:
    case HINT_CA_EXPIRED:
    case HINT_NOT_YET_VALID:
    case HINT_VALIDITY_EMPTY:
        plan->from = -10;
        plan->to = 1000;
        return true;
    case HINT_ISSUER_NOT_CA:
        plan->version1 = false;
        plan->basic = BASIC_CA;
        return true;
    case HINT_ISSUER_KEY_USAGE:
        plan->usage = GOOD_USAGE;
        return true;
    case HINT_PATH_LENGTH:
        plan->pathlen = -1;
        return true;
    case HINT_EXTENSION_UNKNOWN:
        plan->unknown = false;
        return true;
    case HINT_KEY_ID_MISMATCH:
        plan->akid = ID_NONE;
        return true;
    case HINT_SIGNATURE_BAD:
        /* Where it was not altered, an identifier has lied. */
        if (!plan->altered)
            plan->akid = ID_NONE;
        plan->altered = false;
        return true;
    case HINT_POLICY_MISSING:
        plan->version1 = false;
        plan->policies = true;
        return true;
    case HINT_REVOKED:
        plan->serial += 1U << 31;
        return true;
    default:
        return false;
    }
}

/* The last that is trusted besides, or it: what is astray is tried before
   others. */
static size_t
other_trusted(const struct graph *graph, size_t cert)
{
    size_t i = graph->ca.count;

    while (i > 0 && graph->ca.certs[i - 1] == cert)
        i--;
    return i > 0 ? graph->ca.certs[i - 1] : cert;
}

/* The bundle must be named: where nothing else is in it, it gets what is
   trusted anyway. */
static bool
drop(struct graph *graph, const struct site *site, enum hint_id id)
{
    if (site->list->count > 1)
        list_remove(site->list, site->at);
    else if (id != HINT_ISSUER_ASTRAY)
        return false;
    else if (site->list == &graph->ca)
        graph->has_ca = false;
    else if (graph->has_ca)
        site->list->certs[0] = other_trusted(graph, site->cert);
    else
        return false;
    return true;
}

static bool
remedy_at(struct graph *graph, size_t question, const struct site *site,
          const struct remark *remark)
{
    struct plan *plan = &graph->certs[site->cert].plan;

    if (correct(plan, remark->id)) {
        graph_reissue(graph, site->cert);
        return true;
    }
    switch (remark->id) {
    case HINT_NAME_CONSTRAINTS:
        lift_constraints(graph);
        return true;
    case HINT_CHAIN_NO_INTERMEDIATE:
    case HINT_CHAIN_NO_ROOT:
    case HINT_CHAIN_LOOP:
    case HINT_ISSUER_AT_HAND:
        return bring_issuer(graph, site->cert,
                            site->list == &graph->ca ? &graph->ca
                                                     : &graph->bundle);
    case HINT_LEAF_AS_CA:
        return bring_issuer(graph, graph->questions[question].certs[0],
                            &graph->ca);
    case HINT_ISSUER_OTHER_KEY:
        return bring_signers(graph, question, plan->subject);
    case HINT_LEAF_SELF_SIGNED: /* "every peer must be given it" */
        if (is_given(graph, site->cert))
            return false;
        list_add(&graph->bundle, site->cert);
        return true;
    case HINT_CHAIN_MISPLACED:
        list_add(&graph->bundle, site->cert);
        list_remove(site->list, site->at);
        return true;
    case HINT_CHAIN_ORDER:
        if (remark->other == 0 || remark->other > site->at)
            return false;
        move_before(site->list, site->at, remark->other - 1);
        return true;
    case HINT_CHAIN_DUPLICATE:
    case HINT_CHAIN_EXTRA:
    case HINT_LEAF_IN_BUNDLE:
    case HINT_ISSUER_ASTRAY:
        return drop(graph, site, remark->id);
    default:
        return false;
    }
}

bool
remedy(struct graph *graph, size_t question, const struct remark *remark)
{
    struct site site;

    switch (remark->id) {
    case HINT_CRL_MISSING:
    case HINT_CRL_EXPIRED:
    case HINT_CRL_NOT_YET_VALID:
    case HINT_CRL_OTHER_KEY:
    case HINT_CRL_KEY_USAGE:
        graph->crl_count = 0; /* "or take all CRLs out" */
        return true;
    default:
        return find_site(graph, remark, &site) &&
               remedy_at(graph, question, &site, remark);
    }
}
