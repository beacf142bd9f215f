/* SPDX-License-Identifier: BSD-2-Clause
 * case.c - the origin of one message, from the connection and the headers
 *
 * Owns:     what was seen of the message.
 * Promises: what the MTA did not say, or said in a form we do not know, proves nothing; what a header says counts
 *           only behind a connection that may be believed, and only once all headers have been seen.
 * Threads:  one at a time.
 */
#include "origin/client-name.h"
#include "origin/from.h"
#include "origin/proof.h"

struct OriginCase {
    const OriginJudge *judge;
    Origin             origin;
    SenderTrust        trust;
    Recognition        recognition;
    gboolean           closed;
    Evidence           evidence;
    Address           *from; /* of the first From header */
    Factors            factors;
};

static gboolean
said(const char *text)
{
    return text != NULL && *text != '\0';
}

/* ---- the connection ---- */

static gboolean
recognise_certificate(OriginCase *origin_case, const OriginFacts *facts)
{
    const char      *doubt = NULL;
    g_autofree char *name = client_name(facts, &doubt);
    gboolean listed = name != NULL && client_name_is_listed(name, (const char *const *)origin_case->judge->tls_names);
    gboolean wanted =
        origin_case->judge->exchange_online == CLOUD_CERTIFICATE || origin_case->judge->exchange_online == CLOUD_EITHER;
    if (listed && wanted && doubt == NULL) {
        factors_add(&origin_case->factors, "tls-name", "%s", name);
        return TRUE;
    }
    if (listed && wanted)
        factors_add(&origin_case->factors, "warning", "certificate of %s does not count: %s", name, doubt);
    else if (name != NULL && doubt == NULL)
        factors_advise(&origin_case->factors, "tls-name", "%s", name);
    else if (doubt != NULL)
        factors_advise(&origin_case->factors, "warning", "certificate does not count: %s", doubt);
    return FALSE;
}

/* Microsoft publishes the addresses for reaching it, not as a proof of origin, and all tenants share them. */
static Recognition
recognise_address(OriginCase *origin_case, const OriginFacts *facts)
{
    const OriginJudge *judge = origin_case->judge;
    gboolean wanted = judge->exchange_online == CLOUD_PUBLISHED_ADDRESS || judge->exchange_online == CLOUD_EITHER;
    if (judge->endpoints == NULL || !said(facts->client_address))
        return RECOGNISED_NOT;
    const char *doubt = !wanted                     ? "exchange-online asks for a certificate"
                        : !said(facts->tls_version) ? "the connection has no TLS"
                        : judge->secret == NULL     ? "no tenant-header is configured"
                                                    : NULL;
    if (!endpoints_contain(judge->endpoints, facts->client_address))
        return doubt != NULL || endpoints_is_known(judge->endpoints) ? RECOGNISED_NOT : RECOGNISED_PERHAPS;
    if (doubt != NULL) {
        factors_add(&origin_case->factors, "warning", "published address %s does not count: %s", facts->client_address,
                    doubt);
        return RECOGNISED_NOT;
    }
    factors_add(&origin_case->factors, "published-address", "%s", facts->client_address);
    factors_advise(&origin_case->factors, "warning",
                   "published address without a verified certificate: all tenants send from there");
    return RECOGNISED_BY_ADDRESS;
}

static Recognition
recognise(OriginCase *origin_case, const OriginFacts *facts)
{
    if (origin_case->judge->exchange_online == CLOUD_NO)
        return RECOGNISED_NOT;
    if (recognise_certificate(origin_case, facts))
        return RECOGNISED_BY_CERTIFICATE;
    return recognise_address(origin_case, facts);
}

/* TRUE: nothing that the headers say is needed. */
static gboolean
is_authenticated_already(OriginCase *origin_case, const OriginFacts *facts)
{
    if (said(facts->sasl_user)) {
        origin_case->origin = ORIGIN_SASL;
        factors_add(&origin_case->factors, "login", "%s", facts->sasl_user);
    } else if (said(facts->client_address) && networks_contain(origin_case->judge->trusted, facts->client_address)) {
        origin_case->origin = ORIGIN_NETWORK;
        factors_add(&origin_case->factors, "trusted-network", "%s", facts->client_address);
    } else if (facts->submitted && origin_case->judge->trust_local_submission) {
        origin_case->origin = ORIGIN_LOCAL;
        factors_add(&origin_case->factors, "local-submission", "trusted");
    } else {
        return FALSE;
    }
    origin_case->trust = SENDER_AUTHENTICATED;
    return TRUE;
}

static void
judge_connection(OriginCase *origin_case, const OriginFacts *facts)
{
    origin_case->origin = ORIGIN_ANONYMOUS;
    origin_case->trust = SENDER_EXTERNAL;
    if (is_authenticated_already(origin_case, facts))
        return;
    if (facts->submitted)
        factors_add(&origin_case->factors, "local-submission", "not trusted");
    origin_case->recognition = recognise(origin_case, facts);
    if (origin_case->recognition == RECOGNISED_NOT)
        return;
    if (origin_case->recognition != RECOGNISED_PERHAPS)
        origin_case->origin = ORIGIN_FOREIGN_CLOUD;
    if (proof_is_possible(origin_case->judge, origin_case->recognition))
        origin_case->trust = SENDER_UNDECIDED;
}

OriginCase *
origin_case_new(const OriginJudge *judge, const OriginFacts *facts)
{
    OriginCase *origin_case = g_new0(OriginCase, 1);
    origin_case->judge = judge;
    judge_connection(origin_case, facts);
    return origin_case;
}

void
origin_case_free(OriginCase *origin_case)
{
    evidence_clear(&origin_case->evidence);
    factors_clear(&origin_case->factors);
    g_clear_pointer(&origin_case->from, address_unref);
    g_free(origin_case);
}

/* ---- the headers ---- */

void
origin_case_header(OriginCase *origin_case, const char *name, const char *value)
{
    if (origin_case->closed)
        return;
    if (origin_case->judge->tenant_header != NULL && header_name_is(name, origin_case->judge->tenant_header)) {
        evidence_take_secret(&origin_case->evidence, origin_case->judge, value);
        return;
    }
    HeaderKind kind = header_kind(name);
    if (kind == HEADER_OTHER)
        return;
    if (kind == HEADER_FROM && origin_case->evidence.headers[kind].count == 0)
        origin_case->from = from_mailbox(value);
    evidence_take(&origin_case->evidence, origin_case->judge, kind, value);
}

static const char no_list[] = "the addresses that Microsoft publishes could not be fetched yet";

static void
decide(OriginCase *origin_case)
{
    origin_case->trust = SENDER_EXTERNAL;
    if (origin_case->recognition == RECOGNISED_PERHAPS) {
        if (origin_case->evidence.secret_right)
            factors_add(&origin_case->factors, "unknown", "%s", no_list);
        return;
    }
    if (!proof_of_tenant(origin_case->judge, origin_case->recognition, &origin_case->evidence, &origin_case->factors))
        return;
    origin_case->origin = ORIGIN_EXCHANGE_ONLINE;
    if (proof_of_author(origin_case->judge, &origin_case->evidence, &origin_case->factors))
        origin_case->trust = SENDER_AUTHENTICATED;
}

void
origin_case_close(OriginCase *origin_case)
{
    if (origin_case->closed)
        return;
    origin_case->closed = TRUE;
    if (origin_case->trust == SENDER_UNDECIDED)
        decide(origin_case);
    else if (origin_case->origin == ORIGIN_FOREIGN_CLOUD)
        factors_add(&origin_case->factors, "proof", "none is configured");
    else if (origin_case->evidence.secrets > 0)
        factors_advise(&origin_case->factors, "warning",
                       "%s over a connection that is not Exchange Online's: not counted",
                       origin_case->judge->tenant_header);
    if (origin_case->evidence.headers[HEADER_FROM].count != 1)
        g_clear_pointer(&origin_case->from, address_unref);
    proof_advise(&origin_case->evidence, &origin_case->factors);
}

/* ---- the outcome ---- */

Origin
origin_case_origin(const OriginCase *origin_case)
{
    return origin_case->origin;
}

SenderTrust
origin_case_trust(const OriginCase *origin_case)
{
    return origin_case->trust;
}

const char *
origin_case_unknown(const OriginCase *origin_case)
{
    gboolean perhaps = origin_case->recognition == RECOGNISED_PERHAPS && origin_case->evidence.secret_right;
    return origin_case->closed && perhaps ? no_list : NULL;
}

const Address *
origin_case_from(const OriginCase *origin_case)
{
    return origin_case->closed ? origin_case->from : NULL;
}

const OriginFactor *
origin_case_factors(const OriginCase *origin_case, gsize *n_factors)
{
    *n_factors = origin_case->factors.n;
    return origin_case->factors.items;
}

gboolean
origin_case_removes(const OriginCase *origin_case, const char *header_name, gboolean expanded)
{
    return origin_judge_removes(origin_case->judge, origin_case->origin, header_name, expanded);
}
