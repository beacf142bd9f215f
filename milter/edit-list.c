/* SPDX-License-Identifier: BSD-2-Clause
 * edit-list.c - every change to one message, as data
 *
 * Owns:     the texts of the changes; the plan stays the caller's.
 * Threads:  one at a time.
 */
#include "milter/edit-list.h"

#include "milter/auto-response.h"

#include <string.h>

static void
change_clear(gpointer data)
{
    HeaderChange *change = data;
    g_free(change->name);
    g_free(change->value);
}

static void
insertion_clear(gpointer data)
{
    HeaderInsertion *insertion = data;
    g_free(insertion->name);
    g_free(insertion->value);
}

static GArray *
list_of(gsize element_size, GDestroyNotify clear)
{
    GArray *list = g_array_new(FALSE, FALSE, (guint)element_size);
    g_array_set_clear_func(list, clear);
    return list;
}

/* Takes over `value`. */
static void
change(Edits *edits, const char *name, guint occurrence, char *value)
{
    HeaderChange one = {g_strdup(name), occurrence, value};
    if (edits->changes == NULL)
        edits->changes = list_of(sizeof one, change_clear);
    g_array_append_val(edits->changes, one);
}

void
edits_set_plan(Edits *edits, const Plan *plan, const char *hold_reason)
{
    const Treatment *treatment = &plan->treatment;
    edits->plan = plan;
    g_clear_pointer(&edits->sender, g_free);
    if (treatment->empty_sender)
        edits->sender = g_strdup("<>");
    else if (treatment->sender != NULL)
        edits->sender = g_strdup_printf("<%s>", address_text(treatment->sender));
    edits->hold = treatment->hold ? hold_reason : NULL;
}

void
edits_remove(Edits *edits, const char *name, guint occurrences)
{
    for (guint occurrence = occurrences; occurrence > 0; occurrence--)
        change(edits, name, occurrence, NULL);
}

void
edits_insert(Edits *edits, const char *name, const char *value)
{
    HeaderInsertion one = {g_strdup(name), g_strdup(value)};
    if (edits->insertions == NULL)
        edits->insertions = list_of(sizeof one, insertion_clear);
    g_array_append_val(edits->insertions, one);
}

void
edits_suppress_oof(Edits *edits, const char *const *values)
{
    gint32 every = AUTO_RESPONSE_ALL, any = AUTO_RESPONSE_OOF;
    guint  n = 0;
    for (; values != NULL && values[n] != NULL; n++) {
        gint32 set = auto_response_read(values[n]);
        every &= set;
        any |= set;
    }
    if (n == 0) {
        edits_insert(edits, OOF_HEADER, "OOF");
        return;
    }
    if ((every & AUTO_RESPONSE_OOF) != 0)
        return;
    for (guint occurrence = n; occurrence > 1; occurrence--)
        change(edits, OOF_HEADER, occurrence, NULL);
    change(edits, OOF_HEADER, 1, auto_response_text(any));
}

void
edits_clear(Edits *edits)
{
    g_clear_pointer(&edits->sender, g_free);
    g_clear_pointer(&edits->changes, g_array_unref);
    g_clear_pointer(&edits->insertions, g_array_unref);
    *edits = (Edits){0};
}
