/* SPDX-License-Identifier: BSD-2-Clause
 * check-groups.c - rollcall check: can every group be expanded as it is stored
 *
 * Owns:     the groups while it looks at them.
 * Promises: a group that mail would be deferred for is named, with what to repair.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/filter-notes.h"
#include "admin/output.h"

#include "rollcall/group.h"

enum { LONGEST_SEARCH = 300, LONGEST_READ = 30 };

typedef struct {
    CheckTally     *tally;
    Directory      *directory;
    Schema         *schema;
    AddressCheck    addresses;
    GPtrArray      *entries;    /* of Entry */
    GHashTable     *bases;      /* DNs looked at; the value is whether it exists */
    GHashTable     *attributes; /* lower case to spelling: those that filters name */
    guint           n_of_kind[GROUP_STATIC + 1];
    CheckRules      rules;
    const Settings *settings;
} GroupCheck;

/* Without an address static groups are of no interest: a large AD has thousands that only grant rights. */
static const Filter *
groups_filter(const char *const *address_attributes, GError **error)
{
    g_autoptr(GString) text = g_string_new("(|(objectClass=msExchDynamicDistributionList)(objectClass=groupOfURLs)"
                                           "(&(|(objectClass=group)(objectClass=groupOfNames)"
                                           "(objectClass=groupOfUniqueNames))(|");

    for (const char *const *attribute = address_attributes; *attribute != NULL; attribute++)
        g_string_append_printf(text, "(%s=*)", *attribute);
    g_string_append(text, ")))");
    return filter_parse(text->str, NULL, error);
}

static gboolean
keep_group(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    GPtrArray *entries = user_data;

    if (entry_is_group(entry))
        g_ptr_array_add(entries, (gpointer)entry_ref(entry));
    return TRUE;
}

static gboolean
find_groups(GroupCheck *check, GError **error)
{
    g_autoptr(FilterRef) filter = groups_filter(check->addresses.attributes, error);
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = group_lookup_attributes};

    return filter != NULL &&
           directory_search(check->directory, &search, keep_group, check->entries, deadline_in(LONGEST_SEARCH), error);
}

static gboolean
ignore_entry(G_GNUC_UNUSED const Entry *entry, G_GNUC_UNUSED gpointer user_data, G_GNUC_UNUSED GError **error)
{
    return TRUE;
}

/* A search, as mail makes one: what may be searched under need not be an entry of its own in an LDIF file. */
static gboolean
base_exists(GroupCheck *check, const char *base, gboolean *exists, GError **error)
{
    static const char *const attributes[] = {"objectClass", NULL};
    g_autoptr(FilterRef) any = filter_new_present("objectClass");
    DirectorySearch search = {.base = base, .scope = SCOPE_BASE, .filter = any, .attributes = attributes};
    g_autoptr(GError) why = NULL;

    *exists = directory_search(check->directory, &search, ignore_entry, NULL, deadline_in(LONGEST_READ), &why);
    if (*exists || g_error_matches(why, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static void
check_base(GroupCheck *check, const char *dn, const char *base)
{
    g_autoptr(GError) error = NULL;
    gpointer known;
    gboolean exists;

    if (g_hash_table_lookup_extended(check->bases, base, NULL, &known)) {
        exists = GPOINTER_TO_INT(known);
    } else {
        if (!base_exists(check, base, &exists, &error)) {
            check_say(check->tally, CHECK_BAD, "%s: base %s: %s", dn, base, error->message);
            return;
        }
        g_hash_table_insert(check->bases, g_strdup(base), GINT_TO_POINTER(exists));
    }
    if (!exists)
        check_say(check->tally, CHECK_BAD, "%s: base %s does not exist, or this account cannot see it", dn, base);
}

static void
note_attribute(const char *attribute, gpointer user_data)
{
    GroupCheck      *check = user_data;
    g_autofree char *key = g_ascii_strdown(attribute, -1);

    if (!g_hash_table_contains(check->attributes, key))
        g_hash_table_insert(check->attributes, g_steal_pointer(&key), g_strdup(attribute));
}

static void
check_query(GroupCheck *check, const char *dn, const GroupQuery *query)
{
    g_autoptr(GPtrArray) undefined = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(FilterRef) folded = filter_fold(query->filter, check->schema, undefined);

    for (guint i = 0; query->repairs != NULL && i < query->repairs->len; i++) {
        const FilterRepair *repair = g_ptr_array_index(query->repairs, i);
        check_say(check->tally, CHECK_NOTE, "%s: filter repaired: position %" G_GSIZE_FORMAT ": %s", dn,
                  repair->position, repair->text);
    }
    for (guint i = 0; i < undefined->len; i++)
        check_say(check->tally, CHECK_NOTE, "%s: filter has an Undefined condition: %s", dn,
                  (const char *)g_ptr_array_index(undefined, i));
    if (filter_is_never(folded))
        check_say(check->tally, CHECK_BAD, "%s: no entry can match the filter", dn);
    check_base(check, dn, query->base);
    filter_foreach_attribute(query->filter, note_attribute, check);
}

static void
check_group(GroupCheck *check, const Entry *entry)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Group) group = group_new(entry, &error);
    const char *dn = entry_dn(entry);
    gsize       n_queries = 0;

    if (group == NULL) {
        check_say(check->tally, CHECK_BAD, "%s", error->message);
        return;
    }
    check->n_of_kind[group_kind(group)]++;
    const char *unsupported = group_restrictions(group)->unsupported;
    if (unsupported != NULL)
        check_say(check->tally, CHECK_NOTE, "%s: %s is set, which cannot be honoured: all mail is refused", dn,
                  unsupported);
    check_count_rules(&check->rules, check->settings, group);
    check_addresses(&check->addresses, entry);
    const GroupQuery *queries = group_queries(group, &n_queries);
    for (gsize i = 0; i < n_queries; i++)
        check_query(check, dn, &queries[i]);
}

static int
compare_dns(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(entry_key(*(const Entry *const *)a), entry_key(*(const Entry *const *)b));
}

static void
unref_entry(gpointer entry)
{
    entry_unref(entry);
}

static const char *const *
address_attributes(const Settings *settings)
{
    const LdapSettings *ldap = settings_ldap(settings);
    return ldap != NULL ? ldap->address_attributes : settings_ldif(settings)->address_attributes;
}

static void
check_each(GroupCheck *check)
{
    g_ptr_array_sort(check->entries, compare_dns);
    for (guint i = 0; i < check->entries->len; i++)
        check_group(check, g_ptr_array_index(check->entries, i));
    check_say(check->tally, check->entries->len > 0 ? CHECK_GOOD : CHECK_NOTE,
              "groups: %u dynamic, %u by URL, %u static with address", check->n_of_kind[GROUP_DYNAMIC],
              check->n_of_kind[GROUP_URL], check->n_of_kind[GROUP_STATIC]);
    check_rules(check->tally, check->settings, check->directory, &check->rules, check->attributes);
    check_attributes(check->tally, check->directory, check->schema, check->attributes);
}

void
check_groups(CheckTally *tally, Directory *directory, const Settings *settings)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    g_autoptr(GHashTable) bases = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(Schema) schema = schema_of(directory, &error);
    GroupCheck check = {
        .tally = tally,
        .directory = directory,
        .schema = schema,
        .addresses = {.tally = tally,
                      .directory = settings_ldap(settings) != NULL ? directory : NULL,
                      .attributes = address_attributes(settings),
                      .domains = settings_milter(settings)->domains,
                      .seen = seen},
        .entries = entries,
        .bases = bases,
        .attributes = attributes,
        .settings = settings,
    };

    if (schema == NULL || !find_groups(&check, &error))
        check_say(tally, CHECK_BAD, "groups: %s", error->message);
    else
        check_each(&check);
}
