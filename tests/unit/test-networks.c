/* SPDX-License-Identifier: BSD-2-Clause
 * test-networks.c - which addresses lie in which networks
 */
#include "rollcall/origin.h"

static const char *const trusted[] = {"192.0.2.0/24", "198.51.100.7", "10.0.0.0/9", "2001:db8::/32", NULL};

static const struct {
    const char *name, *address;
    gboolean    inside;
} cases[] = {
    {"stranger", "203.0.113.9", FALSE},
    {"first-of-network", "192.0.2.0", TRUE},
    {"last-of-network", "192.0.2.255", TRUE},
    {"behind-network", "192.0.3.0", FALSE},
    {"single-address", "198.51.100.7", TRUE},
    {"beside-single-address", "198.51.100.6", FALSE},
    {"odd-prefix-inside", "10.127.255.255", TRUE},
    {"odd-prefix-outside", "10.128.0.0", FALSE},
    {"v6-inside", "2001:db8:ffff::1", TRUE},
    {"v6-outside", "2001:db9::1", FALSE},
    {"v6-tagged", "IPv6:2001:db8::1", TRUE},
    {"v4-mapped", "::ffff:192.0.2.1", TRUE},
    {"loopback-is-not-trusted-by-itself", "127.0.0.1", FALSE},
    {"octal-look", "192.0.02.1", FALSE},
    {"short-form", "192.2", FALSE},
    {"in-brackets", "[192.0.2.1]", FALSE},
    {"text-behind", "192.0.2.1 x", FALSE},
    {"zone", "2001:db8::1%lo", FALSE},
    {"no-address", "unknown", FALSE},
    {"empty-address", "", FALSE},
};

static void
test_contain(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Networks) networks = networks_new(trusted, &error);
    g_assert_no_error(error);
    g_assert_cmpint(networks_contain(networks, cases[i].address), ==, cases[i].inside);
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
        g_autofree char *path = g_strconcat("/networks/contain/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_contain);
    }
    g_test_add_func("/networks/no-networks", test_no_networks);
    g_test_add_func("/networks/bad-networks", test_bad_networks);
    g_test_add_func("/networks/everywhere", test_everywhere);
    return g_test_run();
}
