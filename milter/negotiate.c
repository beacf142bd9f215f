/* SPDX-License-Identifier: BSD-2-Clause
 * negotiate.c - what is agreed on with the MTA at the start of a connection
 *
 * Promises: nothing is asked for that the MTA did not offer (libmilter drops the connection otherwise).
 * Threads:  any.
 */
#include "milter/negotiate.h"

#include <libmilter/mfapi.h>

/* Without these a group cannot be replaced by its members. */
static const unsigned long needed_actions = SMFIF_ADDRCPT | SMFIF_DELRCPT;
static const unsigned long wished_actions =
    SMFIF_ADDRCPT_PAR | SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGFROM | SMFIF_QUARANTINE | SMFIF_SETSYMLIST;

/* MAIL, RCPT, headers, body and the end of the message are all that is read. The client's address comes as a macro of
 * MAIL, which saves the round trip of a connect event. Of most bodies one chunk is enough: where there is nothing to do
 * the answer to it takes the place of the one at the end, and where its length does not count the rest is declined. */
static const unsigned long unread_events =
    SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NOEOH;

/* Nothing is refused at these, so the MTA need not wait. Over TCP it must: its second unanswered packet waits for the
 * acknowledgement that the kernel delays (Nagle's algorithm; Postfix does not set TCP_NODELAY): 45 ms a message. */
static const unsigned long unanswered_events = SMFIP_NR_MAIL | SMFIP_NR_HDR;

gboolean
negotiate(const Terms *offered, gboolean network, Terms *terms)
{
    if ((offered->actions & needed_actions) != needed_actions)
        return FALSE;
    terms->actions = offered->actions & (needed_actions | wished_actions);
    terms->steps = offered->steps & (network ? unread_events : unread_events | unanswered_events);
    terms->steps |= offered->steps & SMFIP_SKIP;
    return TRUE;
}

gboolean
terms_mail_is_answered(const Terms *terms)
{
    return (terms->steps & SMFIP_NR_MAIL) == 0;
}

gboolean
terms_headers_are_answered(const Terms *terms)
{
    return (terms->steps & SMFIP_NR_HDR) == 0;
}

gboolean
terms_body_can_be_skipped(const Terms *terms)
{
    return (terms->steps & SMFIP_SKIP) != 0;
}
