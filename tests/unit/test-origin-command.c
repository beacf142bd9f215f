/* SPDX-License-Identifier: BSD-2-Clause
 * test-origin-command.c - rollcall origin as an administrator calls it
 *
 * Runs the program that was built (./rollcall, or $ROLLCALL).
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>

#define EXO "mail.protection.outlook.com"
#define SECRET "0123456789abcdef"
#define INTERNAL "X-MS-Exchange-CrossPremises-AuthAs: Internal\n"
#define PROOF "X-Example-Relay: " SECRET "\n"
#define CERTIFICATE "--client", "40.92.0.1", "--tls-version", "TLSv1.3", "--cert-subject", EXO

typedef struct {
    char *folder, *message, *secret, *list, *config;
} Bench;

static char *
write_file(const Bench *bench, const char *name, const char *text)
{
    char *file = g_build_filename(bench->folder, name, NULL);
    g_assert_true(g_file_set_contents(file, text, -1, NULL));
    g_assert_cmpint(chmod(file, 0600), ==, 0);
    return file;
}

static void
bench_setup(Bench *bench, const char *message, const char *keys, const char *cache)
{
    bench->folder = g_dir_make_tmp("rollcall-XXXXXX", NULL);
    bench->message = write_file(bench, "message", message);
    bench->secret = write_file(bench, "secret", SECRET "\n");
    bench->list = write_file(bench, "list", cache);
    gboolean         published = strstr(keys, "published-address") != NULL;
    g_autofree char *text =
        g_strdup_printf("[milter]\ndomains = example.com\ntrusted-networks = 192.0.2.0/24\n"
                        "[directory]\nsource = ldif\nfile = /none\n[origin]\n"
                        "tenant-header = X-Example-Relay\ntenant-secret-file = %s\n%s%s%s\n%s",
                        bench->secret, published ? "" : "#", "endpoints-cache = ", bench->list, keys);
    bench->config = write_file(bench, "rollcall.conf", text);
}

static void
bench_teardown(Bench *bench)
{
    char *const files[] = {bench->message, bench->secret, bench->list, bench->config};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_unlink(files[i]);
        g_free(files[i]);
    }
    g_rmdir(bench->folder);
    g_free(bench->folder);
}

/* The exit status. `options` up to a NULL; the message's file stands before them. Caller: g_free() of the texts. */
static int
run(const Bench *bench, const char *const *options, char **out, char **err)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    int wait_status;
    g_ptr_array_add(argv, (gpointer)(g_getenv("ROLLCALL") != NULL ? g_getenv("ROLLCALL") : "./rollcall"));
    g_ptr_array_add(argv, (gpointer) "--config");
    g_ptr_array_add(argv, bench->config);
    g_ptr_array_add(argv, (gpointer) "origin");
    g_ptr_array_add(argv, bench->message);
    for (; *options != NULL; options++)
        g_ptr_array_add(argv, (gpointer)*options);
    g_ptr_array_add(argv, NULL);
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &wait_status, &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(wait_status));
    return WEXITSTATUS(wait_status);
}

static const struct {
    const char *name, *message, *keys, *cache, *options[12];
    int         status;
    const char *begin; /* of standard output */
} cases[] = {
    {"certificate",
     "From: Ann <ann@example.com>\n" PROOF INTERNAL "\nbody\n",
     "",
     "",
     {CERTIFICATE},
     EX_OK,
     "origin: exchange-online\nsender: authenticated\nfrom: ann@example.com\nremoved: X-Example-Relay (1)\n\n"
     "FACTOR    VALUE                        MEANING\n"
     "tls-name  " EXO "  verified name of the TLS client, in tls-names: this is Exchange Online\n"
     "proof     secret                       what proves that the message comes from the own tenant\n"
     "auth-as   Internal                     what the own tenant found its author to be; Internal is one of us\n"},
    {"secret-in-the-body",
     "From: ann@example.com\n" INTERNAL "\n" PROOF,
     "",
     "",
     {CERTIFICATE},
     EX_OK,
     "origin: foreign-cloud\nsender: external\nfrom: ann@example.com\nremoved when expanded: "
     "X-MS-Exchange-CrossPremises-AuthAs (1)\n"},
    {"secret-twice",
     PROOF "x-example-relay: " SECRET "\n",
     "",
     "",
     {CERTIFICATE},
     EX_OK,
     "origin: foreign-cloud\nsender: external\nfrom: (not exactly one mailbox)\nremoved: X-Example-Relay (2)\n"},
    {"sendmail",
     PROOF INTERNAL,
     "",
     "",
     {"--sendmail", "--tls-version", "TLSv1.3", "--cert-subject", "/O=x/CN=" EXO, "--verify", "OK"},
     EX_OK,
     "origin: exchange-online\nsender: authenticated\n"},
    {"sendmail-names-disagree",
     PROOF INTERNAL,
     "",
     "",
     {"--sendmail", "--tls-version", "TLSv1.3", "--cert-subject", "/O=x/CN=" EXO, "--verify", "OK", "--cert-name", "x"},
     EX_OK,
     "origin: anonymous\nsender: external\n"},
    {"sendmail-not-verified",
     PROOF INTERNAL,
     "",
     "",
     {"--sendmail", "--tls-version", "TLSv1.3", "--cert-subject", "/CN=" EXO, "--verify", "FAIL"},
     EX_OK,
     "origin: anonymous\nsender: external\n"},
    {"login", "", "", "", {"--sasl", "ann"}, EX_OK, "origin: sasl\nsender: authenticated\n"},
    {"network", "", "", "", {"--client", "192.0.2.1"}, EX_OK, "origin: trusted-network\nsender: authenticated\n"},
    {"submitted", "", "", "", {"--submitted"}, EX_OK, "origin: anonymous\nsender: external\n"},
    {"submitted-trusted",
     "",
     "trust-local-submission = yes\n",
     "",
     {"--submitted"},
     EX_OK,
     "origin: local-submission\nsender: authenticated\n"},
    {"published",
     PROOF INTERNAL,
     "exchange-online = published-address\n",
     "{\"version\":\"2026110100\",\"instance\":\"Worldwide\",\"networks\":[\"40.92.0.0/15\"]}",
     {"--client", "40.92.0.1", "--tls-version", "TLSv1.3"},
     EX_OK,
     "origin: exchange-online\nsender: authenticated\n"},
    {"published-no-list",
     PROOF INTERNAL,
     "exchange-online = published-address\n",
     "",
     {"--client", "40.92.0.1", "--tls-version", "TLSv1.3"},
     EX_TEMPFAIL,
     "origin: anonymous\nsender: unknown\n"},
    {"bad-format", "", "", "", {"--format", "xml"}, EX_USAGE, ""},
    {"bad-settings", "", "tenant-ids = x\n", "", {NULL}, EX_CONFIG, ""},
};

static void
test_case(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    Bench            bench;
    g_autofree char *out = NULL, *err = NULL;
    bench_setup(&bench, cases[i].message, cases[i].keys, cases[i].cache);
    int status = run(&bench, cases[i].options, &out, &err);
    if (status != cases[i].status)
        g_test_message("%s", err);
    g_assert_cmpint(status, ==, cases[i].status);
    g_autofree char *begin = g_strndup(out, strlen(cases[i].begin));
    g_assert_cmpstr(begin, ==, cases[i].begin);
    g_assert_null(strstr(out, SECRET));
    g_assert_null(strstr(err, SECRET));
    bench_teardown(&bench);
}

static void
test_json(void)
{
    const char *const options[] = {CERTIFICATE, "--format", "json", NULL};
    Bench             bench;
    g_autofree char  *out = NULL, *err = NULL;
    bench_setup(&bench, PROOF INTERNAL "X-Rollcall-Split: x\nX-LD-Processed: \xff\x1b\nFrom: a@b.c, d@e.f\n\n", "", "");
    g_assert_cmpint(run(&bench, options, &out, &err), ==, EX_OK);
    json_t *value = json_loads(out, 0, NULL);
    g_assert_nonnull(value);
    const char *origin, *sender, *name, *factor_value;
    json_t     *from, *removed;
    int         count, advice, always;
    g_assert_cmpint(json_unpack(value, "{s:s, s:s, s:o, s:o}", "origin", &origin, "sender", &sender, "from", &from,
                                "removed", &removed),
                    ==, 0);
    g_assert_cmpstr(origin, ==, "exchange-online");
    g_assert_cmpstr(sender, ==, "authenticated");
    g_assert_true(json_is_null(from));
    g_assert_cmpuint(json_array_size(removed), ==, 2);
    json_unpack(json_array_get(removed, 0), "{s:s, s:i, s:b}", "name", &name, "count", &count, "always", &always);
    g_assert_cmpstr(name, ==, "X-Example-Relay");
    g_assert_cmpint(count, ==, 1);
    g_assert_true(always);
    json_t *factors = json_object_get(value, "factors");
    g_assert_cmpuint(json_array_size(factors), ==, 4);
    json_unpack(json_array_get(factors, 3), "{s:s, s:s, s:b}", "name", &name, "value", &factor_value, "advice",
                &advice);
    g_assert_cmpstr(factor_value, ==, "x-ld-processed \xef\xbf\xbd\x1b");
    g_assert_true(advice);
    json_decref(value);
    bench_teardown(&bench);
}

static void
test_no_file(void)
{
    const char *const none[] = {NULL};
    Bench             bench;
    g_autofree char  *out = NULL, *err = NULL, *out_too = NULL, *err_too = NULL;
    bench_setup(&bench, "", "", "");
    g_unlink(bench.message);
    g_assert_cmpint(run(&bench, none, &out, &err), ==, EX_NOINPUT);
    g_assert_nonnull(strstr(err, "No such file"));
    g_assert_cmpint(chmod(bench.secret, 0644), ==, 0);
    g_assert_cmpint(run(&bench, none, &out_too, &err_too), ==, EX_CONFIG);
    g_assert_nonnull(strstr(err_too, "open to everybody"));
    bench_teardown(&bench);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/origin-command/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/origin-command/json", test_json);
    g_test_add_func("/origin-command/no-file", test_no_file);
    return g_test_run();
}
