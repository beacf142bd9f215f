/* SPDX-License-Identifier: BSD-2-Clause
 * test-origin.c - who counts as an authenticated sender
 */
#include "milter/origin.h"

static const char *const trusted[] = {"192.0.2.0/24", "198.51.100.7", "10.0.0.0/9", "2001:db8::/32", NULL};

static const struct {
    const char *name, *sasl_user, *client_address, *word;
} cases[] = {
    {"stranger", NULL, "203.0.113.9", "anonymous"},
    {"nothing-said", NULL, NULL, "anonymous"},
    {"empty-login", "", "203.0.113.9", "anonymous"},
    {"login", "ann", "203.0.113.9", "sasl"},
    {"login-from-trusted", "ann", "192.0.2.1", "sasl"},
    {"first-of-network", NULL, "192.0.2.0", "trusted-network"},
    {"last-of-network", NULL, "192.0.2.255", "trusted-network"},
    {"behind-network", NULL, "192.0.3.0", "anonymous"},
    {"single-address", NULL, "198.51.100.7", "trusted-network"},
    {"beside-single-address", NULL, "198.51.100.6", "anonymous"},
    {"odd-prefix-inside", NULL, "10.127.255.255", "trusted-network"},
    {"odd-prefix-outside", NULL, "10.128.0.0", "anonymous"},
    {"v6-inside", NULL, "2001:db8:ffff::1", "trusted-network"},
    {"v6-outside", NULL, "2001:db9::1", "anonymous"},
    {"v6-tagged", NULL, "IPv6:2001:db8::1", "trusted-network"},
    {"v4-mapped", NULL, "::ffff:192.0.2.1", "trusted-network"},
    {"loopback-is-not-trusted-by-itself", NULL, "127.0.0.1", "anonymous"},
    {"no-address", NULL, "unknown", "anonymous"},
    {"empty-address", NULL, "", "anonymous"},
};

static void
test_judge(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Networks) networks = networks_new(trusted, &error);
    g_assert_no_error(error);
    Origin origin = origin_judge(cases[i].sasl_user, cases[i].client_address, networks);
    g_assert_cmpstr(origin_word(origin), ==, cases[i].word);
    g_assert_cmpint(origin_is_authenticated(origin), ==, !g_str_equal(cases[i].word, "anonymous"));
}

static void
test_no_networks(void)
{
    g_autoptr(Networks) networks = networks_new(NULL, NULL);
    g_assert_false(networks_contain(networks, "127.0.0.1"));
    g_assert_false(networks_contain(networks, "::1"));
}

static void
test_bad_networks(void)
{
    static const char *const bad[] = {"", "192.0.2.0/33", "192.0.2/24", "2001:db8::/129", "192.0.2.0/", "example.com"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        const char *const texts[] = {"192.0.2.0/24", bad[i], NULL};
        g_assert_null(networks_new(texts, &error));
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_NETWORK);
    }
}

static void
test_everywhere(void)
{
    const char *const all[] = {"0.0.0.0/0", NULL};
    g_autoptr(Networks) networks = networks_new(all, NULL);
    g_assert_true(networks_contain(networks, "203.0.113.9"));
    g_assert_false(networks_contain(networks, "2001:db8::1"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/origin/judge/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_judge);
    }
    g_test_add_func("/origin/no-networks", test_no_networks);
    g_test_add_func("/origin/bad-networks", test_bad_networks);
    g_test_add_func("/origin/everywhere", test_everywhere);
    return g_test_run();
}
