/* SPDX-License-Identifier: BSD-2-Clause
 * schema-octets.c - a schema as octets, so that what follows it can be read again without the server that it is of
 *
 * Owns:     nothing beyond the call.
 * Promises: the same schema gives the same octets, in whichever order its parts were added; octets of any kind give a
 * schema or nothing. Threads:  any.
 */
#include "resolver/schema/schema-struct.h"

#include <string.h>

#define ATTRIBUTE_FORMAT "(asmsuuuui)"
#define CLASS_FORMAT "(asmsasms)"
#define SCHEMA_FORMAT "(ua" ATTRIBUTE_FORMAT "a" CLASS_FORMAT ")"

static int
compare_drafts(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const AttributeDraft *const *)a)->names[0], (*(const AttributeDraft *const *)b)->names[0]);
}

static int
compare_classes(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const ObjectClass *const *)a)->names[0], (*(const ObjectClass *const *)b)->names[0]);
}

static GPtrArray *
sorted(const GPtrArray *list, GCompareFunc compare)
{
    GPtrArray *copy = g_ptr_array_new();

    for (guint i = 0; i < list->len; i++)
        g_ptr_array_add(copy, g_ptr_array_index(list, i));
    g_ptr_array_sort(copy, compare);
    return copy;
}

static GVariant *
attributes_of(const Schema *schema)
{
    GVariantBuilder list;
    g_autoptr(GPtrArray) drafts = sorted(schema->drafts, compare_drafts);

    g_variant_builder_init(&list, G_VARIANT_TYPE("a" ATTRIBUTE_FORMAT));
    for (guint i = 0; i < drafts->len; i++) {
        const AttributeDraft *draft = g_ptr_array_index(drafts, i);
        const AttributeType  *type = draft->type;
        g_variant_builder_add(&list, "(^asmsuuuui)", draft->names, type->oid, type->equality, type->ordering,
                              type->substring, type->flags, type->link_id);
    }
    return g_variant_builder_end(&list);
}

static GVariant *
classes_of(const Schema *schema)
{
    static const char *const none[] = {NULL};
    GVariantBuilder          list;
    g_autoptr(GPtrArray) classes = sorted(schema->class_list, compare_classes);

    g_variant_builder_init(&list, G_VARIANT_TYPE("a" CLASS_FORMAT));
    for (guint i = 0; i < classes->len; i++) {
        const ObjectClass *class = g_ptr_array_index(classes, i);
        g_variant_builder_add(&list, "(^asms^asms)", class->names, class->oid,
                              class->superiors != NULL ? (const char *const *)class->superiors : none, class->category);
    }
    return g_variant_builder_end(&list);
}

GBytes *
schema_to_octets(const Schema *schema)
{
    GVariant *value = g_variant_new("(u@a" ATTRIBUTE_FORMAT "@a" CLASS_FORMAT ")", schema->rules, attributes_of(schema),
                                    classes_of(schema));
    g_variant_ref_sink(value);
    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
        GVariant *swapped = g_variant_byteswap(value);
        g_variant_unref(value);
        value = swapped;
    }
    GBytes *octets = g_variant_get_data_as_bytes(value);
    g_variant_unref(value);
    return octets;
}

/* ---- back ---- */

static gboolean
take_attributes(SchemaBuilder *builder, GVariant *list)
{
    GVariantIter iter;
    char       **names, *oid;
    guint32      equality, ordering, substring, flags;
    gint32       link_id;

    g_variant_iter_init(&iter, list);
    while (
        g_variant_iter_next(&iter, "(^asmsuuuui)", &names, &oid, &equality, &ordering, &substring, &flags, &link_id)) {
        if (*names == NULL || equality > RULE_UUID_TEXT || ordering > RULE_UUID_TEXT || substring > RULE_UUID_TEXT) {
            g_strfreev(names);
            g_free(oid);
            return FALSE;
        }
        AttributeDraft *draft = g_new0(AttributeDraft, 1);
        draft->names = names;
        draft->type = g_new(AttributeType, 1);
        *draft->type = (AttributeType){
            .oid = oid,
            .equality = (Rule)equality,
            .ordering = (Rule)ordering,
            .substring = (Rule)substring,
            .flags = (AttributeFlags)flags,
            .link_id = link_id,
        };
        schema_builder_take_attribute(builder, draft);
    }
    return TRUE;
}

static gboolean
take_classes(SchemaBuilder *builder, GVariant *list)
{
    GVariantIter iter;
    char       **names, *oid, **superiors, *category;

    g_variant_iter_init(&iter, list);
    while (g_variant_iter_next(&iter, "(^asms^asms)", &names, &oid, &superiors, &category)) {
        ObjectClass *class = g_new0(ObjectClass, 1);
        *class = (ObjectClass){.names = names, .oid = oid, .superiors = superiors, .category = category};
        if (*names == NULL) {
            g_strfreev(names);
            g_strfreev(superiors);
            g_free(oid);
            g_free(category);
            g_free(class);
            return FALSE;
        }
        schema_builder_take_class(builder, class);
    }
    return TRUE;
}

static Schema *
from_value(GVariant *value)
{
    guint32 rules;
    g_autoptr(GVariant) attributes = NULL;
    g_autoptr(GVariant) classes = NULL;

    g_variant_get(value, "(u@a" ATTRIBUTE_FORMAT "@a" CLASS_FORMAT ")", &rules, &attributes, &classes);
    if (rules > SCHEMA_RULES_RFC)
        return NULL;
    SchemaBuilder *builder = schema_builder_new((SchemaRules)rules);
    if (take_attributes(builder, attributes) && take_classes(builder, classes))
        return schema_builder_finish(builder);
    schema_builder_free(builder);
    return NULL;
}

Schema *
schema_from_octets(GBytes *octets)
{
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(SCHEMA_FORMAT), octets, FALSE));

    if (!g_variant_is_normal_form(value))
        return NULL;
    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
        GVariant *swapped = g_variant_byteswap(value);
        g_variant_unref(value);
        value = swapped;
    }
    return from_value(value);
}
