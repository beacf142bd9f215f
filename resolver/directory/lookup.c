/* SPDX-License-Identifier: BSD-2-Clause
 * lookup.c - a recipient's entries, by whichever of its names a message or another entry uses
 *
 * Owns:     nothing.
 * Promises: one search for an address, a second only for an encapsulated one; text from mail is an assertion value,
 * never filter text, and what a server compares loosely is compared again here. Threads:  any.
 */
#include "rollcall/lookup.h"

#include <string.h>

static const char legacy_attribute[] = "legacyExchangeDN";
static const char x500[] = "x500:";

/* What is asked for, and that by which the hits are told apart. */
static char **
with_names(const char *const *attributes)
{
    if (attributes == NULL)
        return NULL;

    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; attributes[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(attributes[i]));
    g_ptr_array_add(names, g_strdup(legacy_attribute));
    g_ptr_array_add(names, g_strdup("proxyAddresses"));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static const Filter *
names_filter(const char *legacy_dn)
{
    g_autofree char *proxy = g_strconcat(x500, legacy_dn, NULL);
    const Filter    *parts[] = {
           filter_new_equal(legacy_attribute, legacy_dn, -1),
           filter_new_equal("proxyAddresses", proxy, -1),
    };
    return filter_new_composite(FILTER_OR, parts, G_N_ELEMENTS(parts));
}

/* ---- the second look ---- */

/* Case does not matter, accents do: AD's own comparison takes jose for josé. */
static char *
name_key(const char *text)
{
    g_autofree char *composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
    return composed != NULL ? g_utf8_casefold(composed, -1) : NULL;
}

static gboolean
is_name(const Value *value, gsize skip, const char *wanted)
{
    if (strlen(value->data) != value->length || value->length < skip)
        return FALSE;
    g_autofree char *key = name_key(value->data + skip);
    return g_strcmp0(key, wanted) == 0;
}

static gboolean
has_legacy_dn(const Entry *entry, const char *wanted)
{
    const Value *values;
    guint        n_values = entry_all(entry, legacy_attribute, &values);

    for (guint i = 0; i < n_values; i++)
        if (is_name(&values[i], 0, wanted))
            return TRUE;
    return FALSE;
}

static gboolean
has_x500_proxy(const Entry *entry, const char *wanted)
{
    const Value *values;
    guint        n_values = entry_all(entry, "proxyAddresses", &values);

    for (guint i = 0; i < n_values; i++)
        if (g_ascii_strncasecmp(values[i].data, x500, sizeof x500 - 1) == 0 &&
            is_name(&values[i], sizeof x500 - 1, wanted))
            return TRUE;
    return FALSE;
}

typedef struct {
    char      *wanted;           /* name_key() */
    GPtrArray *current, *former; /* of Entry: whose legacyExchangeDN it is, and who has it as a proxy */
} NameSearch;

static void
name_search_clear(NameSearch *search)
{
    g_free(search->wanted);
    g_ptr_array_unref(search->current);
    g_ptr_array_unref(search->former);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NameSearch, name_search_clear)

/* DirectoryEntryFunc */
static gboolean
sort_hit(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    NameSearch *search = user_data;

    if (has_legacy_dn(entry, search->wanted))
        g_ptr_array_add(search->current, (gpointer)entry_ref(entry));
    else if (has_x500_proxy(entry, search->wanted))
        g_ptr_array_add(search->former, (gpointer)entry_ref(entry));
    return TRUE;
}

/* ---- asking ---- */

gboolean
lookup_legacy_dn(Directory *directory, const char *legacy_dn, const char *const *attributes, GPtrArray *entries,
                 gint64 deadline, GError **error)
{
    g_auto(NameSearch) names = {
        .wanted = name_key(legacy_dn),
        .current = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref),
        .former = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref),
    };
    if (names.wanted == NULL)
        return TRUE;

    g_auto(GStrv) wanted = with_names(attributes);
    g_autoptr(FilterRef) filter = names_filter(legacy_dn);
    DirectorySearch search = {
        .scope = SCOPE_SUBTREE,
        .filter = filter,
        .attributes = (const char *const *)wanted,
    };
    if (!directory_search(directory, &search, sort_hit, &names, deadline, error))
        return FALSE;
    GPtrArray *found = names.current->len > 0 ? names.current : names.former;
    for (guint i = 0; i < found->len; i++)
        g_ptr_array_add(entries, (gpointer)entry_ref(g_ptr_array_index(found, i)));
    return TRUE;
}

/* Nobody has the address itself: what does it encapsulate, if anything? */
static gboolean
look_inside(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
            gint64 deadline, GError **error)
{
    g_autofree char *legacy_dn = address_to_legacy_dn(address);
    return legacy_dn == NULL || lookup_legacy_dn(directory, legacy_dn, attributes, entries, deadline, error);
}

gboolean
lookup_entries(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
               gint64 deadline, GError **error)
{
    guint n_before = entries->len;

    if (!directory_find(directory, address, attributes, entries, deadline, error))
        return FALSE;
    return entries->len > n_before || look_inside(directory, address, attributes, entries, deadline, error);
}

gboolean
lookup_many(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
            GPtrArray *found, gint64 deadline, GError **error)
{
    guint n_before = found->len;

    if (!directory_find_many(directory, addresses, n_addresses, attributes, found, deadline, error))
        return FALSE;
    for (gsize i = 0; i < n_addresses; i++) {
        GPtrArray *entries = g_ptr_array_index(found, n_before + i);
        if (entries->len == 0 && !look_inside(directory, addresses[i], attributes, entries, deadline, error))
            return FALSE;
    }
    return TRUE;
}
