/* SPDX-License-Identifier: BSD-2-Clause
 * schema-struct.h - the structure of a schema, for schema.c and schema-builder.c
 */
#pragma once

#include "resolver/schema/schema-private.h"

struct Schema {
    int         reference_count;
    SchemaRules rules;
    GPtrArray  *drafts;     /* AttributeDraft, in the order they were added */
    GHashTable *attributes; /* name or OID -> AttributeType */
    GPtrArray  *class_list; /* ObjectClass */
    GHashTable *classes;    /* name or OID -> ObjectClass */
};

struct SchemaBuilder {
    Schema *schema;
};
