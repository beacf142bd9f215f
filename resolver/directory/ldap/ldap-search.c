/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-search.c - a whole search: page by page (RFC 2696), complete or an error
 *
 * Promises: each entry once, ranged attributes whole; anything that ended the search early is an error.
 * Threads:  the one that owns the connection.
 */
#include "ldap-private.h"

#include "rollcall/dn.h"

enum {
    MAX_EMPTY_PAGES = 100,      /* in a row: the server is walking in a circle */
    MAX_ENTRIES = 10 * 1000000, /* of one search */
};

typedef struct {
    LdapConnection   *connection;
    const LdapSearch *search;
    LdapEntryFunc     func;
    gpointer          user_data;
    struct berval    *cookie;    /* of the next page; NULL or empty: none */
    GPtrArray        *partial;   /* DNs of this page's entries that have ranged attributes */
    guint64           n_entries; /* of all pages */
    guint             n_pages, n_empty;
    guint64           before; /* n_entries at the start of this page */
} Walk;

static gboolean
fail(const Walk *walk, DirectoryError code, GError **error, const char *what)
{
    g_set_error(error, DIRECTORY_ERROR, code, "%s: searching %s: %s", walk->connection->server->uri->label,
                walk->search->base, what);
    return FALSE;
}

static gboolean
take_entry(Walk *walk, LDAPMessage *message, GError **error)
{
    LDAP *ld = walk->connection->ld;
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);
    g_autofree char *dn = ldap_message_dn(ld, message, error);

    if (dn == NULL)
        return FALSE;
    if (++walk->n_entries > MAX_ENTRIES)
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "more entries than any directory has");
    g_autoptr(EntryBuilder) builder = entry_builder_new(dn);
    if (builder == NULL)
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "the server sent an entry whose name is no DN");
    if (!ldap_message_add(ld, message, builder, ranges, error))
        return FALSE;
    if (ranges->len > 0) {
        g_ptr_array_add(walk->partial, g_steal_pointer(&dn));
        return TRUE;
    }
    g_autoptr(EntryRef) entry = entry_builder_finish(g_steal_pointer(&builder));
    return walk->func(entry, walk->user_data, error);
}

static gboolean
take_reference(Walk *walk, LDAPMessage *message, GError **error)
{
    char **urls = NULL;

    if (ldap_parse_reference(walk->connection->ld, message, &urls, NULL, 0) != LDAP_SUCCESS)
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "a reference that cannot be read");
    gboolean harmless = ldap_reference_check(urls, error);
    ldap_memvfree((void **)urls);
    if (!harmless)
        g_prefix_error(error, "%s: searching %s: ", walk->connection->server->uri->label, walk->search->base);
    return harmless;
}

/* The cookie of the next page. The control was critical: a result without it is not what we asked for. */
static gboolean
take_cookie(Walk *walk, LDAPControl **controls, GError **error)
{
    LDAPControl  *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    ber_int_t     estimate = 0;
    struct berval cookie = {0};

    if (control == NULL ||
        ldap_parse_pageresponse_control(walk->connection->ld, control, &estimate, &cookie) != LDAP_SUCCESS)
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "the server did not say whether this was the last page");
    walk->cookie = ber_dupbv(NULL, &cookie);
    ber_memfree(cookie.bv_val);
    return TRUE;
}

static gboolean
explain_result(Walk *walk, int result, char **referrals, GError **error)
{
    DirectoryError   code = DIRECTORY_ERROR_REFUSED;
    g_autofree char *why = ldap_connection_explain(walk->connection->ld, result);

    if (ldap_outcome(result, walk->n_pages > 0 || walk->n_entries > 0, &code) == OUTCOME_NO_OBJECT)
        return fail(walk, DIRECTORY_ERROR_NO_BASE, error, "the base does not exist");
    if (result == LDAP_UNAVAILABLE)
        walk->connection->state = CONNECTION_LEAVING;
    g_autofree char *text = g_strdup_printf("%s%s%s", why, referrals != NULL ? " " : "",
                                            referrals != NULL && referrals[0] != NULL ? referrals[0] : "");
    return fail(walk, code, error, text);
}

static gboolean
take_result(Walk *walk, LDAPMessage *message, GError **error)
{
    int           result = LDAP_OTHER;
    char        **referrals = NULL;
    LDAPControl **controls = NULL;

    if (ldap_parse_result(walk->connection->ld, message, &result, NULL, NULL, &referrals, &controls, 0) != LDAP_SUCCESS)
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "a result that cannot be read");
    gboolean good = result == LDAP_SUCCESS
                        ? walk->search->scope == LDAP_SCOPE_BASE || take_cookie(walk, controls, error)
                        : explain_result(walk, result, referrals, error);
    ldap_memvfree((void **)referrals);
    ldap_controls_free(controls);
    return good;
}

static gboolean
send_page(Walk *walk, int *id, GError **error)
{
    const LdapSearch *search = walk->search;
    LDAPControl      *page = NULL;
    LDAPControl      *controls[] = {NULL, NULL};
    LdapRequest       request = {search->base, search->scope, search->filter, search->attributes, controls};

    if (search->scope != LDAP_SCOPE_BASE) {
        guint size = walk->connection->config->settings.page_size;
        if (ldap_create_page_control(walk->connection->ld, (ber_int_t)size, walk->cookie, 1, &page) != LDAP_SUCCESS)
            return fail(walk, DIRECTORY_ERROR_UNAVAILABLE, error, "no memory");
        controls[0] = page;
    }
    gboolean sent = ldap_connection_send(walk->connection, &request, id, error);
    ldap_control_free(page);
    g_clear_pointer(&walk->cookie, ber_bvfree);
    return sent;
}

static gboolean
take_message(Walk *walk, LDAPMessage *message, gboolean *ended, GError **error)
{
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        return take_entry(walk, message, error);
    case LDAP_RES_SEARCH_REFERENCE:
        return take_reference(walk, message, error);
    case LDAP_RES_SEARCH_RESULT:
        *ended = TRUE;
        return take_result(walk, message, error);
    case LDAP_RES_INTERMEDIATE:
        return TRUE; /* none was asked for; RFC 4511 section 4.13 has them ignored */
    default:
        return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "unexpected message");
    }
}

static gboolean
walk_page(Walk *walk, GError **error)
{
    int      id = 0;
    gboolean ended = FALSE;

    walk->before = walk->n_entries;
    if (!send_page(walk, &id, error))
        return FALSE;
    while (!ended) {
        g_autoptr(LDAPMessage) message = ldap_connection_receive(walk->connection, id, error);
        if (message == NULL)
            return FALSE;
        if (!take_message(walk, message, &ended, error)) {
            if (!ended)
                ldap_connection_abandon(walk->connection, id);
            return FALSE;
        }
    }
    walk->n_pages++;
    walk->n_empty = walk->n_entries > walk->before ? 0 : walk->n_empty + 1;
    return TRUE;
}

/* Entries whose attributes came in ranges are read again, whole. One that is gone by now is no member any more. */
static gboolean
complete_partial(Walk *walk, GError **error)
{
    for (guint i = 0; i < walk->partial->len; i++) {
        g_autoptr(EntryRef) entry = NULL;
        if (!ldap_read_whole(walk->connection, walk->partial->pdata[i], walk->search->attributes, &entry, error))
            return FALSE;
        if (entry != NULL && !walk->func(entry, walk->user_data, error))
            return FALSE;
    }
    g_ptr_array_set_size(walk->partial, 0);
    return TRUE;
}

static gboolean
walk_pages(Walk *walk, GError **error)
{
    do {
        if (!walk_page(walk, error) || !complete_partial(walk, error))
            return FALSE;
        if (walk->n_empty > MAX_EMPTY_PAGES)
            return fail(walk, DIRECTORY_ERROR_INCOMPLETE, error, "the server sends pages without end");
        if (walk->search->page != NULL)
            walk->search->page(walk->user_data);
    } while (walk->cookie != NULL && walk->cookie->bv_len > 0);
    return TRUE;
}

gboolean
ldap_search_run(LdapConnection *connection, const LdapSearch *search, LdapEntryFunc func, gpointer user_data,
                GError **error)
{
    Walk walk = {.connection = connection, .search = search, .func = func, .user_data = user_data};

    walk.partial = g_ptr_array_new_with_free_func(g_free);
    gboolean good = walk_pages(&walk, error);
    g_ptr_array_unref(walk.partial);
    g_clear_pointer(&walk.cookie, ber_bvfree);
    return good;
}
