/* SPDX-License-Identifier: BSD-2-Clause
 * plan.c - the edits to one message, worked out completely before the first of them is made
 *
 * Owns:     the arrays of a plan.
 * Promises: MTAs' own duplicate filters are never relied on: Postfix compares the ORCPT too and forgets after 1000
 *           recipients, so it would deliver twice.
 * Threads:  any; a plan belongs to one.
 */
#include "milter/plan.h"

#include "milter/orcpt.h"

#include <stdlib.h>
#include <string.h>

/* ---- who shares the message ---- */

gboolean
treatment_equal(const Treatment *a, const Treatment *b)
{
    if (a->empty_sender != b->empty_sender || a->suppress_oof != b->suppress_oof || a->hold != b->hold)
        return FALSE;
    return a->sender == b->sender || (a->sender != NULL && b->sender != NULL && address_equal(a->sender, b->sender));
}

gboolean
treatment_is_none(const Treatment *treatment)
{
    static const Treatment none = {0};
    return treatment_equal(treatment, &none);
}

static gsize
count_refused(const PlanRecipient *recipients, gsize n)
{
    gsize refused = 0;
    for (gsize i = 0; i < n; i++)
        refused += recipients[i].refused ? 1 : 0;
    return refused;
}

/* Without anybody who would get it, a treatment is nobody's. */
static gboolean
needs_a_copy(const PlanRecipient *recipient)
{
    return !recipient->expanded || recipient->n_members > 0;
}

/* What all agree on, or NULL. */
static const Treatment *
common_treatment(const PlanRecipient *recipients, gsize n)
{
    static const Treatment none = {0};
    const Treatment       *common = NULL;
    for (gsize i = 0; i < n; i++) {
        if (!needs_a_copy(&recipients[i]))
            continue;
        if (common != NULL && !treatment_equal(common, &recipients[i].treatment))
            return NULL;
        common = &recipients[i].treatment;
    }
    return common != NULL ? common : &none;
}

static gboolean
cannot_share(const PlanRecipient *recipient)
{
    return recipient->refused || (needs_a_copy(recipient) && !treatment_is_none(&recipient->treatment));
}

/* FALSE: nothing is to be edited, and the plan says why. */
static gboolean
choose_splits(Plan *plan, const PlanRecipient *recipients, gsize n)
{
    gsize            n_refused = count_refused(recipients, n);
    const Treatment *common = n_refused == 0 ? common_treatment(recipients, n) : NULL;
    plan->refused = n > 0 && n_refused == n;
    if (common != NULL)
        plan->treatment = *common;
    if (common != NULL || plan->refused)
        return !plan->refused;
    for (gsize i = 0; i < n; i++) {
        plan->split[i] = cannot_share(&recipients[i]);
        if (plan->split[i] && (!recipients[i].expanded || recipients[i].split_address == NULL))
            plan->conflict = TRUE;
    }
    return !plan->conflict;
}

/* ---- who goes ---- */

typedef struct {
    gsize groups, plain, splits;
    gsize members; /* of all groups that share the message, duplicates counted */
} Count;

static Count
count_recipients(const Plan *plan, const PlanRecipient *recipients, gsize n)
{
    Count count = {0};
    for (gsize i = 0; i < n; i++) {
        if (!recipients[i].expanded) {
            count.plain++;
            continue;
        }
        count.groups++;
        if (plan->split[i])
            count.splits++;
        else
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

/* ---- who comes ---- */

/* Who is a recipient already. */
typedef struct {
    /* By address: the place among the additions plus one, or NULL for one the client named. No table where nobody can
     * be a duplicate: one group, whose roster has none of its own, and nobody beside it. */
    GHashTable *places;
    gboolean    grows; /* another group may bring the same member: additions must be entered */
} Known;

static Known
known_new(const PlanRecipient *recipients, gsize n, const Count *count)
{
    Known known = {.grows = count->groups > 1};
    if (count->groups <= 1 && count->plain == 0)
        return known;
    known.places = g_hash_table_new(address_hash, address_equal);
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].expanded)
            continue;
        if (recipients[i].address != NULL)
            g_hash_table_insert(known.places, (gpointer)recipients[i].address, NULL);
        if (recipients[i].route != NULL)
            g_hash_table_insert(known.places, (gpointer)recipients[i].route, NULL);
    }
    return known;
}

/* `place`: of the addition that brought the address, plus one; 0 if the client named it itself. */
static gboolean
is_known(const Known *known, const Address *address, gsize *place)
{
    gpointer found = NULL;
    if (known->places == NULL || !g_hash_table_lookup_extended(known->places, address, NULL, &found))
        return FALSE;
    *place = GPOINTER_TO_SIZE(found);
    return TRUE;
}

/* TRUE: the addition brought somebody new. */
static gboolean
plan_addition(Plan *plan, const Known *known, const PlanAddition *addition)
{
    gsize place = 0;
    if (!is_known(known, addition->address, &place)) {
        plan->additions[plan->n_additions++] = *addition;
        if (known->grows)
            g_hash_table_insert(known->places, (gpointer)addition->address, GSIZE_TO_POINTER(plan->n_additions));
        return TRUE;
    }
    if (place == 0)
        return FALSE;
    PlanAddition *earlier = &plan->additions[place - 1];
    earlier->notify = notify_union(earlier->notify, addition->notify);
    if (earlier->orcpt == NULL)
        earlier->orcpt = addition->orcpt;
    return FALSE;
}

static void
plan_members(Plan *plan, const Known *known, const PlanRecipient *group, gsize *fresh)
{
    PlanAddition addition = {.notify = notify_for_reports(group->notify, group->reports),
                             .orcpt = orcpt_for_members(group->orcpt, group->notify, group->reports)};
    for (gsize i = 0; i < group->n_members; i++) {
        addition.address = group->members[i].route;
        if (group->has_it != NULL && group->has_it(addition.address, group->has_it_data))
            continue;
        *fresh += plan_addition(plan, known, &addition) ? 1 : 0;
    }
}

/* The ORCPT of a group that is split off; owned by the plan if the client gave none. */
static const char *
split_orcpt(Plan *plan, const PlanRecipient *group)
{
    if (group->orcpt != NULL || group->address == NULL)
        return group->orcpt;
    char *orcpt = orcpt_of_address(group->address);
    if (orcpt == NULL)
        return NULL;
    if (plan->orcpts == NULL)
        plan->orcpts = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(plan->orcpts, orcpt);
    return orcpt;
}

static void
plan_split(Plan *plan, const Known *known, const PlanRecipient *group)
{
    PlanAddition addition = {group->split_address, group->notify, split_orcpt(plan, group)};
    plan->n_split += plan_addition(plan, known, &addition) ? 1 : 0;
}

/* Asked before the split addresses are entered. */
static void
note_shared(Plan *plan, const Known *known, const PlanRecipient *group, GHashTable *noted)
{
    gsize place;
    for (gsize i = 0; i < group->n_members; i++) {
        const Address *route = group->members[i].route;
        if (!is_known(known, route, &place) || !g_hash_table_add(noted, (gpointer)route))
            continue;
        if (plan->shared == NULL)
            plan->shared = g_ptr_array_new();
        g_ptr_array_add(plan->shared, (gpointer)route);
    }
}

static void
plan_shared(Plan *plan, const Known *known, const PlanRecipient *recipients, gsize n)
{
    g_autoptr(GHashTable) noted = g_hash_table_new(address_hash, address_equal);
    for (gsize i = 0; i < n; i++) {
        if (plan->split[i] && !recipients[i].refused)
            note_shared(plan, known, &recipients[i], noted);
    }
}

static void
plan_additions(Plan *plan, const PlanRecipient *recipients, gsize n, const Count *count)
{
    Known known = known_new(recipients, n, count);
    plan->additions = g_new(PlanAddition, count->members + count->splits);
    for (gsize i = 0; i < n; i++) {
        if (recipients[i].expanded && !plan->split[i])
            plan_members(plan, &known, &recipients[i], &plan->fresh[i]);
    }
    if (count->splits > 0)
        plan_shared(plan, &known, recipients, n);
    for (gsize i = 0; i < n; i++) {
        if (plan->split[i])
            plan_split(plan, &known, &recipients[i]);
    }
    g_clear_pointer(&known.places, g_hash_table_unref);
}

/* ---- the plan ---- */

Plan *
plan_new(const PlanRecipient *recipients, gsize n_recipients)
{
    Plan *plan = g_new0(Plan, 1);
    plan->fresh = g_new0(gsize, n_recipients);
    plan->split = g_new0(gboolean, n_recipients);
    if (!choose_splits(plan, recipients, n_recipients))
        return plan;
    Count count = count_recipients(plan, recipients, n_recipients);
    plan_deletions(plan, recipients, n_recipients, count.groups);
    plan_additions(plan, recipients, n_recipients, &count);
    plan->nobody = count.plain == 0 && plan->n_additions == 0;
    return plan;
}

void
plan_free(Plan *plan)
{
    g_clear_pointer(&plan->orcpts, g_ptr_array_unref);
    g_clear_pointer(&plan->shared, g_ptr_array_unref);
    g_free(plan->deletions);
    g_free(plan->additions);
    g_free(plan->fresh);
    g_free(plan->split);
    g_free(plan);
}
