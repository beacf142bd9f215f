/* SPDX-License-Identifier: BSD-2-Clause
 * restrictions.c - what a group asks of its senders, and what of that this version cannot judge
 *
 * Owns:     nothing.
 * Promises: a restriction that is set is either understood or named; none is passed over.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

/* How an attribute shows that its restriction is in force. */
typedef enum {
    SET_BY_PRESENCE,
    SET_BY_TRUE, /* Boolean; only a clear FALSE switches it off */
} HowSet;

static const struct {
    const char *attribute;
    HowSet      how;
} not_honoured[] = {
    /* Exchange's accept and reject lists, people and groups [Set-DistributionGroup] */
    {"authOrig", SET_BY_PRESENCE},
    {"dLMemSubmitPerms", SET_BY_PRESENCE},
    {"unauthOrig", SET_BY_PRESENCE},
    {"dLMemRejectPerms", SET_BY_PRESENCE},
    /* moderators mean nothing while moderation is off, so only the switch counts */
    {"msExchEnableModeration", SET_BY_TRUE},
    /* MaxReceiveSize */
    {"delivContLength", SET_BY_PRESENCE},
    /* the mail groups of Netscape's and Sun's servers, in the schema of 389 Directory Server: who may send and how
     * large, and last the two by which they have recipients that are not among their members */
    {"mgrpAllowedBroadcaster", SET_BY_PRESENCE},
    {"mgrpDisallowedBroadcaster", SET_BY_PRESENCE},
    {"mgrpAllowedDomain", SET_BY_PRESENCE},
    {"mgrpDisallowedDomain", SET_BY_PRESENCE},
    {"mgrpBroadcasterPolicy", SET_BY_PRESENCE},
    {"mgrpModerator", SET_BY_PRESENCE},
    {"mgrpMsgMaxSize", SET_BY_PRESENCE},
    {"mgrpAuthPassword", SET_BY_PRESENCE},
    {"mgrpDeliverTo", SET_BY_PRESENCE},
    {"mgrpRFC822MailMember", SET_BY_PRESENCE},
};

static gboolean
is_false(const Value *value)
{
    return value->length == 5 && g_ascii_strncasecmp(value->data, "FALSE", 5) == 0;
}

static gboolean
is_set(const Entry *entry, const char *attribute, HowSet how)
{
    const Value *values;
    guint        n_values = entry_all(entry, attribute, &values);

    if (n_values == 0)
        return FALSE;
    return how == SET_BY_PRESENCE || n_values > 1 || !is_false(&values[0]);
}

void
restrictions_read(const Entry *entry, GroupRestrictions *restrictions)
{
    restrictions->authenticated = is_set(entry, "msExchRequireAuthToSendTo", SET_BY_TRUE);
    restrictions->unsupported = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(not_honoured); i++) {
        if (is_set(entry, not_honoured[i].attribute, not_honoured[i].how)) {
            restrictions->unsupported = not_honoured[i].attribute;
            return;
        }
    }
}
