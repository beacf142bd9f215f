/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-schema.c - the schema of a server, read from it
 *
 * Active Directory: the attributeSchema and classSchema objects of its schema naming context (its subschema subentry
 * lacks search flags, links and the partial set). Others: the subschema subentry (RFC 4512 section 4.2).
 * What cannot be read is replaced by the project's own table of the same family.
 *
 * Threads: the one that owns the connection.
 */
#include "ldap-private.h"

/* A schema smaller than this is one we are not allowed to see: AD's base schema has more than 1000 attributes. */
enum { AD_LEAST = 500, RFC_LEAST = 20 };

static const char *const root_attributes[] = {"schemaNamingContext", "subschemaSubentry", NULL};
static const char *const ad_attributes[] = {"lDAPDisplayName", "attributeID", "attributeSyntax",
                                            "oMSyntax",        "searchFlags", "isSingleValued",
                                            "linkID",          "systemFlags", "isMemberOfPartialAttributeSet",
                                            "isDefunct",       NULL};
static const char *const ad_classes[] = {
    "lDAPDisplayName",       "governsID", "subClassOf", "auxiliaryClass", "systemAuxiliaryClass",
    "defaultObjectCategory", "isDefunct", NULL};
static const char *const subschema_attributes[] = {"attributeTypes", "objectClasses", NULL};

typedef struct {
    SchemaBuilder *builder;
    guint          n_attributes, n_classes;
} Loading;

static gboolean
add_ad_attribute(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    Loading    *loading = user_data;
    const char *name = entry_text(entry, "lDAPDisplayName");
    const char *syntax = entry_text(entry, "attributeSyntax");

    if (name == NULL || syntax == NULL || entry_boolean(entry, "isDefunct"))
        return TRUE;
    schema_builder_add_ad_attribute(
        loading->builder, name, entry_text(entry, "attributeID"), syntax, (int)entry_integer(entry, "oMSyntax", 0),
        entry_boolean(entry, "isSingleValued"), (guint32)entry_integer(entry, "searchFlags", 0),
        entry_boolean(entry, "isMemberOfPartialAttributeSet"), (int)entry_integer(entry, "linkID", 0),
        (guint32)entry_integer(entry, "systemFlags", 0));
    loading->n_attributes++;
    return TRUE;
}

static void
append_texts(GPtrArray *texts, const Entry *entry, const char *attribute)
{
    const Value *values = NULL;
    guint        n_values = entry_all(entry, attribute, &values);

    for (guint i = 0; i < n_values; i++)
        g_ptr_array_add(texts, (gpointer)values[i].data);
}

/* "CN=Person,CN=Schema,..." -> "Person" */
static char *
first_value(const char *dn)
{
    LDAPDN parsed = NULL;
    char  *value = NULL;

    if (dn == NULL || ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || parsed == NULL)
        return NULL;
    if (parsed[0] != NULL && parsed[0][0] != NULL)
        value = g_strndup(parsed[0][0]->la_value.bv_val, parsed[0][0]->la_value.bv_len);
    ldap_dnfree(parsed);
    return value;
}

static gboolean
add_ad_class(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    Loading    *loading = user_data;
    const char *name = entry_text(entry, "lDAPDisplayName");
    g_autoptr(GPtrArray) auxiliary = g_ptr_array_new();
    g_autofree char *category = first_value(entry_text(entry, "defaultObjectCategory"));

    if (name == NULL || entry_boolean(entry, "isDefunct"))
        return TRUE;
    append_texts(auxiliary, entry, "auxiliaryClass");
    append_texts(auxiliary, entry, "systemAuxiliaryClass");
    g_ptr_array_add(auxiliary, NULL);
    schema_builder_add_ad_class(loading->builder, name, entry_text(entry, "governsID"), entry_text(entry, "subClassOf"),
                                (const char *const *)auxiliary->pdata, category);
    loading->n_classes++;
    return TRUE;
}

/* A schema that may not be read is not an error; a connection that breaks is. */
static gboolean
forgive(const LdapConnection *connection, GError **error)
{
    if (connection->state != CONNECTION_GOOD)
        return FALSE;
    g_clear_error(error);
    return TRUE;
}

static gboolean
load_ad(LdapConnection *connection, const char *base, Loading *loading, GError **error)
{
    LdapSearch attributes = {base, LDAP_SCOPE_ONELEVEL, "(objectClass=attributeSchema)", ad_attributes, NULL};
    LdapSearch classes = {base, LDAP_SCOPE_ONELEVEL, "(objectClass=classSchema)", ad_classes, NULL};
    g_autoptr(GError) why = NULL;

    if ((ldap_search_run(connection, &attributes, add_ad_attribute, loading, &why) &&
         ldap_search_run(connection, &classes, add_ad_class, loading, &why)))
        return TRUE;
    loading->n_attributes = 0;
    if (forgive(connection, &why))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static const Entry *
read_entry(LdapConnection *connection, const char *dn, const char *filter, const char *const *attributes,
           GError **error)
{
    g_autoptr(LDAPMessage) message = NULL;
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);

    if (!ldap_connection_read(connection, dn, filter, attributes, &message, error))
        return NULL;
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    if (builder == NULL || (message != NULL && !ldap_message_add(connection->ld, message, builder, ranges, error)))
        return NULL;
    return entry_builder_finish(g_steal_pointer(&builder));
}

static void
add_definitions(const Entry *entry, Loading *loading)
{
    const Value *values = NULL;
    guint        n_values = entry_all(entry, "attributeTypes", &values);

    /* a definition that cannot be read leaves its attribute unknown, so assertions on it are Undefined */
    for (guint i = 0; i < n_values; i++)
        if (schema_builder_add_attribute_type(loading->builder, values[i].data, NULL))
            loading->n_attributes++;
    n_values = entry_all(entry, "objectClasses", &values);
    for (guint i = 0; i < n_values; i++)
        if (schema_builder_add_object_class(loading->builder, values[i].data, NULL))
            loading->n_classes++;
}

static gboolean
load_subschema(LdapConnection *connection, const char *dn, Loading *loading, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(EntryRef) entry = read_entry(connection, dn, "(objectClass=subschema)", subschema_attributes, &why);

    if (entry != NULL)
        add_definitions(entry, loading);
    if (entry != NULL || forgive(connection, &why))
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

/* What the server says of itself; NULL without an error: nothing of use. */
static Schema *
load_own(LdapConnection *connection, const Entry *root, SchemaRules rules, GError **error)
{
    const char *context = entry_text(root, "schemaNamingContext");
    const char *subentry = entry_text(root, "subschemaSubentry");
    Loading     loading = {.builder = schema_builder_new(rules)};
    guint       least = rules == SCHEMA_RULES_AD ? AD_LEAST : RFC_LEAST;
    gboolean    good = TRUE;

    if (rules == SCHEMA_RULES_AD)
        good = load_ad(connection, context, &loading, error);
    else if (subentry != NULL)
        good = load_subschema(connection, subentry, &loading, error);
    if (good && loading.n_attributes >= least && loading.n_classes > 0)
        return schema_builder_finish(loading.builder);
    schema_builder_free(loading.builder);
    return NULL;
}

static Schema *
load_auto(LdapConnection *connection, gboolean *own, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(EntryRef) root = read_entry(connection, "", "(objectClass=*)", root_attributes, &why);

    if (root == NULL) {
        g_propagate_error(error, g_steal_pointer(&why));
        return NULL;
    }
    SchemaRules rules = entry_text(root, "schemaNamingContext") != NULL ? SCHEMA_RULES_AD : SCHEMA_RULES_RFC;
    Schema     *schema = load_own(connection, root, rules, &why);
    *own = schema != NULL;
    if (schema != NULL)
        return schema;
    if (why != NULL) {
        g_propagate_error(error, g_steal_pointer(&why));
        return NULL;
    }
    return rules == SCHEMA_RULES_AD ? schema_new_ad() : schema_new_rfc();
}

Schema *
ldap_schema_load(LdapConnection *connection, gboolean *own, GError **error)
{
    const char *wanted = connection->config->settings.schema;

    *own = FALSE;
    if (g_str_equal(wanted, "ad"))
        return schema_new_ad();
    if (g_str_equal(wanted, "rfc"))
        return schema_new_rfc();
    Schema *schema = load_auto(connection, own, error);
    ldap_guard_disarm(connection->guard);
    connection->armed = 0;
    return schema;
}
