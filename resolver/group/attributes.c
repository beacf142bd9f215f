/* SPDX-License-Identifier: BSD-2-Clause
 * attributes.c - which attributes of groups and members are asked for
 *
 * Owns:     nothing.
 * Promises: whatever the other files of this folder read is named here.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

/* Class, addresses and type: enough to route an entry and to see that it is a group. Of members their own restrictions
 * matter too. */
#define ATTRIBUTES_OF_MEMBERS \
    "objectClass", "proxyAddresses", "mail", "targetAddress", "mailNickname", "msExchRecipientTypeDetails"

#define ATTRIBUTES_OF_FORWARDING "altRecipient", "deliverAndRedirect", "msExchGenericForwardingAddress"

/* All that matters of a group but its list of members. */
#define ATTRIBUTES_OF_GROUPS                                                                       \
    ATTRIBUTES_OF_MEMBERS, "objectGUID", "entryUUID", "hideDLMembership", "msExchDynamicDLFilter", \
        "msExchDynamicDLBaseDN", "memberURL", RESTRICTIONS_OF_GROUPS, REPORT_ATTRIBUTES

const char *const member_attributes[] = {ATTRIBUTES_OF_MEMBERS, RESTRICTIONS_OF_MEMBERS, NULL};
const char *const forwarding_attributes[] = {ATTRIBUTES_OF_MEMBERS, RESTRICTIONS_OF_MEMBERS, ATTRIBUTES_OF_FORWARDING,
                                             NULL};
const char *const group_lookup_attributes[] = {ATTRIBUTES_OF_GROUPS, NULL};
const char *const group_attributes[] = {ATTRIBUTES_OF_GROUPS, "member", "uniqueMember", NULL};
