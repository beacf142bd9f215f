/* SPDX-License-Identifier: BSD-2-Clause
 * definition.c - reads attributeTypes and objectClasses of a subschema subentry (RFC 4512 section 4.1)
 *
 * Owns:     nothing.
 * Promises: a definition that libldap cannot read leaves the builder as it was.
 * Threads:  one a builder.
 */
#include "resolver/schema/schema-private.h"

#include <ldap.h>
#include <ldap_schema.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LDAPAttributeType, ldap_attributetype_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LDAPObjectClass, ldap_objectclass_free)

static gboolean
unreadable(const char *what, const char *definition, const char *at, int code, GError **error)
{
    g_set_error(error, SCHEMA_ERROR, SCHEMA_ERROR_SYNTAX, "%s: position %u: %s", what,
                at != NULL ? (guint)(at - definition) : 0, ldap_scherr2str(code));
    return FALSE;
}

/* A definition without a name goes by its OID. */
static char **
names_of(char **names, const char *oid)
{
    const char *only[] = {oid, NULL};
    return g_strdupv(names != NULL && names[0] != NULL ? names : (char **)only);
}

gboolean
schema_builder_add_attribute_type(SchemaBuilder *builder, const char *definition, GError **error)
{
    int         code = 0;
    const char *at = NULL;
    g_autoptr(LDAPAttributeType) read = ldap_str2attributetype(definition, &code, &at, LDAP_SCHEMA_ALLOW_ALL);
    if (read == NULL || read->at_oid == NULL)
        return unreadable("attribute type", definition, at, code, error);

    AttributeDraft *draft = g_new(AttributeDraft, 1);
    *draft = (AttributeDraft){
        .names = names_of(read->at_names, read->at_oid),
        .type = g_new0(AttributeType, 1),
        .superior = g_strdup(read->at_sup_oid),
        .equality = g_strdup(read->at_equality_oid),
        .ordering = g_strdup(read->at_ordering_oid),
        .substring = g_strdup(read->at_substr_oid),
        .syntax = g_strdup(read->at_syntax_oid),
    };
    draft->type->oid = g_strdup(read->at_oid);
    draft->type->flags = read->at_single_value ? ATTRIBUTE_SINGLE : 0;
    schema_builder_take_attribute(builder, draft);
    return TRUE;
}

gboolean
schema_builder_add_object_class(SchemaBuilder *builder, const char *definition, GError **error)
{
    int         code = 0;
    const char *at = NULL;
    g_autoptr(LDAPObjectClass) read = ldap_str2objectclass(definition, &code, &at, LDAP_SCHEMA_ALLOW_ALL);
    if (read == NULL || read->oc_oid == NULL)
        return unreadable("object class", definition, at, code, error);

    ObjectClass *class = g_new0(ObjectClass, 1);
    class->names = names_of(read->oc_names, read->oc_oid);
    class->oid = g_strdup(read->oc_oid);
    class->superiors = g_strdupv(read->oc_sup_oids);
    schema_builder_take_class(builder, class);
    return TRUE;
}
