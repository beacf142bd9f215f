/* SPDX-License-Identifier: BSD-2-Clause
 * edits.c - the edits to one message, made through libmilter
 *
 * Promises: deletions come first: Postfix reads the whole envelope for each, and a member who has the group's own
 *           address must survive. Headers are changed before others are added, because the MTA counts them. Success
 *           means that the MTA will see the edit, not that it made it: it says so with its own reply to the client.
 * Threads:  that of the callback. No progress calls: each edit restarts the MTA's timer.
 */
#include "milter/edits.h"

/* ---- the envelope ---- */

static gboolean
delete_groups(SMFICTX *context, const Plan *plan)
{
    for (gsize i = 0; i < plan->n_deletions; i++) {
        if (smfi_delrcpt(context, (char *)plan->deletions[i]) != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

/* "NOTIFY=NEVER ORCPT=rfc822;sales@example.com": both MTAs split it at blanks. Empty: neither is asked for. */
static void
set_parameters(GString *parameters, const PlanAddition *addition)
{
    const char *notify = notify_parameter(addition->notify);
    g_string_assign(parameters, notify != NULL ? notify : "");
    if (addition->orcpt == NULL)
        return;
    if (parameters->len > 0)
        g_string_append_c(parameters, ' ');
    g_string_append(parameters, "ORCPT=");
    g_string_append(parameters, addition->orcpt);
}

/* Without parameters the plain request: its records are half the size, and old MTAs know it. */
static gboolean
add_recipients(SMFICTX *context, const Plan *plan, gboolean with_parameters)
{
    g_autoptr(GString) path = g_string_sized_new(128);
    g_autoptr(GString) parameters = g_string_sized_new(128);
    for (gsize i = 0; i < plan->n_additions; i++) {
        /* In brackets, so that a MTA's parser has nothing to guess about a quoted local part. */
        g_string_assign(path, "<");
        g_string_append(path, address_text(plan->additions[i].address));
        g_string_append_c(path, '>');
        if (with_parameters)
            set_parameters(parameters, &plan->additions[i]);
        int done = parameters->len > 0 ? smfi_addrcpt_par(context, path->str, parameters->str)
                                       : smfi_addrcpt(context, path->str);
        if (done != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

static gboolean
edit_envelope(SMFICTX *context, const Edits *edits, const Terms *terms)
{
    if (edits->plan != NULL && !(delete_groups(context, edits->plan) &&
                                 add_recipients(context, edits->plan, (terms->actions & SMFIF_ADDRCPT_PAR) != 0)))
        return FALSE;
    return edits->sender == NULL || smfi_chgfrom(context, edits->sender, NULL) == MI_SUCCESS;
}

/* ---- the header ---- */

static gboolean
change_headers(SMFICTX *context, const GArray *changes)
{
    for (guint i = 0; changes != NULL && i < changes->len; i++) {
        const HeaderChange *change = &g_array_index(changes, HeaderChange, i);
        if (smfi_chgheader(context, change->name, (int)change->occurrence, change->value) != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

/* On top, as trace fields stand (RFC 5321 section 4.4). */
static gboolean
insert_headers(SMFICTX *context, const GArray *insertions)
{
    for (guint i = 0; insertions != NULL && i < insertions->len; i++) {
        const HeaderInsertion *insertion = &g_array_index(insertions, HeaderInsertion, i);
        if (smfi_insheader(context, 0, insertion->name, insertion->value) != MI_SUCCESS)
            return FALSE;
    }
    return TRUE;
}

/* ---- all of it ---- */

static unsigned long
needed_actions(const Edits *edits)
{
    unsigned long needed = edits->plan != NULL ? SMFIF_ADDRCPT | SMFIF_DELRCPT : 0;
    if (edits->sender != NULL)
        needed |= SMFIF_CHGFROM;
    if (edits->changes != NULL)
        needed |= SMFIF_CHGHDRS;
    if (edits->insertions != NULL)
        needed |= SMFIF_ADDHDRS;
    if (edits->hold != NULL)
        needed |= SMFIF_QUARANTINE;
    return needed;
}

gboolean
edits_make(SMFICTX *context, const Edits *edits, const Terms *terms)
{
    unsigned long needed = needed_actions(edits);
    if ((terms->actions & needed) != needed)
        return FALSE;
    if (!edit_envelope(context, edits, terms) || !change_headers(context, edits->changes) ||
        !insert_headers(context, edits->insertions))
        return FALSE;
    return edits->hold == NULL || smfi_quarantine(context, (char *)edits->hold) == MI_SUCCESS;
}
