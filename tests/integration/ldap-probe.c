/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-probe.c - drives the live LDAP directory through directory.h, for the integration tests
 *
 * ldap-probe --uri URI... --base DN... [settings] COMMAND...
 * Commands are read from standard input, one a line, so that a test can stop a server between two of them:
 *   find ADDRESS | read DN | read-many DN<TAB>DN... | search BASE<TAB>SCOPE<TAB>FILTER (BASE "-": all) | check | schema
 *   first BASE<TAB>SCOPE<TAB>FILTER                    a search that its caller leaves at the first entry
 *   search-many N THREADS BASE<TAB>SCOPE<TAB>FILTER   the same search N times on each of THREADS threads at once
 *   wait-event TEXT                                    waits until an event has TEXT in it
 * Answers: one line "entry DN [attr=value...]" an entry, then "ok N SECONDS" or "error CODE SECONDS TEXT".
 * Events go to standard output as "event good|bad TEXT".
 */
#include "rollcall/directory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    char   **uris, **bases, **address_attributes, **attributes;
    char    *schema, *bind, *bind_dn, *password_file, *keytab, *principal, *tls, *ca_file, *cert_file, *key_file;
    int      connections, page_size, max_waiting;
    double   connect_timeout, answer_timeout, retry_interval, deadline;
    gboolean counts_only;
} Options;

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t  changed;
    GString        *events;
} Events;

typedef struct {
    const Options *options;
    Directory     *directory;
    Events        *events;
    gboolean       quiet, leaves;
    guint          n_entries;
} Probe;

static const char *const codes[] = {"unavailable", "incomplete", "no-base", "refused", "settings"};

static void
on_event(DirectoryEventKind kind, const char *event, gpointer user_data)
{
    Events *events = user_data;

    pthread_mutex_lock(&events->lock);
    g_string_append_printf(events->events, "%s\n", event);
    printf("event %s %s\n", kind == DIRECTORY_EVENT_GOOD ? "good" : "bad", event);
    fflush(stdout);
    pthread_cond_broadcast(&events->changed);
    pthread_mutex_unlock(&events->lock);
}

static gint64
deadline_of(const Probe *probe)
{
    return g_get_monotonic_time() + (gint64)(probe->options->deadline * G_USEC_PER_SEC);
}

/* Blanks and what cannot be seen as \xx. */
static void
print_octets(const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        guchar c = (guchar)data[i];
        if (c <= ' ' || c == '\\' || c == 0x7f)
            printf("\\%02x", c);
        else
            putchar(c);
    }
}

static void
print_attribute(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    const Probe *probe = user_data;

    if (probe->options->counts_only) {
        printf(" %s#%u", key, n_values);
        return;
    }
    for (guint i = 0; i < n_values; i++) {
        printf(" %s=", key);
        print_octets(values[i].data, values[i].length);
    }
}

static gboolean
print_entry(const Entry *entry, gpointer user_data, GError **error)
{
    Probe *probe = user_data;

    probe->n_entries++;
    if (probe->leaves) {
        g_set_error_literal(error, g_quark_from_static_string("seen"), 0, "has seen enough");
        return FALSE;
    }
    if (probe->quiet)
        return TRUE;
    flockfile(stdout); /* a line is not broken by an event */
    printf("entry ");
    print_octets(entry_dn(entry), strlen(entry_dn(entry)));
    entry_foreach(entry, print_attribute, probe);
    printf("\n");
    funlockfile(stdout);
    return TRUE;
}

static void
print_end(const Probe *probe, gint64 begin, const GError *error)
{
    double seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;

    if (error == NULL)
        printf("ok %u %.3f\n", probe->n_entries, seconds);
    else
        printf("error %s %.3f %s\n", error->domain == DIRECTORY_ERROR ? codes[error->code] : "other", seconds,
               error->message);
    fflush(stdout);
}

static void
print_entries(Probe *probe, const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++)
        print_entry(entries->pdata[i], probe, NULL);
}

static const char *const *
attributes_of(const Probe *probe)
{
    return (const char *const *)probe->options->attributes;
}

static void
run_find(Probe *probe, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) address = address_new(text, &error);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    gint64 begin = g_get_monotonic_time();

    if (address != NULL &&
        directory_find(probe->directory, address, attributes_of(probe), entries, deadline_of(probe), &error))
        print_entries(probe, entries);
    print_end(probe, begin, error);
}

static void
run_read(Probe *probe, const char *dn)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EntryRef) entry = NULL;
    gint64 begin = g_get_monotonic_time();

    if (directory_read(probe->directory, dn, attributes_of(probe), &entry, deadline_of(probe), &error) && entry != NULL)
        print_entry(entry, probe, NULL);
    print_end(probe, begin, error);
}

static void
run_read_many(Probe *probe, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) dns = g_strsplit(text, "\t", -1);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
    gint64 begin = g_get_monotonic_time();

    if (directory_read_many(probe->directory, (const char *const *)dns, g_strv_length(dns), attributes_of(probe),
                            entries, deadline_of(probe), &error))
        print_entries(probe, entries);
    print_end(probe, begin, error);
}

static gboolean
search(Probe *probe, const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, "\t", 3);
    if (g_strv_length(words) != 3)
        g_error("search needs three words");
    g_autoptr(FilterRef) filter = filter_parse(words[2], NULL, error);
    if (filter == NULL)
        return FALSE;
    DirectorySearch asked = {
        .base = g_str_equal(words[0], "-") ? NULL : words[0],
        .scope = g_str_equal(words[1], "base")  ? SCOPE_BASE
                 : g_str_equal(words[1], "one") ? SCOPE_ONE
                                                : SCOPE_SUBTREE,
        .filter = filter,
        .attributes = attributes_of(probe),
    };
    return directory_search(probe->directory, &asked, print_entry, probe, deadline_of(probe), error);
}

static void
run_search(Probe *probe, const char *text)
{
    g_autoptr(GError) error = NULL;
    gint64 begin = g_get_monotonic_time();

    search(probe, text, &error);
    print_end(probe, begin, error);
}

static void
run_first(Probe *probe, const char *text)
{
    probe->leaves = TRUE;
    run_search(probe, text);
    probe->leaves = FALSE;
}

typedef struct {
    Probe       probe;
    int         count;
    const char *text;
    pthread_t   thread;
    GString    *results;
} Searcher;

static void *
searcher_main(void *data)
{
    Searcher *searcher = data;

    for (int i = 0; i < searcher->count; i++) {
        g_autoptr(GError) error = NULL;
        gint64 begin = g_get_monotonic_time();
        searcher->probe.n_entries = 0;
        gboolean good = search(&searcher->probe, searcher->text, &error);
        double   seconds = (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
        g_string_append_printf(searcher->results, "%s %s %.3f %s\n", good ? "ok" : "error",
                               good ? "" : codes[error->code], seconds, good ? "" : error->message);
    }
    return NULL;
}

static void
run_search_many(Probe *probe, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", 3);
    int       n_threads = atoi(words[1]);
    gint64    begin = g_get_monotonic_time();
    Searcher *searchers = g_new0(Searcher, n_threads);

    for (int i = 0; i < n_threads; i++) {
        searchers[i] = (Searcher){.probe = *probe, .count = atoi(words[0]), .text = words[2]};
        searchers[i].probe.quiet = TRUE;
        searchers[i].results = g_string_new(NULL);
        if (pthread_create(&searchers[i].thread, NULL, searcher_main, &searchers[i]) != 0)
            g_error("no thread");
    }
    for (int i = 0; i < n_threads; i++) {
        pthread_join(searchers[i].thread, NULL);
        fputs(searchers[i].results->str, stdout);
        g_string_free(searchers[i].results, TRUE);
    }
    g_free(searchers);
    printf("done ");
    print_end(probe, begin, NULL);
}

static void
run_check(Probe *probe, G_GNUC_UNUSED const char *text)
{
    gint64 begin = g_get_monotonic_time();
    g_autoptr(GPtrArray) findings = directory_check(probe->directory, deadline_of(probe));

    for (guint i = 0; i < findings->len; i++) {
        const DirectoryFinding *finding = findings->pdata[i];
        printf("finding %s %s %s\n", finding->good ? "good" : "bad", finding->server, finding->text);
    }
    print_end(probe, begin, NULL);
}

static void
run_schema(Probe *probe, G_GNUC_UNUSED const char *text)
{
    gint64  begin = g_get_monotonic_time();
    Schema *schema = directory_schema(probe->directory);

    printf("schema %s\n", schema == NULL ? "unknown" : schema_rules(schema) == SCHEMA_RULES_AD ? "ad" : "rfc");
    g_clear_pointer(&schema, schema_unref);
    print_end(probe, begin, NULL);
}

static void
run_wait_event(Probe *probe, const char *text)
{
    Events *events = probe->events;
    gint64  begin = g_get_monotonic_time();

    pthread_mutex_lock(&events->lock);
    while (strstr(events->events->str, text) == NULL)
        pthread_cond_wait(&events->changed, &events->lock);
    g_string_truncate(events->events, 0);
    pthread_mutex_unlock(&events->lock);
    print_end(probe, begin, NULL);
}

static const struct {
    const char *name;
    void (*run)(Probe *probe, const char *text);
} commands[] = {
    {"find ", run_find},
    {"read ", run_read},
    {"read-many ", run_read_many},
    {"search ", run_search},
    {"first ", run_first},
    {"search-many ", run_search_many},
    {"check", run_check},
    {"schema", run_schema},
    {"wait-event ", run_wait_event},
};

static void
obey(Probe *probe, const char *line)
{
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!g_str_has_prefix(line, commands[i].name))
            continue;
        probe->n_entries = 0;
        commands[i].run(probe, line + strlen(commands[i].name));
        return;
    }
    printf("error usage 0 unknown command\n");
    fflush(stdout);
}

static gint64
microseconds(double seconds)
{
    return (gint64)(seconds * G_USEC_PER_SEC);
}

static BindMethod
bind_of(const char *name)
{
    static const char *const names[] = {"anonymous", "simple", "external", "gssapi"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(name, names[i]) == 0)
            return (BindMethod)i;
    return BIND_ANONYMOUS;
}

static Directory *
open_directory(const Options *options, Events *events, GError **error)
{
    const char *const usual[] = {"proxyAddresses", NULL};
    LdapSettings      settings = {
             .uris = (const char *const *)options->uris,
             .bases = (const char *const *)options->bases,
             .address_attributes =
            options->address_attributes != NULL ? (const char *const *)options->address_attributes : usual,
             .schema = options->schema,
             .bind = bind_of(options->bind),
             .bind_dn = options->bind_dn,
             .password_file = options->password_file,
             .keytab = options->keytab,
             .principal = options->principal,
             .tls = g_strcmp0(options->tls, "none") == 0 ? TLS_NONE : TLS_REQUIRED,
             .ca_file = options->ca_file,
             .cert_file = options->cert_file,
             .key_file = options->key_file,
             .connections = (guint)options->connections,
             .page_size = (guint)options->page_size,
             .max_waiting = (guint)options->max_waiting,
             .connect_timeout = microseconds(options->connect_timeout),
             .answer_timeout = microseconds(options->answer_timeout),
             .retry_interval = microseconds(options->retry_interval),
             .observer = on_event,
             .observer_data = events,
    };
    return directory_ldap_new(&settings, error);
}

static Options *
read_options(int *argc, char ***argv)
{
    static Options     options = {.connections = 2,
                                  .page_size = 500,
                                  .max_waiting = 4,
                                  .connect_timeout = 5,
                                  .answer_timeout = 5,
                                  .retry_interval = 10,
                                  .deadline = 30};
    const GOptionEntry entries[] = {
        {"uri", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.uris, "server, again for more", "URI"},
        {"base", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.bases, "base, again for more", "DN"},
        {"address-attribute", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.address_attributes, "again for more", "NAME"},
        {"attribute", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.attributes, "to ask for, again for more", "NAME"},
        {"schema", 0, 0, G_OPTION_ARG_STRING, &options.schema, "auto, ad, rfc", "NAME"},
        {"bind", 0, 0, G_OPTION_ARG_STRING, &options.bind, "anonymous, simple, external, gssapi", "NAME"},
        {"bind-dn", 0, 0, G_OPTION_ARG_STRING, &options.bind_dn, "", "DN"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, "", "FILE"},
        {"keytab", 0, 0, G_OPTION_ARG_FILENAME, &options.keytab, "", "FILE"},
        {"principal", 0, 0, G_OPTION_ARG_STRING, &options.principal, "", "NAME"},
        {"tls", 0, 0, G_OPTION_ARG_STRING, &options.tls, "required, none", "NAME"},
        {"ca-file", 0, 0, G_OPTION_ARG_FILENAME, &options.ca_file, "", "FILE"},
        {"cert-file", 0, 0, G_OPTION_ARG_FILENAME, &options.cert_file, "", "FILE"},
        {"key-file", 0, 0, G_OPTION_ARG_FILENAME, &options.key_file, "", "FILE"},
        {"connections", 0, 0, G_OPTION_ARG_INT, &options.connections, "", "N"},
        {"page-size", 0, 0, G_OPTION_ARG_INT, &options.page_size, "", "N"},
        {"max-waiting", 0, 0, G_OPTION_ARG_INT, &options.max_waiting, "", "N"},
        {"connect-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &options.connect_timeout, "", "SECONDS"},
        {"answer-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &options.answer_timeout, "", "SECONDS"},
        {"retry-interval", 0, 0, G_OPTION_ARG_DOUBLE, &options.retry_interval, "", "SECONDS"},
        {"deadline", 0, 0, G_OPTION_ARG_DOUBLE, &options.deadline, "of each command", "SECONDS"},
        {"counts", 0, 0, G_OPTION_ARG_NONE, &options.counts_only, "print how many values, not which", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return &options;
    fprintf(stderr, "%s\n", error->message);
    return NULL;
}

int
main(int argc, char **argv)
{
    Events events = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    g_autoptr(GError) error = NULL;
    char   *line = NULL;
    size_t  size = 0;
    ssize_t length = 0;

    Options *options = read_options(&argc, &argv);
    if (options == NULL)
        return 2;
    events.events = g_string_new(NULL);
    Probe probe = {.options = options, .events = &events};
    probe.directory = open_directory(options, &events, &error);
    if (probe.directory == NULL) {
        printf("error %s 0 %s\n", codes[error->code], error->message);
        g_string_free(events.events, TRUE);
        return 1;
    }
    while ((length = getline(&line, &size, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        obey(&probe, line);
    }
    free(line);
    directory_free(probe.directory);
    g_string_free(events.events, TRUE);
    return 0;
}
