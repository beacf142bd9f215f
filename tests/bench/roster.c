/* SPDX-License-Identifier: BSD-2-Clause
 * roster.c - times rosters and searches inside one process, over a mirror or over live searches
 *
 * roster --uri URI --base DN [settings] [--mirror [--store FILE] --attribute NAME...]
 * Commands are read from standard input, one a line; each is answered by one line of words. Times since the start are
 * in microseconds, others in nanoseconds:
 *   current                 waits until the mirror is: "current SINCE-START ENTRIES OCTETS RESIDENT-KIB GROWN-KIB"
 *   ready MEMBERS ADDRESS   asks until the roster has so many members and comes from the image: "ready SINCE-START"
 *   roster TIMES ADDRESS    "roster MEMBERS VIA FIRST MEDIAN WORST", worked out each time
 *   again TIMES ADDRESS     "again MEMBERS VIA FIRST MEDIAN WORST", by one resolver, that may remember
 *   search TIMES FILTER     "search FOUND FIRST MEDIAN WORST", in what is kept; ends after HANDED_OUT entries
 *   stored                  waits until the store has as many octets as a moment ago: "stored OCTETS"
 * or by "error TEXT".
 *
 * Owns:     the directory and a resolver.
 * Promises: what is timed is the call and nothing else; what it returns is freed afterwards.
 * Threads:  one of its own; the directory has others.
 */
#include "rollcall/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What hands out more than so many entries is not about the filter. */
enum { HANDED_OUT = 1000, POLL = 2000 };

#define MINUTE (60 * G_TIME_SPAN_SECOND)

typedef struct {
    char   **uris, **bases, **attributes;
    char    *schema, *bind_dn, *password_file, *store;
    gboolean mirror;
} Options;

typedef struct {
    gint64     start;
    glong      resident; /* KiB, before there was a directory */
    Resolver  *resolver;
    Directory *directory;
} Bench;

static const ResolverSettings how = {.max_depth = 10, .max_time = 10 * MINUTE};

static glong
resident(void)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "VmRSS:");
    return line != NULL ? strtol(line + strlen("VmRSS:"), NULL, 10) : 0;
}

static int
compare_times(gconstpointer a, gconstpointer b)
{
    gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;
    return first < second ? -1 : first > second;
}

static void
print_times(GArray *times)
{
    gint64 first = g_array_index(times, gint64, 0);

    g_array_sort(times, compare_times);
    printf(" %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", first,
           g_array_index(times, gint64, times->len / 2), g_array_index(times, gint64, times->len - 1));
}

static gint64
nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
add_time(GArray *times, gint64 begin)
{
    gint64 taken = nanoseconds() - begin;
    g_array_append_val(times, taken);
}

static Answer *
ask(Resolver *resolver, const char *text, GError **error)
{
    g_autoptr(Address) address = address_new(text, error);
    return address != NULL ? resolver_preview(resolver, address) : NULL;
}

static gsize
members_of(const Answer *answer)
{
    gsize n_members = 0;

    if (answer->roster != NULL)
        roster_members(answer->roster, &n_members);
    return n_members;
}

static gboolean
is_roster(const Answer *answer, GError **error)
{
    if (answer == NULL || answer->kind == ANSWER_ROSTER)
        return answer != NULL;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "no roster: %s: %s", answer->reason,
                answer->detail != NULL ? answer->detail : "");
    return FALSE;
}

/* `anew`: by a resolver that has never been asked. */
static gboolean
time_rosters(const Bench *bench, gboolean anew, guint n_times, const char *text, GError **error)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(Answer) answer = NULL;

    for (guint i = 0; i < MAX(n_times, 1); i++) {
        g_autoptr(Resolver) resolver =
            anew ? resolver_new(&how, directory_ref(bench->directory)) : resolver_ref(bench->resolver);
        g_clear_pointer(&answer, answer_free);
        gint64 begin = nanoseconds();
        answer = ask(resolver, text, error);
        add_time(times, begin);
        if (!is_roster(answer, error))
            return FALSE;
    }
    printf("%s %" G_GSIZE_FORMAT " %s", anew ? "roster" : "again", members_of(answer), answer->via);
    print_times(times);
    return TRUE;
}

static gboolean
count_entry(G_GNUC_UNUSED const Entry *entry, gpointer user_data, GError **error)
{
    guint *n_entries = user_data;

    if (++*n_entries < HANDED_OUT)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED, "enough");
    return FALSE;
}

static gboolean
search_once(const Bench *bench, const Filter *filter, guint *n_found, GError **error)
{
    static const char *const attributes[] = {"objectClass",   "proxyAddresses", "mail",
                                             "targetAddress", "mailNickname",   NULL};
    DirectorySearch          search = {.scope = SCOPE_SUBTREE, .filter = filter, .attributes = attributes};
    g_autoptr(GError) failure = NULL;
    Directory *view = directory_view(bench->directory, VIEW_CURRENT, error);

    *n_found = 0;
    if (view == NULL)
        return FALSE;
    gboolean complete =
        directory_search(view, &search, count_entry, n_found, g_get_monotonic_time() + MINUTE, &failure);
    directory_view_end(bench->directory, view);
    if (complete || *n_found == HANDED_OUT)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

static gboolean
time_searches(const Bench *bench, guint n_times, const char *text, GError **error)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    g_autoptr(FilterRef) filter = filter_parse(text, NULL, error);
    guint n_found = 0;

    if (filter == NULL)
        return FALSE;
    for (guint i = 0; i < MAX(n_times, 1); i++) {
        gint64 begin = nanoseconds();
        if (!search_once(bench, filter, &n_found, error))
            return FALSE;
        add_time(times, begin);
    }
    printf("search %u", n_found);
    print_times(times);
    return TRUE;
}

static void
wait_current(const Bench *bench)
{
    for (;;) {
        g_autoptr(DirectoryStatus) status = directory_status(bench->directory);
        if (strcmp(status->state, "current") == 0 || strcmp(status->state, "live") == 0) {
            gint64 since = g_get_monotonic_time() - bench->start;
            glong  now = resident();
            printf("current %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %ld %ld\n", since,
                   status->entries, status->bytes, now, now - bench->resident);
            return;
        }
        g_usleep(MAX(POLL, (gulong)(g_get_monotonic_time() - bench->start) / 50)); /* asking costs, too */
    }
}

/* A row is no shorter than this. */
enum { LEAST_ROW = 100 };

static void
wait_stored(const Bench *bench)
{
    guint64 before = 0;

    for (;;) {
        g_autoptr(DirectoryStatus) status = directory_status(bench->directory);
        if (status->store_bytes > status->entries * LEAST_ROW && status->store_bytes == before) {
            printf("stored %" G_GUINT64_FORMAT "\n", before);
            return;
        }
        before = status->store_bytes;
        g_usleep(G_USEC_PER_SEC);
    }
}

static gboolean
wait_ready(const Bench *bench, gsize n_members, const char *text, GError **error)
{
    for (;;) {
        g_autoptr(Answer) answer = ask(bench->resolver, text, error);
        if (answer == NULL)
            return FALSE;
        if (answer->kind == ANSWER_ROSTER && answer->age >= 0 && members_of(answer) == n_members) {
            printf("ready %" G_GINT64_FORMAT "\n", g_get_monotonic_time() - bench->start);
            return TRUE;
        }
        g_usleep(POLL);
    }
}

static gboolean
obey(const Bench *bench, const char *line, GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", 3);
    guint    n_words = g_strv_length(words);
    gboolean has_both = n_words == 3;
    guint    number = has_both ? (guint)strtoul(words[1], NULL, 10) : 0;

    if (n_words == 1 && strcmp(words[0], "current") == 0)
        wait_current(bench);
    else if (n_words == 1 && strcmp(words[0], "stored") == 0)
        wait_stored(bench);
    else if (has_both && strcmp(words[0], "ready") == 0)
        return wait_ready(bench, number, words[2], error);
    else if (has_both && (strcmp(words[0], "roster") == 0 || strcmp(words[0], "again") == 0))
        return time_rosters(bench, strcmp(words[0], "roster") == 0, number, words[2], error);
    else if (has_both && strcmp(words[0], "search") == 0)
        return time_searches(bench, number, words[2], error);
    else
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS, "no command: %s", line);
    return *error == NULL;
}

static void
on_event(DirectoryEventKind kind, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    fprintf(stderr, "%s: %s\n", kind == DIRECTORY_EVENT_GOOD ? "good" : "bad", event);
}

static Directory *
open_directory(const Options *options, GError **error)
{
    static const char *const addresses[] = {"proxyAddresses", NULL};
    LdapSettings             ldap = {
                    .uris = (const char *const *)options->uris,
                    .bases = (const char *const *)options->bases,
                    .address_attributes = addresses,
                    .schema = options->schema != NULL ? options->schema : "auto",
                    .bind = options->bind_dn != NULL ? BIND_SIMPLE : BIND_ANONYMOUS,
                    .bind_dn = options->bind_dn,
                    .password_file = options->password_file,
                    .tls = TLS_NONE,
                    .connections = 4,
                    .page_size = 1000,
                    .max_waiting = 8,
                    .connect_timeout = MINUTE,
                    .answer_timeout = 10 * MINUTE,
                    .retry_interval = G_TIME_SPAN_SECOND,
                    .observer = on_event,
    };
    /* as the daemon has it */
    static const char *const *const usual[] = {group_attributes, group_lookup_attributes, member_attributes, NULL};
    MirrorSettings                  mirror = {
                         .store = options->store,
                         .usual = usual,
                         .method = "auto",
                         .attributes = (const char *const *)options->attributes,
                         .poll_interval = 2 * G_TIME_SPAN_SECOND,
                         .max_age = 30 * G_TIME_SPAN_SECOND,
                         .stale_limit = 240 * MINUTE,
                         .max_shrink = 20,
                         .max_shrink_entries = 50,
    };
    return options->mirror ? directory_mirror_new(&ldap, &mirror, error) : directory_ldap_new(&ldap, error);
}

static gboolean
read_options(Options *options, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"uri", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->uris, "server", "URI"},
        {"base", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->bases, "base", "DN"},
        {"schema", 0, 0, G_OPTION_ARG_STRING, &options->schema, "auto, ad, rfc", "NAME"},
        {"bind-dn", 0, 0, G_OPTION_ARG_STRING, &options->bind_dn, "", "DN"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &options->password_file, "", "FILE"},
        {"mirror", 0, 0, G_OPTION_ARG_NONE, &options->mirror, "keep an image", NULL},
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &options->store, "of the mirror", "FILE"},
        {"attribute", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->attributes, "to mirror, again for more", "NAME"},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, error);
}

static void
obey_all(const Bench *bench)
{
    char  *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0) {
        g_autoptr(GError) error = NULL;
        if (!obey(bench, g_strchomp(line), &error))
            printf("error %s\n", error->message);
        fflush(stdout);
    }
    free(line);
}

int
main(int argc, char **argv)
{
    Options options = {0};
    Bench   bench = {.start = g_get_monotonic_time(), .resident = resident()};
    g_autoptr(GError) error = NULL;

    if (!read_options(&options, &argc, &argv, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return 64;
    }
    bench.directory = open_directory(&options, &error);
    if (bench.directory == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    bench.resolver = resolver_new(&how, directory_ref(bench.directory));
    obey_all(&bench);
    resolver_unref(bench.resolver);
    directory_free(bench.directory);
    return 0;
}
