/* SPDX-License-Identifier: BSD-2-Clause
 * mta-postfix.c - what Postfix needs to know of rollcall: main.cf and master.cf
 *
 * Owns:     nothing.
 * Promises: the lines keep what they replace: other milters and other transports stay.
 * Threads:  one.
 */
#include "admin/mta-config.h"

#include <string.h>

static const char *
current(const Postfix *installed, const char *name)
{
    return installed == NULL ? "" : postfix_parameter(installed, name);
}

static gboolean
is_missing(const Postfix *installed, const char *name)
{
    return *current(installed, name) == '\0';
}

/* The socket as Postfix is to write it. */
static char *
milter_name(const Settings *settings, const Postfix *installed)
{
    const char *queue =
        is_missing(installed, "queue_directory") ? POSTFIX_QUEUE : current(installed, "queue_directory");
    return postfix_milter_name(settings_milter(settings)->socket, queue);
}

/* The entry of smtpd_milters. tempfail: what arrives while the daemon is down waits. */
static char *
milter_entry(const char *name)
{
    return g_strdup_printf("{ %s, default_action=tempfail }", name);
}

/* The items of the present `list` without those that name `ours`, each with what separates it from the next. */
static void
append_others(GString *text, const char *list, const char *ours, const char *separator, gboolean before)
{
    g_autoptr(GPtrArray) items = postfix_items(list);

    for (guint i = 0; i < items->len; i++) {
        const char *item = g_ptr_array_index(items, i);
        if (strstr(item, ours) != NULL)
            continue;
        g_string_append_printf(text, "%s%s%s", before ? separator : "", item, before ? "" : separator);
    }
}

static void
append_milters(GString *text, const char *parameter, const char *name, const Postfix *installed)
{
    g_autofree char *entry = milter_entry(name);

    g_string_append_printf(text, "%s = ", parameter);
    append_others(text, current(installed, parameter), name, ", ", FALSE);
    g_string_append_printf(text, "%s\n", entry);
}

static void
append_limits(GString *text, const Settings *settings)
{
    const MilterSettings *milter = settings_milter(settings);

    g_string_append(text,
                    "\n# Of the whole queue file, recipients included; the same number as mta-message-size-limit.\n");
    g_string_append_printf(text, "message_size_limit = %" G_GUINT64_FORMAT "\n", milter->mta_message_size_limit);
}

static void
append_local_submission(GString *text, const Settings *settings, const char *name, const Postfix *installed)
{
    g_string_append(text, "\n# Mail that sendmail(1) hands over on this host is expanded only with this line.\n");
    if (!settings_origin(settings)->trust_local_submission)
        g_string_append(text, "# It counts as a stranger's: trust-local-submission = no.\n#");
    append_milters(text, "non_smtpd_milters", name, installed);
}

static void
append_split_route(GString *text, const Settings *settings, const Postfix *installed)
{
    const MilterSettings *milter = settings_milter(settings);
    g_autofree char      *nexthop = postfix_split_nexthop(milter->split_listener);

    g_string_append_printf(text,
                           "\n# Groups that need a message of their own: to ourselves, one recipient a transaction.\n"
                           "# In a transport table the entry is: %s " POSTFIX_SPLIT ":%s\n"
                           "transport_maps = inline:{ { %s = " POSTFIX_SPLIT ":%s } }",
                           milter->split_domain, nexthop, milter->split_domain, nexthop);
    append_others(text, current(installed, "transport_maps"), milter->split_domain, ", ", TRUE);
    g_string_append(text, "\n" POSTFIX_SPLIT "_destination_recipient_limit = 1\n");
}

/* Where the system keeps them: Red Hat's place if it is there, else Debian's. */
static const char *
public_authorities(void)
{
    static const char red_hat[] = "/etc/pki/tls/certs/ca-bundle.crt";
    return g_file_test(red_hat, G_FILE_TEST_EXISTS) ? red_hat : "/etc/ssl/certs/ca-certificates.crt";
}

/* Certificates are asked for only where somebody looks at them. */
static void
append_tls(GString *text, const Settings *settings, const Postfix *installed)
{
    CloudRecognition how = settings_origin(settings)->exchange_online;

    if (how == CLOUD_NO)
        return;
    g_string_append(text,
                    "\n# Exchange Online is recognised on TLS connections only. Postfix needs a certificate of its\n"
                    "# own as well: smtpd_tls_chain_files.\n");
    if (is_missing(installed, "smtpd_tls_security_level"))
        g_string_append(text, "smtpd_tls_security_level = may\n");
    if (how == CLOUD_PUBLISHED_ADDRESS)
        return;
    g_string_append(text,
                    "# The client's certificate is asked for, and checked against these authorities. Other milters\n"
                    "# may take a verified certificate for a login: see their manuals.\n"
                    "smtpd_tls_ask_ccert = yes\n");
    if (is_missing(installed, "smtpd_tls_CAfile") && is_missing(installed, "smtpd_tls_CApath"))
        g_string_append_printf(text, "smtpd_tls_CAfile = %s\n", public_authorities());
}

static void
append_main(GString *text, const Settings *settings, const char *name, const Postfix *installed)
{
    gboolean split = *settings_milter(settings)->split_domain != '\0';

    g_string_append(text, "# Last in the list: a milter behind rollcall would not see whom the sender named.\n");
    append_milters(text, "smtpd_milters", name, installed);
    append_local_submission(text, settings, name, installed);
    append_limits(text, settings);
    append_tls(text, settings, installed);
    if (split)
        append_split_route(text, settings, installed);
    else
        g_string_append(text,
                        "\n# No split-domain in rollcall.conf: groups that cannot share a message are deferred.\n");
}

/* Nothing that main.cf says of other deliveries may change, delay or divert what goes to ourselves. */
static const char client_options[] = "  -o syslog_name=postfix/" POSTFIX_SPLIT "\n"
                                     "  -o smtp_tls_security_level=none\n"
                                     "  -o smtp_tls_policy_maps=\n"
                                     "  -o smtp_tls_wrappermode=no\n"
                                     "  -o smtp_sasl_auth_enable=no\n"
                                     "  -o smtp_send_xforward_command=yes\n"
                                     "  -o smtp_discard_ehlo_keywords=\n"
                                     "  -o smtp_discard_ehlo_keyword_address_maps=\n"
                                     "  -o smtp_bind_address=\n"
                                     "  -o smtp_bind_address6=\n"
                                     "  -o smtp_fallback_relay=\n"
                                     "  -o smtp_generic_maps=\n"
                                     "  -o smtp_header_checks=\n"
                                     "  -o smtp_mime_header_checks=\n"
                                     "  -o smtp_nested_header_checks=\n"
                                     "  -o smtp_body_checks=\n";

/* What was checked, copied and archived when the message came first is not checked, copied and archived again. */
static const char listener_options[] = "  -o milter_macro_daemon_name=" POSTFIX_SPLIT "\n"
                                       "  -o cleanup_service_name=rollcall-cleanup\n"
                                       "  -o mynetworks=127.0.0.0/8,[::1]/128\n"
                                       "  -o smtpd_client_restrictions=permit_mynetworks,reject\n"
                                       "  -o smtpd_helo_restrictions=\n"
                                       "  -o smtpd_sender_restrictions=\n"
                                       "  -o smtpd_relay_restrictions=permit_mynetworks,reject\n"
                                       "  -o smtpd_recipient_restrictions=permit_mynetworks,reject\n"
                                       "  -o smtpd_data_restrictions=\n"
                                       "  -o smtpd_end_of_data_restrictions=\n"
                                       "  -o smtpd_reject_unlisted_sender=no\n"
                                       "  -o smtpd_reject_unlisted_recipient=no\n"
                                       "  -o smtpd_authorized_xforward_hosts=127.0.0.0/8,[::1]/128\n"
                                       "  -o smtpd_sasl_auth_enable=no\n"
                                       "  -o smtpd_tls_security_level=none\n"
                                       "  -o smtpd_discard_ehlo_keywords=\n"
                                       "  -o smtpd_discard_ehlo_keyword_address_maps=\n"
                                       "  -o smtpd_client_connection_count_limit=0\n"
                                       "  -o smtpd_client_connection_rate_limit=0\n"
                                       "  -o smtpd_client_message_rate_limit=0\n"
                                       "  -o smtpd_client_recipient_rate_limit=0\n"
                                       "  -o smtpd_error_sleep_time=0\n"
                                       "  -o smtpd_soft_error_limit=1001\n"
                                       "  -o smtpd_hard_error_limit=1000\n"
                                       "  -o local_header_rewrite_clients=\n"
                                       "  -o receive_override_options=no_header_body_checks\n"
                                       "  -o content_filter=\n"
                                       "  -o smtpd_proxy_filter=\n";

static const char cleanup_options[] = "  -o syslog_name=postfix/" POSTFIX_SPLIT "\n"
                                      "  -o always_bcc=\n"
                                      "  -o sender_bcc_maps=\n"
                                      "  -o recipient_bcc_maps=\n";

static void
append_master(GString *text, const Settings *settings, const char *name)
{
    g_autofree char *service = postfix_split_service(settings_milter(settings)->split_listener);
    g_autofree char *entry = milter_entry(name);

    g_string_append_printf(text,
                           "# The way to ourselves, for groups that need a message of their own.\n" POSTFIX_SPLIT
                           " unix - - n - - smtp\n%s",
                           client_options);
    g_string_append_printf(text,
                           "# Where they arrive. From this host only, and only rollcall is asked again.\n"
                           "%s inet n - n - - smtpd\n"
                           "  -o syslog_name=postfix/" POSTFIX_SPLIT "\n"
                           "  -o { smtpd_milters = %s }\n%s",
                           service, entry, listener_options);
    g_string_append_printf(text, "rollcall-cleanup unix n - n - 0 cleanup\n%s", cleanup_options);
}

GArray *
mta_config_postfix(const Settings *settings, const Postfix *installed)
{
    GArray          *parts = mta_parts_new();
    g_autofree char *name = milter_name(settings, installed);

    append_main(mta_parts_add(parts, "main.cf", "/etc/postfix/main.cf"), settings, name, installed);
    GString *master = mta_parts_add(parts, "master.cf", "/etc/postfix/master.cf");
    if (*settings_milter(settings)->split_domain != '\0')
        append_master(master, settings, name);
    return parts;
}
