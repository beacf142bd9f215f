/* SPDX-License-Identifier: BSD-2-Clause
 * plan.c - the edits to one message, worked out completely before the first of them is made
 *
 * Owns:     the arrays of a plan.
 * Promises: MTAs' own duplicate filters are never relied on: Postfix compares the ORCPT too and forgets after 1000
 *           recipients, so it would deliver twice.
 * Threads:  any; a plan belongs to one.
 */
#include "milter/plan.h"

#include <stdlib.h>
#include <string.h>

/* Who is a recipient already: by address, the place among the additions plus one, or NULL for one the client named. */
typedef GHashTable Known;

typedef struct {
    gsize groups, plain;
    gsize members; /* of all groups together, duplicates counted */
} Count;

static Count
count_recipients(const PlanRecipient *recipients, gsize n)
{
    Count count = {0};
    for (gsize i = 0; i < n; i++) {
        if (!recipients[i].expanded) {
            count.plain++;
            continue;
        }
        count.groups++;
        count.members += recipients[i].n_members;
    }
    return count;
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Postfix compares what we delete with what the client wrote, case of the domain included: so each spelling. */
static void
plan_deletions(Plan *plan, const PlanRecipient *recipients, gsize n, gsize n_groups)
{
    plan->deletions = g_new(const char *, n_groups);
    gsize found = 0;
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].expanded)
            plan->deletions[found++] = recipients[i].argument;
    }
    if (found == 0)
        return;
    qsort(plan->deletions, found, sizeof *plan->deletions, compare_texts);
    for (gsize i = 0; i < found; i++) {
        if (i == 0 || strcmp(plan->deletions[i], plan->deletions[i - 1]) != 0)
            plan->deletions[plan->n_deletions++] = plan->deletions[i];
    }
}

/* NULL where nobody can be a duplicate: one group, whose roster has none of its own, and nobody beside it. */
static Known *
known_new(const PlanRecipient *recipients, gsize n, const Count *count)
{
    if (count->groups <= 1 && count->plain == 0)
        return NULL;
    Known *known = g_hash_table_new(address_hash, address_equal);
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].expanded)
            continue;
        if (recipients[i].address != NULL)
            g_hash_table_insert(known, (gpointer)recipients[i].address, NULL);
        if (recipients[i].route != NULL)
            g_hash_table_insert(known, (gpointer)recipients[i].route, NULL);
    }
    return known;
}

static gboolean
is_known(Plan *plan, Known *known, const Address *route, Notify notify)
{
    gpointer place = NULL;
    if (known == NULL || !g_hash_table_lookup_extended(known, route, NULL, &place))
        return FALSE;
    if (place != NULL) {
        PlanAddition *addition = &plan->additions[GPOINTER_TO_SIZE(place) - 1];
        addition->notify = notify_union(addition->notify, notify);
    }
    return TRUE;
}

static void
plan_members(Plan *plan, Known *known, const PlanRecipient *group, gboolean remember, gsize *fresh)
{
    for (gsize i = 0; i < group->n_members; i++) {
        const Address *route = group->members[i].route;
        if (is_known(plan, known, route, group->notify))
            continue;
        plan->additions[plan->n_additions++] = (PlanAddition){route, group->notify, NULL};
        (*fresh)++;
        if (remember)
            g_hash_table_insert(known, (gpointer)route, GSIZE_TO_POINTER(plan->n_additions));
    }
}

gboolean
treatment_equal(const Treatment *a, const Treatment *b)
{
    if (a->empty_sender != b->empty_sender || a->suppress_oof != b->suppress_oof || a->hold != b->hold)
        return FALSE;
    return a->sender == b->sender || (a->sender != NULL && b->sender != NULL && address_equal(a->sender, b->sender));
}

Plan *
plan_new(const PlanRecipient *recipients, gsize n_recipients)
{
    Plan *plan = g_new0(Plan, 1);
    Count count = count_recipients(recipients, n_recipients);
    plan_deletions(plan, recipients, n_recipients, count.groups);

    Known *known = known_new(recipients, n_recipients, &count);
    plan->fresh = g_new0(gsize, n_recipients);
    plan->additions = g_new(PlanAddition, count.members);
    for (gsize i = 0; i < n_recipients; i++) {
        if (recipients[i].expanded)
            plan_members(plan, known, &recipients[i], count.groups > 1, &plan->fresh[i]);
    }
    g_clear_pointer(&known, g_hash_table_unref);
    plan->nobody = count.plain == 0 && plan->n_additions == 0;
    return plan;
}

void
plan_free(Plan *plan)
{
    g_free(plan->deletions);
    g_free(plan->additions);
    g_free(plan->fresh);
    g_free(plan);
}
