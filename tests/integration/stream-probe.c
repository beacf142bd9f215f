/* SPDX-License-Identifier: BSD-2-Clause
 * stream-probe.c - follows a server by stream.h and prints what comes, for the integration tests
 *
 * stream-probe --uri URI... --context DN [settings]
 * Output, a line each:
 *   event good|bad TEXT
 *   put|patch|remove|exists ID [DN attr=value... | DN set|add|delete:attr=value...]
 *   batch full|changes|presence first|- last|- N cookie|-     after its changes
 * Commands on standard input, one a line:
 *   refresh full|presence | refuse (the next batch is not taken) | status | stop
 * The last cookie is written to --cookie-file, which is read at the start if it is there.
 */
#include "resolver/directory/mirror/stream.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char   **uris, **attributes;
    char    *context, *method, *bind, *bind_dn, *password_file, *cookie_file, *ca_file;
    double   poll, presence, connect_timeout, answer_timeout, retry_interval;
    int      page_size;
    gboolean counts_only;
} Options;

typedef struct {
    const Options  *options;
    pthread_mutex_t lock; /* of the output */
    gboolean        refuses;
} Probe;

static void
on_event(DirectoryEventKind kind, const char *event, gpointer user_data)
{
    Probe *probe = user_data;

    pthread_mutex_lock(&probe->lock);
    printf("event %s %s\n", kind == DIRECTORY_EVENT_GOOD ? "good" : "bad", event);
    fflush(stdout);
    pthread_mutex_unlock(&probe->lock);
}

/* Blanks and what is not ASCII as \xx. */
static void
print_octets(const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++) {
        guchar c = (guchar)data[i];
        if (c <= ' ' || c == '\\' || c >= 0x7f)
            printf("\\%02x", c);
        else
            putchar(c);
    }
}

static void
print_attribute(const char *key, const Value *values, guint n_values, G_GNUC_UNUSED gpointer user_data)
{
    for (guint i = 0; i < n_values; i++) {
        printf(" %s=", key);
        print_octets(values[i].data, values[i].length);
    }
}

static void
print_patch(const StreamAttribute *attribute)
{
    static const char *const kinds[] = {"set", "add", "delete"};

    if (attribute->values->len == 0)
        printf(" %s:%s", kinds[attribute->kind], attribute->attribute);
    for (guint i = 0; i < attribute->values->len; i++) {
        gsize       length = 0;
        const char *data = g_bytes_get_data(attribute->values->pdata[i], &length);
        printf(" %s:%s=", kinds[attribute->kind], attribute->attribute);
        print_octets(data, length);
    }
}

static void
print_change(const StreamChange *change)
{
    static const char *const kinds[] = {"put", "patch", "remove", "exists"};

    printf("%s ", kinds[change->kind]);
    for (gsize i = 0; i < sizeof change->id.octets; i++)
        printf("%02x", change->id.octets[i]);
    if (change->entry != NULL) {
        printf(" ");
        print_octets(entry_dn(change->entry), strlen(entry_dn(change->entry)));
        entry_foreach(change->entry, print_attribute, NULL);
    }
    for (guint i = 0; change->changes != NULL && i < change->changes->len; i++)
        print_patch(change->changes->pdata[i]);
    printf("\n");
}

static gboolean
on_batch(StreamBatch *owned, gpointer user_data)
{
    static const char *const passes[] = {"changes", "full", "presence"};
    g_autoptr(StreamBatch) batch = owned;
    Probe *probe = user_data;

    pthread_mutex_lock(&probe->lock);
    gboolean taken = !probe->refuses;
    probe->refuses = FALSE;
    for (guint i = 0; taken && !probe->options->counts_only && i < batch->changes->len; i++)
        print_change(batch->changes->pdata[i]);
    printf("%s %s %s %s %u %s\n", taken ? "batch" : "refused", passes[batch->pass], batch->first ? "first" : "-",
           batch->last ? "last" : "-", batch->changes->len, batch->cookie != NULL ? "cookie" : "-");
    if (taken && batch->cookie != NULL && probe->options->cookie_file != NULL)
        g_file_set_contents(probe->options->cookie_file, g_bytes_get_data(batch->cookie, NULL),
                            (gssize)g_bytes_get_size(batch->cookie), NULL);
    fflush(stdout);
    pthread_mutex_unlock(&probe->lock);
    return taken;
}

static gint64
microseconds(double seconds)
{
    return (gint64)(seconds * G_USEC_PER_SEC);
}

static LdapPool *
open_pool(const Options *options, Probe *probe, GError **error)
{
    const char *const bases[] = {options->context, NULL};
    const char *const addresses[] = {"proxyAddresses", NULL};
    LdapSettings      settings = {
             .uris = (const char *const *)options->uris,
             .bases = bases,
             .address_attributes = addresses,
             .schema = "auto",
             .bind = g_strcmp0(options->bind, "simple") == 0 ? BIND_SIMPLE : BIND_ANONYMOUS,
             .bind_dn = options->bind_dn,
             .password_file = options->password_file,
             .tls = options->ca_file != NULL ? TLS_REQUIRED : TLS_NONE,
             .ca_file = options->ca_file,
             .connections = 1,
             .page_size = (guint)options->page_size,
             .max_waiting = 4,
             .connect_timeout = microseconds(options->connect_timeout),
             .answer_timeout = microseconds(options->answer_timeout),
             .retry_interval = microseconds(options->retry_interval),
             .observer = on_event,
             .observer_data = probe,
    };
    LdapConfig *config = ldap_config_new(&settings, error);
    return config != NULL ? ldap_pool_new(config, error) : NULL;
}

static StreamMethod
method_of(const char *name)
{
    static const char *const names[] = {"auto", "dirsync", "syncrepl", "poll"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(name, names[i]) == 0)
            return (StreamMethod)i;
    return STREAM_METHOD_AUTO;
}

static GBytes *
read_cookie(const Options *options)
{
    char *octets = NULL;
    gsize length = 0;

    if (options->cookie_file == NULL || !g_file_get_contents(options->cookie_file, &octets, &length, NULL))
        return NULL;
    return g_bytes_new_take(octets, length);
}

static Stream *
open_stream(const Options *options, LdapPool *pool, Probe *probe, GError **error)
{
    const char *const usual[] = {"cn", "mail", NULL};
    g_autoptr(GBytes) cookie = read_cookie(options);
    StreamSettings settings = {
        .pool = pool,
        .context = options->context,
        .attributes = options->attributes != NULL ? (const char *const *)options->attributes : usual,
        .method = method_of(options->method),
        .poll_interval = microseconds(options->poll),
        .presence_interval = microseconds(options->presence),
        .cookie = cookie,
        .deliver = on_batch,
        .observe = on_event,
        .user_data = probe,
    };
    return stream_start(&settings, error);
}

static void
print_status(Probe *probe, Stream *stream)
{
    static const char *const methods[] = {"auto", "dirsync", "syncrepl", "poll"};
    StreamStatus             status;

    stream_status(stream, &status);
    pthread_mutex_lock(&probe->lock);
    printf("status method=%s server=%s doing=\"%s\" age=%.3f changes=%" G_GUINT64_FORMAT " full=%" G_GUINT64_FORMAT
           " presence=%" G_GUINT64_FORMAT " error=%s\n",
           methods[status.method], status.server != NULL ? status.server : "-", status.doing,
           status.as_of == 0 ? -1.0 : (double)(g_get_monotonic_time() - status.as_of) / G_USEC_PER_SEC, status.changes,
           status.full_passes, status.presence_passes, status.error != NULL ? status.error : "-");
    fflush(stdout);
    pthread_mutex_unlock(&probe->lock);
    stream_status_clear(&status);
}

static void
obey(Probe *probe, Stream *stream, const char *line)
{
    if (g_str_equal(line, "refresh full"))
        stream_refresh(stream, STREAM_FULL);
    else if (g_str_equal(line, "refresh presence"))
        stream_refresh(stream, STREAM_PRESENCE);
    else if (g_str_equal(line, "status"))
        print_status(probe, stream);
    else if (g_str_equal(line, "refuse")) {
        pthread_mutex_lock(&probe->lock);
        probe->refuses = TRUE;
        pthread_mutex_unlock(&probe->lock);
    }
}

static void
read_options(Options *options, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        {"uri", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->uris, "server, again for more", "URI"},
        {"context", 0, 0, G_OPTION_ARG_STRING, &options->context, "", "DN"},
        {"attribute", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->attributes, "again for more", "NAME"},
        {"method", 0, 0, G_OPTION_ARG_STRING, &options->method, "", "NAME"},
        {"bind", 0, 0, G_OPTION_ARG_STRING, &options->bind, "", "METHOD"},
        {"bind-dn", 0, 0, G_OPTION_ARG_STRING, &options->bind_dn, "", "DN"},
        {"password-file", 0, 0, G_OPTION_ARG_STRING, &options->password_file, "", "FILE"},
        {"cookie-file", 0, 0, G_OPTION_ARG_STRING, &options->cookie_file, "", "FILE"},
        {"ca-file", 0, 0, G_OPTION_ARG_STRING, &options->ca_file, "TLS with this authority", "FILE"},
        {"poll", 0, 0, G_OPTION_ARG_DOUBLE, &options->poll, "", "SECONDS"},
        {"presence", 0, 0, G_OPTION_ARG_DOUBLE, &options->presence, "", "SECONDS"},
        {"connect-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &options->connect_timeout, "", "SECONDS"},
        {"answer-timeout", 0, 0, G_OPTION_ARG_DOUBLE, &options->answer_timeout, "", "SECONDS"},
        {"retry-interval", 0, 0, G_OPTION_ARG_DOUBLE, &options->retry_interval, "", "SECONDS"},
        {"page-size", 0, 0, G_OPTION_ARG_INT, &options->page_size, "", "ENTRIES"},
        {"counts", 0, 0, G_OPTION_ARG_NONE, &options->counts_only, "print how many changes, not which", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error))
        g_error("%s", error->message);
}

static void
follow(Probe *probe, Stream *stream)
{
    char   *line = NULL;
    size_t  size = 0;
    ssize_t length = 0;

    while ((length = getline(&line, &size, stdin)) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (g_str_equal(line, "stop"))
            break;
        obey(probe, stream, line);
    }
    free(line);
    gint64 begin = g_get_monotonic_time();
    stream_stop(stream);
    printf("stopped %.3f\n", (double)(g_get_monotonic_time() - begin) / G_USEC_PER_SEC);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    static Options options = {
        .poll = 0.2, .connect_timeout = 5, .answer_timeout = 5, .retry_interval = 1, .page_size = 500};
    Probe probe = {.options = &options, .lock = PTHREAD_MUTEX_INITIALIZER};
    g_autoptr(GError) error = NULL;

    read_options(&options, &argc, &argv);
    LdapPool *pool = open_pool(&options, &probe, &error);
    Stream   *stream = pool != NULL ? open_stream(&options, pool, &probe, &error) : NULL;
    if (stream == NULL) {
        printf("error %s\n", error->message);
        return 1;
    }
    follow(&probe, stream);
    ldap_pool_free(pool);
    if (!directory_wait_for_threads(5 * G_USEC_PER_SEC))
        _exit(0);
    return 0;
}
