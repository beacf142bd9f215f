/* SPDX-License-Identifier: BSD-2-Clause
 * glue.c - rollcalld seen from libmilter: the callbacks
 *
 * Owns:     the one pointer that libmilter's callbacks need, since they get none; each connection's Session.
 * Promises: a callback converts, calls one function of ours, and converts back; here is the only place where a
 *           failure becomes a reply.
 * Threads:  libmilter's workers. Consecutive callbacks of one connection come on different ones.
 */
#include "milter/glue.h"

#include "milter/admission.h"
#include "milter/conclusion.h"
#include "milter/edits.h"
#include "milter/hygiene.h"
#include "milter/maillog.h"
#include "milter/message-log.h"
#include "milter/session.h"

#include <libmilter/mfapi.h>

#include <time.h>

static Milter *the_milter; /* set once, before libmilter's threads start */

/* ---- entering and leaving ---- */

/* A callback that comes after the end of the run finds everything freed, and must not look. */
static gboolean
enter(SMFICTX *context, Session **session)
{
    if (!drain_enter(the_milter->drain))
        return FALSE;
    *session = smfi_getpriv(context);
    return TRUE;
}

static sfsistat
leave(sfsistat status)
{
    drain_leave(the_milter->drain);
    return status;
}

static sfsistat
send_reply(SMFICTX *context, const Reply *reply)
{
    g_autofree char *code = g_strdup_printf("%d", reply->code);
    g_autofree char *text = reply_wire_text(reply);
    /* Should libmilter not like it, the status alone still says no or not now. */
    smfi_setreply(context, code, (char *)reply->enhanced, text);
    return reply_is_permanent(reply) ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static Session *
session_begin(SMFICTX *context, const Terms *terms)
{
    Session *session = session_new(&the_milter->house, terms);
    if (smfi_setpriv(context, session) == MI_SUCCESS)
        return session;
    session_free(session);
    return NULL;
}

/* ---- callbacks ---- */

static sfsistat
agree(SMFICTX *context, const Terms *terms)
{
    /* The other stages keep the MTA's own list: Postfix takes an empty one for none (measured, 3.7). */
    if (terms->actions & SMFIF_SETSYMLIST) {
        smfi_setsymlist(context, SMFIM_ENVFROM, (char *)MACROS_MAIL);
        smfi_setsymlist(context, SMFIM_ENVRCPT, (char *)MACROS_RECIPIENT);
        smfi_setsymlist(context, SMFIM_EOM, (char *)MACROS_END);
    }
    return session_begin(context, terms) != NULL ? SMFIS_CONTINUE : SMFIS_REJECT;
}

static sfsistat
on_negotiate(SMFICTX *context, unsigned long actions, unsigned long steps, unsigned long unused2, unsigned long unused3,
             unsigned long *want_actions, unsigned long *want_steps, unsigned long *want2, unsigned long *want3)
{
    Session *before = NULL;
    Terms    offered = {actions, steps}, terms;
    (void)unused2, (void)unused3;
    if (!enter(context, &before))
        return SMFIS_REJECT;
    if (!negotiate(&offered, the_milter->network, &terms)) {
        maillog(MAILLOG_ERROR, "error: the MTA does not let us change recipients (it offers actions 0x%lx)", actions);
        return leave(SMFIS_REJECT);
    }
    atomic_store(&the_milter->last_actions, terms.actions);
    atomic_store(&the_milter->last_steps, terms.steps);
    *want_actions = terms.actions;
    *want_steps = terms.steps;
    *want2 = *want3 = 0;
    return leave(agree(context, &terms));
}

static const char *
macro(SMFICTX *context, const char *name)
{
    return smfi_getsymval(context, (char *)name);
}

static MailFacts
read_facts(SMFICTX *context, char **arguments)
{
    return (MailFacts){
        .argument = arguments[0],
        .parameters = (const char *const *)arguments + 1,
        .mail_address = macro(context, "{mail_addr}"),
        .queue_id = macro(context, "i"),
        .mta = macro(context, "v"),
        .daemon_name = macro(context, "{daemon_name}"),
        .client_port = macro(context, "{client_port}"),
        .origin =
            {
                .sasl_user = macro(context, "{auth_authen}"),
                .client_address = macro(context, "{client_addr}"),
                .tls_version = macro(context, "{tls_version}"),
                .cert_subject = macro(context, "{cert_subject}"),
                .cert_issuer = macro(context, "{cert_issuer}"),
                .cert_name = macro(context, "{cn_subject}"),
                .verify = macro(context, "{verify}"),
            },
    };
}

static sfsistat
on_mail(SMFICTX *context, char **arguments)
{
    Session *session = NULL;
    if (!enter(context, &session))
        return SMFIS_TEMPFAIL;
    if (session == NULL) {
        Terms terms = {atomic_load(&the_milter->last_actions), atomic_load(&the_milter->last_steps)};
        session = session_begin(context, &terms);
    }
    if (session == NULL)
        return leave(SMFIS_TEMPFAIL);
    MailFacts facts = read_facts(context, arguments);
    transaction_begin(&session->transaction, &facts);
    return leave(terms_mail_is_answered(&session->terms) ? SMFIS_CONTINUE : SMFIS_NOREPLY);
}

static sfsistat
on_recipient(SMFICTX *context, char **arguments)
{
    Session *session = NULL;
    g_auto(Reply) reply = {0};
    if (!enter(context, &session))
        return SMFIS_TEMPFAIL;
    if (session == NULL || !transaction_is_under_way(&session->transaction))
        return leave(SMFIS_TEMPFAIL);
    const char *resolved = macro(context, "{rcpt_addr}");
    if (admit_recipient(&session->transaction, (const char *const *)arguments, resolved, &reply))
        return leave(SMFIS_CONTINUE);
    return leave(send_reply(context, &reply));
}

static sfsistat
on_header(SMFICTX *context, char *name, char *value)
{
    Session *session = NULL;
    if (!enter(context, &session))
        return SMFIS_TEMPFAIL;
    if (session == NULL || !transaction_is_under_way(&session->transaction))
        return leave(SMFIS_TEMPFAIL);
    transaction_header(&session->transaction, name, value);
    return leave(terms_headers_are_answered(&session->terms) ? SMFIS_CONTINUE : SMFIS_NOREPLY);
}

/* A message that we have nothing to do with ends here: after this answer libmilter calls neither the end of the message
 * nor the abort. */
static sfsistat
answer_body(Session *session, gsize length)
{
    Transaction *transaction = &session->transaction;
    transaction_end_headers(transaction);
    if (!transaction_has_groups(transaction) && !hygiene_is_needed(transaction, FALSE) &&
        !hygiene_is_beyond_counting(transaction)) {
        transaction_reset(transaction);
        return SMFIS_ACCEPT;
    }
    if (transaction_needs_size(transaction)) {
        message_size_body(&transaction->measured, length);
        return SMFIS_CONTINUE;
    }
    message_size_stop(&transaction->measured);
    return terms_body_can_be_skipped(&session->terms) ? SMFIS_SKIP : SMFIS_CONTINUE;
}

static sfsistat
on_body(SMFICTX *context, G_GNUC_UNUSED unsigned char *chunk, size_t length)
{
    Session *session = NULL;
    if (!enter(context, &session))
        return SMFIS_TEMPFAIL;
    if (session == NULL || !transaction_is_under_way(&session->transaction))
        return leave(SMFIS_TEMPFAIL);
    return leave(answer_body(session, length));
}

/* An edit that fails means that the MTA is gone, or has no use for the rest: nothing was delivered. */
static sfsistat
make_edits(SMFICTX *context, Session *session, Conclusion *conclusion)
{
    if (edits_make(context, &conclusion->edits, &session->terms)) {
        conclusion_log(&session->transaction, conclusion);
        conclusion_record(&session->transaction, conclusion);
        return SMFIS_CONTINUE;
    }
    g_auto(Reply) reply = {0};
    reply_set(&reply, 451, "4.3.0", "The message could not be changed");
    message_log_message_turned_away(&session->transaction, &reply, "edit-failed", NULL);
    return send_reply(context, &reply);
}

static sfsistat
end_message(SMFICTX *context, Session *session)
{
    g_auto(Conclusion) conclusion;
    conclude(&session->transaction, (gint64)time(NULL), &conclusion);
    switch (conclusion.kind) {
    case CONCLUSION_EDIT:
        return make_edits(context, session, &conclusion);
    case CONCLUSION_REPLY:
        return send_reply(context, &conclusion.reply);
    case CONCLUSION_DISCARD:
        conclusion_log(&session->transaction, &conclusion);
        conclusion_record(&session->transaction, &conclusion);
        return SMFIS_DISCARD;
    case CONCLUSION_NOTHING:
        break;
    }
    conclusion_log(&session->transaction, &conclusion);
    return SMFIS_CONTINUE;
}

static sfsistat
on_end_of_message(SMFICTX *context)
{
    Session *session = NULL;
    if (!enter(context, &session))
        return SMFIS_TEMPFAIL;
    if (session == NULL || !transaction_is_under_way(&session->transaction))
        return leave(SMFIS_TEMPFAIL);
    transaction_set_queue_id(&session->transaction, macro(context, "i"));
    transaction_end_headers(&session->transaction);
    sfsistat status = end_message(context, session);
    transaction_reset(&session->transaction);
    return leave(status);
}

static sfsistat
on_abort(SMFICTX *context)
{
    Session *session = NULL;
    if (!enter(context, &session))
        return SMFIS_CONTINUE;
    if (session != NULL)
        transaction_reset(&session->transaction);
    return leave(SMFIS_CONTINUE);
}

static sfsistat
on_close(SMFICTX *context)
{
    Session *session = smfi_getpriv(context);
    gboolean open = drain_enter(the_milter->drain);
    /* After the end of the run: only a message under way holds on to what may be freed, and main.c leaves it behind. */
    if (session != NULL && (open || !transaction_is_under_way(&session->transaction))) {
        smfi_setpriv(context, NULL);
        session_free(session);
    }
    return open ? leave(SMFIS_CONTINUE) : SMFIS_CONTINUE;
}

gboolean
glue_register(Milter *milter)
{
    struct smfiDesc description = {
        .xxfi_name = (char *)"rollcall",
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_ADDRCPT_PAR | SMFIF_ADDHDRS | SMFIF_CHGHDRS |
                      SMFIF_CHGFROM | SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_recipient,
        .xxfi_header = on_header,
        .xxfi_body = on_body,
        .xxfi_eom = on_end_of_message,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_negotiate = on_negotiate,
    };
    the_milter = milter;
    return smfi_register(description) == MI_SUCCESS;
}
