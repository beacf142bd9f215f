/* SPDX-License-Identifier: BSD-2-Clause
 * check-split.c - rollcall check: does a group that becomes a message of its own find its way back to us
 *
 * Owns:     one short connection to the second listener.
 * Promises: follows the route as Postfix does: transport_maps, the transport, the listener it ends at.
 * Threads:  one.
 */
#include "admin/check-mta.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

gboolean
check_is_split_listener(const PostfixCheck *check, const char *service)
{
    return g_str_equal(postfix_service_parameter(check->postfix, service, "milter_macro_daemon_name"), POSTFIX_SPLIT);
}

static gboolean
is_loopback(const char *service)
{
    return g_str_has_prefix(service, "127.") || g_str_has_prefix(service, "[::1]:") ||
           g_str_has_prefix(service, "::1:") || g_str_has_prefix(service, "localhost:");
}

static void
say_if_set(const PostfixCheck *check, CheckResult result, const char *service, const char *name, const char *why)
{
    const char *value = service == NULL ? postfix_parameter(check->postfix, name)
                                        : postfix_service_parameter(check->postfix, service, name);
    if (*value != '\0')
        check_say(check->tally, result, "Postfix: %s%s%s = %s: %s", service == NULL ? "" : service,
                  service == NULL ? "" : ": ", name, value, why);
}

static void
check_one_listener(const PostfixCheck *check, const char *service)
{
    const char *overrides = postfix_service_parameter(check->postfix, service, "receive_override_options");

    if (!is_loopback(service))
        check_say(check->tally, CHECK_BAD,
                  "Postfix: %s: milter_macro_daemon_name = " POSTFIX_SPLIT ", but it listens beyond this host",
                  service);
    if (!check_listener(check, service))
        check_say(check->tally, CHECK_BAD, "Postfix: %s does not ask %s", service, check->milter);
    if (strstr(overrides, "no_milters") != NULL)
        check_say(check->tally, CHECK_BAD, "Postfix: %s: receive_override_options = %s: rollcall is not asked", service,
                  overrides);
    if (strstr(overrides, "no_address_mappings") != NULL)
        check_say(check->tally, CHECK_NOTE,
                  "Postfix: %s: receive_override_options = %s: members who are aliases of "
                  "Postfix are not found there",
                  service, overrides);
    say_if_set(check, CHECK_NOTE, service, "content_filter", "split messages are filtered a second time");
}

static void
check_listeners(const PostfixCheck *check)
{
    g_autoptr(GPtrArray) services = postfix_services(check->postfix);
    gboolean found = FALSE;

    for (guint i = 0; i < services->len; i++) {
        const char *service = g_ptr_array_index(services, i);
        if (g_strcmp0(postfix_program(check->postfix, service), "smtpd") != 0 ||
            !check_is_split_listener(check, service))
            continue;
        found = TRUE;
        check_one_listener(check, service);
    }
    if (!found)
        check_say(check->tally, CHECK_BAD,
                  "Postfix: no listener has milter_macro_daemon_name = " POSTFIX_SPLIT
                  "; see rollcall mta-config postfix");
}

/* `transport` is the service of master.cf that the route names. */
static gboolean
check_transport(const PostfixCheck *check, const char *transport)
{
    g_autofree char *service = g_strconcat(transport, "/unix", NULL);
    g_autofree char *limit = g_strconcat(transport, "_destination_recipient_limit", NULL);
    const char      *value = postfix_parameter(check->postfix, limit);
    const char      *level = postfix_service_parameter(check->postfix, service, "smtp_tls_security_level");

    if (postfix_program(check->postfix, service) == NULL) {
        check_say(check->tally, CHECK_BAD, "Postfix: master.cf has no service %s, which transport_maps names", service);
        return FALSE;
    }
    if (!g_str_equal(value, "1")) {
        check_say(check->tally, CHECK_BAD, "Postfix: %s = %s, expected 1", limit, *value == '\0' ? "(unset)" : value);
        return FALSE;
    }
    if (*level != '\0' && !g_str_equal(level, "none") && !g_str_equal(level, "may"))
        check_say(check->tally, CHECK_NOTE,
                  "Postfix: %s: smtp_tls_security_level = %s: the second listener must then offer TLS", service, level);
    say_if_set(check, CHECK_BAD, service, "smtp_generic_maps", "the sender may change on the way, and the split fails");
    return TRUE;
}

static void
check_route(const PostfixCheck *check)
{
    const MilterSettings *milter = settings_milter(check->settings);
    g_autofree char      *expected = postfix_split_nexthop(milter->split_listener);
    g_autoptr(GError) error = NULL;
    g_autofree char *route = postfix_transport(check->postfix, milter->split_domain, &error);

    if (error != NULL) {
        check_say(check->tally, CHECK_BAD, "Postfix: %s", error->message);
        return;
    }
    char *nexthop = route == NULL ? NULL : strchr(route, ':');
    if (nexthop == NULL || !g_str_equal(nexthop + 1, expected)) {
        check_say(check->tally, CHECK_BAD, "Postfix: transport_maps sends %s to %s, expected " POSTFIX_SPLIT ":%s",
                  milter->split_domain, route == NULL ? "nowhere" : route, expected);
        return;
    }
    *nexthop = '\0';
    if (check_transport(check, route))
        check_say(check->tally, CHECK_GOOD, "Postfix: %s goes to %s:%s, one recipient a transaction",
                  milter->split_domain, route, nexthop + 1);
}

/* What was judged first is known again by the sender: it must be the same when the message comes back. */
static void
check_senders(const PostfixCheck *check)
{
    static const char *const rewriting[] = {"canonical_maps", "sender_canonical_maps", "masquerade_domains", NULL};

    for (const char *const *name = rewriting; *name != NULL; name++)
        say_if_set(check, CHECK_NOTE, NULL, *name,
                   "messages whose sender it changes cannot be split, and are deferred");
}

/* The greeting of inet:PORT@HOST, or NULL with errno. */
static char *
greeting(const char *listener)
{
    gboolean v6 = g_str_has_prefix(listener, "inet6:");
    g_auto(GStrv) place = g_strsplit(strchr(listener, ':') + 1, "@", 2);
    guint16             port = htons((guint16)g_ascii_strtoull(place[0], NULL, 10));
    struct sockaddr_in  v4_address = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 v6_address = {.sin6_family = AF_INET6, .sin6_port = port};
    struct timeval      patience = {.tv_sec = 5};
    char                text[512];

    inet_pton(AF_INET, place[1], &v4_address.sin_addr);
    inet_pton(AF_INET6, place[1], &v6_address.sin6_addr);
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return NULL;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    int     failed = v6 ? connect(fd, (struct sockaddr *)&v6_address, sizeof(v6_address))
                        : connect(fd, (struct sockaddr *)&v4_address, sizeof(v4_address));
    ssize_t length = failed != 0 ? -1 : recv(fd, text, sizeof(text) - 1, 0);
    int     number = errno;
    close(fd);
    errno = number;
    return length < 0 ? NULL : g_strchomp(g_strndup(text, (gsize)length));
}

void
check_split_answers(CheckTally *tally, const Settings *settings)
{
    const char *listener = settings_milter(settings)->split_listener;

    if (*settings_milter(settings)->split_domain == '\0')
        return;
    g_autofree char *text = greeting(listener);
    if (text == NULL)
        check_say(tally, CHECK_BAD, "split-listener %s: %s", listener, g_strerror(errno));
    else if (!g_str_has_prefix(text, "220"))
        check_say(tally, CHECK_BAD, "split-listener %s: got '%s', expected 220", listener, text);
    else
        check_say(tally, CHECK_GOOD, "split-listener %s answers", listener);
}

void
check_split(const PostfixCheck *check)
{
    if (*settings_milter(check->settings)->split_domain == '\0')
        return;
    check_route(check);
    check_listeners(check);
    check_senders(check);
}
