/* SPDX-License-Identifier: BSD-2-Clause
 * filter-widen.c - a filter in which the presence of some attributes is no longer the only way
 *
 * Owns:     nothing.
 * Promises: linear; what does not change is shared, not copied; what was selected stays selected.
 * Threads:  any.
 */
#include "resolver/filter/filter-node.h"

typedef struct {
    const char *const *attributes;
    const Filter      *more;
} Widening;

static const char *
named(const char *attribute, const char *const *attributes)
{
    for (; *attributes != NULL; attributes++)
        if (g_ascii_strcasecmp(attribute, *attributes) == 0)
            return *attributes;
    return NULL;
}

/* `wanted`: the filter is below an even number of NOTs, so that more of it true means more of the whole true. */
static const char *
find_test(const Filter *filter, const char *const *attributes, gboolean wanted)
{
    if (filter->kind == FILTER_PRESENT)
        return wanted ? named(filter->attribute, attributes) : NULL;
    for (guint i = 0; i < filter->n_parts; i++) {
        const char *found = find_test(filter->parts[i], attributes, wanted != (filter->kind == FILTER_NOT));
        if (found != NULL)
            return found;
    }
    return NULL;
}

const char *
filter_tests_presence(const Filter *filter, const char *const *attributes)
{
    return find_test(filter, attributes, TRUE);
}

static const Filter *
widen_test(const Widening *widening, const Filter *test)
{
    const Filter *either[] = {filter_ref(test), filter_ref(widening->more)};
    return filter_new_composite(FILTER_OR, either, G_N_ELEMENTS(either));
}

static const Filter *
widen(const Widening *widening, const Filter *filter, gboolean wanted)
{
    if (filter->kind == FILTER_PRESENT && wanted && named(filter->attribute, widening->attributes) != NULL)
        return widen_test(widening, filter);
    if (filter->n_parts == 0)
        return filter_ref(filter);

    GPtrArray *parts = filter_parts_new();
    gboolean   changed = FALSE;
    for (guint i = 0; i < filter->n_parts; i++) {
        const Filter *part = widen(widening, filter->parts[i], wanted != (filter->kind == FILTER_NOT));
        changed |= part != filter->parts[i];
        g_ptr_array_add(parts, (gpointer)part);
    }
    if (changed)
        return filter_node_composite(filter->kind, parts);
    g_ptr_array_unref(parts);
    return filter_ref(filter);
}

const Filter *
filter_widen_presence(const Filter *filter, const char *const *attributes, const Filter *more)
{
    const Widening widening = {attributes, more};
    return widen(&widening, filter, TRUE);
}
