/* SPDX-License-Identifier: BSD-2-Clause
 * test-origin.c - who counts as whom, and which headers go
 */
#include "rollcall/origin.h"

static const char *const trusted[] = {"192.0.2.0/24", "2001:db8::/32", NULL};

static const struct {
    const char *name;
    OriginFacts facts;
    gboolean    trust_local;
    const char *word;
} connections[] = {
    {"stranger", {.client_address = "203.0.113.9"}, TRUE, "anonymous"},
    {"nothing-said", {0}, TRUE, "anonymous"},
    {"empty-login", {.sasl_user = "", .client_address = "203.0.113.9"}, TRUE, "anonymous"},
    {"login", {.sasl_user = "ann", .client_address = "203.0.113.9"}, FALSE, "sasl"},
    {"login-from-trusted", {.sasl_user = "ann", .client_address = "192.0.2.1"}, FALSE, "sasl"},
    {"trusted-network", {.client_address = "192.0.2.1"}, FALSE, "trusted-network"},
    {"trusted-network-v6", {.client_address = "IPv6:2001:db8::1"}, FALSE, "trusted-network"},
    {"unknown-address", {.client_address = "unknown"}, FALSE, "anonymous"},
    {"local", {.client_address = "127.0.0.1", .submitted = TRUE}, TRUE, "local-submission"},
    {"local-not-trusted", {.client_address = "127.0.0.1", .submitted = TRUE}, FALSE, "anonymous"},
    {"loopback-is-not-submitted", {.client_address = "127.0.0.1"}, TRUE, "anonymous"},
};

static void
test_connection(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    OriginSettings settings = {.trusted_networks = trusted, .trust_local_submission = connections[i].trust_local};
    g_autoptr(OriginJudge) judge = origin_judge_new(&settings, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(OriginCase) origin_case = origin_case_new(judge, &connections[i].facts);
    g_assert_cmpstr(origin_word(origin_case_origin(origin_case)), ==, connections[i].word);
    gboolean known = !g_str_equal(connections[i].word, "anonymous");
    g_assert_cmpint(origin_case_trust(origin_case), ==, known ? SENDER_AUTHENTICATED : SENDER_EXTERNAL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(connections); i++) {
        g_autofree char *path = g_strconcat("/origin/connection/", connections[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_connection);
    }
    return g_test_run();
}
