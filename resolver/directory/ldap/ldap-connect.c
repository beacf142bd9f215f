/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-connect.c - one connection: opened, secured, bound
 *
 * Owns:     the handle of libldap.
 * Promises: no password before TLS; every wait ends (ldap-guard.c); nothing of ldap.conf or the environment counts.
 * Threads:  one at a time.
 */
#include "ldap-private.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

char *
ldap_connection_explain(LDAP *ld, int code)
{
    char *diagnostic = NULL;

    ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic);
    g_autofree char *shown =
        diagnostic != NULL && *diagnostic != '\0' ? g_strescape(g_strchomp(diagnostic), "\"") : NULL;
    char *text = g_strdup_printf("%d %s%s%s%s", code, ldap_err2string(code), shown != NULL ? " (" : "",
                                 shown != NULL ? shown : "", shown != NULL ? ")" : "");
    ldap_memfree(diagnostic);
    return text;
}

char *
ldap_seconds(gint64 microseconds)
{
    return g_strdup_printf("%g s", (double)microseconds / G_USEC_PER_SEC);
}

static int
on_connected(G_GNUC_UNUSED LDAP *ld, Sockbuf *socket_buffer, G_GNUC_UNUSED LDAPURLDesc *url,
             G_GNUC_UNUSED struct sockaddr *address, struct ldap_conncb *callback)
{
    ber_socket_t fd = -1;

    ber_sockbuf_ctrl(socket_buffer, LBER_SB_OPT_GET_FD, &fd);
    ldap_guard_set_fd(callback->lc_arg, fd);
    return 0;
}

static void
on_closing(G_GNUC_UNUSED LDAP *ld, G_GNUC_UNUSED Sockbuf *socket_buffer, struct ldap_conncb *callback)
{
    ldap_guard_set_fd(callback->lc_arg, -1);
}

static struct timeval
to_timeval(gint64 microseconds)
{
    return (struct timeval){.tv_sec = microseconds / G_USEC_PER_SEC, .tv_usec = microseconds % G_USEC_PER_SEC};
}

static gboolean
set_options(LDAP *ld, const LdapSettings *settings, ldap_conncb *callback)
{
    const int      version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER, none = 0;
    const int      idle = 60, interval = 10, probes = 3;
    struct timeval connect = to_timeval(settings->connect_timeout), answer = to_timeval(settings->answer_timeout);
    const struct {
        int         option;
        const void *value;
    } options[] = {
        {LDAP_OPT_PROTOCOL_VERSION, &version},
        {LDAP_OPT_DEREF, &deref},
        {LDAP_OPT_SIZELIMIT, &none},
        {LDAP_OPT_TIMELIMIT, &none},
        {LDAP_OPT_REFERRALS, LDAP_OPT_OFF},
        {LDAP_OPT_RESTART, LDAP_OPT_ON},
        {LDAP_OPT_NETWORK_TIMEOUT, &connect},
        {LDAP_OPT_TIMEOUT, &answer},
        {LDAP_OPT_X_KEEPALIVE_IDLE, &idle},
        {LDAP_OPT_X_KEEPALIVE_INTERVAL, &interval},
        {LDAP_OPT_X_KEEPALIVE_PROBES, &probes},
        {LDAP_OPT_CONNECT_CB, callback},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
        if (ldap_set_option(ld, options[i].option, options[i].value) != LDAP_OPT_SUCCESS)
            return FALSE;
    return TRUE;
}

/* libldap compares the certificate with the machine's own name when it is told to go to "localhost". */
static const char *
hint(const LdapUri *uri)
{
    if (uri->host != NULL && g_ascii_strcasecmp(uri->host, "localhost") == 0)
        return "; for localhost libldap looks for the machine's own name in the certificate: use 127.0.0.1";
    return "";
}

/* GnuTLS refuses a certificate without saying why, and libldap has no words for it. */
static char *
explain_tls(LDAP *ld, int result)
{
    char    *diagnostic = NULL;
    gboolean silent = ldap_get_option(ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diagnostic) != LDAP_OPT_SUCCESS ||
                      diagnostic == NULL || g_str_equal(diagnostic, "(unknown error code)");

    ldap_memfree(diagnostic);
    if (silent && (result == LDAP_SERVER_DOWN || result == LDAP_CONNECT_ERROR))
        return g_strdup("certificate not accepted (authority, name or date), or no TLS there");
    return ldap_connection_explain(ld, result);
}

/* One text for what went wrong before the bind. `number`: errno, where it says something. */
static void
explain_failure(const LdapConnection *connection, const char *stage, int result, int number, GError **error)
{
    const LdapUri   *uri = connection->server->uri;
    gint64           limit = connection->config->settings.connect_timeout;
    gint64           waited = g_get_monotonic_time() - connection->opened;
    g_autofree char *why = NULL;

    if (ldap_guard_fired(connection->guard, &stage) || result == LDAP_TIMEOUT || waited >= limit) {
        g_autofree char *seconds = ldap_seconds(limit);
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "%s: no answer in %s", stage, seconds);
        return;
    }
    if (g_str_equal(stage, "connecting")) {
        why = uri->local ? g_ascii_strdown(g_strerror(number), -1) : ldap_reason(uri);
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "%s", why);
        return;
    }
    why = explain_tls(connection->ld, result);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "%s: %s%s", stage, why, hint(uri));
}

static gboolean
reach(LdapConnection *connection, GError **error)
{
    errno = 0;
    int result = ldap_connect(connection->ld);
    int number = errno;
    if (result == LDAP_SUCCESS)
        return TRUE;
    /* once the socket was there, what failed was the handshake */
    const char *stage = NULL;
    ldap_guard_fired(connection->guard, &stage);
    explain_failure(connection, stage, result, number, error);
    return FALSE;
}

static gboolean
start_tls(LdapConnection *connection, GError **error)
{
    ldap_guard_stage(connection->guard, "StartTLS");
    int result = ldap_start_tls_s(connection->ld, NULL, NULL);
    if (result == LDAP_SUCCESS)
        return TRUE;
    explain_failure(connection, "StartTLS", result, 0, error);
    return FALSE;
}

static gboolean
bind_handle(LdapConnection *connection, gboolean encrypted, GError **error)
{
    const LdapSettings *settings = &connection->config->settings;
    g_autoptr(GError) why = NULL;

    ldap_guard_stage(connection->guard, settings->bind == BIND_GSSAPI ? "bind (Kerberos or server)" : "bind");
    if (ldap_connection_bind(connection->ld, settings, connection->server->uri, encrypted, &why))
        return TRUE;
    if (ldap_guard_fired(connection->guard, NULL))
        explain_failure(connection, "bind", LDAP_TIMEOUT, 0, error);
    else
        g_propagate_error(error, g_steal_pointer(&why));
    return FALSE;
}

static void
note_security(const LdapConnection *connection, gboolean encrypted, GPtrArray *notes)
{
    char     *version = NULL, *cipher = NULL;
    ber_len_t ssf = 0;

    if (notes == NULL)
        return;
    g_ptr_array_add(notes, g_strdup("reachable"));
    if (encrypted) {
        ldap_get_option(connection->ld, LDAP_OPT_X_TLS_VERSION, &version);
        ldap_get_option(connection->ld, LDAP_OPT_X_TLS_CIPHER, &cipher);
        g_ptr_array_add(notes, g_strdup_printf("TLS: certificate verified, %s, %s", version != NULL ? version : "?",
                                               cipher != NULL ? cipher : "?"));
        ldap_memfree(version);
        ldap_memfree(cipher);
    } else {
        g_ptr_array_add(notes, g_strdup("TLS: none"));
    }
    if (ldap_get_option(connection->ld, LDAP_OPT_X_SASL_SSF, &ssf) == LDAP_OPT_SUCCESS && ssf > 0)
        g_ptr_array_add(notes, g_strdup_printf("bind: good, sealed with %lu bits", (unsigned long)ssf));
    else
        g_ptr_array_add(notes, g_strdup("bind: good"));
}

static gboolean
open_handle(LdapConnection *connection, GPtrArray *notes, GError **error)
{
    const LdapSettings *settings = &connection->config->settings;
    const LdapUri      *uri = connection->server->uri;
    gboolean            wants_start_tls = !uri->tls && !uri->local && settings->tls == TLS_REQUIRED;

    ldap_thread_initialize_library();
    int result = ldap_initialize(&connection->ld, uri->text);
    if (result != LDAP_SUCCESS || !set_options(connection->ld, settings, &connection->callback)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "libldap: %s", ldap_err2string(result));
        return FALSE;
    }
    if ((uri->tls || wants_start_tls) && !ldap_tls_set_up(connection->ld, settings, error))
        return FALSE;
    if (!reach(connection, error) || (wants_start_tls && !start_tls(connection, error)))
        return FALSE;
    gboolean encrypted = ldap_tls_inplace(connection->ld) != 0;
    if ((uri->tls || wants_start_tls) && !encrypted) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "TLS: not in place");
        return FALSE;
    }
    if (!bind_handle(connection, encrypted, error))
        return FALSE;
    note_security(connection, encrypted, notes);
    return TRUE;
}

LdapConnection *
ldap_connection_open(const LdapConfig *config, LdapServer *server, LdapGuard *guard, GPtrArray *notes, GError **error)
{
    gint64 now = g_get_monotonic_time();
    g_autoptr(LdapConnection) connection = g_new0(LdapConnection, 1);

    connection->config = config;
    connection->server = ldap_server_ref(server);
    connection->guard = guard;
    connection->callback = (ldap_conncb){.lc_add = on_connected, .lc_del = on_closing, .lc_arg = guard};
    connection->deadline = G_MAXINT64;
    connection->opened = now;
    ldap_guard_open(guard, server, now + config->settings.connect_timeout);
    gboolean opened = open_handle(connection, notes, error);
    ldap_guard_disarm(guard);
    return opened ? g_steal_pointer(&connection) : NULL;
}

void
ldap_connection_close(LdapConnection *connection)
{
    if (connection == NULL)
        return;
    /* the unbind request is written to a server that may read nothing any more */
    if (connection->ld != NULL) {
        ldap_guard_arm(connection->guard, g_get_monotonic_time() + G_USEC_PER_SEC);
        ldap_unbind_ext(connection->ld, NULL, NULL);
        ldap_guard_disarm(connection->guard);
    }
    ldap_server_unref(connection->server);
    g_free(connection);
}

gboolean
ldap_connection_is_stale(LdapConnection *connection)
{
    int fd = -1;

    if (ldap_get_option(connection->ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS || fd < 0)
        return TRUE;
    /* nothing was asked, so whatever there is to read is the end, or the notice of it (RFC 4511 section 4.4.1) */
    struct pollfd state = {.fd = fd, .events = POLLIN};
    return poll(&state, 1, 0) != 0;
}
