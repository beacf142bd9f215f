/* SPDX-License-Identifier: BSD-2-Clause
 * approvals.h - which groups' mail passes the guard, and who is using that
 *
 * One thread at a time: the state's lock is held.
 */
#pragma once

#include "rollcall/state.h"

typedef struct Approvals Approvals;
Approvals               *approvals_new(void);
void                     approvals_free(Approvals *approvals);

/* Takes over `approval`, in place of the group's former one and of what was claimed of it. */
void approvals_put(Approvals *approvals, StateApproval *approval);
/* FALSE: there was none, or it is claimed. */
gboolean approvals_remove(Approvals *approvals, const char *group);
/* Borrowed; NULL: none, or it has run out. */
const StateApproval *approvals_get(const Approvals *approvals, const char *group, gint64 now);
/* Copies, sorted by name. Caller: g_ptr_array_unref(). */
GPtrArray *approvals_list(const Approvals *approvals, gint64 now);

/* TRUE: it may pass. *claimed is set, to be freed, if that was for one message: nobody else may. */
gboolean approvals_claim(Approvals *approvals, const char *group, gint64 now, StateApproval **claimed);
/* Takes over `claimed`, unless there is a new one by now. */
void approvals_give_back(Approvals *approvals, StateApproval *claimed);

StateApproval *approval_copy(const StateApproval *approval);
