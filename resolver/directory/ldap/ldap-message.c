/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-message.c - sending requests, waiting for messages, turning messages into entries
 *
 * Promises: waiting ends at the request's deadline, when the caller has gone, or when the server owed a message for
 *           answer_timeout; connection->state says what that means for connection and server.
 * Threads:  the one that owns the connection.
 */
#include "ldap-private.h"

/* How often a worker looks whether its caller is still there; how long beyond its own limits libldap may hang in a read
 * or write before the watchdog ends it. */
#define SLICE (100 * 1000)
#define SLACK (250 * 1000)

static const char *const everything[] = {LDAP_ALL_USER_ATTRIBUTES, NULL};
static const char *const nothing[] = {LDAP_NO_ATTRS, NULL};

static gboolean
lose(LdapConnection *connection, ConnectionState state, const char *why, GError **error)
{
    connection->state = state;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "%s: %s", connection->server->uri->label, why);
    return FALSE;
}

/* The server owes an answer. */
static void
lose_silent(LdapConnection *connection, ConnectionState state, gint64 waited, GError **error)
{
    g_autofree char *seconds = ldap_seconds(waited / 10000 * 10000);
    g_autofree char *why = g_strdup_printf("no answer in %s", seconds);

    lose(connection, state, why, error);
}

static gboolean
fail_call(LdapConnection *connection, GError **error)
{
    int code = LDAP_SERVER_DOWN;

    ldap_get_option(connection->ld, LDAP_OPT_RESULT_CODE, &code);
    if (ldap_guard_fired(connection->guard, NULL)) {
        lose_silent(connection, CONNECTION_SILENT, g_get_monotonic_time() - connection->heard, error);
        return FALSE;
    }
    if (code == LDAP_FILTER_ERROR || code == LDAP_PARAM_ERROR || code == LDAP_ENCODING_ERROR) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "libldap cannot send this request: %s",
                    ldap_err2string(code));
        return FALSE;
    }
    return lose(connection, CONNECTION_LOST, code == LDAP_SERVER_DOWN ? "connection lost" : ldap_err2string(code),
                error);
}

static void
arm(LdapConnection *connection, gint64 now)
{
    if (now - connection->armed < SLICE)
        return;
    connection->armed = now;
    gint64 limit = now + connection->config->settings.answer_timeout;
    ldap_guard_arm(connection->guard, MIN(limit, MAX(connection->deadline, now)) + SLACK);
}

gboolean
ldap_connection_send(LdapConnection *connection, const LdapRequest *request, int *id, GError **error)
{
    const char *const *attributes = request->attributes != NULL ? request->attributes : everything;

    if (attributes[0] == NULL) /* an empty list would mean all (RFC 4511 section 4.5.1.8) */
        attributes = nothing;
    connection->heard = g_get_monotonic_time();
    connection->answered = FALSE;
    arm(connection, connection->heard);
    /* no size or time limit of ours: completeness is the server's to judge */
    int result = ldap_search_ext(connection->ld, request->base, request->scope, request->filter, (char **)attributes, 0,
                                 request->controls, NULL, NULL, LDAP_NO_LIMIT, id);
    return result == LDAP_SUCCESS || fail_call(connection, error);
}

/* Whether the wait is over without a message; the state then says what to think of the server. */
static gboolean
give_up(LdapConnection *connection, gint64 now, GError **error)
{
    gint64   limit = connection->config->settings.answer_timeout;
    gint64   silent = now - connection->heard;
    gboolean late = now >= connection->deadline;
    gboolean gone = late || (connection->job != NULL && connection->job->abandoned);
    gboolean sated = !late && gone && connection->job->sated;

    /* a caller that waits as long as we do leaves a moment before us */
    if (silent >= limit || (gone && silent + SLACK >= limit))
        lose_silent(connection, CONNECTION_SILENT, limit, error);
    else if (gone && !sated && !connection->answered)
        lose_silent(connection, CONNECTION_SUSPECT, silent, error);
    else if (gone)
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "%s: not finished in time",
                    connection->server->uri->label);
    else
        return FALSE;
    return TRUE;
}

static LDAPMessage *
accept_message(LdapConnection *connection, LDAPMessage *message, gint64 now, GError **error)
{
    connection->heard = now;
    connection->answered = TRUE;
    if (connection->progress != NULL)
        *connection->progress = now;
    if (connection->job != NULL)
        connection->job->progress = now;
    if (ldap_msgid(message) != LDAP_RES_UNSOLICITED)
        return message;
    ldap_msgfree(message);
    lose(connection, CONNECTION_LOST, "the server closes the connection", error);
    return NULL;
}

LDAPMessage *
ldap_connection_receive(LdapConnection *connection, int id, GError **error)
{
    for (;;) {
        gint64 now = g_get_monotonic_time();
        if (give_up(connection, now, error)) {
            if (id != LDAP_RES_ANY)
                ldap_connection_abandon(connection, id);
            return NULL;
        }
        arm(connection, now);
        struct timeval slice = {.tv_usec = SLICE};
        LDAPMessage   *message = NULL;
        int            type = ldap_result(connection->ld, id, LDAP_MSG_ONE, &slice, &message);
        if (type < 0) {
            fail_call(connection, error);
            return NULL;
        }
        if (type > 0)
            return accept_message(connection, message, g_get_monotonic_time(), error);
    }
}

gboolean
ldap_connection_wait(LdapConnection *connection, int id, gint64 wait, LDAPMessage **message, GError **error)
{
    gint64         now = g_get_monotonic_time();
    struct timeval time = {.tv_sec = wait / G_USEC_PER_SEC, .tv_usec = wait % G_USEC_PER_SEC};
    LDAPMessage   *found = NULL;

    *message = NULL;
    /* half a message may have come, and libldap waits for the rest of it */
    connection->heard = now;
    ldap_guard_arm(connection->guard, now + wait + connection->config->settings.answer_timeout + SLACK);
    connection->armed = now;
    int type = ldap_result(connection->ld, id, LDAP_MSG_ONE, &time, &found);
    if (type < 0)
        return fail_call(connection, error);
    if (type == 0)
        return TRUE;
    *message = accept_message(connection, found, g_get_monotonic_time(), error);
    return *message != NULL;
}

void
ldap_connection_abandon(LdapConnection *connection, int id)
{
    if (connection->state == CONNECTION_GOOD)
        ldap_abandon_ext(connection->ld, id, NULL, NULL);
}

char *
ldap_message_dn(LDAP *ld, LDAPMessage *message, GError **error)
{
    BerElement   *cursor = NULL;
    struct berval dn = {0};

    if (ldap_get_dn_ber(ld, message, &cursor, &dn) != LDAP_SUCCESS) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent an entry that cannot be read");
        return NULL;
    }
    char *copy = g_strndup(dn.bv_val, dn.bv_len);
    ber_free(cursor, 0);
    return copy;
}

static gboolean
add_attribute(const struct berval *description, const struct berval *values, EntryBuilder *builder, GPtrArray *ranges,
              GError **error)
{
    g_autofree char *type = NULL;
    LdapRange       *range = NULL;

    if (!ldap_range_parse(description->bv_val, description->bv_len, &type, &range)) {
        g_autofree char *shown = g_strndup(description->bv_val, description->bv_len);
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent the attribute %s", shown);
        return FALSE;
    }
    for (; values != NULL && values->bv_val != NULL; values++)
        entry_builder_add(builder, type, values->bv_val, values->bv_len);
    if (range != NULL)
        g_ptr_array_add(ranges, range);
    return TRUE;
}

gboolean
ldap_message_add(LDAP *ld, LDAPMessage *message, EntryBuilder *builder, GPtrArray *ranges, GError **error)
{
    BerElement   *cursor = NULL;
    struct berval dn = {0}, description = {0};
    BerVarray     values = NULL;
    gboolean      good = TRUE;
    int           result = ldap_get_dn_ber(ld, message, &cursor, &dn);

    while (good && result == LDAP_SUCCESS) {
        result = ldap_get_attribute_ber(ld, message, cursor, &description, &values);
        if (result != LDAP_SUCCESS || description.bv_val == NULL)
            break;
        good = add_attribute(&description, values, builder, ranges, error);
        ber_memfree(values);
        values = NULL;
    }
    ber_free(cursor, 0);
    if (good && result != LDAP_SUCCESS) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent an entry that cannot be read");
        return FALSE;
    }
    return good;
}

/* The result of a read: TRUE with an entry, without one if there is no such object. */
static gboolean
read_result(LdapConnection *connection, LDAPMessage *message, const char *dn, gboolean found, GError **error)
{
    int            result = LDAP_OTHER;
    char         **referrals = NULL;
    DirectoryError code = DIRECTORY_ERROR_REFUSED;

    ldap_parse_result(connection->ld, message, &result, NULL, NULL, &referrals, NULL, 0);
    LdapOutcome outcome = ldap_outcome(result, found, &code);
    if (outcome == OUTCOME_ERROR) {
        g_autofree char *why = ldap_connection_explain(connection->ld, result);
        g_set_error(error, DIRECTORY_ERROR, code, "%s: reading %s: %s%s%s", connection->server->uri->label, dn, why,
                    referrals != NULL ? " " : "", referrals != NULL ? referrals[0] : "");
        if (result == LDAP_UNAVAILABLE)
            connection->state = CONNECTION_LEAVING;
    }
    ldap_memvfree((void **)referrals);
    return outcome != OUTCOME_ERROR;
}

gboolean
ldap_connection_read(LdapConnection *connection, const char *dn, const char *filter, const char *const *attributes,
                     LDAPMessage **entry, GError **error)
{
    LdapRequest request = {.base = dn, .scope = LDAP_SCOPE_BASE, .filter = filter, .attributes = attributes};
    g_autoptr(LDAPMessage) found = NULL;
    int id = 0;

    *entry = NULL;
    if (!ldap_connection_send(connection, &request, &id, error))
        return FALSE;
    for (;;) {
        g_autoptr(LDAPMessage) message = ldap_connection_receive(connection, id, error);
        if (message == NULL)
            return FALSE;
        if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY) {
            g_clear_pointer(&found, ldap_msgfree);
            found = g_steal_pointer(&message);
        } else if (ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT) {
            if (!read_result(connection, message, dn, found != NULL, error))
                return FALSE;
            *entry = g_steal_pointer(&found);
            return TRUE;
        } else {
            ldap_connection_abandon(connection, id);
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s: reading %s: unexpected message",
                        connection->server->uri->label, dn);
            return FALSE;
        }
    }
}
