/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-origin.c - any connection and any headers: nobody becomes one of us who does not know the secret
 *
 * The input is cut at newlines: certificate subject, common name, then lines "NAME:VALUE".
 */
#include "origin/client-name.h"
#include "origin/from.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "mail.protection.outlook.com"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once; its secret is made up, and the fuzzer cannot guess it. */
static const OriginJudge *
judge(void)
{
    static OriginJudge      *made;
    static const char *const names[] = {NAME, "*.relay.example", NULL};
    static const char *const domains[] = {"example.com", NULL};
    if (made != NULL)
        return made;
    g_autofree char *file = NULL, *secret = g_uuid_string_random();
    int              descriptor = g_file_open_tmp("fuzz-origin-XXXXXX", &file, NULL);
    g_assert_cmpint(write(descriptor, secret, strlen(secret)), ==, (ssize_t)strlen(secret));
    close(descriptor);
    OriginSettings settings = {.exchange_online = CLOUD_CERTIFICATE,
                               .tls_names = names,
                               .tenant_header = "X-Example-Relay",
                               .tenant_secret_file = file,
                               .domains = domains};
    made = origin_judge_new(&settings, NULL, NULL);
    unlink(file);
    g_assert_nonnull(made);
    return made;
}

static void
check_from(const char *value)
{
    g_autoptr(Address) from = from_mailbox(value);
    if (from == NULL)
        return;
    /* What was read stands in the header, letter by letter, and is the only address outside quotes and comments. */
    g_assert_nonnull(strstr(value, address_text(from)));
    g_autoptr(Address) again = from_mailbox(address_text(from));
    g_assert_true(again != NULL && address_equal(from, again));
}

static void
check_name(const OriginFacts *facts)
{
    const char      *doubt = NULL;
    g_autofree char *name = client_name(facts, &doubt);
    if (name == NULL || doubt != NULL || !facts->sendmail)
        return;
    g_autofree char *piece = g_strconcat("/CN=", name, NULL);
    g_autofree char *subject = g_ascii_strup(facts->cert_subject, -1);
    g_autofree char *upper = g_ascii_strup(piece, -1);
    const char      *first = strstr(subject, "/CN=");
    g_assert_nonnull(strstr(subject, upper));
    g_assert_null(strstr(first + 1, "/CN="));
}

static void
check_case(const OriginFacts *facts, char *const *lines)
{
    gsize n;
    g_autoptr(OriginCase) origin_case = origin_case_new(judge(), facts);
    for (; *lines != NULL; lines++) {
        char *colon = strchr(*lines, ':');
        if (colon == NULL)
            continue;
        g_autofree char *name = g_strndup(*lines, (gsize)(colon - *lines));
        origin_case_header(origin_case, name, colon + 1);
        check_from(colon + 1);
        origin_judge_watches(judge(), name);
        origin_case_removes(origin_case, name, TRUE);
    }
    origin_case_close(origin_case);
    g_assert_cmpint(origin_case_trust(origin_case), ==, SENDER_EXTERNAL);
    g_assert_cmpint(origin_case_origin(origin_case), !=, ORIGIN_EXCHANGE_ONLINE);
    const OriginFactor *factors = origin_case_factors(origin_case, &n);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpuint(strlen(factors[i].value), <=, 200);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 200);
    if (lines[0] == NULL || lines[1] == NULL)
        return 0;
    for (guint sendmail = 0; sendmail < 2; sendmail++) {
        OriginFacts facts = {.tls_version = "TLSv1.3",
                             .cert_subject = lines[0],
                             .cert_name = lines[1],
                             .verify = sendmail ? "OK" : NULL,
                             .sendmail = sendmail != 0};
        check_name(&facts);
        check_case(&facts, lines + 2);
    }
    return 0;
}
