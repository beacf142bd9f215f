/* SPDX-License-Identifier: BSD-2-Clause
 * group-private.h - what the files of this folder share
 */
#pragma once

#include "rollcall/group.h"

/* Every attribute that entry_restrictions() looks at: of a member, then those of groups only. */
#define RESTRICTIONS_OF_MEMBERS                                                                                       \
    "msExchRequireAuthToSendTo", "authOrig", "unauthOrig", "dLMemSubmitPerms", "dLMemRejectPerms", "delivContLength", \
        "msExchEnableModeration", "msExchModeratedByLink", "msExchBypassModerationLink",                              \
        "msExchBypassModerationFromDLMembersLink"
#define RESTRICTIONS_OF_GROUPS                                                                             \
    RESTRICTIONS_OF_MEMBERS, "managedBy", "msExchCoManagedByLink", "mgrpAllowedBroadcaster",               \
        "mgrpDisallowedBroadcaster", "mgrpAllowedDomain", "mgrpDisallowedDomain", "mgrpBroadcasterPolicy", \
        "mgrpModerator", "mgrpMsgMaxSize", "mgrpAuthPassword", "mgrpDeliverTo", "mgrpRFC822MailMember"
/* And what group_reports() and group_oof() do. */
#define REPORT_ATTRIBUTES "reportToOriginator", "reportToOwner", "oOFReplyToOriginator"

/* Attributes that every member is asked for. */
typedef enum {
    MEMBER_OBJECT_CLASS,
    MEMBER_TARGET_ADDRESS,
    MEMBER_PROXY_ADDRESSES,
    MEMBER_MAIL,
    MEMBER_ALT_RECIPIENT,
    MEMBER_FORWARDING_ADDRESS, /* msExchGenericForwardingAddress */
    N_MEMBER_ATTRIBUTES,
} MemberAttribute;

/* As entry_all(), at less cost. The entry may be a group, too. */
guint member_values(const Entry *entry, MemberAttribute attribute, const Value **values);

/* Reads one value of memberURL into `query`, which the caller clears with group_query_clear().
 * FALSE with GROUP_ERROR; the message does not name the entry yet. */
gboolean member_url_read(const char *url, GroupQuery *query, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Parses a filter found in `attribute` into query->filter and query->repairs. FALSE with GROUP_ERROR_FILTER. */
gboolean group_query_parse(GroupQuery *query, const char *attribute, const char *text,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     group_query_clear(GroupQuery *query);
