/* SPDX-License-Identifier: BSD-2-Clause
 * schema-private.h - what the files of this folder know of a schema
 */
#pragma once

#include "rollcall/schema.h"

typedef struct ObjectClass ObjectClass;
struct ObjectClass {
    char              **names; /* the first is the name, the others stand for it */
    char               *oid;   /* NULL if not known */
    char              **superiors;
    const ObjectClass **above;    /* the superiors that are known, without the class itself; NULL-terminated */
    char               *category; /* RDN value of the default object category, NULL outside AD */
    GHashTable         *family;   /* set of all names and OIDs of the class and of those that inherit from it, without
                                     regard to case; the keys are the schema's */
};

/* NULL: unknown. */
const ObjectClass *schema_class(const Schema *schema, const char *name_or_oid);

guint    schema_name_hash(gconstpointer name);
gboolean schema_name_equal(gconstpointer a, gconstpointer b);

/* An attribute type as it is added; rules that are names are looked up, and inherited, when the builder finishes. */
typedef struct {
    char         **names;
    AttributeType *type;
    char          *superior, *equality, *ordering, *substring, *syntax; /* NULL: none */
} AttributeDraft;

/* Takes over the draft's strings and type. */
void schema_builder_take_attribute(SchemaBuilder *builder, AttributeDraft *draft);
void schema_builder_take_class(SchemaBuilder *builder, ObjectClass *class);
