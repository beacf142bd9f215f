/* SPDX-License-Identifier: BSD-2-Clause
 * test-client-name.c - which name of a client's certificate is believed
 */
#include "origin/client-name.h"

#define EXO "mail.protection.outlook.com"
#define POSTFIX(subject)                                  \
    {                                                     \
        .tls_version = "TLSv1.3", .cert_subject = subject \
    }
#define SENDMAIL(subject)                                                                   \
    {                                                                                       \
        .tls_version = "TLSv1.3", .cert_subject = subject, .verify = "OK", .sendmail = TRUE \
    }
#define TOO_LONG \
    "/OU=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *name;
    OriginFacts facts;
    const char *believed; /* NULL: none, or with a doubt */
} cases[] = {
    {"postfix", POSTFIX(EXO), EXO},
    {"postfix-no-certificate", POSTFIX(NULL), NULL},
    {"postfix-empty", POSTFIX(""), NULL},
    {"postfix-no-tls", {.cert_subject = EXO}, NULL},
    {"postfix-empty-tls", {.tls_version = "", .cert_subject = EXO}, NULL},
    {"postfix-verify-says-no", {.tls_version = "TLSv1.3", .cert_subject = EXO, .verify = "FAIL"}, NULL},
    /* The whole is the name; nothing is looked for in it. */
    {"postfix-takes-no-dn-apart", POSTFIX("/CN=" EXO), "/CN=" EXO},
    {"sendmail", SENDMAIL("/CN=" EXO), EXO},
    {"sendmail-microsoft", SENDMAIL("/C=US/ST=WA/L=Redmond/O=Microsoft+20Corporation/CN=" EXO), EXO},
    {"sendmail-cn-first", SENDMAIL("/CN=" EXO "/O=Microsoft+20Corporation"), EXO},
    {"sendmail-e-mail-behind", SENDMAIL("/CN=" EXO "/emailAddress=x@example.com"), EXO},
    {"sendmail-oid-type", SENDMAIL("/2.5.4.15=x/CN=" EXO), EXO},
    {"sendmail-lower-case-type", SENDMAIL("/cn=" EXO), EXO},
    {"sendmail-not-verified",
     {.tls_version = "TLSv1.3", .cert_subject = "/CN=" EXO, .verify = "FAIL", .sendmail = TRUE},
     NULL},
    {"sendmail-nothing-said-of-verify", {.tls_version = "TLSv1.3", .cert_subject = "/CN=" EXO, .sendmail = TRUE}, NULL},
    {"sendmail-verify-ok-behind-blank",
     {.tls_version = "TLSv1.3", .cert_subject = "/CN=" EXO, .verify = "OK ", .sendmail = TRUE},
     NULL},
    {"sendmail-verify-lower-case",
     {.tls_version = "TLSv1.3", .cert_subject = "/CN=" EXO, .verify = "ok", .sendmail = TRUE},
     NULL},
    {"sendmail-no-tls", {.cert_subject = "/CN=" EXO, .verify = "OK", .sendmail = TRUE}, NULL},
    {"sendmail-bare-name", SENDMAIL(EXO), NULL},
    {"sendmail-no-cn", SENDMAIL("/C=US/O=Example"), NULL},
    {"sendmail-empty-cn", SENDMAIL("/O=Example/CN="), NULL},
    {"sendmail-two-cn", SENDMAIL("/CN=" EXO "/CN=evil.example"), NULL},
    {"sendmail-two-cn-other-order", SENDMAIL("/CN=evil.example/CN=" EXO), NULL},
    {"sendmail-two-cn-in-two-cases", SENDMAIL("/cn=evil.example/CN=" EXO), NULL},
    /* An organization named "x/CN=mail...", as OpenSSL 3 and as older ones print it. */
    {"sendmail-escaped-slash", SENDMAIL("/O=x\\/CN=" EXO), NULL},
    {"sendmail-escaped-slash-and-cn", SENDMAIL("/O=x\\/CN=" EXO "/CN=evil.example"), NULL},
    {"sendmail-backslash-before-escaped-slash", SENDMAIL("/O=x\\\\/CN=" EXO), NULL},
    {"sendmail-slash-and-cn", SENDMAIL("/O=x/CN=" EXO "/CN=evil.example"), NULL},
    {"sendmail-slash-without-type", SENDMAIL("/O=x/y/CN=" EXO), NULL},
    {"sendmail-slash-behind-name", SENDMAIL("/CN=" EXO "/"), NULL},
    {"sendmail-non-ascii", SENDMAIL("/O=\\xC3\\xA9/CN=" EXO), NULL},
    {"sendmail-other-type-that-ends-in-cn", SENDMAIL("/XCN=" EXO), NULL},
    {"sendmail-cn-with-suffix", SENDMAIL("/CN=" EXO ".evil.example"), EXO ".evil.example"},
    {"sendmail-too-long",
     SENDMAIL(TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG TOO_LONG "/CN=" EXO),
     NULL},
    {"sendmail-names-agree",
     {.tls_version = "TLSv1.3", .cert_subject = "/CN=" EXO, .cert_name = EXO, .verify = "OK", .sendmail = TRUE},
     EXO},
    {"sendmail-names-disagree",
     {.tls_version = "TLSv1.3", .cert_subject = "/O=x/CN=" EXO, .cert_name = "evil", .verify = "OK", .sendmail = TRUE},
     NULL},
};

static void
test_name(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    const char      *doubt = NULL;
    g_autofree char *name = client_name(&cases[i].facts, &doubt);
    g_assert_cmpstr(doubt == NULL ? name : NULL, ==, cases[i].believed);
}

static const struct {
    const char *name;
    gboolean    listed;
} listed[] = {
    {EXO, TRUE},
    {"MAIL.Protection.Outlook.COM", TRUE},
    {EXO ".", FALSE},
    {" " EXO, FALSE},
    {EXO ".evil.example", FALSE},
    {"x" EXO, FALSE},
    {"x." EXO, FALSE},
    {"*." EXO, FALSE},
    {"protection.outlook.com", FALSE},
    {"", FALSE},
    {"a.relay.example", TRUE},
    {"A-1.RELAY.example", TRUE},
    {"*.relay.example", TRUE},
    {"relay.example", FALSE},
    {".relay.example", FALSE},
    {"a.b.relay.example", FALSE},
    {"evil=.relay.example", FALSE},
    {"x/CN=a.relay.example", FALSE},
    {"a.relay.example.evil.example", FALSE},
    {"**.relay.example", FALSE},
};

static void
test_listed(void)
{
    static const char *const names[] = {EXO, "*.relay.example", "", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(listed); i++) {
        if (client_name_is_listed(listed[i].name, names) != listed[i].listed)
            g_error("%s: expected %d", listed[i].name, listed[i].listed);
    }
    g_assert_false(client_name_is_listed(EXO, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/client-name/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_name);
    }
    g_test_add_func("/client-name/listed", test_listed);
    return g_test_run();
}
