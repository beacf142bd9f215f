/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldap-servers.c - the breaker of a server, and the list in its order
 */
#include "resolver/directory/ldap/ldap-private.h"

static LdapServerList *
new_list(const char *first, const char *second)
{
    const char *const uris[] = {first, second, NULL};
    g_autoptr(GError) error = NULL;
    LdapServerList *list = ldap_server_list_new(uris, &error);

    g_assert_no_error(error);
    return list;
}

static LdapServer *
server_of(const LdapServerList *list, guint slot, guint index)
{
    return ((LdapSlot *)list->slots->pdata[slot])->servers->pdata[index];
}

static void
assert_summary(const LdapServerList *list, const char *expected)
{
    g_autofree char *summary = ldap_server_list_summary(list);
    g_assert_cmpstr(summary, ==, expected);
}

static void
test_failover_and_recovery(void)
{
    LdapServerList *list = new_list("ldaps://dc1", "ldaps://dc2");
    LdapServer     *first = server_of(list, 0, 0), *second = server_of(list, 1, 0);

    g_assert_true(ldap_server_list_pick(list) == first);
    g_assert_true(ldap_server_list_pick_other(list, first) == second);
    g_assert_true(ldap_server_list_pick_other(list, second) == first);
    g_assert_true(ldap_server_fail(first, "no answer in 5 s", 100));
    g_assert_true(ldap_server_list_pick_other(list, second) == second);
    g_assert_false(ldap_server_fail(first, "no answer in 5 s", 200));
    g_assert_true(ldap_server_list_pick(list) == second);
    g_assert_true(ldap_server_list_usable(list));
    g_assert_true(ldap_server_fail(second, "connection refused", 150));
    g_assert_null(ldap_server_list_pick(list));
    g_assert_false(ldap_server_list_usable(list));
    assert_summary(list, "dc1: no answer in 5 s; dc2: connection refused");
    g_assert_true(ldap_server_list_next_probe(list) == second);
    g_assert_true(ldap_server_recover(first));
    g_assert_false(ldap_server_recover(first));
    g_assert_true(ldap_server_list_pick(list) == first);
    ldap_server_list_free(list);
}

static void
test_a_suspect_is_used_and_probed(void)
{
    LdapServerList *list = new_list("ldaps://dc1", NULL);
    LdapServer     *server = server_of(list, 0, 0);

    g_assert_null(ldap_server_list_next_probe(list));
    server->suspect = TRUE;
    g_assert_true(ldap_server_list_pick(list) == server);
    g_assert_true(ldap_server_list_next_probe(list) == server);
    ldap_server_fail(server, "x", 1);
    g_assert_false(server->suspect);
    ldap_server_list_free(list);
}

static GPtrArray *
uris_of(const char *first, const char *second)
{
    GPtrArray *uris = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(uris, g_strdup(first));
    if (second != NULL)
        g_ptr_array_add(uris, g_strdup(second));
    return uris;
}

static void
test_names_of_dns(void)
{
    LdapServerList *list = new_list("srv:example.com", "ldap://last");
    LdapSlot       *slot = list->slots->pdata[0];

    assert_summary(list, "srv:example.com: DNS has not answered yet; last: no answer yet");
    ldap_server_fail(server_of(list, 1, 0), "down", 1);
    g_assert_true(ldap_server_list_usable(list)); /* DNS may still find one */
    g_assert_null(ldap_server_list_pick(list));

    ldap_slot_update(slot, uris_of("ldap://dc1.example.com:389", "ldap://dc2.example.com:389"), NULL);
    LdapServer *second = server_of(list, 0, 1);
    ldap_server_fail(second, "down", 1);
    ldap_slot_update(slot, uris_of("ldap://dc2.example.com:389", "ldap://dc3.example.com:389"), NULL);
    g_assert_true(server_of(list, 0, 0) == second); /* and still failed */
    g_assert_true(second->failed);
    g_assert_cmpstr(ldap_server_list_pick(list)->uri->label, ==, "dc3.example.com");

    ldap_slot_update(slot, NULL, "DNS is away");
    g_assert_cmpuint(slot->servers->len, ==, 2);
    ldap_server_list_free(list);
}

static void
test_dns_without_an_answer(void)
{
    LdapServerList *list = new_list("srv:example.com", NULL);

    ldap_slot_update(list->slots->pdata[0], NULL, "DNS has no answer");
    g_assert_false(ldap_server_list_usable(list));
    assert_summary(list, "srv:example.com: DNS has no answer");
    ldap_server_list_free(list);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ldap/servers/failover-and-recovery", test_failover_and_recovery);
    g_test_add_func("/ldap/servers/suspect", test_a_suspect_is_used_and_probed);
    g_test_add_func("/ldap/servers/names-of-dns", test_names_of_dns);
    g_test_add_func("/ldap/servers/dns-without-an-answer", test_dns_without_an_answer);
    return g_test_run();
}
