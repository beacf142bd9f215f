/* SPDX-License-Identifier: BSD-2-Clause
 * restrictions.c - what a group, or a member, asks of its senders
 *
 * Owns:     nothing.
 * Promises: a restriction that is set is either understood or named; none is passed over.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include "rollcall/dn.h"

#include <string.h>

/* The unit of delivContLength. MaxReceiveSize is shown rounded to KB [Set-DynamicDistributionGroup], and Exchange's KB
 * is 1024 octets ["Message size and recipient limits in Exchange Server"]. */
enum { OCTETS_PER_KB = 1024 };

/* The mail groups of Netscape's and Sun's servers, in the schema of 389 Directory Server: who may send and how large,
 * and last the two by which they have recipients that are not among their members. Their syntax differs from server to
 * server and none of it is judged here, so that a group which has one takes no mail. */
static const char *const not_honoured[] = {
    "mgrpAllowedBroadcaster", "mgrpDisallowedBroadcaster", "mgrpAllowedDomain",
    "mgrpDisallowedDomain",   "mgrpBroadcasterPolicy",     "mgrpModerator",
    "mgrpMsgMaxSize",         "mgrpAuthPassword",          "mgrpDeliverTo",
    "mgrpRFC822MailMember",
};

static gboolean
is_false(const Value *value)
{
    return value->length == 5 && g_ascii_strncasecmp(value->data, "FALSE", 5) == 0;
}

/* A Boolean: only a clear FALSE switches it off. */
static gboolean
is_on(const Entry *entry, const char *attribute)
{
    const Value *values;
    guint        n_values = entry_all(entry, attribute, &values);

    return n_values > 1 || (n_values == 1 && !is_false(&values[0]));
}

static GroupList
read_list(const Entry *entry, const char *attribute)
{
    GroupList list;

    list.n = entry_all(entry, attribute, &list.values);
    return list;
}

static gboolean
is_dn(const Value *value)
{
    if (memchr(value->data, '\0', value->length) != NULL)
        return FALSE;
    g_autofree char *key = dn_key(value->data);
    return key != NULL && *key != '\0';
}

/* A list that decides who may send. Whom a value means that is no DN cannot be told. */
static GroupList
read_senders(const Entry *entry, const char *attribute, const char **unsupported)
{
    GroupList list = read_list(entry, attribute);

    for (guint i = 0; i < list.n; i++)
        if (!is_dn(&list.values[i]))
            *unsupported = attribute;
    return list;
}

/* 0 is among no documented values ("a valid value is a number up to 2147483647 bytes or unlimited", the same page), and
 * whether it means nothing or everything is not ours to guess. */
static guint64
read_size(const Entry *entry, const char *attribute, const char **unsupported)
{
    const Value *values;
    guint        n_values = entry_all(entry, attribute, &values);
    guint64      size;

    if (n_values == 0)
        return 0;
    if (n_values == 1 && strlen(values[0].data) == values[0].length &&
        g_ascii_string_to_unsigned(values[0].data, 10, 1, G_MAXINT64 / OCTETS_PER_KB, &size, NULL))
        return size * OCTETS_PER_KB;
    *unsupported = attribute;
    return 0;
}

static const char *
find_not_honoured(const Entry *entry)
{
    const Value *values;

    for (gsize i = 0; i < G_N_ELEMENTS(not_honoured); i++)
        if (entry_all(entry, not_honoured[i], &values) > 0)
            return not_honoured[i];
    return NULL;
}

void
entry_restrictions(const Entry *entry, GroupRestrictions *restrictions)
{
    const char *unsupported = find_not_honoured(entry);

    *restrictions = (GroupRestrictions){
        .authenticated = is_on(entry, "msExchRequireAuthToSendTo"),
        .accept = read_senders(entry, "authOrig", &unsupported),
        .accept_groups = read_senders(entry, "dLMemSubmitPerms", &unsupported),
        .reject = read_senders(entry, "unauthOrig", &unsupported),
        .reject_groups = read_senders(entry, "dLMemRejectPerms", &unsupported),
        .max_size = read_size(entry, "delivContLength", &unsupported),
        .moderated = is_on(entry, "msExchEnableModeration"),
        /* these let somebody pass, so that an unreadable one lets nobody pass */
        .moderators = read_list(entry, "msExchModeratedByLink"),
        .bypass = read_list(entry, "msExchBypassModerationLink"),
        .bypass_groups = read_list(entry, "msExchBypassModerationFromDLMembersLink"),
        .owner = read_list(entry, "managedBy"),
        .owners = read_list(entry, "msExchCoManagedByLink"),
    };
    restrictions->unsupported = unsupported;
}

gboolean
restrictions_are_personal(const GroupRestrictions *restrictions)
{
    return restrictions->accept.n > 0 || restrictions->accept_groups.n > 0 || restrictions->reject.n > 0 ||
           restrictions->reject_groups.n > 0 || restrictions->max_size > 0 || restrictions->moderated;
}

/* Those of the attributes above by which a member restricts. Few members have any, and every member is asked. */
void
restriction_keys_init(EntryKeys *keys)
{
    static const char *const names[] = {
        "msExchRequireAuthToSendTo", "authOrig",        "dLMemSubmitPerms",       "unauthOrig",
        "dLMemRejectPerms",          "delivContLength", "msExchEnableModeration",
    };

    entry_keys_init(keys, names, G_N_ELEMENTS(names));
}
