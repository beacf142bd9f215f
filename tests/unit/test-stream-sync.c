/* SPDX-License-Identifier: BSD-2-Clause
 * test-stream-sync.c - the messages of content synchronization (RFC 4533), and slapd's cookies
 */
#include "resolver/directory/mirror/stream-sync.h"

#include <string.h>

#define ID "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
#define OCTETS(text)                     \
    {                                    \
        sizeof(text) - 1, (char *)(text) \
    }

/* ---- states ---- */

static const struct {
    const char   *name;
    struct berval value;
    gboolean      good;
    int           state;
    const char   *cookie;
} states[] = {
    {"add", OCTETS("\x30\x15\x0a\x01\x01\x04\x10" ID), TRUE, LDAP_SYNC_ADD, NULL},
    {"delete-with-cookie", OCTETS("\x30\x18\x0a\x01\x03\x04\x10" ID "\x04\x01x"), TRUE, LDAP_SYNC_DELETE, "x"},
    {"short-id", OCTETS("\x30\x14\x0a\x01\x01\x04\x0f\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"),
     FALSE, 0, NULL},
    {"cut", OCTETS("\x30\x15\x0a\x01\x01\x04\x10\x01\x02"), FALSE, 0, NULL},
    {"empty", OCTETS(""), FALSE, 0, NULL},
};

static void
test_state(gconstpointer data)
{
    gsize     i = GPOINTER_TO_SIZE(data);
    SyncState state;

    g_assert_cmpint(sync_state_read(&states[i].value, &state), ==, states[i].good);
    if (!states[i].good)
        return;
    g_assert_cmpint(state.state, ==, states[i].state);
    g_assert_cmpmem(state.id.octets, sizeof state.id.octets, ID, 16);
    if (states[i].cookie == NULL)
        g_assert_null(state.cookie);
    else
        g_assert_cmpmem(g_bytes_get_data(state.cookie, NULL), g_bytes_get_size(state.cookie), states[i].cookie,
                        strlen(states[i].cookie));
    g_clear_pointer(&state.cookie, g_bytes_unref);
}

/* ---- information ---- */

static const struct {
    const char   *name;
    struct berval value;
    gboolean      good;
    int           kind;
    const char   *cookie;
    gboolean      flag;
    guint         n_ids;
} infos[] = {
    {"new-cookie", OCTETS("\x80\x01x"), TRUE, SYNC_INFO_COOKIE, "x", FALSE, 0},
    {"refresh-delete-done", OCTETS("\xa1\x03\x04\x01x"), TRUE, SYNC_INFO_DELETE, "x", TRUE, 0},
    {"refresh-delete-not-done", OCTETS("\xa1\x06\x04\x01x\x01\x01\x00"), TRUE, SYNC_INFO_DELETE, "x", FALSE, 0},
    {"refresh-present-done", OCTETS("\xa2\x00"), TRUE, SYNC_INFO_PRESENT, NULL, TRUE, 0},
    {"refresh-present-not-done", OCTETS("\xa2\x03\x01\x01\x00"), TRUE, SYNC_INFO_PRESENT, NULL, FALSE, 0},
    {"present-ids", OCTETS("\xa3\x26\x31\x24\x04\x10" ID "\x04\x10" ID), TRUE, SYNC_INFO_IDS, NULL, FALSE, 2},
    {"deleted-ids", OCTETS("\xa3\x1a\x04\x01x\x01\x01\xff\x31\x12\x04\x10" ID), TRUE, SYNC_INFO_IDS, "x", TRUE, 1},
    {"no-ids", OCTETS("\xa3\x02\x31\x00"), TRUE, SYNC_INFO_IDS, NULL, FALSE, 0},
    {"short-id", OCTETS("\xa3\x05\x31\x03\x04\x01x"), FALSE, 0, NULL, FALSE, 0},
    {"another-choice", OCTETS("\xa4\x00"), FALSE, 0, NULL, FALSE, 0},
    {"empty", OCTETS(""), FALSE, 0, NULL, FALSE, 0},
};

static void
test_info(gconstpointer data)
{
    gsize    i = GPOINTER_TO_SIZE(data);
    SyncInfo info;

    g_assert_cmpint(sync_info_read(&infos[i].value, &info), ==, infos[i].good);
    if (!infos[i].good)
        return;
    g_assert_cmpint(info.kind, ==, infos[i].kind);
    g_assert_cmpint(info.flag, ==, infos[i].flag);
    g_assert_cmpint(info.cookie != NULL, ==, infos[i].cookie != NULL);
    g_assert_cmpuint(info.ids != NULL ? info.ids->len : 0, ==, infos[i].n_ids);
    sync_info_clear(&info);
}

/* What is cut off anywhere is refused, or reads as something shorter; it is never read beyond its end. */
static void
test_cut(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(infos); i++) {
        for (gsize length = 0; length < infos[i].value.bv_len; length++) {
            g_autofree char *copy = g_memdup2(infos[i].value.bv_val, length);
            struct berval    cut = {length, copy};
            SyncInfo         info;
            if (sync_info_read(&cut, &info))
                sync_info_clear(&info);
        }
    }
}

static void
test_request(void)
{
    g_autoptr(GBytes) cookie = g_bytes_new("x", 1);
    struct berval *without = sync_request_write(NULL), *with = sync_request_write(cookie);

    g_assert_cmpmem(without->bv_val, without->bv_len, "\x30\x06\x0a\x01\x03\x01\x01\x00", 8);
    g_assert_cmpmem(with->bv_val, with->bv_len, "\x30\x09\x0a\x01\x03\x04\x01x\x01\x01\x00", 11);
    ber_bvfree(without);
    ber_bvfree(with);
}

/* ---- cookies ---- */

#define OLD_1 "20260101000000.000001Z#000000#001#000000"
#define NEW_1 "20260101000000.000002Z#000000#001#000000"
#define OLD_2 "20260101000000.000001Z#000000#002#000000"

static const struct {
    const char *name, *cookie, *context;
    gboolean    has, ahead;
} cookies[] = {
    {"same", "rid=000,csn=" OLD_1, OLD_1, TRUE, FALSE},
    {"behind", "rid=000,csn=" OLD_1, NEW_1, FALSE, FALSE},
    {"ahead", "rid=000,csn=" NEW_1, OLD_1, TRUE, TRUE},
    {"two-masters", "rid=000,csn=" OLD_1 ";" OLD_2, OLD_2 " " OLD_1, TRUE, FALSE},
    {"one-master-more-there", "rid=000,csn=" OLD_1, OLD_1 " " OLD_2, FALSE, FALSE},
    {"one-master-less-there", "rid=000,csn=" OLD_1 ";" OLD_2, OLD_1, TRUE, TRUE},
    {"sid-and-more", "rid=000,sid=001,csn=" OLD_1 ",delcsn=" OLD_2, OLD_1, TRUE, FALSE},
    {"no-csn-there", "rid=000,csn=" OLD_1, NULL, FALSE, FALSE},
    {"of-another-kind", "ldap.example.test:389#cn=x#7", NULL, FALSE, FALSE},
    {"no-cookie-of-slapd", "rubbish", OLD_1, FALSE, TRUE},
    {"no-csn", "rid=000,csn=rubbish", OLD_1, FALSE, TRUE},
};

static void
test_cookie(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GBytes) cookie = g_bytes_new(cookies[i].cookie, strlen(cookies[i].cookie));

    g_assert_cmpint(sync_cookie_has(cookie, cookies[i].context), ==, cookies[i].has);
    g_assert_cmpint(sync_cookie_is_ahead(cookie, cookies[i].context), ==, cookies[i].ahead);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autofree char *path = g_strdup_printf("/stream/sync/state/%s", states[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_state);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(infos); i++) {
        g_autofree char *path = g_strdup_printf("/stream/sync/info/%s", infos[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_info);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cookies); i++) {
        g_autofree char *path = g_strdup_printf("/stream/sync/cookie/%s", cookies[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_cookie);
    }
    g_test_add_func("/stream/sync/cut", test_cut);
    g_test_add_func("/stream/sync/request", test_request);
    return g_test_run();
}
