/* SPDX-License-Identifier: BSD-2-Clause
 * proof.h - whether a message of Exchange Online is our own tenant's, and whether its author is one of us
 */
#pragma once

#include "origin/factors.h"
#include "origin/headers.h"
#include "origin/judge.h"

/* How Exchange Online was recognised. */
typedef enum {
    RECOGNISED_NOT,
    RECOGNISED_BY_CERTIFICATE,
    RECOGNISED_BY_ADDRESS,
    RECOGNISED_PERHAPS, /* the address might be published, but no list is known */
} Recognition;

/* What was seen of one header field. Start from {0}. */
typedef struct {
    guint count;
    char *value; /* of the first, trimmed and cut */
} Seen;

typedef struct {
    Seen     headers[N_HEADERS];
    guint    secrets; /* instances of the tenant's header */
    gboolean secret_right;
    char    *dkim_domain; /* one of ours; NULL: none was seen */
} Evidence;

void evidence_clear(Evidence *evidence);
void evidence_take_secret(Evidence *evidence, const OriginJudge *judge, const char *value);
void evidence_take(Evidence *evidence, const OriginJudge *judge, HeaderKind kind, const char *value);

/* Whether any header could prove our tenant at all. */
gboolean proof_is_possible(const OriginJudge *judge, Recognition recognition);
/* Proof of our tenant:
 * - its header with the secret, exactly once, with a right value; or
 * - opt-in, and only behind a certificate: X-MS-Exchange-CrossTenant-Id exactly once, with a value of tenant-ids. A
 *   wrong or repeated secret spoils this. */
gboolean proof_of_tenant(const OriginJudge *judge, Recognition recognition, const Evidence *evidence, Factors *factors);
/* Whether a message of our tenant has an author of ours:
 * - X-MS-Exchange-CrossPremises-AuthAs, which the tenant that hands a message over makes of its own verdict
 *   [New-OutboundConnector, CloudServicesMailEnabled], exactly once, with the value Internal;
 * - where there is none, X-MS-Exchange-CrossTenant-AuthAs exactly once, if the one X-MS-Exchange-CrossTenant-Id is in
 *   tenant-ids: without that it may be the verdict that another tenant passed on its own user, kept on the way through
 *   ours.
 * X-MS-Exchange-Organization-AuthAs never counts: it means something within an organization only, and the header
 * firewall takes it out of what leaves one. */
gboolean proof_of_author(const OriginJudge *judge, const Evidence *evidence, Factors *factors);
/* What else the headers tell. */
void proof_advise(const Evidence *evidence, Factors *factors);
