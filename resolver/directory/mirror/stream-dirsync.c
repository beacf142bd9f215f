/* SPDX-License-Identifier: BSD-2-Clause
 * stream-dirsync.c - Active Directory: the DirSync control [MS-ADTS 3.1.1.3.4.1.3]
 *
 * With OBJECT_SECURITY any account may ask, and gets what it may see. What it may not see is not reported either:
 * deletions, unless it may read the container of deleted objects, and rights that have been taken away; hence the
 * presence passes.
 *
 * The base must be a naming context, so the one that holds the base is streamed whole. The filter is applied to what an
 * object has become, so any but (objectClass=*) would hide those that cease to match.
 *
 * Threads: the stream's.
 */
#include "stream-private.h"

enum { MAX_ROUNDS = 1000000 }; /* of one pass: the server goes round in circles */

static const char        any_object[] = "(objectClass=*)";
static const char *const own[] = {"name", "parentGUID", "isDeleted", "whenCreated", "objectGUID", "objectClass", NULL};

/* SEQUENCE { option INTEGER 1 }: names as <GUID=...>;<SID=...>;DN [MS-ADTS 3.1.1.3.4.1.5]. A link is known by that even
 * while the name of what it points to is changing. */
static const struct berval as_text = {5, (char *)"\x30\x03\x02\x01\x01"};

static const char *
dirsync_context(const StreamRun *run)
{
    return run->server.suffix != NULL ? run->server.suffix : run->settings->context;
}

/* ---- whether deletions are reported ---- */

static char *
describe_remedy(const StreamRun *run, const char *container)
{
    const LdapSettings *settings = &run->connection->config->settings;
    const char         *account = settings->bind == BIND_GSSAPI ? settings->principal : settings->bind_dn;

    if (run->server.samba)
        return g_strdup_printf("ldbedit -H sam.ldb --controls=show_deleted:1 -s base -b '%s' nTSecurityDescriptor, "
                               "to add (A;;RPLC;;;SID) after D: with the SID of %s",
                               container, account != NULL ? account : "the account");
    return g_strdup_printf("dsacls '%s' /takeOwnership, then dsacls '%s' /G '%s:LCRP'", container, container,
                           account != NULL ? account : "DOMAIN\\account");
}

static gboolean
look_at_deletions(StreamRun *run, GError **error)
{
    g_autofree char *container = g_strdup_printf("CN=Deleted Objects,%s", run->context);
    g_autofree char *value = NULL;

    stream_server_control(run, LDAP_CONTROL_X_SHOW_DELETED, NULL);
    gboolean good = stream_server_value(run, container, "isDeleted", &value, error);
    stream_server_control(run, NULL, NULL);
    if (!good)
        return FALSE;
    run->blind = value == NULL;
    if (!run->blind)
        return TRUE;
    g_autofree char *remedy = describe_remedy(run, container);
    stream_report_once(run->stream, run->connection->server,
                       "mirror cannot see deletions, and only finds them by presence passes", "remedy", remedy);
    return TRUE;
}

/* ---- a pass ---- */

typedef struct {
    StreamRun *run;
    GPtrArray *names;
    gboolean   full;
    GBytes    *cookie;
    gboolean   more, ended;
    guint      number; /* of those before it in this pass */
} Round;

static gboolean
send_round(const Round *round, int *id, GError **error)
{
    StreamRun    *run = round->run;
    LDAPControl   extended = {.ldctl_oid = (char *)LDAP_CONTROL_X_EXTENDED_DN, .ldctl_value = as_text};
    LDAPControl  *dirsync = NULL;
    gsize         length = 0;
    const char   *octets = g_bytes_get_data(round->cookie, &length);
    struct berval cookie = {length, (char *)(length > 0 ? octets : "")};
    int           flags = (int)(LDAP_CONTROL_X_DIRSYNC_OBJECT_SECURITY | LDAP_CONTROL_X_DIRSYNC_INCREMENTAL_VALUES);

    if (ldap_create_dirsync_control(run->connection->ld, flags, G_MAXINT32, &cookie, &dirsync) != LDAP_SUCCESS) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "no memory");
        return FALSE;
    }
    dirsync->ldctl_iscritical = 1;
    LDAPControl *controls[] = {dirsync, run->server.extended ? &extended : NULL, NULL};
    LdapRequest  request = {run->context, LDAP_SCOPE_SUBTREE, any_object, (const char *const *)round->names->pdata,
                            controls};
    gboolean     sent = ldap_connection_send(run->connection, &request, id, error);
    ldap_control_free(dirsync);
    return sent;
}

/* An object of which the message says too little: restored from the deleted ones, or of another class now. It may be
 * gone again, which the next pass says. */
static gboolean
read_live(StreamRun *run, const StreamNews *news, GError **error)
{
    GPtrArray *names = stream_attribute_names(run, own);
    g_autoptr(EntryRef) entry = NULL;

    if (run->server.extended)
        stream_server_control(run, LDAP_CONTROL_X_EXTENDED_DN, &as_text);
    gboolean good = ldap_read_whole(run->connection, news->dn, (const char *const *)names->pdata, &entry, error);
    stream_server_control(run, NULL, NULL);
    g_ptr_array_unref(names);
    if (!good || entry == NULL)
        return good;
    StreamChange *change = stream_change_new(STREAM_PUT, &news->id);
    change->entry = stream_wanted_entry(run, entry);
    stream_change_set_parent(change, entry);
    return stream_pass_add(run, change, error);
}

static gboolean
take_entry(Round *round, LDAPMessage *message, GError **error)
{
    StreamNews news;

    if (!stream_goes_on(round->run->stream, error) ||
        !stream_dirsync_entry(round->run, message, round->full, &news, error))
        return FALSE;
    g_autofree char *dn = news.dn;
    /* the first round of a full pass shows objects deleted long ago; those of later ones may have come in an earlier
     * one */
    if (news.change != NULL && news.change->kind == STREAM_REMOVE && round->full && round->number == 0)
        g_clear_pointer(&news.change, stream_change_free);
    if (dn != NULL)
        return read_live(round->run, &news, error);
    return news.change == NULL || stream_pass_add(round->run, news.change, error);
}

static gboolean
take_reference(const StreamRun *run, LDAPMessage *message, GError **error)
{
    char **urls = NULL;

    if (ldap_parse_reference(run->connection->ld, message, &urls, NULL, 0) != LDAP_SUCCESS) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "a reference that cannot be read");
        return FALSE;
    }
    gboolean harmless = ldap_reference_check(urls, error);
    ldap_memvfree((void **)urls);
    return harmless;
}

/* A refusal of a request with a cookie is one of the cookie: it comes from another server, or the server has lost it.
 */
static gboolean
fail_result(const Round *round, int result, GError **error)
{
    LdapConnection  *connection = round->run->connection;
    g_autofree char *why = ldap_connection_explain(connection->ld, result);
    DirectoryError   code = DIRECTORY_ERROR_REFUSED;

    ldap_outcome(result, FALSE, &code);
    if (result == LDAP_UNAVAILABLE)
        connection->state = CONNECTION_LEAVING;
    if (code == DIRECTORY_ERROR_REFUSED && g_bytes_get_size(round->cookie) > 0)
        g_set_error(error, STREAM_ERROR, STREAM_ERROR_AGAIN, "cookie refused: %s", why);
    else
        g_set_error(error, DIRECTORY_ERROR, code, "%s: DirSync of %s: %s", connection->server->uri->label,
                    round->run->context, why);
    return FALSE;
}

static gboolean
take_cookie(Round *round, LDAPControl **controls, GError **error)
{
    LDAPControl  *control = ldap_control_find(LDAP_CONTROL_X_DIRSYNC, controls, NULL);
    struct berval cookie = {0};
    int           more = 0;

    if (control == NULL ||
        ldap_parse_dirsync_control(round->run->connection->ld, control, &more, &cookie) != LDAP_SUCCESS) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server did not say how far it has come");
        return FALSE;
    }
    g_bytes_unref(round->cookie);
    round->cookie = g_bytes_new(cookie.bv_val, cookie.bv_len);
    round->more = more != 0;
    ber_memfree(cookie.bv_val);
    return TRUE;
}

static gboolean
take_result(Round *round, LDAPMessage *message, GError **error)
{
    int           result = LDAP_OTHER;
    LDAPControl **controls = NULL;

    round->ended = TRUE;
    ldap_parse_result(round->run->connection->ld, message, &result, NULL, NULL, NULL, &controls, 0);
    gboolean good = result == LDAP_SUCCESS ? take_cookie(round, controls, error) : fail_result(round, result, error);
    ldap_controls_free(controls);
    return good;
}

static gboolean
take_message(Round *round, LDAPMessage *message, GError **error)
{
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        return take_entry(round, message, error);
    case LDAP_RES_SEARCH_REFERENCE:
        return take_reference(round->run, message, error);
    case LDAP_RES_SEARCH_RESULT:
        return take_result(round, message, error);
    default:
        return TRUE;
    }
}

static gboolean
run_round(Round *round, GError **error)
{
    LdapConnection *connection = round->run->connection;
    int             id = 0;

    round->ended = FALSE;
    if (!send_round(round, &id, error))
        return FALSE;
    while (!round->ended) {
        g_autoptr(LDAPMessage) message = ldap_connection_receive(connection, id, error);
        if (message == NULL)
            return FALSE;
        if (!take_message(round, message, error)) {
            if (!round->ended)
                ldap_connection_abandon(connection, id);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
run_rounds(Round *round, GError **error)
{
    gint64 begin = 0;

    for (; round->number == 0 || round->more; round->number++) {
        begin = g_get_monotonic_time();
        if (round->number > MAX_ROUNDS) {
            g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sends changes without end");
            return FALSE;
        }
        if (!run_round(round, error))
            return FALSE;
    }
    /* read after the answer: a note must not say less than its cookie */
    return stream_server_usn(round->run, error) && stream_arrive(round->run, g_bytes_ref(round->cookie), begin, error);
}

static gboolean
dirsync_pass(StreamRun *run, GError **error)
{
    Round round = {.run = run, .full = run->note == NULL, .names = stream_attribute_names(run, own)};

    round.cookie = round.full ? g_bytes_new(NULL, 0) : g_bytes_ref(run->note->cookie);
    stream_pass_begin(run, round.full ? STREAM_FULL : STREAM_CHANGES);
    gboolean good = run_rounds(&round, error);
    stream_pass_drop(run);
    g_bytes_unref(round.cookie);
    g_ptr_array_unref(round.names);
    return good;
}

static const char *
dirsync_id_attribute(G_GNUC_UNUSED const StreamRun *run)
{
    return "objectGUID";
}

static const StreamPasses passes = {.pass = dirsync_pass, .id_attribute = dirsync_id_attribute, .is_choosy = TRUE};

static gboolean
dirsync_follow(StreamRun *run, GError **error)
{
    return look_at_deletions(run, error) && stream_passes_follow(run, &passes, error);
}

const StreamMethodClass stream_dirsync = {
    .name = "dirsync",
    .method = STREAM_METHOD_DIRSYNC,
    .context = dirsync_context,
    .follow = dirsync_follow,
};
