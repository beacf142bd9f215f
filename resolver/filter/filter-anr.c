/* SPDX-License-Identifier: BSD-2-Clause
 * filter-anr.c - ambiguous name resolution: what `(anr=...)` stands for on Active Directory
 *
 * Owns:     nothing.
 * Promises: the expansion holds only assertions that are defined under the schema.
 * Threads:  any.
 *
 * MS-ADTS 3.1.1.3.1.3, "Ambiguous Name Resolution": `(anr=x)` is the OR of `(a=x*)` over all attributes a whose
 * searchFlags have fANR, but `(legacyExchangeDN=x)` is compared whole. `(anr==x)` compares all of them whole. A value
 * of several words is also cut at its first blank and tried as given name and surname, both ways round; the bits of
 * dSHeuristics that switch this off are not read here.
 */
#include "resolver/filter/filter-anr.h"

#include "rollcall/filter-leaf.h"

#include "resolver/filter/filter-node.h"

#include <string.h>

typedef struct {
    const Schema *schema;
    GPtrArray    *parts; /* of the OR */
    gboolean      is_whole;
} Expansion;

gboolean
anr_is_meant(const Filter *filter, const Schema *schema)
{
    return filter->attribute != NULL && schema_rules(schema) == SCHEMA_RULES_AD &&
           (g_ascii_strcasecmp(filter->attribute, "anr") == 0 || strcmp(filter->attribute, ANR_OID) == 0);
}

/* Adds `(attribute=value)` or `(attribute=value*)` to `parts`; TRUE if it is defined, else it is left out. */
static gboolean
add_name(const Expansion *expansion, GPtrArray *parts, const char *attribute, gboolean is_whole, const Value *value)
{
    Filter *node = filter_node_new(is_whole ? FILTER_EQUAL : FILTER_SUBSTRING, g_strdup(attribute));
    *(is_whole ? &node->value : &node->initial) = filter_value_copy(value->data, value->length);

    g_auto(Leaf) leaf = {.kind = LEAF_ALWAYS};
    gboolean is_defined = leaf_prepare(node, expansion->schema, &leaf, NULL);
    if (is_defined)
        g_ptr_array_add(parts, node);
    else
        filter_unref(node);
    return is_defined;
}

static void
collect_anr_type(const AttributeType *type, gpointer types)
{
    if ((type->flags & ATTRIBUTE_ANR) != 0)
        g_ptr_array_add(types, (gpointer)type);
}

static int
compare_types(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const AttributeType *const *)a)->key, (*(const AttributeType *const *)b)->key);
}

static void
add_all_names(const Expansion *expansion, const Value *value)
{
    g_autoptr(GPtrArray) types = g_ptr_array_new();
    schema_foreach(expansion->schema, collect_anr_type, types);
    g_ptr_array_sort(types, compare_types);
    for (guint i = 0; i < types->len; i++) {
        const AttributeType *type = g_ptr_array_index(types, i);
        gboolean             is_whole = expansion->is_whole || strcmp(type->key, "legacyexchangedn") == 0;
        add_name(expansion, expansion->parts, type->name, is_whole, value);
    }
}

static void
add_person(const Expansion *expansion, const Value *given_name, const Value *surname)
{
    g_autoptr(GPtrArray) both = filter_parts_new();
    if (add_name(expansion, both, "givenName", expansion->is_whole, given_name) &&
        add_name(expansion, both, "sn", expansion->is_whole, surname))
        g_ptr_array_add(expansion->parts, (gpointer)filter_node_composite(FILTER_AND, g_steal_pointer(&both)));
}

/* The value without blanks at both ends. */
static Value
trim(const char *data, gsize length)
{
    while (length > 0 && data[0] == ' ') {
        data++;
        length--;
    }
    while (length > 0 && data[length - 1] == ' ')
        length--;
    return (Value){data, length};
}

/* What is looked for. FALSE: not one of the forms that are documented (or that clients are known to send: a
 * needless asterisk at the end). */
static gboolean
anr_value(const Filter *filter, Value *value, gboolean *is_whole)
{
    *is_whole = FALSE;
    if (filter->kind == FILTER_SUBSTRING) {
        if (filter->initial.data == NULL || filter->n_any > 0 || filter->final.data != NULL)
            return FALSE;
        *value = trim(filter->initial.data, filter->initial.length);
        return value->length > 0;
    }
    if (filter->kind != FILTER_EQUAL && filter->kind != FILTER_APPROX)
        return FALSE;
    *is_whole = filter->value.length > 0 && filter->value.data[0] == '=';
    *value = trim(filter->value.data + *is_whole, filter->value.length - (gsize)*is_whole);
    return value->length > 0;
}

const Filter *
anr_expand(const Filter *filter, const Schema *schema, GError **error)
{
    Value     value;
    Expansion expansion = {.schema = schema};
    if (!anr_value(filter, &value, &expansion.is_whole)) {
        g_set_error_literal(error, SCHEMA_ERROR, SCHEMA_ERROR_UNDEFINED, "not a form that anr is documented for");
        return NULL;
    }
    expansion.parts = filter_parts_new();
    add_all_names(&expansion, &value);

    const char *blank = memchr(value.data, ' ', value.length);
    if (blank != NULL) {
        Value first = {value.data, (gsize)(blank - value.data)};
        Value rest = trim(blank, value.length - first.length);
        add_person(&expansion, &first, &rest);
        add_person(&expansion, &rest, &first);
    }
    return filter_node_composite(FILTER_OR, expansion.parts);
}
