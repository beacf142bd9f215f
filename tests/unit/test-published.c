/* SPDX-License-Identifier: BSD-2-Clause
 * test-published.c - messages that come from an address that Microsoft publishes
 */
#include "rollcall/origin.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXO "mail.protection.outlook.com"
#define SECRET "0123456789abcdef"
#define OURS "01234567-89ab-cdef-0123-456789abcdef"

static const OriginFacts published = {.client_address = "40.92.1.2", .tls_version = "TLSv1.3"};
static const OriginFacts published_v6 = {.client_address = "IPv6:2a01:111:f400::1", .tls_version = "TLSv1.3"};
static const OriginFacts with_certificate = {
    .client_address = "40.92.1.2", .tls_version = "TLSv1.3", .cert_subject = EXO};
static const OriginFacts without_tls = {.client_address = "40.92.1.2"};
static const OriginFacts elsewhere = {.client_address = "203.0.113.9", .tls_version = "TLSv1.3"};
static const OriginFacts elsewhere_with_certificate = {
    .client_address = "203.0.113.9", .tls_version = "TLSv1.3", .cert_subject = EXO};
static const OriginFacts nowhere = {.client_address = "unknown", .tls_version = "TLSv1.3"};

enum { WITH_SECRET = 1, WITH_ID = 2, WITH_SECRET_TWICE = 4 };

static const struct {
    const char        *name;
    CloudRecognition   how;
    const OriginFacts *facts;
    guint              proofs; /* AuthAs: Internal is always there */
    const char        *word;
    SenderTrust        before, after;
    const char        *warning; /* part of one, or NULL for none */
} cases[] = {
    {"secret", CLOUD_PUBLISHED_ADDRESS, &published, WITH_SECRET, "exchange-online", SENDER_UNDECIDED,
     SENDER_AUTHENTICATED, "without a verified certificate"},
    {"secret-v6", CLOUD_PUBLISHED_ADDRESS, &published_v6, WITH_SECRET, "exchange-online", SENDER_UNDECIDED,
     SENDER_AUTHENTICATED, "without a verified certificate"},
    {"either", CLOUD_EITHER, &published, WITH_SECRET, "exchange-online", SENDER_UNDECIDED, SENDER_AUTHENTICATED,
     "without a verified certificate"},
    {"either-with-certificate", CLOUD_EITHER, &with_certificate, WITH_SECRET, "exchange-online", SENDER_UNDECIDED,
     SENDER_AUTHENTICATED, NULL},
    {"either-certificate-elsewhere", CLOUD_EITHER, &elsewhere_with_certificate, WITH_ID, "exchange-online",
     SENDER_UNDECIDED, SENDER_AUTHENTICATED, NULL},
    {"tenant-id-is-no-proof", CLOUD_PUBLISHED_ADDRESS, &published, WITH_ID, "foreign-cloud", SENDER_UNDECIDED,
     SENDER_EXTERNAL, "needs the secret"},
    {"either-tenant-id-is-no-proof", CLOUD_EITHER, &published, WITH_ID, "foreign-cloud", SENDER_UNDECIDED,
     SENDER_EXTERNAL, "needs the secret"},
    {"no-proof", CLOUD_PUBLISHED_ADDRESS, &published, 0, "foreign-cloud", SENDER_UNDECIDED, SENDER_EXTERNAL,
     "without a verified certificate"},
    {"secret-twice", CLOUD_PUBLISHED_ADDRESS, &published, WITH_SECRET_TWICE, "foreign-cloud", SENDER_UNDECIDED,
     SENDER_EXTERNAL, "2 times"},
    {"without-tls", CLOUD_PUBLISHED_ADDRESS, &without_tls, WITH_SECRET, "anonymous", SENDER_EXTERNAL, SENDER_EXTERNAL,
     "has no TLS"},
    {"elsewhere", CLOUD_PUBLISHED_ADDRESS, &elsewhere, WITH_SECRET, "anonymous", SENDER_EXTERNAL, SENDER_EXTERNAL,
     "not Exchange Online's"},
    {"elsewhere-with-certificate", CLOUD_PUBLISHED_ADDRESS, &elsewhere_with_certificate, WITH_SECRET, "anonymous",
     SENDER_EXTERNAL, SENDER_EXTERNAL, "not Exchange Online's"},
    {"no-address", CLOUD_PUBLISHED_ADDRESS, &nowhere, WITH_SECRET, "anonymous", SENDER_EXTERNAL, SENDER_EXTERNAL,
     "not Exchange Online's"},
    {"certificate-is-asked-for", CLOUD_CERTIFICATE, &published, WITH_SECRET, "anonymous", SENDER_EXTERNAL,
     SENDER_EXTERNAL, "asks for a certificate"},
};

typedef struct {
    char        *secret_file, *list_file;
    Endpoints   *endpoints;
    OriginJudge *judge;
} Bench;

static char *
file_with(const char *text)
{
    char *file = NULL;
    close(g_file_open_tmp("published-XXXXXX", &file, NULL));
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    g_assert_cmpint(chmod(file, 0600), ==, 0);
    return file;
}

static void
bench_setup(Bench *bench, CloudRecognition how, const EndpointsSettings *endpoints)
{
    static const char *const tls_names[] = {EXO, NULL}, *const tenant_ids[] = {OURS, NULL};
    g_autoptr(GError) error = NULL;
    bench->secret_file = file_with(SECRET "\n");
    bench->list_file = file_with("[{\"serviceArea\":\"Exchange\",\"tcpPorts\":\"25\",\"ips\":[\"40.92.0.0/15\","
                                 "\"2a01:111:f400::/48\"]}]");
    EndpointsSettings offline = {.file = bench->list_file};
    OriginSettings    settings = {.exchange_online = how,
                                  .tls_names = tls_names,
                                  .tenant_header = "X-Example-Relay",
                                  .tenant_secret_file = bench->secret_file,
                                  .tenant_ids = tenant_ids};
    bench->endpoints = endpoints_new(endpoints != NULL ? endpoints : &offline, &error);
    g_assert_no_error(error);
    bench->judge = origin_judge_new(&settings, bench->endpoints, &error);
    g_assert_no_error(error);
}

static void
bench_teardown(Bench *bench)
{
    origin_judge_free(bench->judge);
    endpoints_free(bench->endpoints);
    g_unlink(bench->secret_file);
    g_unlink(bench->list_file);
    g_free(bench->secret_file);
    g_free(bench->list_file);
}

static void
give_headers(OriginCase *origin_case, guint proofs)
{
    origin_case_header(origin_case, "X-MS-Exchange-CrossPremises-AuthAs", "Internal");
    if (proofs & (WITH_SECRET | WITH_SECRET_TWICE))
        origin_case_header(origin_case, "X-Example-Relay", SECRET);
    if (proofs & WITH_SECRET_TWICE)
        origin_case_header(origin_case, "X-Example-Relay", SECRET);
    if (proofs & WITH_ID)
        origin_case_header(origin_case, "X-MS-Exchange-CrossTenant-Id", OURS);
}

static gboolean
has_warning(const OriginCase *origin_case, const char *part)
{
    gsize               n;
    const OriginFactor *factors = origin_case_factors(origin_case, &n);
    for (gsize i = 0; i < n; i++) {
        if (g_str_equal(factors[i].name, "warning") && (part == NULL || strstr(factors[i].value, part) != NULL))
            return TRUE;
    }
    return FALSE;
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Bench bench;
    bench_setup(&bench, cases[i].how, NULL);
    OriginCase *origin_case = origin_case_new(bench.judge, cases[i].facts);
    g_assert_cmpint(origin_case_trust(origin_case), ==, cases[i].before);
    give_headers(origin_case, cases[i].proofs);
    origin_case_close(origin_case);
    g_assert_cmpstr(origin_word(origin_case_origin(origin_case)), ==, cases[i].word);
    g_assert_cmpint(origin_case_trust(origin_case), ==, cases[i].after);
    g_assert_cmpint(has_warning(origin_case, cases[i].warning), ==, cases[i].warning != NULL);
    g_assert_null(origin_case_unknown(origin_case));
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

static const struct {
    const char        *name;
    CloudRecognition   how;
    const OriginFacts *facts;
    guint              proofs;
    gboolean           unknown;
} unknowns[] = {
    {"secret", CLOUD_PUBLISHED_ADDRESS, &published, WITH_SECRET, TRUE},
    {"secret-either", CLOUD_EITHER, &published, WITH_SECRET, TRUE},
    {"secret-twice", CLOUD_EITHER, &published, WITH_SECRET_TWICE, FALSE},
    {"tenant-id", CLOUD_EITHER, &published, WITH_ID, FALSE},
    {"no-proof", CLOUD_EITHER, &published, 0, FALSE},
    {"without-tls", CLOUD_EITHER, &without_tls, WITH_SECRET, FALSE},
    {"certificate-is-enough", CLOUD_EITHER, &with_certificate, WITH_SECRET, FALSE},
    {"certificate-is-asked-for", CLOUD_CERTIFICATE, &published, WITH_SECRET, FALSE},
};

/* No list was ever fetched: whether the client is Exchange Online cannot be found out. */
static void
test_unknown(gconstpointer data)
{
    gsize             i = GPOINTER_TO_SIZE(data);
    Bench             bench;
    EndpointsSettings no_list = {.instance = "Worldwide", .cache = "/nonexistent/cache", .offline = TRUE};
    bench_setup(&bench, unknowns[i].how, &no_list);
    OriginCase *origin_case = origin_case_new(bench.judge, unknowns[i].facts);
    g_assert_null(origin_case_unknown(origin_case));
    if (unknowns[i].unknown)
        g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_UNDECIDED);
    give_headers(origin_case, unknowns[i].proofs);
    origin_case_close(origin_case);
    g_assert_cmpint(origin_case_unknown(origin_case) != NULL, ==, unknowns[i].unknown);
    if (unknowns[i].unknown) {
        g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
        g_assert_cmpint(origin_case_origin(origin_case), ==, ORIGIN_ANONYMOUS);
    }
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

static void
test_bad_file(void)
{
    g_autofree char  *garbage = file_with("garbage");
    const char *const files[] = {garbage, "/nonexistent/list", "/"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        EndpointsSettings settings = {.file = files[i]};
        g_assert_null(endpoints_new(&settings, &error));
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES);
        g_assert_true(g_str_has_prefix(error->message, "endpoints-file"));
    }
    g_unlink(garbage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/published/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(unknowns); i++) {
        g_autofree char *path = g_strconcat("/published/unknown/", unknowns[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_unknown);
    }
    g_test_add_func("/published/bad-file", test_bad_file);
    return g_test_run();
}
