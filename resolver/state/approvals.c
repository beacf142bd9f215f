/* SPDX-License-Identifier: BSD-2-Clause
 * approvals.c - which groups' mail passes the guard, and who is using that
 *
 * Owns:     the approvals.
 * Promises: one for one message is handed out once; it comes back only from whoever has it.
 * Threads:  one at a time: the state's lock is held.
 */
#include "resolver/state/approvals.h"

#include <string.h>

struct Approvals {
    GHashTable *table; /* identity -> StateApproval, which owns it */
};

void
state_approval_free(StateApproval *approval)
{
    if (approval == NULL)
        return;
    g_free(approval->group);
    g_free(approval->name);
    g_free(approval->by);
    g_free(approval);
}

StateApproval *
approval_copy(const StateApproval *approval)
{
    StateApproval *copy = g_new(StateApproval, 1);

    *copy = *approval;
    copy->group = g_strdup(approval->group);
    copy->name = g_strdup(approval->name);
    copy->by = g_strdup(approval->by);
    return copy;
}

Approvals *
approvals_new(void)
{
    Approvals *approvals = g_new0(Approvals, 1);

    approvals->table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)state_approval_free);
    return approvals;
}

void
approvals_free(Approvals *approvals)
{
    g_hash_table_unref(approvals->table);
    g_free(approvals);
}

void
approvals_put(Approvals *approvals, StateApproval *approval)
{
    g_hash_table_replace(approvals->table, approval->group, approval);
}

gboolean
approvals_remove(Approvals *approvals, const char *group)
{
    return g_hash_table_remove(approvals->table, group);
}

static gboolean
is_over(const StateApproval *approval, gint64 now)
{
    return approval->until != 0 && approval->until <= now;
}

const StateApproval *
approvals_get(const Approvals *approvals, const char *group, gint64 now)
{
    const StateApproval *approval = g_hash_table_lookup(approvals->table, group);
    return approval == NULL || is_over(approval, now) ? NULL : approval;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    const StateApproval *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

GPtrArray *
approvals_list(const Approvals *approvals, gint64 now)
{
    GPtrArray     *list = g_ptr_array_new_with_free_func((GDestroyNotify)state_approval_free);
    GHashTableIter iter;
    gpointer       value;

    g_hash_table_iter_init(&iter, approvals->table);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        if (!is_over(value, now))
            g_ptr_array_add(list, approval_copy(value));
    g_ptr_array_sort(list, compare_names);
    return list;
}

gboolean
approvals_claim(Approvals *approvals, const char *group, gint64 now, StateApproval **claimed)
{
    const StateApproval *approval = approvals_get(approvals, group, now);
    gpointer             taken = NULL;

    if (approval == NULL)
        return FALSE;
    if (approval->until == 0)
        g_hash_table_steal_extended(approvals->table, group, NULL, &taken);
    *claimed = taken;
    return TRUE;
}

void
approvals_give_back(Approvals *approvals, StateApproval *claimed)
{
    if (g_hash_table_contains(approvals->table, claimed->group))
        state_approval_free(claimed);
    else
        approvals_put(approvals, claimed);
}
