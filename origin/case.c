/* SPDX-License-Identifier: BSD-2-Clause
 * case.c - the origin of one message, from the connection and the headers
 *
 * Owns:     what was seen of the message.
 * Promises: what the MTA did not say, or said in a form we do not know, proves nothing.
 * Threads:  one at a time.
 */
#include "origin/judge.h"

struct OriginCase {
    const OriginJudge *judge;
    Origin             origin;
    SenderTrust        trust;
};

static gboolean
said(const char *text)
{
    return text != NULL && *text != '\0';
}

static Origin
judge_connection(const OriginJudge *judge, const OriginFacts *facts)
{
    if (said(facts->sasl_user))
        return ORIGIN_SASL;
    if (said(facts->client_address) && networks_contain(judge->trusted, facts->client_address))
        return ORIGIN_NETWORK;
    if (facts->submitted && judge->trust_local_submission)
        return ORIGIN_LOCAL;
    return ORIGIN_ANONYMOUS;
}

OriginCase *
origin_case_new(const OriginJudge *judge, const OriginFacts *facts)
{
    OriginCase *origin_case = g_new0(OriginCase, 1);
    origin_case->judge = judge;
    origin_case->origin = judge_connection(judge, facts);
    origin_case->trust = origin_case->origin != ORIGIN_ANONYMOUS ? SENDER_AUTHENTICATED : SENDER_EXTERNAL;
    return origin_case;
}

void
origin_case_free(OriginCase *origin_case)
{
    g_free(origin_case);
}

void
origin_case_header(G_GNUC_UNUSED OriginCase *origin_case, G_GNUC_UNUSED const char *name,
                   G_GNUC_UNUSED const char *value)
{
}

void
origin_case_close(G_GNUC_UNUSED OriginCase *origin_case)
{
}

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

const Address *
origin_case_from(G_GNUC_UNUSED const OriginCase *origin_case)
{
    return NULL;
}

const OriginFactor *
origin_case_factors(G_GNUC_UNUSED const OriginCase *origin_case, gsize *n_factors)
{
    *n_factors = 0;
    return NULL;
}

gboolean
origin_case_removes(const OriginCase *origin_case, const char *header_name, gboolean expanded)
{
    return origin_judge_removes(origin_case->judge, origin_case->origin, header_name, expanded);
}
