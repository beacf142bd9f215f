/* SPDX-License-Identifier: BSD-2-Clause
 * edits.c - the edits to one message, made through libmilter
 *
 * Promises: deletions come first: Postfix reads the whole envelope for each, and a member who has the group's own
 *           address must survive. Success means that the MTA will see the edit, not that it made it: it says so
 *           with its own reply to the client.
 * Threads:  that of the callback. No progress calls: each edit restarts the MTA's timer.
 */
#include "milter/edits.h"

static gboolean
delete_groups(SMFICTX *context, const Plan *plan)
{
    for (gsize i = 0; i < plan->n_deletions; i++) {
        if (smfi_delrcpt(context, (char *)plan->deletions[i]) != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

/* Without a wish of the client's the plain request: its records are half the size, and old MTAs know it. */
static gboolean
add_member(SMFICTX *context, const char *path, Notify wish, gboolean with_parameters)
{
    const char *notify = with_parameters ? notify_parameter(wish) : NULL;
    if (notify != NULL)
        return smfi_addrcpt_par(context, (char *)path, (char *)notify) == MI_SUCCESS;
    return smfi_addrcpt(context, (char *)path) == MI_SUCCESS;
}

static gboolean
add_members(SMFICTX *context, const Plan *plan, gboolean with_parameters)
{
    g_autoptr(GString) path = g_string_sized_new(128);
    for (gsize i = 0; i < plan->n_additions; i++) {
        /* In brackets, so that a MTA's parser has nothing to guess about a quoted local part. */
        g_string_assign(path, "<");
        g_string_append(path, address_text(plan->additions[i].address));
        g_string_append_c(path, '>');
        if (!add_member(context, path->str, plan->additions[i].notify, with_parameters))
            return FALSE;
    }
    return TRUE;
}

/* On top, as trace fields stand (RFC 5321 section 4.4). */
static gboolean
add_traces(SMFICTX *context, const GPtrArray *traces)
{
    for (guint i = 0; i < traces->len; i++) {
        if (smfi_insheader(context, 0, (char *)TRACE_HEADER, g_ptr_array_index(traces, i)) != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

gboolean
edits_make(SMFICTX *context, const Conclusion *conclusion, const Terms *terms)
{
    if (!delete_groups(context, conclusion->plan))
        return FALSE;
    if (!add_members(context, conclusion->plan, (terms->actions & SMFIF_ADDRCPT_PAR) != 0))
        return FALSE;
    return (terms->actions & SMFIF_ADDHDRS) == 0 || add_traces(context, conclusion->traces);
}
