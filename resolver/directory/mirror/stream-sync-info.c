/* SPDX-License-Identifier: BSD-2-Clause
 * stream-sync-info.c - the messages of content synchronization (RFC 4533 section 2), and what slapd's cookies say
 *
 * A cookie of slapd is `rid=000,csn=CSN;CSN`, a CSN is `20261126212617.123456Z#000000#SID#000000`: one for each server
 * that takes changes, by its SID. contextCSN of the database's suffix has the same for what the server itself has got.
 * Cookies of others say nothing to us.
 *
 * Promises: pure; what is not well-formed is FALSE.
 * Threads:  any.
 */
#include "stream-sync.h"

#include <string.h>

struct berval *
sync_request_write(GBytes *cookie)
{
    BerElement    *ber = ber_alloc_t(LBER_USE_DER);
    struct berval *value = NULL;
    gsize          length = 0;
    const char    *octets = cookie != NULL ? g_bytes_get_data(cookie, &length) : NULL;
    int result = cookie != NULL ? ber_printf(ber, "{eob}", LDAP_SYNC_REFRESH_AND_PERSIST, octets, (ber_len_t)length, 0)
                                : ber_printf(ber, "{eb}", LDAP_SYNC_REFRESH_AND_PERSIST, 0);

    if (result != -1)
        ber_flatten(ber, &value);
    ber_free(ber, 1);
    return value;
}

static GBytes *
copy(const struct berval *octets)
{
    return g_bytes_new(octets->bv_val, octets->bv_len);
}

gboolean
sync_state_read(const struct berval *value, SyncState *state)
{
    struct berval octets = *value, id = {0}, cookie = {0};
    ber_int_t     number = 0;
    ber_len_t     length = 0;
    BerElement   *ber = octets.bv_len > 0 ? ber_init(&octets) : NULL;

    *state = (SyncState){0};
    if (ber == NULL)
        return FALSE;
    gboolean good =
        ber_scanf(ber, "{em", &number, &id) != LBER_ERROR && stream_id_read(id.bv_val, id.bv_len, &state->id);
    if (good && ber_peek_tag(ber, &length) == LDAP_TAG_SYNC_COOKIE) {
        good = ber_scanf(ber, "m", &cookie) != LBER_ERROR;
        if (good)
            state->cookie = copy(&cookie);
    }
    state->state = number;
    ber_free(ber, 1);
    return good;
}

static gboolean
read_ids(BerElement *ber, GArray **ids)
{
    BerVarray values = NULL;
    gboolean  good = ber_scanf(ber, "[W]", &values) != LBER_ERROR;

    *ids = g_array_new(FALSE, FALSE, sizeof(EntryId));
    for (BerVarray value = values; good && value != NULL && value->bv_val != NULL; value++) {
        EntryId id;
        good = stream_id_read(value->bv_val, value->bv_len, &id);
        if (good)
            g_array_append_val(*ids, id);
    }
    ber_bvarray_free(values);
    return good;
}

/* [1], [2] and [3]: a cookie, a flag, and for [3] ids. */
static gboolean
read_sequence(BerElement *ber, SyncInfo *info)
{
    struct berval cookie = {0};
    ber_len_t     length = 0;
    ber_int_t     flag = info->kind != SYNC_INFO_IDS;

    if (ber_scanf(ber, "{") == LBER_ERROR)
        return FALSE;
    if (ber_peek_tag(ber, &length) == LDAP_TAG_SYNC_COOKIE) {
        if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
            return FALSE;
        info->cookie = copy(&cookie);
    }
    if (ber_peek_tag(ber, &length) == LBER_BOOLEAN && ber_scanf(ber, "b", &flag) == LBER_ERROR)
        return FALSE;
    info->flag = flag != 0;
    return info->kind != SYNC_INFO_IDS || read_ids(ber, &info->ids);
}

static gboolean
read_choice(BerElement *ber, SyncInfo *info)
{
    struct berval cookie = {0};
    ber_len_t     length = 0;

    switch (ber_peek_tag(ber, &length)) {
    case LDAP_TAG_SYNC_NEW_COOKIE:
        if (ber_scanf(ber, "m", &cookie) == LBER_ERROR)
            return FALSE;
        info->kind = SYNC_INFO_COOKIE;
        info->cookie = copy(&cookie);
        return TRUE;
    case LDAP_TAG_SYNC_REFRESH_DELETE:
        info->kind = SYNC_INFO_DELETE;
        return read_sequence(ber, info);
    case LDAP_TAG_SYNC_REFRESH_PRESENT:
        info->kind = SYNC_INFO_PRESENT;
        return read_sequence(ber, info);
    case LDAP_TAG_SYNC_ID_SET:
        info->kind = SYNC_INFO_IDS;
        return read_sequence(ber, info);
    default:
        return FALSE;
    }
}

gboolean
sync_info_read(const struct berval *value, SyncInfo *info)
{
    struct berval octets = *value;
    BerElement   *ber = octets.bv_len > 0 ? ber_init(&octets) : NULL;

    *info = (SyncInfo){0};
    if (ber == NULL)
        return FALSE;
    gboolean good = read_choice(ber, info);
    ber_free(ber, 1);
    if (!good)
        sync_info_clear(info);
    return good;
}

void
sync_info_clear(SyncInfo *info)
{
    g_clear_pointer(&info->cookie, g_bytes_unref);
    g_clear_pointer(&info->ids, g_array_unref);
}

/* ---- cookies of slapd ---- */

/* SID -> CSN; NULL: no cookie of that kind. */
static GHashTable *
read_csns(const char *text, const char *separator)
{
    g_auto(GStrv) csns = g_strsplit(text, separator, -1);
    g_autoptr(GHashTable) by_sid = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (guint i = 0; csns[i] != NULL; i++) {
        g_auto(GStrv) parts = g_strsplit(csns[i], "#", -1);
        if (g_strv_length(parts) != 4)
            return NULL;
        g_hash_table_replace(by_sid, g_strdup(parts[2]), g_strdup(csns[i]));
    }
    return g_steal_pointer(&by_sid);
}

static GHashTable *
read_cookie(GBytes *cookie)
{
    gsize            length = 0;
    const char      *octets = cookie != NULL ? g_bytes_get_data(cookie, &length) : NULL;
    g_autofree char *text = g_strndup(octets != NULL ? octets : "", length);
    const char      *csns = strstr(text, "csn=");

    if (csns == NULL)
        return NULL;
    g_autofree char *list = g_strndup(csns + strlen("csn="), strcspn(csns + strlen("csn="), ","));
    return read_csns(list, ";");
}

/* Whether each CSN of `these` is at most the one of `those` with its SID. CSNs are compared as text. */
static gboolean
is_covered(GHashTable *these, GHashTable *those)
{
    GHashTableIter each;
    gpointer       sid = NULL, csn = NULL;

    g_hash_table_iter_init(&each, these);
    while (g_hash_table_iter_next(&each, &sid, &csn)) {
        const char *other = g_hash_table_lookup(those, sid);
        if (other == NULL || strcmp(csn, other) > 0)
            return FALSE;
    }
    return TRUE;
}

gboolean
sync_cookie_has(GBytes *cookie, const char *context_csn)
{
    g_autoptr(GHashTable) seen = read_cookie(cookie);
    g_autoptr(GHashTable) there = context_csn != NULL ? read_csns(context_csn, " ") : NULL;

    return seen != NULL && there != NULL && is_covered(there, seen);
}

gboolean
sync_cookie_is_ahead(GBytes *cookie, const char *context_csn)
{
    g_autoptr(GHashTable) seen = read_cookie(cookie);
    g_autoptr(GHashTable) there = context_csn != NULL ? read_csns(context_csn, " ") : NULL;

    /* who has CSNs has them in his cookies */
    return there != NULL && (seen == NULL || !is_covered(seen, there));
}
