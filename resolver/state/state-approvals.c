/* SPDX-License-Identifier: BSD-2-Clause
 * state-approvals.c - what an administrator approved, and the messages that make use of it
 *
 * Owns:     claims.
 * Promises: of two messages at the same time one gets an approval for one message. In force at once, and after a
 * restart unless the process ended in the moment between. Threads:  any.
 */
#include "resolver/state/state-private.h"

struct StateClaim {
    State         *state;
    StateApproval *once; /* NULL: the approval is for all messages until its end */
};

void
state_approve(State *state, StateApproval *approval)
{
    pthread_mutex_lock(&state->lock);
    state_note_unwritten(state, state->unwritten_approvals, approval->group);
    approvals_put(state->approvals, approval);
    pthread_mutex_unlock(&state->lock);
}

gboolean
state_revoke(State *state, const char *group)
{
    pthread_mutex_lock(&state->lock);
    gboolean was = approvals_remove(state->approvals, group);
    if (was)
        state_note_unwritten(state, state->unwritten_approvals, group);
    pthread_mutex_unlock(&state->lock);
    return was;
}

GPtrArray *
state_approvals(State *state, gint64 now)
{
    pthread_mutex_lock(&state->lock);
    GPtrArray *list = approvals_list(state->approvals, now);
    pthread_mutex_unlock(&state->lock);
    return list;
}

gboolean
state_is_approved(State *state, const char *group, gint64 now)
{
    pthread_mutex_lock(&state->lock);
    gboolean is = approvals_get(state->approvals, group, now) != NULL;
    pthread_mutex_unlock(&state->lock);
    return is;
}

StateClaim *
state_claim(State *state, const char *group, gint64 now)
{
    StateApproval *once = NULL;

    pthread_mutex_lock(&state->lock);
    gboolean passes = approvals_claim(state->approvals, group, now, &once);
    pthread_mutex_unlock(&state->lock);
    if (!passes)
        return NULL;
    StateClaim *claim = g_new0(StateClaim, 1);
    claim->state = state_ref(state);
    claim->once = once;
    return claim;
}

static void
claim_free(StateClaim *claim)
{
    state_approval_free(claim->once);
    state_unref(claim->state);
    g_free(claim);
}

/* Only now the file forgets it: if the process ends before, the message was not delivered either. */
void
state_claim_use(StateClaim *claim)
{
    if (claim == NULL)
        return;
    if (claim->once != NULL) {
        pthread_mutex_lock(&claim->state->lock);
        state_note_unwritten(claim->state, claim->state->unwritten_approvals, claim->once->group);
        pthread_mutex_unlock(&claim->state->lock);
    }
    claim_free(claim);
}

void
state_claim_return(StateClaim *claim)
{
    if (claim == NULL)
        return;
    if (claim->once != NULL) {
        pthread_mutex_lock(&claim->state->lock);
        approvals_give_back(claim->state->approvals, g_steal_pointer(&claim->once));
        pthread_mutex_unlock(&claim->state->lock);
    }
    claim_free(claim);
}
