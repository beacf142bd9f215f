/* SPDX-License-Identifier: BSD-2-Clause
 * test-endpoints-list.c - which addresses are taken from an answer of the web service, and which answers are not
 */
#include "origin/endpoints-list.h"

#include <string.h>

#define ROW(ips) "{\"id\":10,\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\",\"ips\":[" ips "]}"
#define PORTS(ports) "[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"" ports "\",\"ips\":[\"40.92.0.0/15\"]}]"

static const struct {
    const char *name, *text, *networks; /* NULL: broken */
} answers[] = {
    /* As the service gave them in 2022, abridged. */
    {"worldwide",
     "[{\"id\":1,\"serviceArea\":\"Exchange\",\"serviceAreaDisplayName\":\"Exchange "
     "Online\",\"urls\":[\"outlook.office."
     "com\"],\"ips\":[\"13.107.6.152/31\"],\"tcpPorts\":\"80,443\",\"udpPorts\":\"443\",\"expressRoute\":true,"
     "\"category\":\"Optimize\",\"required\":true},"
     "{\"id\":9,\"serviceArea\":\"Exchange\",\"urls\":[\"*.protection.outlook.com\"],\"ips\":[\"52.238.78.88/32\"],"
     "\"tcpPorts\":\"443\"},"
     "{\"id\":10,\"serviceArea\":\"Exchange\",\"urls\":[\"*.mail.protection.outlook.com\"],\"ips\":[\"40.92.0.0/15\","
     "\"40.107.0.0/16\",\"52.100.0.0/14\",\"104.47.0.0/17\",\"2a01:111:f400::/48\",\"2a01:111:f403::/48\"],"
     "\"tcpPorts\":\"25\",\"category\":\"Allow\",\"required\":true},"
     "{\"id\":56,\"serviceArea\":\"Common\",\"ips\":[\"20.20.32.0/19\"],\"tcpPorts\":\"80,443\"},"
     "{\"id\":78,\"serviceArea\":\"Common\",\"urls\":[\"*.microsoft.com\"],\"tcpPorts\":\"25\"}]",
     "40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 104.47.0.0/17 2a01:111:f400::/48 2a01:111:f403::/48"},
    {"other-id", "[{\"id\":4711,\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\",\"ips\":[\"40.92.0.0/15\"]}]",
     "40.92.0.0/15"},
    {"several-ports", PORTS("443, 25"), "40.92.0.0/15"},
    {"two-rows", "[" ROW("\"40.92.0.0/15\"") "," ROW("\"40.107.0.0/16\",\"40.92.0.0/15\"") "]",
     "40.92.0.0/15 40.107.0.0/16"},
    {"single-address", "[" ROW("\"40.92.0.1\"") "]", "40.92.0.1"},
    {"row-without-ips", "[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\"}," ROW("\"40.92.0.0/15\"") "]",
     "40.92.0.0/15"},
    {"rows-that-are-none", "[1,null,\"x\",[]," ROW("\"40.92.0.0/15\"") "]", "40.92.0.0/15"},

    {"empty", "", NULL},
    {"garbage", "<html>504 Gateway Time-out</html>", NULL},
    {"cut", "[" ROW("\"40.92.0.0/15\"") ",", NULL},
    {"text-behind", "[" ROW("\"40.92.0.0/15\"") "] x", NULL},
    {"no-rows", "[]", NULL},
    {"object", "{}", NULL},
    {"number", "25", NULL},
    {"other-area", "[{\"serviceArea\":\"Common\",\"tcpPorts\":\"25\",\"ips\":[\"40.92.0.0/15\"]}]", NULL},
    {"other-ports", PORTS("443,587"), NULL},
    {"port-that-contains-25", PORTS("2525,125,250"), NULL},
    {"port-is-a-number", "[{\"serviceArea\":\"Exchange\",\"tcpPorts\":25,\"ips\":[\"40.92.0.0/15\"]}]", NULL},
    {"no-ips", "[" ROW("") "]", NULL},
    {"ips-is-text", "[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\",\"ips\":\"40.92.0.0/15\"}]", NULL},
    {"one-bad-address", "[" ROW("\"40.92.0.0/15\",\"x\"") "]", NULL},
    {"one-number", "[" ROW("\"40.92.0.0/15\",25") "]", NULL},
    {"one-null", "[" ROW("\"40.92.0.0/15\",null") "]", NULL},
    {"bad-prefix", "[" ROW("\"40.92.0.0/33\"") "]", NULL},
    {"name-given-twice",
     "[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"443\",\"tcpPorts\":\"25\",\"ips\":[\"40.92.0.0/15\"]}]", NULL},
    {"everybody", "[" ROW("\"0.0.0.0/0\"") "]", NULL},
    {"half-of-everybody", "[" ROW("\"128.0.0.0/1\"") "]", NULL},
    {"everybody-v6", "[" ROW("\"::/0\"") "]", NULL},
    {"too-wide-v6", "[" ROW("\"2000::/3\"") "]", NULL},
    {"all-v4-as-v6", "[" ROW("\"::ffff:0.0.0.0/96\"") "]", NULL},
    {"loopback", "[" ROW("\"40.92.0.0/15\",\"127.0.0.0/8\"") "]", NULL},
    {"private", "[" ROW("\"192.168.0.0/16\"") "]", NULL},
    {"private-small", "[" ROW("\"10.1.2.0/24\"") "]", NULL},
    {"private-address", "[" ROW("\"127.0.0.2\"") "]", NULL},
    {"takes-in-private", "[" ROW("\"172.0.0.0/8\"") "]", NULL},
    {"private-v6", "[" ROW("\"fd00::/32\"") "]", NULL},
    {"nul-in-address", "[" ROW("\"40.92.0.0/15\\u0000\"") "]", NULL},
};

static void
test_answer(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(EndpointsList) list =
        endpoints_list_parse_answer(answers[i].text, strlen(answers[i].text), "2026110100", "Worldwide", &error);
    if (answers[i].networks == NULL) {
        g_assert_null(list);
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *networks = g_strjoinv(" ", list->texts);
    g_assert_cmpstr(networks, ==, answers[i].networks);
    g_assert_cmpuint(list->n, ==, g_strv_length(list->texts));
    g_assert_true(networks_contain(list->networks, "40.92.0.1"));
    g_assert_false(networks_contain(list->networks, "203.0.113.9"));
}

static void
test_cache(void)
{
    static const char text[] = "[" ROW("\"40.92.0.0/15\",\"2a01:111:f400::/48\"") "]";
    g_autoptr(EndpointsList) first = endpoints_list_parse_answer(text, strlen(text), "2026110100", "USGovDoD", NULL);
    g_autofree char *printed = endpoints_list_print(first);
    g_autoptr(EndpointsList) second = endpoints_list_parse_file(printed, strlen(printed), NULL);
    g_assert_cmpstr(second->version, ==, "2026110100");
    g_assert_cmpstr(second->instance, ==, "USGovDoD");
    g_assert_cmpuint(second->n, ==, 2);
    g_assert_true(networks_contain(second->networks, "IPv6:2a01:111:f400::1"));
    /* Each shorter text is none. */
    for (gsize length = 0; length < strlen(printed); length++) {
        g_autoptr(EndpointsList) cut = endpoints_list_parse_file(printed, length, NULL);
        g_assert_null(cut);
    }
}

static void
test_file(void)
{
    static const char        answer[] = "[" ROW("\"40.92.0.0/15\"") "]";
    static const char *const bad[] = {
        "{\"version\":\"2026110100\",\"instance\":\"Worldwide\",\"networks\":[]}",
        "{\"version\":\"2026110100\",\"instance\":\"Worldwide\"}",
        "{\"version\":\"20261101\",\"networks\":[\"40.92.0.0/15\"]}",
        "{\"version\":\"202611010x\",\"networks\":[\"40.92.0.0/15\"]}",
        "{\"networks\":[\"40.92.0.0/15\"]}",
        "{\"version\":\"2026110100\",\"networks\":[\"0.0.0.0/0\"]}",
        "{\"version\":\"2026110100\",\"networks\":[\"10.1.2.0/24\"]}",
        "[" ROW("\"0.0.0.0/0\"") "]",
    };
    g_autoptr(EndpointsList) list = endpoints_list_parse_file(answer, strlen(answer), NULL);
    g_assert_cmpstr(list->version, ==, "offline");
    static const char relay[] = "[" ROW("\"10.1.2.0/24\"") "]";
    g_autoptr(EndpointsList) own = endpoints_list_parse_file(relay, strlen(relay), NULL);
    g_assert_true(networks_contain(own->networks, "10.1.2.3"));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(endpoints_list_parse_file(bad[i], strlen(bad[i]), &error));
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES);
    }
}

static const struct {
    const char *text, *version;
} versions[] = {
    {"{\"instance\":\"Worldwide\",\"latest\":\"2026110100\",\"versions\":[\"2026110100\"]}", "2026110100"},
    {"{\"latest\":\"2026110100\"}", "2026110100"},
    {"{\"latest\":2026110100}", NULL},
    {"{\"latest\":\"20261101\"}", NULL},
    {"{\"latest\":\"2026-11-01\"}", NULL},
    {"{\"latest\":\"99999999999999999999\"}", NULL},
    {"{\"latest\":\"\"}", NULL},
    {"{}", NULL},
    {"[\"2026110100\"]", NULL},
    {"x", NULL},
    {"", NULL},
};

static void
test_latest(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *latest = endpoints_list_latest(versions[i].text, strlen(versions[i].text), &error);
        g_assert_cmpstr(latest, ==, versions[i].version);
        g_assert_cmpint(error != NULL, ==, versions[i].version == NULL);
    }
}

static void
test_too_many(void)
{
    GString *text = g_string_new("[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\",\"ips\":[\"40.92.0.0/15\"");
    for (guint i = 0; i < 5000; i++)
        g_string_append_printf(text, ",\"40.107.%u.%u\"", i / 250, i % 250);
    g_string_append(text, "]}]");
    g_autoptr(GError) error = NULL;
    g_assert_null(endpoints_list_parse_answer(text->str, text->len, "2026110100", "Worldwide", &error));
    g_assert_nonnull(strstr(error->message, "too many"));
    g_string_free(text, TRUE);
}

static void
test_deep(void)
{
    g_autofree char *text = g_strnfill(1000000, '[');
    g_autoptr(GError) error = NULL;
    g_assert_null(endpoints_list_parse_file(text, 1000000, &error));
    g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_autofree char *path = g_strconcat("/endpoints-list/answer/", answers[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_answer);
    }
    g_test_add_func("/endpoints-list/cache", test_cache);
    g_test_add_func("/endpoints-list/file", test_file);
    g_test_add_func("/endpoints-list/latest", test_latest);
    g_test_add_func("/endpoints-list/too-many", test_too_many);
    g_test_add_func("/endpoints-list/deep", test_deep);
    return g_test_run();
}
