/* SPDX-License-Identifier: BSD-2-Clause
 * image-model.h - a small directory kept in the simplest way, to compare an image with
 *
 * Owns:     its objects. Under AD rules links mean objects, under RFC rules they are names.
 * Promises: nothing clever: every DN is worked out when it is asked for.
 * Threads:  one.
 */
#pragma once

#include "resolver/directory/image/image.h"

#include <string.h>

typedef struct {
    const char *attribute;
    char       *text;   /* NULL: a link under AD rules */
    int         target; /* its object */
} ModelValue;

typedef struct {
    EntryId    id;
    gboolean   alive, is_container;
    int        parent; /* an object; -1: the top, which is no entry */
    char      *rdn;
    GPtrArray *values; /* of ModelValue, attribute by attribute */
} ModelObject;

typedef struct {
    SchemaRules rules;
    GPtrArray  *objects; /* of ModelObject */
    guint       n_names; /* given so far */
} Model;

static inline void
model_value_free(gpointer data)
{
    g_free(((ModelValue *)data)->text);
    g_free(data);
}

static inline void
model_object_free(gpointer data)
{
    ModelObject *object = data;
    g_free(object->rdn);
    g_ptr_array_unref(object->values);
    g_free(object);
}

static inline ModelObject *
model_object(const Model *model, int index)
{
    return g_ptr_array_index(model->objects, (guint)index);
}

static inline char *
model_dn(const Model *model, int index)
{
    GString *dn = g_string_new(NULL);

    for (; index >= 0; index = model_object(model, index)->parent)
        g_string_append_printf(dn, "%s,", model_object(model, index)->rdn);
    g_string_append(dn, "DC=example,DC=com");
    return g_string_free(dn, FALSE);
}

static inline gboolean
model_is_below(const Model *model, int index, int base)
{
    while (index >= 0 && index != base)
        index = model_object(model, index)->parent;
    return index == base;
}

static inline int
model_depth(const Model *model, int index)
{
    int depth = 0;
    for (; index >= 0; index = model_object(model, index)->parent)
        depth++;
    return depth;
}

static inline int
model_add_object(Model *model, int parent, gboolean is_container)
{
    ModelObject *object = g_new0(ModelObject, 1);

    object->alive = TRUE;
    object->is_container = is_container;
    object->parent = parent;
    object->rdn = g_strdup_printf(is_container ? "OU=Unit %u" : "CN=Name\\, %u", model->n_names++);
    object->values = g_ptr_array_new_with_free_func(model_value_free);
    for (guint i = 0; i < sizeof object->id.octets; i++)
        object->id.octets[i] = (guint8)g_test_rand_int_range(0, 256);
    g_ptr_array_add(model->objects, object);
    return (int)model->objects->len - 1;
}

/* Values as an entry shows them. Caller: g_free(). */
static inline char *
model_text(const Model *model, const ModelValue *value)
{
    return value->text != NULL ? g_strdup(value->text) : model_dn(model, value->target);
}

/* A value that is there already stays once. */
static inline void
model_add_value(Model *model, int index, const char *attribute, char *text, int target)
{
    ModelObject *object = model_object(model, index);
    ModelValue new = {.attribute = attribute, .text = text, .target = target};
    guint at = object->values->len;

    for (guint i = 0; i < object->values->len; i++) {
        const ModelValue *value = g_ptr_array_index(object->values, i);
        if (value->attribute != attribute)
            continue;
        if (g_strcmp0(value->text, text) == 0 && (text != NULL || value->target == target)) {
            g_free(text);
            return;
        }
        at = i + 1;
    }
    g_ptr_array_insert(object->values, (int)at, g_memdup2(&new, sizeof new));
}

static inline void
model_drop_values(Model *model, int index, const char *attribute)
{
    ModelObject *object = model_object(model, index);

    for (guint i = object->values->len; i > 0; i--)
        if (((ModelValue *)g_ptr_array_index(object->values, i - 1))->attribute == attribute)
            g_ptr_array_remove_index(object->values, i - 1);
}
