/* SPDX-License-Identifier: BSD-2-Clause
 * test-origin.c - who counts as whom, why, and which headers go
 */
#include "rollcall/origin.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXO "mail.protection.outlook.com"
#define SECRET "0123456789abcdef"
#define NEXT_SECRET "another-secret-value"
#define OURS "01234567-89ab-cdef-0123-456789abcdef"
#define THEIRS "fedcba98-7654-3210-fedc-ba9876543210"

#define PREMISES "X-MS-Exchange-CrossPremises-AuthAs: "
#define TENANT "X-MS-Exchange-CrossTenant-AuthAs: "
#define ID "X-MS-Exchange-CrossTenant-Id: "
#define PROOF "X-Example-Relay: " SECRET
#define INTERNAL PREMISES "Internal"

static const char *const trusted[] = {"192.0.2.0/24", "2001:db8::/32", NULL};
static const char *const tls_names[] = {EXO, "mail.protection.office365.us", NULL};
static const char *const tenant_ids[] = {OURS, NULL};
static const char *const domains[] = {"example.com",
                                      "b\xc3\xbc"
                                      "cher.example",
                                      NULL};

typedef struct {
    OriginSettings settings;
    char          *secret_file;
    OriginJudge   *judge;
} Bench;

static void
bench_setup(Bench *bench)
{
    g_autoptr(GError) error = NULL;
    close(g_file_open_tmp("secret-XXXXXX", &bench->secret_file, NULL));
    g_assert_true(g_file_set_contents(bench->secret_file, SECRET "\n" NEXT_SECRET "\n", -1, NULL));
    g_assert_cmpint(chmod(bench->secret_file, 0600), ==, 0);
    bench->settings.tenant_secret_file = bench->secret_file;
    bench->judge = origin_judge_new(&bench->settings, NULL, &error);
    g_assert_no_error(error);
}

static void
bench_teardown(Bench *bench)
{
    origin_judge_free(bench->judge);
    g_unlink(bench->secret_file);
    g_free(bench->secret_file);
}

static const OriginSettings usual = {
    .trusted_networks = trusted,
    .exchange_online = CLOUD_CERTIFICATE,
    .tls_names = tls_names,
    .tenant_header = "X-Example-Relay",
    .tenant_ids = tenant_ids,
    .domains = domains,
};

/* ---- the connection alone ---- */

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
    Bench bench = {.settings = usual};
    bench.settings.trust_local_submission = connections[i].trust_local;
    bench_setup(&bench);
    OriginCase *origin_case = origin_case_new(bench.judge, &connections[i].facts);
    gboolean    known = !g_str_equal(connections[i].word, "anonymous");
    for (guint closed = 0; closed < 2; closed++) {
        g_assert_cmpstr(origin_word(origin_case_origin(origin_case)), ==, connections[i].word);
        g_assert_cmpint(origin_case_trust(origin_case), ==, known ? SENDER_AUTHENTICATED : SENDER_EXTERNAL);
        /* What proves our tenant elsewhere changes nothing here. */
        origin_case_header(origin_case, "X-Example-Relay", SECRET);
        origin_case_header(origin_case, "X-MS-Exchange-CrossPremises-AuthAs", "Internal");
        origin_case_close(origin_case);
    }
    g_assert_true(origin_case_removes(origin_case, "X-MS-Exchange-CrossPremises-AuthAs", TRUE));
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

/* ---- Exchange Online ---- */

static const OriginFacts exchange = {.client_address = "203.0.113.9", .tls_version = "TLSv1.3", .cert_subject = EXO};
static const OriginFacts government = {
    .client_address = "203.0.113.9", .tls_version = "TLSv1.3", .cert_subject = "Mail.Protection.Office365.US"};
static const OriginFacts sendmail = {.client_address = "203.0.113.9",
                                     .tls_version = "TLSv1.3",
                                     .cert_subject = "/O=Microsoft+20Corporation/CN=" EXO,
                                     .verify = "OK",
                                     .sendmail = TRUE};
static const OriginFacts unverified = {.client_address = "203.0.113.9",
                                       .tls_version = "TLSv1.3",
                                       .cert_subject = "/CN=" EXO,
                                       .verify = "FAIL",
                                       .sendmail = TRUE};
static const OriginFacts other_name = {
    .client_address = "203.0.113.9", .tls_version = "TLSv1.3", .cert_subject = "relay.example.net"};
static const OriginFacts stranger = {.client_address = "203.0.113.9"};

#define IS_OURS "exchange-online", SENDER_AUTHENTICATED
#define IS_EXTERNAL "exchange-online", SENDER_EXTERNAL
#define IS_FOREIGN "foreign-cloud", SENDER_EXTERNAL
#define IS_ANONYMOUS "anonymous", SENDER_EXTERNAL
#define NAME "tls-name=" EXO

static const struct {
    const char        *name;
    const OriginFacts *facts;
    const char        *headers[6];
    const char        *word;
    SenderTrust        trust;
    const char        *factors; /* advice in brackets */
} messages[] = {
    {"internal", &exchange, {PROOF, INTERNAL}, IS_OURS, NAME " proof=secret auth-as=Internal"},
    {"internal-other-order", &exchange, {INTERNAL, PROOF}, IS_OURS, NAME " proof=secret auth-as=Internal"},
    {"internal-sendmail", &sendmail, {PROOF, INTERNAL}, IS_OURS, NAME " proof=secret auth-as=Internal"},
    {"internal-government",
     &government,
     {PROOF, INTERNAL},
     IS_OURS,
     "tls-name=Mail.Protection.Office365.US proof=secret auth-as=Internal"},
    {"next-secret",
     &exchange,
     {"X-Example-Relay: " NEXT_SECRET, INTERNAL},
     IS_OURS,
     NAME " proof=secret auth-as=Internal"},
    {"names-in-other-case",
     &exchange,
     {"x-example-relay: " SECRET, "x-ms-exchange-crosspremises-authas: internal"},
     IS_OURS,
     NAME " proof=secret auth-as=internal"},
    {"blanks-around-secret",
     &exchange,
     {"X-Example-Relay: \r\n\t" SECRET " \r\n ", INTERNAL},
     IS_OURS,
     NAME " proof=secret auth-as=Internal"},

    /* the secret */
    {"no-proof", &exchange, {INTERNAL}, IS_FOREIGN, NAME " proof=none"},
    {"wrong-secret",
     &exchange,
     {"X-Example-Relay: 0123456789abcdeF", INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay has a wrong value: no proof"},
    {"empty-secret",
     &exchange,
     {"X-Example-Relay:", INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay has a wrong value: no proof"},
    {"both-secrets-in-one",
     &exchange,
     {PROOF " " NEXT_SECRET, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay has a wrong value: no proof"},
    {"folded-secret",
     &exchange,
     {"X-Example-Relay: 01234567\r\n 89abcdef", INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay has a wrong value: no proof"},
    {"secret-twice",
     &exchange,
     {PROOF, PROOF, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof"},
    {"secret-right-then-wrong",
     &exchange,
     {PROOF, "X-Example-Relay: x", INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof"},
    {"secret-wrong-then-right",
     &exchange,
     {"X-Example-Relay: x", PROOF, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof"},
    {"secret-twice-in-two-cases",
     &exchange,
     {PROOF, "X-EXAMPLE-RELAY: " SECRET, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof"},
    {"secret-twice-blank-before-colon",
     &exchange,
     {PROOF, "X-Example-Relay \t: " SECRET, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof"},
    {"secret-in-longer-name", &exchange, {"X-Example-Relay-2: " SECRET, INTERNAL}, IS_FOREIGN, NAME " proof=none"},

    /* AuthAs */
    {"anonymous-author", &exchange, {PROOF, PREMISES "Anonymous"}, IS_EXTERNAL, NAME " proof=secret auth-as=Anonymous"},
    {"no-auth-as", &exchange, {PROOF}, IS_EXTERNAL, NAME " proof=secret auth-as=not said"},
    {"auth-as-twice",
     &exchange,
     {PROOF, INTERNAL, INTERNAL},
     IS_EXTERNAL,
     NAME " proof=secret warning=X-MS-Exchange-CrossPremises-AuthAs is there 2 times: not counted"},
    {"auth-as-contradiction",
     &exchange,
     {PROOF, PREMISES "Anonymous", INTERNAL},
     IS_EXTERNAL,
     NAME " proof=secret warning=X-MS-Exchange-CrossPremises-AuthAs is there 2 times: not counted"},
    {"auth-as-with-text-behind",
     &exchange,
     {PROOF, PREMISES "Internal; x"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=Internal; x"},
    {"auth-as-empty", &exchange, {PROOF, PREMISES}, IS_EXTERNAL, NAME " proof=secret auth-as="},
    {"organization-auth-as",
     &exchange,
     {PROOF, "X-MS-Exchange-Organization-AuthAs: Internal"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=not said"},
    {"anonymous-although-tenant-says-internal",
     &exchange,
     {PROOF, ID OURS, PREMISES "Anonymous", TENANT "Internal"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=Anonymous"},
    /* A user of another tenant, whose mail went through ours: our rule adds the secret, their verdict stays. */
    {"cross-tenant-of-another-tenant",
     &exchange,
     {PROOF, ID THEIRS, TENANT "Internal"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=not said [warning=X-MS-Exchange-CrossTenant-AuthAs: Internal not counted: no "
          "X-MS-Exchange-CrossTenant-Id of ours stands beside it]"},
    {"cross-tenant-of-nobody",
     &exchange,
     {PROOF, TENANT "Internal"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=not said [warning=X-MS-Exchange-CrossTenant-AuthAs: Internal not counted: no "
          "X-MS-Exchange-CrossTenant-Id of ours stands beside it]"},
    {"cross-tenant-of-two-tenants",
     &exchange,
     {PROOF, ID OURS, ID THEIRS, TENANT "Internal"},
     IS_EXTERNAL,
     NAME " proof=secret auth-as=not said [warning=X-MS-Exchange-CrossTenant-AuthAs: Internal not counted: no "
          "X-MS-Exchange-CrossTenant-Id of ours stands beside it]"},
    {"cross-tenant-of-ours",
     &exchange,
     {PROOF, ID OURS, TENANT "Internal"},
     IS_OURS,
     NAME " proof=secret auth-as=Internal"},
    {"cross-tenant-of-ours-twice",
     &exchange,
     {PROOF, ID OURS, TENANT "Internal", TENANT "Internal"},
     IS_EXTERNAL,
     NAME " proof=secret warning=X-MS-Exchange-CrossTenant-AuthAs is there 2 times: not counted"},

    /* the tenant's ID */
    {"tenant-id", &exchange, {ID OURS, TENANT "Internal"}, IS_OURS, NAME " proof=tenant-id " OURS " auth-as=Internal"},
    {"tenant-id-upper-case",
     &exchange,
     {ID "01234567-89AB-CDEF-0123-456789ABCDEF", INTERNAL},
     IS_OURS,
     NAME " proof=tenant-id 01234567-89AB-CDEF-0123-456789ABCDEF auth-as=Internal"},
    {"tenant-id-of-another", &exchange, {ID THEIRS, INTERNAL}, IS_FOREIGN, NAME " proof=none tenant-id=" THEIRS},
    {"tenant-id-twice",
     &exchange,
     {ID OURS, ID OURS, INTERNAL},
     IS_FOREIGN,
     NAME " proof=none warning=X-MS-Exchange-CrossTenant-Id is there 2 times: no proof"},
    {"tenant-id-with-text-behind",
     &exchange,
     {ID OURS "," THEIRS, INTERNAL},
     IS_FOREIGN,
     NAME " proof=none tenant-id=" OURS "," THEIRS},
    {"tenant-id-beside-wrong-secret",
     &exchange,
     {ID OURS, "X-Example-Relay: x", INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay has a wrong value: no proof tenant-id=" OURS},
    {"tenant-id-beside-secret-twice",
     &exchange,
     {ID OURS, PROOF, PROOF, INTERNAL},
     IS_FOREIGN,
     NAME " warning=X-Example-Relay is there 2 times: no proof tenant-id=" OURS},
    {"secret-beside-foreign-id",
     &exchange,
     {ID THEIRS, PROOF, INTERNAL},
     IS_OURS,
     NAME " proof=secret auth-as=Internal"},

    /* everything is right but the connection */
    {"not-verified",
     &unverified,
     {PROOF, INTERNAL, ID OURS},
     IS_ANONYMOUS,
     "warning=certificate of " EXO " does not count: the MTA could not verify it ({verify} is not OK) "
     "[warning=X-Example-Relay over a connection that is not Exchange Online's: not counted]"},
    {"other-name",
     &other_name,
     {PROOF, INTERNAL, ID OURS},
     IS_ANONYMOUS,
     "[tls-name=relay.example.net] "
     "[warning=X-Example-Relay over a connection that is not Exchange Online's: not counted]"},
    {"without-tls",
     &stranger,
     {PROOF, INTERNAL, ID OURS},
     IS_ANONYMOUS,
     "[warning=X-Example-Relay over a connection that is not Exchange Online's: not counted]"},

    /* advice */
    {"dkim",
     &stranger,
     {"DKIM-Signature: v=1; a=rsa-sha256; d=Example.COM; s=x; b=d=y"},
     IS_ANONYMOUS,
     "[advice=dkim-signature d=Example.COM, not verified]"},
    {"dkim-folded",
     &stranger,
     {"DKIM-Signature: v=1;\r\n\td =\r\n example.com\r\n ;s=x"},
     IS_ANONYMOUS,
     "[advice=dkim-signature d=example.com, not verified]"},
    {"dkim-a-label",
     &stranger,
     {"DKIM-Signature: d=xn--bcher-kva.example"},
     IS_ANONYMOUS,
     "[advice=dkim-signature d=xn--bcher-kva.example, not verified]"},
    {"dkim-of-others",
     &stranger,
     {"DKIM-Signature: d=example.com.evil.example", "DKIM-Signature: bd=example.com"},
     IS_ANONYMOUS,
     ""},
    {"dkim-second",
     &stranger,
     {"DKIM-Signature: d=relay.example", "DKIM-Signature: d=example.com"},
     IS_ANONYMOUS,
     "[advice=dkim-signature d=example.com, not verified]"},
    {"dkim-without-domain",
     &stranger,
     {"DKIM-Signature: d", "DKIM-Signature:", "DKIM-Signature: ;;d;", "DKIM-Signature: d="},
     IS_ANONYMOUS,
     ""},
    {"loop-headers",
     &stranger,
     {"X-LD-Processed: " OURS ",ExtAddr", "X-OriginatorOrg: example.com", "X-MS-Exchange-Transport-Rules-Loop: 1",
      "X-EOPTenantAttributedMessage: " OURS ":0"},
     IS_ANONYMOUS,
     "[advice=x-ld-processed " OURS ",ExtAddr] [advice=x-originatororg example.com] "
     "[advice=x-ms-exchange-transport-rules-loop 1] [advice=x-eoptenantattributedmessage " OURS ":0]"},
};

static void
give_header(OriginCase *origin_case, const char *header)
{
    const char      *colon = strchr(header, ':');
    g_autofree char *name = g_strndup(header, (gsize)(colon - header));
    origin_case_header(origin_case, name, colon[1] == ' ' ? colon + 2 : colon + 1);
}

static char *
factors_text(const OriginCase *origin_case)
{
    gsize               n;
    const OriginFactor *factors = origin_case_factors(origin_case, &n);
    GString            *text = g_string_new(NULL);
    for (gsize i = 0; i < n; i++) {
        g_assert_null(strstr(factors[i].value, SECRET));
        g_string_append_printf(text, factors[i].advice ? "%s[%s=%s]" : "%s%s=%s", i > 0 ? " " : "", factors[i].name,
                               factors[i].value);
    }
    return g_string_free(text, FALSE);
}

static void
test_message(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    Bench bench = {.settings = usual};
    bench_setup(&bench);
    OriginCase *origin_case = origin_case_new(bench.judge, messages[i].facts);
    gboolean    recognised = !g_str_equal(messages[i].word, "anonymous");
    g_assert_cmpint(origin_case_trust(origin_case), ==, recognised ? SENDER_UNDECIDED : SENDER_EXTERNAL);
    for (const char *const *header = messages[i].headers; *header != NULL; header++) {
        give_header(origin_case, *header);
        g_assert_cmpint(origin_case_trust(origin_case), !=, SENDER_AUTHENTICATED);
    }
    origin_case_close(origin_case);
    g_autofree char *factors = factors_text(origin_case);
    g_assert_cmpstr(factors, ==, messages[i].factors);
    g_assert_cmpstr(origin_word(origin_case_origin(origin_case)), ==, messages[i].word);
    g_assert_cmpint(origin_case_trust(origin_case), ==, messages[i].trust);
    gboolean proven = origin_case_origin(origin_case) == ORIGIN_EXCHANGE_ONLINE;
    g_assert_cmpint(origin_case_removes(origin_case, "X-MS-Exchange-CrossTenant-Id", TRUE), ==, !proven);
    g_assert_true(origin_case_removes(origin_case, "X-Example-Relay", FALSE));
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

/* ---- settings ---- */

/* Nothing could prove our tenant: decided at once. */
static void
test_no_proof_configured(void)
{
    g_autoptr(GError) error = NULL;
    OriginSettings settings = usual;
    settings.tenant_header = "";
    settings.tenant_ids = NULL;
    g_autoptr(OriginJudge) judge = origin_judge_new(&settings, NULL, &error);
    g_assert_no_error(error);
    g_autoptr(OriginCase) origin_case = origin_case_new(judge, &exchange);
    g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
    give_header(origin_case, PROOF);
    give_header(origin_case, INTERNAL);
    give_header(origin_case, ID OURS);
    origin_case_close(origin_case);
    g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
    g_assert_cmpint(origin_case_origin(origin_case), ==, ORIGIN_FOREIGN_CLOUD);
    g_autofree char *factors = factors_text(origin_case);
    g_assert_cmpstr(factors, ==, NAME " proof=none is configured");
}

static void
test_exchange_online_off(void)
{
    Bench bench = {.settings = usual};
    bench.settings.exchange_online = CLOUD_NO;
    bench_setup(&bench);
    OriginCase *origin_case = origin_case_new(bench.judge, &exchange);
    give_header(origin_case, PROOF);
    give_header(origin_case, INTERNAL);
    origin_case_close(origin_case);
    g_assert_cmpint(origin_case_origin(origin_case), ==, ORIGIN_ANONYMOUS);
    g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

static void
test_bad_settings(void)
{
    static const struct {
        const char *header, *file;
    } bad[] = {{"X-Example", NULL},
               {"X-Example", ""},
               {"X Example", "/dev/null"},
               {"X-Example:", "/dev/null"},
               {"X-Example", "/nonexistent"}};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        OriginSettings settings = usual;
        settings.tenant_header = bad[i].header;
        settings.tenant_secret_file = bad[i].file;
        g_assert_null(origin_judge_new(&settings, NULL, &error));
        g_assert_error(error, ORIGIN_ERROR, ORIGIN_ERROR_SECRET);
    }
}

/* ---- From ---- */

static const struct {
    const char *headers[3];
    const char *from;
} froms[] = {
    {{NULL}, NULL},
    {{"From: Ann <ann@example.com>"}, "ann@example.com"},
    {{"FROM: ann@example.com"}, "ann@example.com"},
    {{"From : ann@example.com"}, "ann@example.com"},
    {{"From: ann@example.com", "From: ann@example.com"}, NULL},
    {{"From: ann@example.com", "from : bob@example.com"}, NULL},
    {{"From: x", "From: ann@example.com"}, NULL},
    {{"From:", "From: ann@example.com"}, NULL},
    {{"Sender: ann@example.com", "Resent-From: ann@example.com"}, NULL},
    {{"X-From: ann@example.com", "From: bob@example.com"}, "bob@example.com"},
};

static void
test_from(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(froms); i++) {
        Bench bench = {.settings = usual};
        bench_setup(&bench);
        OriginCase *origin_case = origin_case_new(bench.judge, &stranger);
        for (const char *const *header = froms[i].headers; *header != NULL; header++)
            give_header(origin_case, *header);
        g_assert_null(origin_case_from(origin_case));
        origin_case_close(origin_case);
        give_header(origin_case, "From: late@example.com");
        const Address *from = origin_case_from(origin_case);
        g_assert_cmpstr(from != NULL ? address_text(from) : NULL, ==, froms[i].from);
        origin_case_free(origin_case);
        bench_teardown(&bench);
    }
}

/* ---- hygiene ---- */

enum { NEVER, EXPANDED, ALWAYS };

static const struct {
    const char *name;
    int         strip[3]; /* by strip-trust-headers = expanded, all, never; not of proven Exchange Online */
    int         proven;
} hygiene[] = {
    {"X-MS-Exchange-Organization-AuthAs", {EXPANDED, ALWAYS, NEVER}, NEVER},
    {"x-ms-exchange-organization-scl", {EXPANDED, ALWAYS, NEVER}, NEVER},
    {"X-MS-Exchange-CrossPremises-AuthAs", {EXPANDED, ALWAYS, NEVER}, NEVER},
    {"X-MS-Exchange-CrossTenant-Id ", {EXPANDED, ALWAYS, NEVER}, NEVER},
    {"X-MS-Exchange-CrossTenant-", {EXPANDED, ALWAYS, NEVER}, NEVER},
    {"X-Example-Relay", {ALWAYS, ALWAYS, ALWAYS}, ALWAYS},
    {"x-example-relay\t", {ALWAYS, ALWAYS, ALWAYS}, ALWAYS},
    {"X-Rollcall-Split", {EXPANDED, EXPANDED, EXPANDED}, EXPANDED},
    {"x-rollcall-whatever", {EXPANDED, EXPANDED, EXPANDED}, EXPANDED},
    {"X-Rollcall-Trace", {NEVER, NEVER, NEVER}, NEVER},
    {"X-Example-Relay-2", {NEVER, NEVER, NEVER}, NEVER},
    {"X-Example", {NEVER, NEVER, NEVER}, NEVER},
    {"X-MS-Exchange-Transport-Rules-Loop", {NEVER, NEVER, NEVER}, NEVER},
    {"X-LD-Processed", {NEVER, NEVER, NEVER}, NEVER},
    {"X-OriginatorOrg", {NEVER, NEVER, NEVER}, NEVER},
    {"X-MS-Exchange-CrossTenant", {NEVER, NEVER, NEVER}, NEVER},
    {"DKIM-Signature", {NEVER, NEVER, NEVER}, NEVER},
    {"From", {NEVER, NEVER, NEVER}, NEVER},
    {"", {NEVER, NEVER, NEVER}, NEVER},
};

static void
check_hygiene(const OriginJudge *judge, const char *name, Origin origin, int expected)
{
    g_assert_cmpint(origin_judge_removes(judge, origin, name, TRUE), ==, expected != NEVER);
    g_assert_cmpint(origin_judge_removes(judge, origin, name, FALSE), ==, expected == ALWAYS);
    if (expected != NEVER)
        g_assert_true(origin_judge_watches(judge, name));
}

static void
test_hygiene(void)
{
    static const Origin others[] = {ORIGIN_ANONYMOUS, ORIGIN_SASL, ORIGIN_NETWORK, ORIGIN_LOCAL, ORIGIN_FOREIGN_CLOUD};
    for (StripTrustHeaders strip = STRIP_EXPANDED; strip <= STRIP_NEVER; strip++) {
        Bench bench = {.settings = usual};
        bench.settings.strip = strip;
        bench_setup(&bench);
        for (gsize i = 0; i < G_N_ELEMENTS(hygiene); i++) {
            for (gsize j = 0; j < G_N_ELEMENTS(others); j++)
                check_hygiene(bench.judge, hygiene[i].name, others[j], hygiene[i].strip[strip]);
            check_hygiene(bench.judge, hygiene[i].name, ORIGIN_EXCHANGE_ONLINE, hygiene[i].proven);
        }
        g_assert_false(origin_judge_watches(bench.judge, "Received"));
        g_assert_false(origin_judge_watches(bench.judge, "X-Rollcall-Trace"));
        bench_teardown(&bench);
    }
}

/* A hostile message costs no more than an honest one. */
static void
test_many_headers(void)
{
    Bench bench = {.settings = usual};
    bench_setup(&bench);
    OriginCase      *origin_case = origin_case_new(bench.judge, &exchange);
    g_autofree char *long_value = g_strnfill(1000000, 'x');
    for (gsize i = 0; i < 1000; i++) {
        for (gsize j = 0; j < G_N_ELEMENTS(hygiene); j++)
            origin_case_header(origin_case, hygiene[j].name, i > 3 ? "x" : long_value);
        give_header(origin_case, "DKIM-Signature: d=nobody.example");
    }
    origin_case_close(origin_case);
    gsize               n;
    const OriginFactor *factors = origin_case_factors(origin_case, &n);
    g_assert_cmpuint(n, <=, 32);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpuint(strlen(factors[i].value), <=, 200);
    g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
    origin_case_free(origin_case);
    bench_teardown(&bench);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(connections); i++) {
        g_autofree char *path = g_strconcat("/origin/connection/", connections[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_connection);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autofree char *path = g_strconcat("/origin/message/", messages[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_message);
    }
    g_test_add_func("/origin/no-proof-configured", test_no_proof_configured);
    g_test_add_func("/origin/exchange-online-off", test_exchange_online_off);
    g_test_add_func("/origin/bad-settings", test_bad_settings);
    g_test_add_func("/origin/from", test_from);
    g_test_add_func("/origin/hygiene", test_hygiene);
    g_test_add_func("/origin/many-headers", test_many_headers);
    return g_test_run();
}
