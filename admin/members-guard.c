/* SPDX-License-Identifier: BSD-2-Clause
 * members-guard.c - rollcall members: what the guard would say of the roster
 *
 * Owns:     nothing.
 * Promises: shows what the guard compared; whether an approval is still there when mail comes, it cannot know.
 * Threads:  one.
 */
#include "admin/members.h"
#include "admin/output.h"

static const char *
outcome(const GuardFinding *finding)
{
    if (finding->cause == GUARD_PASS)
        return "pass";
    return finding->approved ? "approved" : guard_action_word(finding->action);
}

void
members_print_guard(const Answer *answer)
{
    if (!answer->guard.is_on && answer->guard.cause == GUARD_PASS)
        return;
    g_autofree char *text = guard_describe(&answer->guard);
    output_line("guard: %s action=%s", text, outcome(&answer->guard));
}

static json_t *
json_count(const GuardFinding *finding, gsize count)
{
    return finding->has_history ? json_integer((json_int_t)count) : json_null();
}

void
members_add_guard(json_t *object, const Answer *answer)
{
    const GuardFinding *finding = &answer->guard;
    gboolean            has_limit = finding->is_on || finding->cause != GUARD_PASS;

    json_object_set_new(object, "guard",
                        json_pack("{s:b, s:s, s:o, s:o, s:o, s:o}", "on", finding->is_on, "outcome", outcome(finding),
                                  "last", json_count(finding, finding->last), "joined",
                                  json_count(finding, finding->joined), "left", json_count(finding, finding->left),
                                  "limit", has_limit ? json_integer((json_int_t)finding->limit) : json_null()));
}
