/* SPDX-License-Identifier: BSD-2-Clause
 * schema-builder.c - puts a schema together
 *
 * Owns:     the schema until it is finished.
 * Promises: of two definitions under one name the first counts; rules are inherited from SUP, wherever it stands.
 * Threads:  one.
 */
#include "resolver/schema/rules.h"
#include "resolver/schema/schema-struct.h"

#include <string.h>

/* Chains of SUP are two or three long; a server's may be circular. */
enum { MAX_DEPTH = 64 };
/* Class hierarchies are a handful deep; a server's may be circular, and branch. */
enum { MAX_ANCESTORS = 1000 };

static void
draft_free(gpointer data)
{
    AttributeDraft *draft = data;
    g_strfreev(draft->names);
    g_free((char *)draft->type->oid);
    g_free(draft->type);
    g_free(draft->superior);
    g_free(draft->equality);
    g_free(draft->ordering);
    g_free(draft->substring);
    g_free(draft->syntax);
    g_free(draft);
}

static void
class_free(gpointer data)
{
    ObjectClass *class = data;
    g_strfreev(class->names);
    g_free(class->oid);
    g_strfreev(class->superiors);
    g_free(class->above);
    g_free(class->category);
    g_clear_pointer(&class->family, g_hash_table_unref);
    g_free(class);
}

SchemaBuilder *
schema_builder_new(SchemaRules rules)
{
    SchemaBuilder *builder = g_new(SchemaBuilder, 1);
    builder->schema = g_new(Schema, 1);
    *builder->schema = (Schema){
        .reference_count = 1,
        .rules = rules,
        .drafts = g_ptr_array_new_with_free_func(draft_free),
        .attributes = g_hash_table_new(schema_name_hash, schema_name_equal),
        .class_list = g_ptr_array_new_with_free_func(class_free),
        .classes = g_hash_table_new(schema_name_hash, schema_name_equal),
    };
    return builder;
}

void
schema_builder_free(SchemaBuilder *builder)
{
    if (builder == NULL)
        return;
    schema_unref(builder->schema);
    g_free(builder);
}

static void
index_name(GHashTable *index, const char *name, gpointer what)
{
    if (name != NULL && !g_hash_table_contains(index, name))
        g_hash_table_insert(index, (gpointer)name, what);
}

void
schema_builder_take_attribute(SchemaBuilder *builder, AttributeDraft *draft)
{
    Schema *schema = builder->schema;
    if (g_hash_table_contains(schema->attributes, draft->names[0])) {
        draft_free(draft);
        return;
    }
    draft->type->name = draft->names[0];
    draft->type->key = schema_attribute_key(draft->names[0]);
    g_ptr_array_add(schema->drafts, draft);
    for (char **name = draft->names; *name != NULL; name++)
        index_name(schema->attributes, *name, draft->type);
    index_name(schema->attributes, draft->type->oid, draft->type);
}

void
schema_builder_take_class(SchemaBuilder *builder, ObjectClass *class)
{
    Schema *schema = builder->schema;
    if (g_hash_table_contains(schema->classes, class->names[0])) {
        class_free(class);
        return;
    }
    g_ptr_array_add(schema->class_list, class);
    for (char **name = class->names; *name != NULL; name++)
        index_name(schema->classes, *name, class);
    index_name(schema->classes, class->oid, class);
}

static char **
one_name(const char *name)
{
    const char *names[] = {name, NULL};
    return g_strdupv((char **)names);
}

/* MS-ADTS 3.1.1.3.1.3.1: the presence of these is true for every object. */
static AttributeFlags
always_present(const char *name)
{
    static const char *const names[] = {"name", "objectGUID", "distinguishedName", "objectClass"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(name, names[i]) == 0)
            return ATTRIBUTE_ALWAYS;
    return 0;
}

void
schema_builder_add_ad_attribute(SchemaBuilder *builder, const char *name, const char *oid, const char *attribute_syntax,
                                int om_syntax, gboolean single, guint32 search_flags, gboolean partial_set, int link_id,
                                guint32 system_flags)
{
    RuleSet         rules = rules_of_ad_syntax(name, attribute_syntax, om_syntax);
    AttributeFlags  link = link_id <= 0 ? 0 : link_id % 2 == 0 ? ATTRIBUTE_LINK : ATTRIBUTE_BACK_LINK;
    AttributeDraft *draft = g_new0(AttributeDraft, 1);

    draft->names = one_name(name);
    draft->type = g_new(AttributeType, 1);
    *draft->type = (AttributeType){
        .oid = g_strdup(oid),
        .equality = rules.equality,
        .ordering = rules.ordering,
        .substring = rules.substring,
        .flags = rules.flags | link | always_present(name) | (single ? ATTRIBUTE_SINGLE : 0) |
                 (partial_set ? ATTRIBUTE_PARTIAL_SET : 0) | (system_flags & 0x4 ? ATTRIBUTE_CONSTRUCTED : 0) |
                 (system_flags & 0x1 ? ATTRIBUTE_LOCAL : 0) | (search_flags & 0x80 ? ATTRIBUTE_CONFIDENTIAL : 0) |
                 (search_flags & 0x4 ? ATTRIBUTE_ANR : 0),
        .link_id = link_id,
    };
    schema_builder_take_attribute(builder, draft);
}

/* Auxiliary classes are not kept: an object's objectClass in AD lists its structural class with what that inherits
 * from, and the auxiliary classes added to the object itself, not those its class includes (MS-ADTS 3.1.1.2.4.2); so
 * they make no object match. */
void
schema_builder_add_ad_class(SchemaBuilder *builder, const char *name, const char *oid, const char *sub_class_of,
                            G_GNUC_UNUSED const char *const *auxiliary, const char *category)
{
    ObjectClass *class = g_new(ObjectClass, 1);
    *class = (ObjectClass){
        .names = one_name(name),
        .oid = g_strdup(oid),
        .superiors = one_name(sub_class_of),
        .category = g_strdup(category != NULL ? category : name),
    };
    schema_builder_take_class(builder, class);
}

static const AttributeDraft *
find_draft(const GHashTable *drafts, const char *name)
{
    return name != NULL ? g_hash_table_lookup((GHashTable *)drafts, name) : NULL;
}

/* The rule that the draft names for one use, or the nearest of its superiors does (RFC 4512 section 2.5.1). */
static Rule
inherited_rule(const GHashTable *drafts, const AttributeDraft *draft, RuleUse use)
{
    for (guint depth = 0; draft != NULL && depth < MAX_DEPTH; depth++) {
        const char *name = use == RULE_FOR_EQUALITY   ? draft->equality
                           : use == RULE_FOR_ORDERING ? draft->ordering
                                                      : draft->substring;
        if (name != NULL)
            return rule_by_name(name, use);
        draft = find_draft(drafts, draft->superior);
    }
    return RULE_NONE;
}

static gboolean
inherited_is_ascii(const GHashTable *drafts, const AttributeDraft *draft)
{
    for (guint depth = 0; draft != NULL && depth < MAX_DEPTH; depth++) {
        if (draft->syntax != NULL)
            return rules_syntax_is_ascii(draft->syntax);
        draft = find_draft(drafts, draft->superior);
    }
    return FALSE;
}

static void
resolve(const GHashTable *drafts, AttributeDraft *draft)
{
    AttributeType *type = draft->type;
    type->equality = inherited_rule(drafts, draft, RULE_FOR_EQUALITY);
    type->ordering = inherited_rule(drafts, draft, RULE_FOR_ORDERING);
    type->substring = inherited_rule(drafts, draft, RULE_FOR_SUBSTRING);
    if (inherited_is_ascii(drafts, draft))
        type->flags |= ATTRIBUTE_ASCII;
    if (strcmp(type->key, "objectclass") == 0 || strcmp(type->key, "structuralobjectclass") == 0)
        type->equality = RULE_OID;
    if (strcmp(type->key, "objectclass") == 0)
        type->flags |= ATTRIBUTE_ALWAYS; /* RFC 4512 section 2.4.1: every entry has it */
}

/* RFC 4512 section 2.5.1. */
static void
mark_supertypes(const GHashTable *drafts, const AttributeDraft *draft)
{
    for (guint depth = 0; draft != NULL && draft->superior != NULL && depth < MAX_DEPTH; depth++) {
        draft = find_draft(drafts, draft->superior);
        if (draft != NULL)
            draft->type->flags |= ATTRIBUTE_SUPERTYPE;
    }
}

/* AD's top is a subclass of itself; that would be followed to the limit by every question about inheritance. */
static void
resolve_superiors(const Schema *schema, ObjectClass *class)
{
    guint n_superiors = class->superiors != NULL ? g_strv_length(class->superiors) : 0;
    guint n_above = 0;

    class->above = g_new0(const ObjectClass *, n_superiors + 1);
    for (guint i = 0; i < n_superiors; i++) {
        const ObjectClass *superior = schema_class(schema, class->superiors[i]);
        if (superior != NULL && superior != class)
            class->above[n_above++] = superior;
    }
}

static void
add_to_family(GHashTable *family, const ObjectClass *class)
{
    for (char **name = class->names; *name != NULL; name++)
        g_hash_table_add(family, *name);
    if (class->oid != NULL)
        g_hash_table_add(family, class->oid);
}

/* To its own family, and to that of each class above it. */
static void
join_families(const ObjectClass *class)
{
    g_autoptr(GPtrArray) ancestors = g_ptr_array_new();

    g_ptr_array_add(ancestors, (gpointer) class);
    for (guint i = 0; i < ancestors->len; i++) {
        const ObjectClass *ancestor = g_ptr_array_index(ancestors, i);
        add_to_family(ancestor->family, class);
        for (const ObjectClass **above = ancestor->above; *above != NULL && ancestors->len < MAX_ANCESTORS; above++)
            if (!g_ptr_array_find(ancestors, *above, NULL))
                g_ptr_array_add(ancestors, (gpointer)*above);
    }
}

static void
resolve_classes(const Schema *schema)
{
    const GPtrArray *list = schema->class_list;

    for (guint i = 0; i < list->len; i++) {
        ObjectClass *class = g_ptr_array_index(list, i);
        class->family = g_hash_table_new(schema_name_hash, schema_name_equal);
        resolve_superiors(schema, class);
    }
    for (guint i = 0; i < list->len; i++)
        join_families(g_ptr_array_index(list, i));
}

Schema *
schema_builder_finish(SchemaBuilder *builder)
{
    g_autoptr(GHashTable) drafts = g_hash_table_new(schema_name_hash, schema_name_equal);
    GPtrArray *list = builder->schema->drafts;
    for (guint i = 0; i < list->len; i++) {
        AttributeDraft *draft = g_ptr_array_index(list, i);
        for (char **name = draft->names; *name != NULL; name++)
            index_name(drafts, *name, draft);
        index_name(drafts, draft->type->oid, draft);
    }
    for (guint i = 0; i < list->len; i++) {
        AttributeDraft *draft = g_ptr_array_index(list, i);
        if (draft->syntax != NULL || draft->superior != NULL || draft->equality != NULL)
            resolve(drafts, draft);
        mark_supertypes(drafts, draft);
    }
    resolve_classes(builder->schema);
    Schema *schema = g_steal_pointer(&builder->schema);
    schema_builder_free(builder);
    return schema;
}
