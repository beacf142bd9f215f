/* SPDX-License-Identifier: BSD-2-Clause
 * origin.c - rollcall origin: whose mail a message counts as, and why
 *
 * Owns:     the judge and the case.
 * Promises: judges as the milter does, with the same functions and settings; fetches nothing and shows no secret.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/message-file.h"
#include "admin/output.h"
#include "rollcall/origin.h"

#include <errno.h>
#include <string.h>

typedef enum { FORMAT_TEXT, FORMAT_JSON } Format;
static const char *const formats[] = {"text", "json", NULL};

/* What a factor means; `advice` as in OriginFactor. */
static const struct {
    const char *name;
    gboolean    advice;
    const char *meaning;
} meanings[] = {
    {"login", FALSE, "logged in at the MTA: authenticated, whatever the headers say"},
    {"trusted-network", FALSE, "the client is in trusted-networks: authenticated, whatever the headers say"},
    {"local-submission", FALSE, "submitted on the MTA's own host; see trust-local-submission"},
    {"tls-name", FALSE, "verified name of the TLS client, in tls-names: this is Exchange Online"},
    {"tls-name", TRUE, "name of the TLS client, not in tls-names"},
    {"published-address", FALSE, "Microsoft publishes this address for Exchange Online"},
    {"proof", FALSE, "what proves that the message comes from the own tenant"},
    {"tenant-id", FALSE, "the tenant that X-MS-Exchange-CrossTenant-Id names; no proof"},
    {"auth-as", FALSE, "what the own tenant found its author to be; Internal is one of us"},
    {"unknown", FALSE, "could not be found out: mail would be deferred"},
    {"warning", FALSE, "this would have counted, and does not"},
    {"warning", TRUE, "to be looked at"},
    {"advice", TRUE, "anybody can write this; not counted"},
};

static const char *
meaning_of(const OriginFactor *factor)
{
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (g_str_equal(meanings[i].name, factor->name) && meanings[i].advice == factor->advice)
            return meanings[i].meaning;
    }
    return "";
}

/* ---- the message ---- */

typedef struct {
    const OriginJudge *judge;
    OriginCase        *origin_case;
    GPtrArray         *watched; /* names of fields that may be removed, in the order of the first of each */
    GHashTable        *counts;  /* of them, by name in lower case */
} Message;

static void
take_header(const char *name, const char *value, gpointer user_data)
{
    Message *message = user_data;
    origin_case_header(message->origin_case, name, value);
    if (!origin_judge_watches(message->judge, name))
        return;
    g_autofree char *key = g_ascii_strdown(name, -1);
    guint            count = GPOINTER_TO_UINT(g_hash_table_lookup(message->counts, key));
    if (count == 0)
        g_ptr_array_add(message->watched, g_strdup(name));
    g_hash_table_insert(message->counts, g_steal_pointer(&key), GUINT_TO_POINTER(count + 1));
}

static guint
count_of(const Message *message, const char *name)
{
    g_autofree char *key = g_ascii_strdown(name, -1);
    return GPOINTER_TO_UINT(g_hash_table_lookup(message->counts, key));
}

static gboolean
read_message(const char *path, Message *message, GError **error)
{
    gboolean standard = g_str_equal(path, "-");
    FILE    *file = standard ? stdin : fopen(path, "re");
    if (file == NULL) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    gboolean good = message_file_read(file, take_header, message, error);
    if (!good)
        g_prefix_error(error, "%s: ", path);
    if (!standard)
        fclose(file);
    return good;
}

/* ---- output ---- */

static const char *
trust_word(const OriginCase *origin_case)
{
    if (origin_case_unknown(origin_case) != NULL)
        return "unknown";
    return origin_case_trust(origin_case) == SENDER_AUTHENTICATED ? "authenticated" : "external";
}

static void
print_removed(const Message *message)
{
    for (guint i = 0; i < message->watched->len; i++) {
        const char *name = g_ptr_array_index(message->watched, i);
        gboolean    always = origin_case_removes(message->origin_case, name, FALSE);
        if (origin_case_removes(message->origin_case, name, TRUE))
            output_line("removed%s: %s (%u)", always ? "" : " when expanded", name, count_of(message, name));
    }
}

static void
print_text(const Message *message)
{
    gsize               n;
    const OriginFactor *factors = origin_case_factors(message->origin_case, &n);
    const Address      *from = origin_case_from(message->origin_case);
    output_line("origin: %s", origin_word(origin_case_origin(message->origin_case)));
    output_line("sender: %s", trust_word(message->origin_case));
    output_line("from: %s", from != NULL ? address_text(from) : "(not exactly one mailbox)");
    print_removed(message);
    if (n == 0)
        return;
    OutputTable *table = output_table_new(3);
    output_line("%s", "");
    output_table_add(table, "FACTOR", "VALUE", "MEANING");
    for (gsize i = 0; i < n; i++)
        output_table_add(table, factors[i].name, factors[i].value, meaning_of(&factors[i]));
    output_table_print(table);
}

static json_t *
json_factors(const Message *message)
{
    gsize               n;
    const OriginFactor *factors = origin_case_factors(message->origin_case, &n);
    json_t             *array = json_array();
    for (gsize i = 0; i < n; i++)
        json_array_append_new(array, json_pack("{s:s, s:o, s:b, s:s}", "name", factors[i].name, "value",
                                               output_json_text(factors[i].value), "advice", factors[i].advice,
                                               "meaning", meaning_of(&factors[i])));
    return array;
}

static json_t *
json_removed(const Message *message)
{
    json_t *array = json_array();
    for (guint i = 0; i < message->watched->len; i++) {
        const char *name = g_ptr_array_index(message->watched, i);
        if (origin_case_removes(message->origin_case, name, TRUE))
            json_array_append_new(array, json_pack("{s:o, s:i, s:b}", "name", output_json_text(name), "count",
                                                   (int)count_of(message, name), "always",
                                                   (int)origin_case_removes(message->origin_case, name, FALSE)));
    }
    return array;
}

static void
print_json(const Message *message)
{
    const Address *from = origin_case_from(message->origin_case);
    output_json(json_pack("{s:s, s:s, s:o, s:o, s:o}", "origin", origin_word(origin_case_origin(message->origin_case)),
                          "sender", trust_word(message->origin_case), "from",
                          output_json_text(from != NULL ? address_text(from) : NULL), "factors", json_factors(message),
                          "removed", json_removed(message)));
}

/* ---- the command ---- */

static int
judge_message(const OriginJudge *judge, const OriginFacts *facts, const char *path, Format format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OriginCase) origin_case = origin_case_new(judge, facts);
    g_autoptr(GPtrArray) watched = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Message message = {judge, origin_case, watched, counts};
    if (!read_message(path, &message, &error)) {
        output_error("%s", error->message);
        return EX_NOINPUT;
    }
    origin_case_close(origin_case);
    (format == FORMAT_JSON ? print_json : print_text)(&message);
    return origin_case_unknown(origin_case) != NULL ? EX_TEMPFAIL : EX_OK;
}

static void
on_endpoints(gboolean good, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    if (!good)
        output_error("endpoints: %s", event);
}

/* NULL without an error if published addresses are not used. What the daemon knows is in its cache. */
static Endpoints *
open_endpoints(const Settings *settings, GError **error)
{
    const EndpointsSettings *configured = settings_endpoints(settings);
    if (configured == NULL)
        return NULL;
    EndpointsSettings offline = *configured;
    offline.offline = TRUE;
    offline.observe = on_endpoints;
    return endpoints_new(&offline, error);
}

static int
judge_with(const Settings *settings, const OriginFacts *facts, const char *path, Format format)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Endpoints) endpoints = open_endpoints(settings, &error);
    if (error != NULL)
        return command_fail(error);
    g_autoptr(OriginJudge) judge = origin_judge_new(settings_origin(settings), endpoints, &error);
    return judge != NULL ? judge_message(judge, facts, path, format) : command_fail(error);
}

static int
origin_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char   *client = NULL, *sasl = NULL, *tls = NULL, *subject = NULL, *issuer = NULL, *name = NULL;
    g_autofree char   *verify = NULL, *format_name = NULL;
    gboolean           sendmail = FALSE, submitted = FALSE;
    const GOptionEntry entries[] = {
        {"client", 0, 0, G_OPTION_ARG_FILENAME, &client, "{client_addr}: where it came from", "ADDRESS"},
        {"sasl", 0, 0, G_OPTION_ARG_FILENAME, &sasl, "{auth_authen}: who logged in", "USER"},
        {"tls-version", 0, 0, G_OPTION_ARG_FILENAME, &tls, "{tls_version}: TLSv1.3; none without TLS", "VERSION"},
        {"cert-subject", 0, 0, G_OPTION_ARG_FILENAME, &subject, "{cert_subject} of the client's certificate", "NAME"},
        {"cert-issuer", 0, 0, G_OPTION_ARG_FILENAME, &issuer, "{cert_issuer}", "NAME"},
        {"cert-name", 0, 0, G_OPTION_ARG_FILENAME, &name, "{cn_subject} of Sendmail", "NAME"},
        {"verify", 0, 0, G_OPTION_ARG_FILENAME, &verify, "{verify} of Sendmail: OK, FAIL, ...", "WORD"},
        {"sendmail", 0, 0, G_OPTION_ARG_NONE, &sendmail, "the MTA is Sendmail; else Postfix", NULL},
        {"submitted", 0, 0, G_OPTION_ARG_NONE, &submitted, "on the MTA's own host, not by SMTP", NULL},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "text or json", "FORMAT"},
        {NULL},
    };
    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    int format = command_format(format_name, formats);
    if (format < 0)
        return EX_USAGE;
    const Settings *settings = source_settings(source, &error);
    if (settings == NULL)
        return command_fail(error);
    OriginFacts facts = {.sasl_user = sasl,
                         .client_address = client,
                         .tls_version = tls,
                         .cert_subject = subject,
                         .cert_issuer = issuer,
                         .cert_name = name,
                         .verify = verify,
                         .sendmail = sendmail,
                         .submitted = submitted};
    return judge_with(settings, &facts, argv[1], (Format)format);
}

const Command command_origin = {
    .name = "origin",
    .arguments = "FILE",
    .summary = "whose mail a message counts as, and why",
    .description = "Shows whose mail the message in FILE (- for standard input) counts as when it is handed over by a\n"
                   "connection of which the options say what the MTA's macros would: from one of us or from outside,\n"
                   "and each factor in that decision.",
    .n_arguments = 1,
    .run = origin_run,
};
