/* SPDX-License-Identifier: BSD-2-Clause
 * edit-probe.c - a milter that makes the edits that a file tells it, by the functions rollcalld makes them with
 *
 * edit-probe SOCKET FILE
 * The file is read at the end of each message; fields are parted by tabs:
 *   delete ARGUMENT | add ADDRESS NOTIFY ORCPT ("-": none) | sender ADDRESS ("-": the empty one)
 *   remove NAME (every header of that name that was seen) | insert NAME VALUE | oof | hold REASON
 * An edit that cannot be made defers the message.
 */
#include "milter/edits.h"

#include <string.h>

typedef struct {
    GPtrArray *names; /* of the headers seen */
    GPtrArray *oof;   /* values */
    Terms      terms;
} Message;

typedef struct {
    Edits      edits;
    Plan       plan;
    GPtrArray *deletions, *owned;
    GArray    *additions;
} Script;

static const char *file; /* set before libmilter's threads start */

static Message *
message_of(SMFICTX *context)
{
    return smfi_getpriv(context);
}

static guint
occurrences(const Message *message, const char *name)
{
    guint n = 0;
    for (guint i = 0; i < message->names->len; i++)
        n += g_ascii_strcasecmp(g_ptr_array_index(message->names, i), name) == 0 ? 1 : 0;
    return n;
}

/* ---- the file ---- */

static Address *
read_address(Script *script, const char *text)
{
    Address *address = address_new(text, NULL);
    g_assert(address != NULL);
    g_ptr_array_add(script->owned, address);
    return address;
}

static Notify
read_notify(const char *words)
{
    g_autofree char  *parameter = g_strconcat("NOTIFY=", words, NULL);
    const char *const parameters[] = {parameter, NULL};
    return notify_of_parameters(parameters);
}

static void
read_addition(Script *script, char **fields)
{
    PlanAddition addition = {read_address(script, fields[1]), read_notify(fields[2]),
                             strcmp(fields[3], "-") != 0 ? fields[3] : NULL};
    g_array_append_val(script->additions, addition);
}

static void
read_line(Script *script, const Message *message, char **fields)
{
    Treatment *treatment = &script->plan.treatment;
    if (strcmp(fields[0], "delete") == 0)
        g_ptr_array_add(script->deletions, fields[1]);
    else if (strcmp(fields[0], "add") == 0)
        read_addition(script, fields);
    else if (strcmp(fields[0], "sender") == 0 && strcmp(fields[1], "-") == 0)
        treatment->empty_sender = TRUE;
    else if (strcmp(fields[0], "sender") == 0)
        treatment->sender = read_address(script, fields[1]);
    else if (strcmp(fields[0], "remove") == 0)
        edits_remove(&script->edits, fields[1], occurrences(message, fields[1]));
    else if (strcmp(fields[0], "insert") == 0)
        edits_insert(&script->edits, fields[1], fields[2]);
    else if (strcmp(fields[0], "oof") == 0)
        edits_suppress_oof(&script->edits, (const char *const *)message->oof->pdata);
    else if (strcmp(fields[0], "hold") == 0)
        treatment->hold = TRUE;
    else
        g_error("unknown: %s", fields[0]);
}

/* ---- callbacks ---- */

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps, unsigned long unused2, unsigned long unused3,
             unsigned long *want_actions, unsigned long *want_steps, unsigned long *want2, unsigned long *want3)
{
    Message *message = g_new0(Message, 1);
    Terms    offered = {actions, steps};
    (void)unused2, (void)unused3;
    g_assert(negotiate(&offered, FALSE, &message->terms));
    message->names = g_ptr_array_new_with_free_func(g_free);
    message->oof = g_ptr_array_new_with_free_func(g_free);
    smfi_setpriv(context, message);
    *want_actions = message->terms.actions;
    *want_steps = message->terms.steps;
    *want2 = *want3 = 0;
    return SMFIS_CONTINUE;
}

static sfsistat
on_mail(SMFICTX *context, char **arguments)
{
    (void)arguments;
    g_ptr_array_set_size(message_of(context)->names, 0);
    g_ptr_array_set_size(message_of(context)->oof, 0);
    return terms_mail_is_answered(&message_of(context)->terms) ? SMFIS_CONTINUE : SMFIS_NOREPLY;
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
    Message *message = message_of(context);
    g_ptr_array_add(message->names, g_strdup(name));
    if (g_ascii_strcasecmp(name, OOF_HEADER) == 0)
        g_ptr_array_add(message->oof, g_strdup(value));
    return terms_headers_are_answered(&message->terms) ? SMFIS_CONTINUE : SMFIS_NOREPLY;
}

static gboolean
run_script(SMFICTX *context, Message *message, char **lines)
{
    Script script = {.deletions = g_ptr_array_new(),
                     .owned = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref),
                     .additions = g_array_new(FALSE, FALSE, sizeof(PlanAddition))};
    g_autoptr(GPtrArray) split = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    g_ptr_array_add(message->oof, NULL);
    for (; *lines != NULL; lines++) {
        g_ptr_array_add(split, g_strsplit(*lines, "\t", -1));
        if (**lines != '\0')
            read_line(&script, message, g_ptr_array_index(split, split->len - 1));
    }
    script.plan.deletions = (const char **)script.deletions->pdata;
    script.plan.n_deletions = script.deletions->len;
    script.plan.additions = (PlanAddition *)(gpointer)script.additions->data;
    script.plan.n_additions = script.additions->len;
    edits_set_plan(&script.edits, &script.plan, "edit-probe");
    gboolean done = edits_make(context, &script.edits, &message->terms);
    edits_clear(&script.edits);
    g_array_unref(script.additions);
    g_ptr_array_unref(script.deletions);
    g_ptr_array_unref(script.owned);
    return done;
}

static sfsistat
on_end(SMFICTX *context)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, NULL))
        return SMFIS_TEMPFAIL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    return run_script(context, message_of(context), lines) ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_close(SMFICTX *context)
{
    Message *message = message_of(context);
    if (message == NULL)
        return SMFIS_CONTINUE;
    smfi_setpriv(context, NULL);
    g_ptr_array_unref(message->names);
    g_ptr_array_unref(message->oof);
    g_free(message);
    return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
    struct smfiDesc description = {
        .xxfi_name = (char *)"edit-probe",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_ADDRCPT_PAR | SMFIF_ADDHDRS | SMFIF_CHGHDRS |
                      SMFIF_CHGFROM | SMFIF_QUARANTINE,
        .xxfi_envfrom = on_mail,
        .xxfi_header = on_header,
        .xxfi_eom = on_end,
        .xxfi_close = on_close,
        .xxfi_negotiate = on_negotiate,
    };
    if (argc != 3 || smfi_register(description) != MI_SUCCESS || smfi_setconn(argv[1]) != MI_SUCCESS)
        return 2;
    file = argv[2];
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
