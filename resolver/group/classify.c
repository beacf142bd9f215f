/* SPDX-License-Identifier: BSD-2-Clause
 * classify.c - is this entry a group, and of which kind
 *
 * Owns:     nothing.
 * Promises: one pass over the classes of an entry, without memory of its own: it is asked of every member.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include "rollcall/directory.h"

/* msExchRecipientTypeDetails of a Microsoft 365 group written back to AD, RemoteGroupMailbox. */
#define DETAILS_REMOTE_GROUP_MAILBOX G_GINT64_CONSTANT(8796093022208)

/* Ordered by precedence: what is of two kinds counts as the later one here. */
typedef enum { CLASS_OTHER, CLASS_STATIC, CLASS_URL, CLASS_DYNAMIC } ClassKind;

/* By the length of its name, no two being as long. */
static const struct {
    const char *name;
    ClassKind   kind;
} group_classes[] = {
#define GROUP_CLASS(name, kind) [sizeof name - 1] = {name, kind}
    GROUP_CLASS("group", CLASS_STATIC),
    GROUP_CLASS("groupOfNames", CLASS_STATIC),
    GROUP_CLASS("groupOfUniqueNames", CLASS_STATIC),
    GROUP_CLASS("groupOfURLs", CLASS_URL),
    GROUP_CLASS("msExchDynamicDistributionList", CLASS_DYNAMIC),
#undef GROUP_CLASS
};

static ClassKind
class_kind(const Value *class)
{
    const char *name = class->length < G_N_ELEMENTS(group_classes) ? group_classes[class->length].name : NULL;

    if (name == NULL || g_ascii_strncasecmp(class->data, name, class->length) != 0)
        return CLASS_OTHER;
    return group_classes[class->length].kind;
}

static ClassKind
entry_class_kind(const Entry *entry)
{
    const Value *classes;
    guint        n_classes = member_values(entry, MEMBER_OBJECT_CLASS, &classes);
    ClassKind    kind = CLASS_OTHER;

    for (guint i = 0; i < n_classes; i++)
        kind = MAX(kind, class_kind(&classes[i]));
    return kind;
}

static gboolean
is_remote_group(const Entry *entry)
{
    return entry_integer(entry, "msexchrecipienttypedetails", 0) == DETAILS_REMOTE_GROUP_MAILBOX;
}

gboolean
entry_is_group(const Entry *entry)
{
    return entry_class_kind(entry) != CLASS_OTHER && !is_remote_group(entry);
}

gboolean
entry_is_remote_group(const Entry *entry)
{
    return entry_class_kind(entry) != CLASS_OTHER && is_remote_group(entry);
}

gboolean
entry_check_class(const Entry *entry, GError **error)
{
    const Value *classes;

    if (member_values(entry, MEMBER_OBJECT_CLASS, &classes) > 0)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "objectClass of %s cannot be read",
                entry_dn(entry));
    return FALSE;
}

GroupKind
entry_group_kind(const Entry *entry)
{
    switch (entry_class_kind(entry)) {
    case CLASS_DYNAMIC:
        return GROUP_DYNAMIC;
    case CLASS_URL:
        return GROUP_URL;
    case CLASS_STATIC:
    case CLASS_OTHER:
        break;
    }
    return GROUP_STATIC;
}

static gboolean
has_any(const Entry *entry, const char *attribute)
{
    const Value *values;
    return entry_all(entry, attribute, &values) > 0;
}

/* Exchange knows a recipient by its alias and its addresses ["Filterable properties for the RecipientFilter parameter",
 * Alias]; a group that has neither, such as AD's many security groups, is no recipient and adds nothing to a group that
 * names it. A dynamic group without an address is an invalid object, alias or not ["Recipient resolution in Exchange
 * Server"]. The groups of RFC 4519 never had an alias and often no address; a group of theirs inside another stands for
 * its members. */
gboolean
entry_is_expanded_when_nested(const Entry *entry)
{
    if (entry_has_class(entry, "groupOfNames") || entry_has_class(entry, "groupOfUniqueNames") ||
        entry_has_class(entry, "groupOfURLs"))
        return TRUE;
    if (has_any(entry, "proxyaddresses") || has_any(entry, "mail"))
        return TRUE;
    return entry_class_kind(entry) != CLASS_DYNAMIC &&
           (has_any(entry, "mailnickname") || has_any(entry, "targetaddress"));
}
