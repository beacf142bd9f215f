/* SPDX-License-Identifier: BSD-2-Clause
 * check-postfix.c - rollcall check: does Postfix ask rollcall as it must
 *
 * Owns:     nothing.
 * Promises: each listener that asks us is looked at with its own options; one that does not is none of our business.
 * Threads:  one.
 */
#include "admin/check-mta.h"

#include <string.h>

/* The socket that an item of smtpd_milters names: "{ unix:a, ... }" or "unix:a", as postfix_milter_name() writes it. */
static char *
socket_of(const PostfixCheck *check, const char *item)
{
    const char      *start = item + strspn(item, "{ \t");
    g_autofree char *name = g_strndup(start, strcspn(start, " \t,}"));

    if (!g_str_has_prefix(name, "unix:/"))
        return g_steal_pointer(&name);
    return postfix_milter_name(name, postfix_parameter(check->postfix, "queue_directory"));
}

/* What is done with mail while the milter is down: the item's own default_action, else the service's. */
static char *
default_action(const PostfixCheck *check, const char *service, const char *item)
{
    const char *own = *item == '{' ? strstr(item, "default_action") : NULL;

    if (own == NULL)
        return g_strdup(postfix_service_parameter(check->postfix, service, "milter_default_action"));
    own += strlen("default_action");
    own += strspn(own, " \t=");
    return g_strndup(own, strcspn(own, " \t,}"));
}

/* Seconds of a time of Postfix, whose unit is s unless it is written. */
static gint64
seconds_of(const char *text)
{
    char  *unit;
    gint64 number = (gint64)g_ascii_strtoull(text, &unit, 10);

    switch (*unit) {
    case 'm':
        return number * 60;
    case 'h':
        return number * 3600;
    case 'd':
        return number * 86400;
    case 'w':
        return number * 604800;
    default:
        return number;
    }
}

static void
check_times(const PostfixCheck *check, const char *service)
{
    const char *timeout = postfix_service_parameter(check->postfix, service, "milter_command_timeout");
    gint64      longest = settings_limits(check->settings)->max_time / G_TIME_SPAN_SECOND;

    if (seconds_of(timeout) <= longest)
        check_say(check->tally, CHECK_BAD,
                  "Postfix: %s: milter_command_timeout = %s, but max-time = %" G_GINT64_FORMAT
                  " s: Postfix would hang up first",
                  service, timeout, longest);
}

static void
check_entry(const PostfixCheck *check, const char *service, const char *item, gboolean last)
{
    g_autofree char *action = default_action(check, service, item);
    gboolean         safe = g_str_equal(action, "tempfail") || g_str_equal(action, "shutdown");

    if (!last)
        check_say(check->tally, CHECK_BAD,
                  "Postfix: %s: %s is not the last of smtpd_milters: those behind it do not see whom the sender named",
                  service, check->milter);
    if (!safe)
        check_say(
            check->tally, CHECK_BAD,
            "Postfix: %s: default_action=%s for %s: mail is lost or delivered unexpanded while rollcalld is down, "
            "expected { %s, default_action=tempfail }",
            service, action, check->milter, check->milter);
    if (last && safe)
        check_say(check->tally, CHECK_GOOD, "Postfix: %s asks %s last, default_action=%s", service, check->milter,
                  action);
    check_times(check, service);
}

gboolean
check_listener(const PostfixCheck *check, const char *service)
{
    const char *list = postfix_service_parameter(check->postfix, service, "smtpd_milters");
    g_autoptr(GPtrArray) items = postfix_items(list);

    for (guint i = 0; i < items->len; i++) {
        const char      *item = g_ptr_array_index(items, i);
        g_autofree char *name = socket_of(check, item);
        if (!g_str_equal(name, check->milter))
            continue;
        check_entry(check, service, item, i + 1 == items->len);
        return TRUE;
    }
    return FALSE;
}

static void
check_size(const PostfixCheck *check)
{
    guint64 ours = settings_milter(check->settings)->mta_message_size_limit;
    guint64 theirs = g_ascii_strtoull(postfix_parameter(check->postfix, "message_size_limit"), NULL, 10);

    if (ours == theirs)
        return;
    gboolean late = theirs != 0 && (ours == 0 || ours > theirs);
    check_say(check->tally, late ? CHECK_BAD : CHECK_NOTE,
              "Postfix: message_size_limit = %" G_GUINT64_FORMAT ", but mta-message-size-limit = %" G_GUINT64_FORMAT
              "%s",
              theirs, ours, late ? ": large groups fail at the end of the message" : "");
}

static gboolean
is_yes(const PostfixCheck *check, const char *service, const char *name)
{
    return g_str_equal(postfix_service_parameter(check->postfix, service, name), "yes");
}

static gboolean
offers_tls(const PostfixCheck *check, const char *service)
{
    const char *level = postfix_service_parameter(check->postfix, service, "smtpd_tls_security_level");

    if (*level == '\0')
        return is_yes(check, service, "smtpd_use_tls") || is_yes(check, service, "smtpd_enforce_tls");
    return !g_str_equal(level, "none");
}

static gboolean
asks_for_certificates(const PostfixCheck *check, const char *service)
{
    gboolean authorities = *postfix_service_parameter(check->postfix, service, "smtpd_tls_CAfile") != '\0' ||
                           *postfix_service_parameter(check->postfix, service, "smtpd_tls_CApath") != '\0' ||
                           is_yes(check, service, "tls_append_default_CA");

    return authorities &&
           (is_yes(check, service, "smtpd_tls_ask_ccert") || is_yes(check, service, "smtpd_tls_req_ccert"));
}

/* Whether any of the listeners lets Exchange Online show who it is. Asked only where somebody set up the proof. */
static void
check_recognition(const PostfixCheck *check, const GPtrArray *listeners)
{
    const OriginSettings *origin = settings_origin(check->settings);
    gboolean              tls = FALSE, certificates = FALSE;

    if (origin->exchange_online == CLOUD_NO || (origin->tenant_header == NULL && *origin->tenant_ids == NULL))
        return;
    for (guint i = 0; i < listeners->len; i++) {
        const char *service = g_ptr_array_index(listeners, i);
        tls = tls || offers_tls(check, service);
        certificates = certificates || (offers_tls(check, service) && asks_for_certificates(check, service));
    }
    if (!tls)
        check_say(check->tally, CHECK_BAD,
                  "Postfix: no listener that asks rollcall offers TLS: Exchange Online is never recognised");
    else if (!certificates && origin->exchange_online == CLOUD_CERTIFICATE)
        check_say(check->tally, CHECK_BAD,
                  "Postfix: no listener asks for certificates and can verify them (smtpd_tls_ask_ccert, "
                  "smtpd_tls_CAfile): Exchange Online is never recognised");
    else
        check_say(check->tally, CHECK_GOOD, "Postfix: a listener lets Exchange Online show who it is");
}

static void
check_services(const PostfixCheck *check)
{
    g_autoptr(GPtrArray) services = postfix_services(check->postfix);
    g_autoptr(GPtrArray) listeners = g_ptr_array_new();

    for (guint i = 0; i < services->len; i++) {
        const char *service = g_ptr_array_index(services, i);
        gboolean    smtpd = g_strcmp0(postfix_program(check->postfix, service), "smtpd") == 0;
        if (smtpd && !check_is_split_listener(check, service) && check_listener(check, service))
            g_ptr_array_add(listeners, (gpointer)service);
    }
    if (listeners->len == 0) {
        check_say(check->tally, CHECK_NOTE,
                  "Postfix: no listener asks %s, so no mail is expanded; see rollcall "
                  "mta-config postfix",
                  check->milter);
        return;
    }
    check_size(check);
    check_recognition(check, listeners);
    check_split(check);
}

void
check_postfix(CheckTally *tally, const Settings *settings, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Postfix) postfix = postfix_read(folder, TRUE, &error);

    if (error != NULL)
        check_say(tally, CHECK_BAD, "Postfix: %s", error->message);
    if (postfix == NULL)
        return;
    g_autofree char *milter =
        postfix_milter_name(settings_milter(settings)->socket, postfix_parameter(postfix, "queue_directory"));
    PostfixCheck check = {tally, settings, postfix, milter};
    check_services(&check);
}
