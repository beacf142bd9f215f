/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-read.c - entries by DN: many at once, and one with its ranged attributes whole
 *
 * Active Directory hands out at most 1500 values of an attribute at a time (MaxValRange). The pieces belong together
 * only if the entry has not changed between them, so its change stamps are read before and after.
 *
 * Threads: the one that owns the connection.
 */
#include "ldap-private.h"

#include "rollcall/dn.h"

enum {
    WINDOW = 32,  /* reads under way at once */
    ATTEMPTS = 3, /* at an entry that keeps changing */
    MAX_RANGES = 100000,
};

static const char any_object[] = "(objectClass=*)";

/* What changes with every change of an entry. uSNChanged is AD's and counts on one controller, which is what we are
 * connected to; the times are for other servers. */
static const char *const stamps[] = {"uSNChanged", "whenChanged", "modifyTimestamp", NULL};

/* "" when the account can see none of them. */
static char *
stamp_of(const Entry *entry)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; stamps[i] != NULL; i++) {
        const char *value = entry_text(entry, stamps[i]);
        if (value != NULL)
            g_string_append_printf(text, "%s=%s ", stamps[i], value);
    }
    return g_string_free(text, FALSE);
}

static GStrv
with_stamps(const char *const *attributes)
{
    GPtrArray *names = g_ptr_array_new();

    if (attributes == NULL)
        g_ptr_array_add(names, g_strdup(LDAP_ALL_USER_ATTRIBUTES));
    for (guint i = 0; attributes != NULL && attributes[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(attributes[i]));
    for (guint i = 0; stamps[i] != NULL; i++)
        g_ptr_array_add(names, g_strdup(stamps[i]));
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(names, FALSE);
}

static gboolean
incomplete(const LdapConnection *connection, const char *dn, const char *what, GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s: reading %s: %s",
                connection->server->uri->label, dn, what);
    return FALSE;
}

/* One message's worth of an entry into `builder`; *found FALSE: there is no such entry. */
static gboolean
read_piece(LdapConnection *connection, const char *dn, const char *const *attributes, EntryBuilder *builder,
           GPtrArray *ranges, gboolean *found, GError **error)
{
    g_autoptr(LDAPMessage) message = NULL;

    if (!ldap_connection_read(connection, dn, any_object, attributes, &message, error))
        return FALSE;
    *found = message != NULL;
    return message == NULL || ldap_message_add(connection->ld, message, builder, ranges, error);
}

/* Follows one attribute to its end. *torn: the pieces do not fit together. */
static gboolean
follow_range(LdapConnection *connection, const char *dn, const LdapRange *start, EntryBuilder *builder, gboolean *torn,
             GError **error)
{
    guint64  next = start->last + 1;
    gboolean final = start->final;

    *torn = start->first != 0;
    for (guint i = 0; !final && !*torn; i++) {
        g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);
        g_autofree char *wanted = g_strdup_printf("%s;range=%" G_GUINT64_FORMAT "-*", start->attribute, next);
        const char      *attributes[] = {wanted, NULL};
        gboolean         found = FALSE;

        if (i > MAX_RANGES)
            return incomplete(connection, dn, "ranges without end", error);
        if (!read_piece(connection, dn, attributes, builder, ranges, &found, error))
            return FALSE;
        const LdapRange *range = ranges->len == 1 ? ranges->pdata[0] : NULL;
        if (!found || range == NULL || range->first != next ||
            g_ascii_strcasecmp(range->attribute, start->attribute) != 0) {
            *torn = TRUE;
            break;
        }
        final = range->final;
        next = range->last + 1;
    }
    return TRUE;
}

static gboolean
follow_ranges(LdapConnection *connection, const char *dn, const GPtrArray *ranges, EntryBuilder *builder,
              gboolean *torn, GError **error)
{
    *torn = FALSE;
    for (guint i = 0; i < ranges->len && !*torn; i++)
        if (!follow_range(connection, dn, ranges->pdata[i], builder, torn, error))
            return FALSE;
    return TRUE;
}

/* *same: the entry is as it was when `before` was read. */
static gboolean
compare_stamp(LdapConnection *connection, const Entry *before, gboolean *same, GError **error)
{
    const char *dn = entry_dn(before);
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    g_autofree char *first = stamp_of(before);
    gboolean         found = FALSE;

    *same = FALSE;
    if (*first == '\0')
        return incomplete(connection, dn, "it comes in ranges, and its time of change cannot be seen", error);
    if (!read_piece(connection, dn, stamps, builder, ranges, &found, error))
        return FALSE;
    g_autoptr(EntryRef) now = entry_builder_finish(g_steal_pointer(&builder));
    g_autofree char *second = stamp_of(now);
    *same = found && g_str_equal(first, second);
    return TRUE;
}

/* One attempt. TRUE with *entry NULL and *torn: it changed meanwhile. */
static gboolean
read_once(LdapConnection *connection, const char *dn, const char *const *attributes, const Entry **entry,
          gboolean *torn, GError **error)
{
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    gboolean found = FALSE, same = TRUE;

    *torn = FALSE;
    if (builder == NULL || !read_piece(connection, dn, attributes, builder, ranges, &found, error))
        return builder == NULL;
    if (!found)
        return TRUE;
    if (!follow_ranges(connection, dn, ranges, builder, torn, error))
        return FALSE;
    g_autoptr(EntryRef) whole = entry_builder_finish(g_steal_pointer(&builder));
    if (!*torn && ranges->len > 0 && !compare_stamp(connection, whole, &same, error))
        return FALSE;
    *torn = *torn || !same;
    if (!*torn)
        *entry = g_steal_pointer(&whole);
    return TRUE;
}

gboolean
ldap_read_whole(LdapConnection *connection, const char *dn, const char *const *attributes, const Entry **entry,
                GError **error)
{
    g_auto(GStrv) names = with_stamps(attributes);

    *entry = NULL;
    for (guint i = 0; i < ATTEMPTS; i++) {
        gboolean torn = FALSE;
        if (!read_once(connection, dn, (const char *const *)names, entry, &torn, error))
            return FALSE;
        if (!torn)
            return TRUE;
    }
    return incomplete(connection, dn, "it kept changing while its values were read", error);
}

/* ---- many ---- */

typedef struct {
    LdapConnection    *connection;
    const char *const *dns;
    const char *const *attributes;
    GHashTable        *indexes; /* message id -> index into dns, for reads under way */
    const Entry      **entries;
    GByteArray        *partial; /* per DN: its attributes came in ranges */
    guint              n_dns, next;
} Batch;

/* A name that is no DN names nothing; AD would take `<GUID=...>` and "" (its root) for more than that. */
static gboolean
is_name(const char *dn)
{
    g_autofree char *key = dn_key(dn);
    return key != NULL && *key != '\0';
}

static gboolean
fill_window(Batch *batch, GError **error)
{
    while (batch->next < batch->n_dns && g_hash_table_size(batch->indexes) < WINDOW) {
        guint       index = batch->next++;
        LdapRequest request = {batch->dns[index], LDAP_SCOPE_BASE, any_object, batch->attributes, NULL};
        int         id = 0;
        if (!is_name(batch->dns[index]))
            continue;
        if (!ldap_connection_send(batch->connection, &request, &id, error))
            return FALSE;
        g_hash_table_insert(batch->indexes, GINT_TO_POINTER(id), GUINT_TO_POINTER(index));
    }
    return TRUE;
}

static gboolean
take_batch_entry(Batch *batch, guint index, LDAPMessage *message, GError **error)
{
    LDAP *ld = batch->connection->ld;
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);
    g_autofree char *dn = ldap_message_dn(ld, message, error);

    if (dn == NULL)
        return FALSE;
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    if (builder == NULL)
        return incomplete(batch->connection, batch->dns[index], "the server sent a name that is no DN", error);
    if (!ldap_message_add(ld, message, builder, ranges, error))
        return FALSE;
    batch->partial->data[index] = ranges->len > 0;
    g_clear_pointer(&batch->entries[index], entry_unref);
    batch->entries[index] = entry_builder_finish(g_steal_pointer(&builder));
    return TRUE;
}

static gboolean
take_batch_result(Batch *batch, guint index, LDAPMessage *message, GError **error)
{
    int            result = LDAP_OTHER;
    char         **referrals = NULL;
    DirectoryError code = DIRECTORY_ERROR_REFUSED;
    LDAP          *ld = batch->connection->ld;

    ldap_parse_result(ld, message, &result, NULL, NULL, &referrals, NULL, 0);
    LdapOutcome outcome = ldap_outcome(result, batch->entries[index] != NULL, &code);
    if (outcome == OUTCOME_ERROR) {
        g_autofree char *why = ldap_connection_explain(ld, result);
        g_set_error(error, DIRECTORY_ERROR, code, "%s: reading %s: %s%s%s", batch->connection->server->uri->label,
                    batch->dns[index], why, referrals != NULL ? " " : "", referrals != NULL ? referrals[0] : "");
        if (result == LDAP_UNAVAILABLE)
            batch->connection->state = CONNECTION_LEAVING;
    }
    ldap_memvfree((void **)referrals);
    return outcome != OUTCOME_ERROR;
}

static gboolean
take_batch_message(Batch *batch, LDAPMessage *message, GError **error)
{
    gpointer id = GINT_TO_POINTER(ldap_msgid(message)), index = NULL;

    if (!g_hash_table_lookup_extended(batch->indexes, id, NULL, &index))
        return TRUE; /* of an operation abandoned earlier */
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        return take_batch_entry(batch, GPOINTER_TO_UINT(index), message, error);
    case LDAP_RES_SEARCH_RESULT:
        g_hash_table_remove(batch->indexes, id);
        return take_batch_result(batch, GPOINTER_TO_UINT(index), message, error);
    default:
        return incomplete(batch->connection, batch->dns[GPOINTER_TO_UINT(index)], "unexpected message", error);
    }
}

static gboolean
run_batch(Batch *batch, GError **error)
{
    for (;;) {
        if (!fill_window(batch, error))
            return FALSE;
        if (g_hash_table_size(batch->indexes) == 0)
            return TRUE;
        g_autoptr(LDAPMessage) message = ldap_connection_receive(batch->connection, LDAP_RES_ANY, error);
        if (message == NULL || !take_batch_message(batch, message, error))
            return FALSE;
    }
}

static void
abandon_batch(Batch *batch)
{
    GHashTableIter each;
    gpointer       id = NULL;

    g_hash_table_iter_init(&each, batch->indexes);
    while (g_hash_table_iter_next(&each, &id, NULL))
        ldap_connection_abandon(batch->connection, GPOINTER_TO_INT(id));
}

static gboolean
finish_batch(Batch *batch, GPtrArray *entries, GError **error)
{
    for (guint i = 0; i < batch->n_dns; i++) {
        if (batch->partial->data[i]) {
            g_clear_pointer(&batch->entries[i], entry_unref);
            if (!ldap_read_whole(batch->connection, batch->dns[i], batch->attributes, &batch->entries[i], error))
                return FALSE;
        }
        if (batch->entries[i] != NULL)
            g_ptr_array_add(entries, (gpointer)g_steal_pointer(&batch->entries[i]));
    }
    return TRUE;
}

gboolean
ldap_read_many(LdapConnection *connection, const char *const *dns, const char *const *attributes, GPtrArray *entries,
               GError **error)
{
    Batch batch = {.connection = connection, .dns = dns, .attributes = attributes};

    batch.n_dns = g_strv_length((GStrv)dns);
    batch.indexes = g_hash_table_new(NULL, NULL);
    batch.entries = g_new0(const Entry *, batch.n_dns);
    batch.partial = g_byte_array_new();
    g_byte_array_set_size(batch.partial, batch.n_dns);
    if (batch.n_dns > 0)
        memset(batch.partial->data, 0, batch.n_dns);

    gboolean good = run_batch(&batch, error) && finish_batch(&batch, entries, error);
    if (!good)
        abandon_batch(&batch);
    for (guint i = 0; i < batch.n_dns; i++)
        g_clear_pointer(&batch.entries[i], entry_unref);
    g_free(batch.entries);
    g_byte_array_unref(batch.partial);
    g_hash_table_unref(batch.indexes);
    return good;
}
