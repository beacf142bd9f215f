/* SPDX-License-Identifier: BSD-2-Clause
 * group-private.h - what the files of this folder share
 */
#pragma once

#include "rollcall/group.h"

/* Every attribute that restriction_find() looks at. */
#define RESTRICTION_ATTRIBUTES                                                                                   \
    "msExchRequireAuthToSendTo", "authOrig", "unauthOrig", "dLMemSubmitPerms", "dLMemRejectPerms",               \
        "msExchEnableModeration", "delivContLength", "mgrpAllowedBroadcaster", "mgrpDisallowedBroadcaster",      \
        "mgrpAllowedDomain", "mgrpDisallowedDomain", "mgrpBroadcasterPolicy", "mgrpModerator", "mgrpMsgMaxSize", \
        "mgrpAuthPassword", "mgrpDeliverTo", "mgrpRFC822MailMember"

/* Fills in what the group asks of a sender. */
void restrictions_read(const Entry *entry, GroupRestrictions *restrictions);

/* Reads one value of memberURL into `query`, which the caller clears with group_query_clear().
 * FALSE with GROUP_ERROR; the message does not name the entry yet. */
gboolean member_url_read(const char *url, GroupQuery *query, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Parses a filter found in `attribute` into query->filter and query->repairs. FALSE with GROUP_ERROR_FILTER. */
gboolean group_query_parse(GroupQuery *query, const char *attribute, const char *text,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     group_query_clear(GroupQuery *query);

/* The entry's own SMTP addresses: the primary first (if `*has_primary`), then the others in the order of their keys.
 * What is not an address is left out. Returns a GPtrArray of Address with address_unref as its free function. */
GPtrArray *entry_addresses(const Entry *entry, gboolean *has_primary);
