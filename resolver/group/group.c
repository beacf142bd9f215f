/* SPDX-License-Identifier: BSD-2-Clause
 * group.c - a group as its entry describes it: who may send, what it searches for, whom it lists
 *
 * Owns:     a reference to the entry, the parsed filters.
 * Promises: what stands in the entry is understood completely or is an error that names entry and attribute.
 * Threads:  a Group never changes; any.
 */
#include "resolver/group/group-private.h"

#include "rollcall/directory.h"
#include "rollcall/dn.h"

#include <string.h>

G_DEFINE_QUARK(rollcall_group_error, group_error)

struct Group {
    gint              reference_count;
    GroupKind         kind;
    gboolean          has_primary;
    const Entry      *entry;
    char             *identity;
    GPtrArray        *addresses; /* of Address */
    GArray           *queries;   /* of GroupQuery */
    GPtrArray        *members;   /* of const char *, borrowed from `entry` or `shortened`; ends with NULL */
    GPtrArray        *shortened; /* of char *: member values that are more than a DN */
    GroupRestrictions restrictions;
};

void
group_query_clear(GroupQuery *query)
{
    g_free(query->base);
    filter_unref(query->filter);
    if (query->repairs != NULL)
        g_ptr_array_unref(query->repairs);
}

gboolean
group_query_parse(GroupQuery *query, const char *attribute, const char *text, GError **error)
{
    g_autoptr(GError) reason = NULL;

    query->repairs = g_ptr_array_new_with_free_func((GDestroyNotify)filter_repair_free);
    query->filter = filter_parse(text, query->repairs, &reason);
    if (query->filter != NULL)
        return TRUE;
    g_set_error(error, GROUP_ERROR, GROUP_ERROR_FILTER, "%s: %s", attribute, reason->message);
    return FALSE;
}

/* ---- the searches ---- */

static gboolean
read_dynamic_query(const Entry *entry, GroupQuery *query, GError **error)
{
    const char *filter = entry_text(entry, "msexchdynamicdlfilter");
    const char *base = entry_text(entry, "msexchdynamicdlbasedn");

    if (filter == NULL || *filter == '\0') {
        g_set_error(error, GROUP_ERROR, GROUP_ERROR_FILTER, "msExchDynamicDLFilter: missing");
        return FALSE;
    }
    g_autofree char *key = base == NULL ? NULL : dn_key(base);
    /* the whole forest is no base of a dynamic group: Exchange always names an OU or a domain
     * [Set-DynamicDistributionGroup] */
    if (key == NULL || *key == '\0') {
        g_set_error(error, GROUP_ERROR, GROUP_ERROR_BASE, "msExchDynamicDLBaseDN: %s",
                    base == NULL ? "missing" : "not a DN");
        return FALSE;
    }
    query->base = g_strdup(base);
    query->scope = SCOPE_SUBTREE;
    return group_query_parse(query, "msExchDynamicDLFilter", filter, error);
}

static gboolean
value_is_text(const Value *value)
{
    return memchr(value->data, '\0', value->length) == NULL;
}

static gboolean
read_url_query(const Value *url, GroupQuery *query, GError **error)
{
    if (!value_is_text(url)) {
        g_set_error(error, GROUP_ERROR, GROUP_ERROR_FILTER, "memberURL: is no LDAP URL");
        return FALSE;
    }
    return member_url_read(url->data, query, error);
}

static gboolean
read_queries(Group *group, GError **error)
{
    const Value *urls = NULL;
    gboolean     dynamic = group->kind == GROUP_DYNAMIC;
    guint        n_queries = dynamic ? 1 : entry_all(group->entry, "memberurl", &urls);

    for (guint i = 0; i < n_queries; i++) {
        GroupQuery query = {NULL};
        gboolean   read =
            dynamic ? read_dynamic_query(group->entry, &query, error) : read_url_query(&urls[i], &query, error);
        if (!read) {
            group_query_clear(&query);
            return FALSE;
        }
        g_array_append_val(group->queries, query);
    }
    return TRUE;
}

/* ---- the members ---- */

/* A value of uniqueMember is a DN and, rarely, `#` and a bit string (RFC 4517 section 3.3.21). NULL: just a DN. */
static char *
dn_without_uid(const char *text)
{
    const char *hash = strrchr(text, '#');
    if (hash == NULL || hash[1] != '\'')
        return NULL;

    const char *bits = hash + 2;
    if (strcmp(bits + strspn(bits, "01"), "'B") != 0)
        return NULL;
    return g_strndup(text, hash - text);
}

static gboolean
read_members(Group *group, const char *attribute, gboolean may_have_uid, GError **error)
{
    const Value *values;
    guint        n_values = entry_all(group->entry, attribute, &values);

    for (guint i = 0; i < n_values; i++) {
        if (!value_is_text(&values[i])) {
            g_set_error(error, GROUP_ERROR, GROUP_ERROR_BASE, "%s: value %u is no DN", attribute, i + 1);
            return FALSE;
        }
        char *shortened = may_have_uid ? dn_without_uid(values[i].data) : NULL;
        if (shortened != NULL)
            g_ptr_array_add(group->shortened, shortened);
        g_ptr_array_add(group->members, (gpointer)(shortened != NULL ? shortened : values[i].data));
    }
    return TRUE;
}

/* groupOfURLs need not have a memberURL, but one without anything is likelier unreadable than meant so. */
static gboolean
check_anything(const Group *group, GError **error)
{
    if (group->kind != GROUP_URL || group->queries->len > 0 || group->members->len > 0)
        return TRUE;
    g_set_error(error, GROUP_ERROR, GROUP_ERROR_FILTER, "memberURL: missing");
    return FALSE;
}

static gboolean
read_selection(Group *group, GError **error)
{
    if (!read_queries(group, error))
        return FALSE;
    if (group->kind != GROUP_DYNAMIC &&
        (!read_members(group, "member", FALSE, error) || !read_members(group, "uniqueMember", TRUE, error)))
        return FALSE;
    return check_anything(group, error);
}

/* ---- the group ---- */

/* MS-DTYP 2.3.4: the first three fields of a GUID are little-endian in memory. */
static char *
guid_text(const Value *guid)
{
    static const guint8 order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    static const char   digits[] = "0123456789abcdef";
    char               *text = g_malloc(sizeof "00000000-0000-0000-0000-000000000000"), *end = text;

    for (guint i = 0; i < 16; i++) {
        guint8 octet = (guint8)guid->data[order[i]];
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *end++ = '-';
        *end++ = digits[octet >> 4];
        *end++ = digits[octet & 0xf];
    }
    *end = '\0';
    return text;
}

static char *
read_identity(const Entry *entry)
{
    const Value *guid;

    if (entry_all(entry, "objectguid", &guid) > 0 && guid->length == 16)
        return guid_text(guid);

    const char *uuid = entry_text(entry, "entryuuid");
    return uuid != NULL ? g_ascii_strdown(uuid, -1) : g_strdup(entry_key(entry));
}

Group *
group_new(const Entry *entry, GError **error)
{
    g_return_val_if_fail(entry_is_group(entry), NULL);

    g_autoptr(Group) group = g_new0(Group, 1);
    group->reference_count = 1;
    group->entry = entry_ref(entry);
    group->kind = entry_group_kind(entry);
    group->identity = read_identity(entry);
    group->addresses = entry_addresses(entry, &group->has_primary);
    group->queries = g_array_new(FALSE, FALSE, sizeof(GroupQuery));
    g_array_set_clear_func(group->queries, (GDestroyNotify)group_query_clear);
    group->members = g_ptr_array_new();
    group->shortened = g_ptr_array_new_with_free_func(g_free);
    entry_restrictions(entry, &group->restrictions);

    if (!read_selection(group, error)) {
        g_prefix_error(error, "%s: ", entry_dn(entry));
        return NULL;
    }
    g_ptr_array_add(group->members, NULL);
    return g_steal_pointer(&group);
}

Group *
group_ref(Group *group)
{
    g_atomic_int_inc(&group->reference_count);
    return group;
}

void
group_unref(Group *group)
{
    if (group == NULL || !g_atomic_int_dec_and_test(&group->reference_count))
        return;
    entry_unref(group->entry);
    g_free(group->identity);
    g_ptr_array_unref(group->addresses);
    g_array_unref(group->queries);
    g_ptr_array_unref(group->members);
    g_ptr_array_unref(group->shortened);
    g_free(group);
}

GroupKind
group_kind(const Group *group)
{
    return group->kind;
}

const Entry *
group_entry(const Group *group)
{
    return group->entry;
}

const GPtrArray *
group_addresses(const Group *group)
{
    return group->addresses;
}

const Address *
group_primary(const Group *group)
{
    return group->has_primary ? g_ptr_array_index(group->addresses, 0) : NULL;
}

const char *
group_name(const Group *group)
{
    const Address *primary = group_primary(group);
    return primary != NULL ? address_text(primary) : entry_dn(group->entry);
}

const char *
group_identity(const Group *group)
{
    return group->identity;
}

const GroupRestrictions *
group_restrictions(const Group *group)
{
    return &group->restrictions;
}

const GroupQuery *
group_queries(const Group *group, gsize *n_queries)
{
    *n_queries = group->queries->len;
    return (const GroupQuery *)(void *)group->queries->data;
}

const char *const *
group_members(const Group *group, gsize *n_members)
{
    *n_members = group->members->len - 1;
    return (const char *const *)group->members->pdata;
}
