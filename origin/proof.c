/* SPDX-License-Identifier: BSD-2-Clause
 * proof.c - whether a message of Exchange Online is our own tenant's, and whether its author is one of us
 *
 * Owns:     what was seen of the headers.
 * Promises: one instance too many, a value cut short or in an unknown form prove nothing.
 * Threads:  one at a time.
 */
#include "origin/proof.h"

#include <string.h>

enum { LONGEST_VALUE = 120, MOST_SIGNATURES = 8 };

void
evidence_clear(Evidence *evidence)
{
    for (gsize i = 0; i < N_HEADERS; i++)
        g_clear_pointer(&evidence->headers[i].value, g_free);
    g_clear_pointer(&evidence->dkim_domain, g_free);
}

void
evidence_take_secret(Evidence *evidence, const OriginJudge *judge, const char *value)
{
    gsize length;
    value = header_trim(value, &length);
    evidence->secrets++;
    evidence->secret_right = evidence->secrets == 1 && secret_matches(judge->secret, value, length);
}

/* Signatures are long, and only their domain matters. */
static void
take_signature(Evidence *evidence, const OriginJudge *judge, guint count, const char *value)
{
    if (evidence->dkim_domain != NULL || count > MOST_SIGNATURES)
        return;
    g_autofree char *domain = header_dkim_domain(value);
    if (domain != NULL && judge_has_domain(judge, domain))
        evidence->dkim_domain = g_steal_pointer(&domain);
}

void
evidence_take(Evidence *evidence, const OriginJudge *judge, HeaderKind kind, const char *value)
{
    Seen *seen = &evidence->headers[kind];
    gsize length;
    seen->count++;
    if (kind == HEADER_DKIM_SIGNATURE) {
        take_signature(evidence, judge, seen->count, value);
    } else if (seen->count == 1) {
        value = header_trim(value, &length);
        seen->value = g_strndup(value, MIN(length, LONGEST_VALUE));
    }
}

gboolean
proof_is_possible(const OriginJudge *judge, Recognition recognition)
{
    return judge->secret != NULL || (recognition == RECOGNISED_BY_CERTIFICATE && judge->tenant_ids[0] != NULL);
}

static gboolean
is_own_tenant(const OriginJudge *judge, const Seen *id)
{
    for (char *const *own = judge->tenant_ids; id->count == 1 && *own != NULL; own++) {
        if (**own != '\0' && g_ascii_strcasecmp(*own, id->value) == 0)
            return TRUE;
    }
    return FALSE;
}

static void
add_why_not(const OriginJudge *judge, Recognition recognition, const Evidence *evidence, Factors *factors)
{
    const Seen *id = &evidence->headers[HEADER_CROSS_TENANT_ID];
    if (evidence->secrets > 1)
        factors_add(factors, "warning", "%s is there %u times: no proof", judge->tenant_header, evidence->secrets);
    else if (evidence->secrets == 1)
        factors_add(factors, "warning", "%s has a wrong value: no proof", judge->tenant_header);
    else
        factors_add(factors, "proof", "none");
    if (judge->tenant_ids[0] == NULL || id->count == 0)
        return;
    if (recognition == RECOGNISED_BY_ADDRESS)
        factors_add(factors, "warning", "a published address needs the secret: tenant ID not counted");
    else if (id->count > 1)
        factors_add(factors, "warning", "%s is there %u times: no proof", header_spelling(HEADER_CROSS_TENANT_ID),
                    id->count);
    else
        factors_add(factors, "tenant-id", "%s", id->value);
}

gboolean
proof_of_tenant(const OriginJudge *judge, Recognition recognition, const Evidence *evidence, Factors *factors)
{
    const Seen *id = &evidence->headers[HEADER_CROSS_TENANT_ID];
    if (evidence->secret_right) {
        factors_add(factors, "proof", "secret");
        return TRUE;
    }
    if (recognition == RECOGNISED_BY_CERTIFICATE && evidence->secrets == 0 && is_own_tenant(judge, id)) {
        factors_add(factors, "proof", "tenant-id %s", id->value);
        return TRUE;
    }
    add_why_not(judge, recognition, evidence, factors);
    return FALSE;
}

static gboolean
is_internal(const Seen *auth_as, HeaderKind kind, Factors *factors)
{
    if (auth_as->count > 1) {
        factors_add(factors, "warning", "%s is there %u times: not counted", header_spelling(kind), auth_as->count);
        return FALSE;
    }
    factors_add(factors, "auth-as", "%s", auth_as->value);
    return g_ascii_strcasecmp(auth_as->value, "Internal") == 0;
}

gboolean
proof_of_author(const OriginJudge *judge, const Evidence *evidence, Factors *factors)
{
    const Seen *premises = &evidence->headers[HEADER_CROSS_PREMISES_AUTH_AS];
    const Seen *tenant = &evidence->headers[HEADER_CROSS_TENANT_AUTH_AS];
    if (premises->count > 0)
        return is_internal(premises, HEADER_CROSS_PREMISES_AUTH_AS, factors);
    if (tenant->count > 0 && is_own_tenant(judge, &evidence->headers[HEADER_CROSS_TENANT_ID]))
        return is_internal(tenant, HEADER_CROSS_TENANT_AUTH_AS, factors);
    factors_add(factors, "auth-as", "not said");
    if (tenant->count > 0)
        factors_advise(factors, "warning", "%s: %s not counted: no %s of ours stands beside it",
                       header_spelling(HEADER_CROSS_TENANT_AUTH_AS), tenant->value,
                       header_spelling(HEADER_CROSS_TENANT_ID));
    return FALSE;
}

void
proof_advise(const Evidence *evidence, Factors *factors)
{
    if (evidence->dkim_domain != NULL)
        factors_advise(factors, "advice", "dkim-signature d=%s, not verified", evidence->dkim_domain);
    for (HeaderKind kind = HEADER_ADVICE; kind < N_HEADERS; kind++) {
        const Seen *seen = &evidence->headers[kind];
        if (seen->count == 0)
            continue;
        g_autofree char *name = g_ascii_strdown(header_spelling(kind), -1);
        factors_advise(factors, "advice", "%s %s", name, seen->value);
    }
}
