/* SPDX-License-Identifier: BSD-2-Clause
 * mta-sendmail.c - what Sendmail needs to know of rollcall: sendmail.mc and mailertable
 *
 * Owns:     nothing.
 * Promises: m4 that stands after everything else in sendmail.mc.
 * Threads:  one.
 */
#include "admin/mta-config.h"

#include <string.h>

#define SPLIT "rollcall-split"

static gboolean
is_v6(const char *listener)
{
    return g_str_has_prefix(listener, "inet6:");
}

static void
append_filter(GString *text, const MilterSettings *milter)
{
    g_string_append_printf(
        text,
        "dnl After all other INPUT_MAIL_FILTER lines: a filter behind rollcall would not see whom the\n"
        "dnl sender named. F=T: what arrives while rollcalld is down waits.\n"
        "INPUT_MAIL_FILTER(`rollcall', `S=%s, F=T, T=C:30s;S:30s;R:30s;E:5m')dnl\n",
        milter->socket);
    if (milter->mta_message_size_limit > 0)
        g_string_append_printf(text, "define(`confMAX_MESSAGE_SIZE', `%" G_GUINT64_FORMAT "')dnl\n",
                               milter->mta_message_size_limit);
    /* rollcalld asks for these itself; a Sendmail whose filters may not choose their macros needs the lines. */
    g_string_append(text,
                    "dnl What rollcall is told of the client.\n"
                    "define(`confMILTER_MACROS_ENVFROM', confMILTER_MACROS_ENVFROM``, {client_addr}, {daemon_name}, "
                    "{verify}, {cert_subject}, {cert_issuer}, {cn_subject}, {tls_version}'')dnl\n");
}

static void
append_tls(GString *text, const OriginSettings *origin)
{
    if (origin->exchange_online == CLOUD_NO || origin->exchange_online == CLOUD_PUBLISHED_ADDRESS)
        return;
    g_string_append(text,
                    "dnl Exchange Online is recognised by its certificate: {verify} must be OK. Sendmail also needs a\n"
                    "dnl certificate of its own (confSERVER_CERT, confSERVER_KEY), and no V in confTLS_SRV_OPTIONS.\n"
                    "define(`confCACERT_PATH', `/etc/ssl/certs')dnl\n");
}

/* Without the flags D, F and M the header stays as it is, without m each recipient has its own transaction, and without
 * rulesets of its own the addresses stay as they are. k: no complaint that we talk to ourselves. */
static void
append_split(GString *text, const MilterSettings *milter)
{
    g_auto(GStrv) place = g_strsplit(strchr(milter->split_listener, ':') + 1, "@", 2);

    g_string_append_printf(
        text,
        "dnl Groups that need a message of their own arrive here, from this host only.\n"
        "dnl If these are the first DAEMON_OPTIONS of the file, keep the listener on port 25 by adding\n"
        "dnl DAEMON_OPTIONS(`Name=MTA, Port=smtp').\n"
        "DAEMON_OPTIONS(`Name=" SPLIT ", Family=%s, Addr=%s, Port=%s, M=ESA, InputMailFilters=rollcall')dnl\n"
        "FEATURE(`mailertable')dnl\n"
        "dnl At the end of the file, after the MAILER lines.\n"
        "MAILER_DEFINITIONS\n"
        "M" SPLIT ",\tP=[IPC], F=kuXa8, E=\\r\\n, L=2040, T=DNS/RFC822/SMTP, A=TCP $h %s\n",
        is_v6(milter->split_listener) ? "inet6" : "inet", place[1], place[0], place[0]);
}

static void
append_route(GString *text, const MilterSettings *milter)
{
    const char *host = strchr(milter->split_listener, '@') + 1;

    g_string_append_printf(text, "%s\t" SPLIT ":[%s%s]\n", milter->split_domain,
                           is_v6(milter->split_listener) ? "IPv6:" : "", host);
}

GArray *
mta_config_sendmail(const Settings *settings)
{
    const MilterSettings *milter = settings_milter(settings);
    GArray               *parts = mta_parts_new();
    GString              *source = mta_parts_add(parts, "sendmail.mc", "/etc/mail/sendmail.mc");
    GString              *table = mta_parts_add(parts, "mailertable", "/etc/mail/mailertable");

    append_filter(source, milter);
    append_tls(source, settings_origin(settings));
    if (*milter->split_domain == '\0') {
        g_string_append(source,
                        "dnl No split-domain in rollcall.conf: groups that cannot share a message are deferred.\n");
        return parts;
    }
    append_split(source, milter);
    append_route(table, milter);
    return parts;
}
