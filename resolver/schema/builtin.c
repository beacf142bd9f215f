/* SPDX-License-Identifier: BSD-2-Clause
 * builtin.c - the schemas that come with the program
 *
 * Owns: the tables. Promises: the same schema every time. Threads: any.
 *
 * tables.inc is made by tables.awk from the .tsv files of this folder (see local.mk).
 */
#include "resolver/schema/rules.h"
#include "resolver/schema/schema-private.h"

#include <string.h>

struct ad_attributes_row {
    const char *name, *oid, *syntax;
    int         om_syntax;
    gboolean    single;
    guint32     search_flags;
    gboolean    partial_set;
    int         link_id;
    guint32     system_flags;
};

struct ad_classes_row {
    const char *name, *oid, *superior, *category;
};

struct rfc_attributes_row {
    const char *names, *oid, *equality, *ordering, *substring, *syntax;
    gboolean    single;
};

struct rfc_classes_row {
    const char *names, *oid, *superiors;
};

#include "resolver/schema/tables.inc"

Schema *
schema_new_ad(void)
{
    SchemaBuilder *builder = schema_builder_new(SCHEMA_RULES_AD);
    for (gsize i = 0; i < G_N_ELEMENTS(ad_attributes); i++) {
        const struct ad_attributes_row *row = &ad_attributes[i];
        schema_builder_add_ad_attribute(builder, row->name, row->oid, row->syntax, row->om_syntax, row->single,
                                        row->search_flags, row->partial_set, row->link_id, row->system_flags);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(ad_classes); i++)
        schema_builder_add_ad_class(builder, ad_classes[i].name, ad_classes[i].oid, ad_classes[i].superior, NULL,
                                    ad_classes[i].category);
    return schema_builder_finish(builder);
}

static void
add_rfc_attribute(SchemaBuilder *builder, const struct rfc_attributes_row *row)
{
    AttributeDraft *draft = g_new(AttributeDraft, 1);
    *draft = (AttributeDraft){
        .names = g_strsplit(row->names, " ", -1),
        .type = g_new0(AttributeType, 1),
        .equality = g_strdup(row->equality),
        .ordering = g_strdup(row->ordering),
        .substring = g_strdup(row->substring),
        .syntax = g_strdup(row->syntax),
    };
    draft->type->oid = g_strdup(row->oid);
    draft->type->flags = row->single ? ATTRIBUTE_SINGLE : 0;
    schema_builder_take_attribute(builder, draft);
}

/* How AD's syntaxes are put into the schema of another server. */
static const struct {
    const char *ad_syntax, *equality, *ordering, *substring, *syntax;
} translations[] = {
    {"2.5.5.1", "distinguishedNameMatch", NULL, NULL, "12"},
    {"2.5.5.2", "objectIdentifierMatch", NULL, NULL, "38"},
    {"2.5.5.3", "caseExactMatch", "caseExactOrderingMatch", "caseExactSubstringsMatch", "15"},
    {"2.5.5.4", "caseIgnoreMatch", "caseIgnoreOrderingMatch", "caseIgnoreSubstringsMatch", "15"},
    {"2.5.5.5", "caseExactIA5Match", NULL, "caseExactIA5SubstringsMatch", "26"},
    {"2.5.5.6", "numericStringMatch", "numericStringOrderingMatch", "numericStringSubstringsMatch", "36"},
    {"2.5.5.7", "distinguishedNameMatch", NULL, NULL, "12"},
    {"2.5.5.8", "booleanMatch", NULL, NULL, "7"},
    {"2.5.5.9", "integerMatch", "integerOrderingMatch", NULL, "27"},
    {"2.5.5.10", "octetStringMatch", "octetStringOrderingMatch", NULL, "40"},
    {"2.5.5.11", "generalizedTimeMatch", "generalizedTimeOrderingMatch", NULL, "24"},
    {"2.5.5.12", "caseIgnoreMatch", "caseIgnoreOrderingMatch", "caseIgnoreSubstringsMatch", "15"},
    {"2.5.5.16", "integerMatch", "integerOrderingMatch", NULL, "27"},
    {"2.5.5.17", "octetStringMatch", "octetStringOrderingMatch", NULL, "40"},
};

/* An attribute of AD beside the RFC ones. */
static void
add_translated(SchemaBuilder *builder, const struct ad_attributes_row *row)
{
    for (gsize i = 0; i < G_N_ELEMENTS(translations); i++) {
        if (strcmp(row->syntax, translations[i].ad_syntax) != 0)
            continue;
        g_autofree char *syntax = g_strconcat("1.3.6.1.4.1.1466.115.121.1.", translations[i].syntax, NULL);
        add_rfc_attribute(builder, &(struct rfc_attributes_row){row->name, row->oid, translations[i].equality,
                                                                translations[i].ordering, translations[i].substring,
                                                                syntax, row->single});
    }
}

Schema *
schema_new_rfc(void)
{
    SchemaBuilder *builder = schema_builder_new(SCHEMA_RULES_RFC);
    for (gsize i = 0; i < G_N_ELEMENTS(rfc_attributes); i++)
        add_rfc_attribute(builder, &rfc_attributes[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(ad_attributes); i++)
        add_translated(builder, &ad_attributes[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(rfc_classes); i++) {
        const struct rfc_classes_row *row = &rfc_classes[i];
        ObjectClass *class = g_new0(ObjectClass, 1);
        class->names = g_strsplit(row->names, " ", -1);
        class->oid = g_strdup(row->oid);
        class->superiors = row->superiors != NULL ? g_strsplit(row->superiors, " ", -1) : NULL;
        schema_builder_take_class(builder, class);
    }
    return schema_builder_finish(builder);
}
