/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-run.c - a job on a worker's connection: which filter is sent, which bases are searched
 *
 * Threads: the worker that owns the connection.
 */
#include "ldap-private.h"

#include "rollcall/dn.h"

enum { BATCH = 256 }; /* entries handed to the caller at once */

static const char *const no_attributes[] = {LDAP_NO_ATTRS, NULL};

static int
scope_number(DirectoryScope scope)
{
    switch (scope) {
    case SCOPE_BASE:
        return LDAP_SCOPE_BASE;
    case SCOPE_ONE:
        return LDAP_SCOPE_ONELEVEL;
    default:
        return LDAP_SCOPE_SUBTREE;
    }
}

/* What a global catalogue does not hold is absent from its entries as if it had no value: a member without addresses, a
 * group without restrictions. So what is asked for is checked like what is filtered by. */
static gboolean
is_in_catalog(const AttributeType *type)
{
    /* ALWAYS: true of every object. uniqueMember: no class of AD's own groups has it */
    return type == NULL || (type->flags & (ATTRIBUTE_PARTIAL_SET | ATTRIBUTE_ALWAYS)) != 0 ||
           g_str_equal(type->key, "uniquemember");
}

static gboolean
refuse_catalog(const char *what, const AttributeType *type, GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE,
                "%s %s, which a global catalogue does not hold: use port 389 or 636", what, type->name);
    return FALSE;
}

typedef struct {
    const Schema        *schema;
    const AttributeType *missing;
} CatalogCheck;

static void
check_attribute(const char *attribute, gpointer user_data)
{
    CatalogCheck        *check = user_data;
    const AttributeType *type = schema_attribute(check->schema, attribute);

    if (!is_in_catalog(type))
        check->missing = type;
}

gboolean
ldap_search_fits_catalog(const Filter *filter, const Schema *schema, GError **error)
{
    CatalogCheck check = {.schema = schema};

    filter_foreach_attribute(filter, check_attribute, &check);
    return check.missing == NULL || refuse_catalog("the filter asks for", check.missing, error);
}

gboolean
ldap_attributes_fit_catalog(const char *const *attributes, const Schema *schema, GError **error)
{
    for (guint i = 0; attributes != NULL && attributes[i] != NULL; i++) {
        const AttributeType *type = schema_attribute(schema, attributes[i]);
        if (!is_in_catalog(type))
            return refuse_catalog("wanted is", type, error);
    }
    return TRUE;
}

typedef struct {
    LdapJob   *job;
    GPtrArray *batch;
} Delivery;

static void
deliver(gpointer user_data)
{
    Delivery *delivery = user_data;

    ldap_job_deliver(delivery->job, delivery->batch);
}

static gboolean
collect(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    Delivery *delivery = user_data;

    g_ptr_array_add(delivery->batch, (gpointer)entry_ref(entry));
    if (delivery->batch->len >= BATCH)
        deliver(delivery);
    return TRUE;
}

/* A filter that selects nothing need not be sent, but whether the base exists is still a question. */
static gboolean
check_base(LdapConnection *connection, const char *base, GError **error)
{
    g_autoptr(LDAPMessage) entry = NULL;

    if (!ldap_connection_read(connection, base, "(objectClass=*)", no_attributes, &entry, error))
        return FALSE;
    if (entry != NULL)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE, "%s: searching %s: the base does not exist",
                connection->server->uri->label, base);
    return FALSE;
}

static gboolean
search_base(LdapConnection *connection, LdapJob *job, const char *base, const Filter *filter, Delivery *delivery,
            GError **error)
{
    g_autofree char *key = dn_key(base);
    if (key == NULL || *key == '\0') {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE, "searching %s: the base is no DN", base);
        return FALSE;
    }
    if (filter_is_never(filter))
        return check_base(connection, base, error);

    g_autofree char *text = filter_is_always(filter) ? g_strdup("(objectClass=*)") : filter_print(filter);
    LdapSearch       search = {.base = base,
                               .scope = scope_number(job->scope),
                               .filter = text,
                               .attributes = (const char *const *)job->attributes,
                               .page = deliver};
    return ldap_search_run(connection, &search, collect, delivery, error);
}

static gboolean
search_bases(LdapConnection *connection, LdapJob *job, const Filter *filter, GError **error)
{
    Delivery delivery = {.job = job, .batch = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref)};
    gboolean good = TRUE;

    for (guint i = 0; good && job->bases[i] != NULL; i++)
        good = search_base(connection, job, job->bases[i], filter, &delivery, error);
    g_ptr_array_unref(delivery.batch);
    return good;
}

static gboolean
run_search(LdapConnection *connection, LdapJob *job, const Filter *filter, const Schema *schema, GError **error)
{
    g_autoptr(FilterRef) folded = filter_fold(filter, schema, NULL);

    if (connection->server->uri->global_catalog && !ldap_search_fits_catalog(folded, schema, error))
        return FALSE;
    return search_bases(connection, job, folded, error);
}

static gboolean
run_find(LdapConnection *connection, LdapJob *job, const Schema *schema, GError **error)
{
    g_autoptr(FilterRef) filter =
        ldap_find_filter(job->addresses, connection->config->settings.address_attributes, schema, error);
    return filter != NULL && run_search(connection, job, filter, schema, error);
}

static gboolean
run_read(LdapConnection *connection, LdapJob *job, GError **error)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    if (!ldap_read_many(connection, (const char *const *)job->dns, (const char *const *)job->attributes, entries,
                        error))
        return FALSE;
    ldap_job_deliver(job, entries);
    return TRUE;
}

gboolean
ldap_job_run(LdapConnection *connection, LdapJob *job, Schema *schema, GError **error)
{
    gboolean good = FALSE;

    if (connection->server->uri->global_catalog &&
        !ldap_attributes_fit_catalog((const char *const *)job->attributes, schema, error))
        return FALSE;
    connection->job = job;
    connection->deadline = job->deadline;
    switch (job->kind) {
    case JOB_SEARCH:
        good = run_search(connection, job, job->filter, schema, error);
        break;
    case JOB_FIND:
        good = run_find(connection, job, schema, error);
        break;
    case JOB_READ:
        good = run_read(connection, job, error);
        break;
    }
    connection->job = NULL;
    connection->deadline = G_MAXINT64;
    ldap_guard_disarm(connection->guard);
    connection->armed = 0;
    return good;
}
