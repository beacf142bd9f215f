/* SPDX-License-Identifier: BSD-2-Clause
 * scripted-directory.c - a directory for tests that fails, counts and waits as told
 *
 * Threads:  any for calls; scripts are written before.
 */
#include "tests/unit/scripted-directory.h"

#include "rollcall/dn.h"

#include <string.h>

/* Set while this thread hands out an entry of a search. */
static _Thread_local gboolean handing_out;

/* A pool that is asked for more while it waits for its entries to be taken may wait for itself. */
static gboolean
begin(Directory *directory, ScriptedCall call)
{
    Scripted *scripted = (Scripted *)directory;
    g_assert_false(handing_out);
    g_atomic_int_inc(&scripted->calls[call]);
    return TRUE;
}

static gboolean
end(Directory *directory, ScriptedCall call, GError **error)
{
    const Scripted *scripted = (const Scripted *)directory;
    if (scripted->failures[call] == NULL)
        return TRUE;
    g_propagate_error(error, g_error_copy(scripted->failures[call]));
    return FALSE;
}

static gboolean
carries(const Entry *entry, const Address *address)
{
    const Value *proxies;
    guint        n_proxies = entry_all(entry, "proxyaddresses", &proxies);
    gboolean     primary;

    for (guint i = 0; i < n_proxies; i++) {
        g_autoptr(Address) proxy = address_from_proxy(proxies[i].data, &primary, NULL);
        if (proxy != NULL && address_equal(proxy, address))
            return TRUE;
    }
    return FALSE;
}

static gboolean
scripted_find(Directory *directory, const Address *address, G_GNUC_UNUSED const char *const *attributes,
              GPtrArray *entries, G_GNUC_UNUSED gint64 deadline, GError **error)
{
    Scripted *scripted = (Scripted *)directory;

    begin(directory, CALL_FIND);
    for (guint i = 0; i < scripted->entries->len; i++)
        if (carries(g_ptr_array_index(scripted->entries, i), address))
            g_ptr_array_add(entries, (gpointer)entry_ref(g_ptr_array_index(scripted->entries, i)));
    return end(directory, CALL_FIND, error);
}

static const Entry *
lookup(Scripted *scripted, const char *dn)
{
    g_autofree char *key = dn_key(dn);

    for (guint i = 0; key != NULL && i < scripted->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(scripted->entries, i);
        if (strcmp(entry_key(entry), key) == 0)
            return entry_ref(entry);
    }
    return NULL;
}

static gboolean
scripted_read(Directory *directory, const char *dn, G_GNUC_UNUSED const char *const *attributes, const Entry **entry,
              G_GNUC_UNUSED gint64 deadline, GError **error)
{
    begin(directory, CALL_READ);
    if (!end(directory, CALL_READ, error))
        return FALSE;
    *entry = lookup((Scripted *)directory, dn);
    return TRUE;
}

static gboolean
scripted_read_many(Directory *directory, const char *const *dns, gsize n_dns,
                   G_GNUC_UNUSED const char *const *attributes, GPtrArray *entries, G_GNUC_UNUSED gint64 deadline,
                   GError **error)
{
    begin(directory, CALL_READ_MANY);
    for (gsize i = 0; i < n_dns; i++) {
        const Entry *entry = lookup((Scripted *)directory, dns[i]);
        if (entry != NULL)
            g_ptr_array_add(entries, (gpointer)entry);
    }
    return end(directory, CALL_READ_MANY, error);
}

static gboolean selects(const Filter *filter, const Entry *entry);

static gboolean
selects_any(const Filter *filter, const Entry *entry)
{
    for (guint i = 0; i < filter->n_parts; i++)
        if (selects(filter->parts[i], entry))
            return TRUE;
    return FALSE;
}

static gboolean
selects(const Filter *filter, const Entry *entry)
{
    if (filter->kind == FILTER_OR)
        return selects_any(filter, entry);

    const Value *values;
    guint        n_values = entry_all(entry, filter->attribute, &values);

    g_assert_true(filter->kind == FILTER_EQUAL || filter->kind == FILTER_PRESENT);
    for (guint i = 0; i < n_values; i++)
        if (filter->kind == FILTER_PRESENT || g_ascii_strcasecmp(values[i].data, filter->value.data) == 0)
            return TRUE;
    return FALSE;
}

static gboolean
hand_out(const Entry *entry, DirectoryEntryFunc func, gpointer user_data, GError **error)
{
    handing_out = TRUE;
    gboolean taken = func(entry, user_data, error);
    handing_out = FALSE;
    return taken;
}

static gboolean
scripted_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                G_GNUC_UNUSED gint64 deadline, GError **error)
{
    Scripted *scripted = (Scripted *)directory;
    g_autoptr(EntryRef) base = search->base == NULL ? NULL : lookup(scripted, search->base);

    begin(directory, CALL_SEARCH);
    if (scripted->on_search != NULL)
        scripted->on_search(scripted->on_search_data);
    if (base == NULL && search->base != NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE, "no such base: %s", search->base);
        return FALSE;
    }
    for (guint i = 0; i < scripted->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(scripted->entries, i);
        if ((base == NULL || dn_key_is_within(entry_key(entry), entry_key(base))) && selects(search->filter, entry) &&
            !hand_out(entry, func, user_data, error))
            return FALSE;
    }
    return end(directory, CALL_SEARCH, error);
}

static Schema *
scripted_schema(Directory *directory)
{
    Scripted *scripted = (Scripted *)directory;
    return scripted->schema == NULL ? NULL : schema_ref(scripted->schema);
}

static GPtrArray *
scripted_check(G_GNUC_UNUSED Directory *directory, G_GNUC_UNUSED gint64 deadline)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)directory_finding_free);
}

static void
scripted_free(Directory *directory)
{
    Scripted *scripted = (Scripted *)directory;

    g_ptr_array_unref(scripted->entries);
    schema_unref(scripted->schema);
    for (gsize i = 0; i < N_CALLS; i++)
        g_clear_error(&scripted->failures[i]);
    g_free(scripted);
}

static guint64
scripted_view_version(Directory *view)
{
    return ((Scripted *)view)->version;
}

static const DirectoryClass scripted_class = {
    .kind = "scripted",
    .find = scripted_find,
    .read = scripted_read,
    .read_many = scripted_read_many,
    .search = scripted_search,
    .schema = scripted_schema,
    .check = scripted_check,
    .view_version = scripted_view_version,
    .free = scripted_free,
};

Scripted *
scripted_new(SchemaRules rules)
{
    Scripted *scripted = g_new0(Scripted, 1);

    scripted->directory.class = &scripted_class;
    scripted->entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    scripted->schema = schema_builder_finish(schema_builder_new(rules));
    return scripted;
}

void
scripted_add(Scripted *scripted, const char *dn, const char *attributes)
{
    EntryBuilder *builder = entry_builder_new(dn);
    g_auto(GStrv) lines = g_strsplit(attributes, "\n", -1);

    for (char **line = lines; *line != NULL; line++) {
        char *value = strchr(*line, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        entry_builder_add(builder, *line, value, strlen(value));
    }
    g_ptr_array_add(scripted->entries, entry_builder_finish(builder));
}

void
scripted_fail(Scripted *scripted, ScriptedCall call, GQuark domain, int code, const char *message)
{
    g_clear_error(&scripted->failures[call]);
    scripted->failures[call] = g_error_new_literal(domain, code, message);
}
