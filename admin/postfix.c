/* SPDX-License-Identifier: BSD-2-Clause
 * postfix.c - an installed Postfix, as postconf(1) and postmap(1) show it
 *
 * Owns:     copies of what these programs print.
 * Promises: asks Postfix's own programs, so that includes, overrides and defaults are read as Postfix reads them;
 * changes nothing. Threads:  one.
 */
#include "admin/postfix.h"

#include <string.h>

struct Postfix {
    char       *folder;
    GHashTable *main;     /* name to value */
    GHashTable *options;  /* "service/type/name" to value */
    GHashTable *programs; /* "service/type" to program */
};

void
postfix_free(Postfix *postfix)
{
    if (postfix == NULL)
        return;
    g_hash_table_unref(postfix->main);
    g_hash_table_unref(postfix->options);
    g_hash_table_unref(postfix->programs);
    g_free(postfix->folder);
    g_free(postfix);
}

/* Runs `program` with -c FOLDER and the options; `*output` is what it printed. FALSE with `error`, also if it failed.
 */
static gboolean
run(const Postfix *postfix, const char *program, const char *const *options, char **output, int *status, GError **error)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();

    g_ptr_array_add(arguments, (gpointer)program);
    if (postfix->folder != NULL) {
        g_ptr_array_add(arguments, (gpointer) "-c");
        g_ptr_array_add(arguments, postfix->folder);
    }
    for (; *options != NULL; options++)
        g_ptr_array_add(arguments, (gpointer)*options);
    g_ptr_array_add(arguments, NULL);
    return g_spawn_sync(NULL, (char **)arguments->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                        NULL, output, NULL, status, error);
}

/* Each line "name = value" of `program options` into a new table. NULL with `error`. */
static GHashTable *
read_table(const Postfix *postfix, const char *options, GError **error)
{
    const char *const arguments[] = {options, NULL};
    g_autofree char  *output = NULL;
    int               status;

    if (!run(postfix, "postconf", arguments, &output, &status, error))
        return NULL;
    if (!g_spawn_check_exit_status(status, error)) {
        g_prefix_error(error, "postconf %s: ", options);
        return NULL;
    }
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *equals = strstr(*line, " =");
        if (equals == NULL)
            continue;
        *equals = '\0';
        g_hash_table_insert(table, g_strdup(*line), g_strdup(g_strstrip(equals + strlen(" ="))));
    }
    return table;
}

/* postconf -F: "smtp/inet/command = smtpd -o ...". */
static GHashTable *
read_programs(const Postfix *postfix, GError **error)
{
    g_autoptr(GHashTable) fields = read_table(postfix, "-F", error);
    GHashTableIter iter;
    gpointer       name, value;

    if (fields == NULL)
        return NULL;
    GHashTable *programs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_iter_init(&iter, fields);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        const char *field = strrchr(name, '/');
        if (field != NULL && g_str_equal(field, "/command"))
            g_hash_table_insert(programs, g_strndup(name, (gsize)(field - (char *)name)),
                                g_strndup(value, strcspn(value, " \t")));
    }
    return programs;
}

Postfix *
postfix_read(const char *folder, gboolean expand, GError **error)
{
    g_autofree char *postconf = g_find_program_in_path("postconf");

    if (postconf == NULL)
        return NULL;
    Postfix asked = {.folder = (char *)folder};
    g_autoptr(GHashTable) main = read_table(&asked, expand ? "-x" : "-p", error);
    if (main == NULL)
        return NULL;
    g_autoptr(GHashTable) options = read_table(&asked, expand ? "-Px" : "-P", error);
    if (options == NULL)
        return NULL;
    g_autoptr(GHashTable) programs = read_programs(&asked, error);
    if (programs == NULL)
        return NULL;
    Postfix *postfix = g_new0(Postfix, 1);
    postfix->folder = g_strdup(folder);
    postfix->main = g_steal_pointer(&main);
    postfix->options = g_steal_pointer(&options);
    postfix->programs = g_steal_pointer(&programs);
    return postfix;
}

const char *
postfix_parameter(const Postfix *postfix, const char *name)
{
    const char *value = g_hash_table_lookup(postfix->main, name);
    return value != NULL ? value : "";
}

const char *
postfix_service_parameter(const Postfix *postfix, const char *service, const char *name)
{
    g_autofree char *key = g_strdup_printf("%s/%s", service, name);
    const char      *value = g_hash_table_lookup(postfix->options, key);
    return value != NULL ? value : postfix_parameter(postfix, name);
}

const char *
postfix_program(const Postfix *postfix, const char *service)
{
    return g_hash_table_lookup(postfix->programs, service);
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
postfix_services(const Postfix *postfix)
{
    GPtrArray     *services = g_ptr_array_new();
    GHashTableIter iter;
    gpointer       name;

    g_hash_table_iter_init(&iter, postfix->programs);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(services, name);
    g_ptr_array_sort(services, compare_text);
    return services;
}

/* postmap -q: 0 and the value, 1 and nothing for "not there"; anything else is a failure. */
static gboolean
look_up(const Postfix *postfix, const char *table, const char *key, char **value, GError **error)
{
    const char *const arguments[] = {"-q", key, table, NULL};
    int               status;

    if (!run(postfix, "postmap", arguments, value, &status, error))
        return FALSE;
    g_strstrip(*value);
    g_autoptr(GError) cause = NULL;
    if (g_spawn_check_exit_status(status, &cause))
        return TRUE;
    g_clear_pointer(value, g_free);
    if (g_error_matches(cause, G_SPAWN_EXIT_ERROR, 1))
        return TRUE;
    g_propagate_prefixed_error(error, g_steal_pointer(&cause), "postmap -q %s %s: ", key, table);
    return FALSE;
}

char *
postfix_transport(const Postfix *postfix, const char *domain, GError **error)
{
    g_autoptr(GPtrArray) tables = postfix_items(postfix_parameter(postfix, "transport_maps"));
    char *value = NULL;

    for (guint i = 0; value == NULL && i < tables->len; i++)
        if (!look_up(postfix, g_ptr_array_index(tables, i), domain, &value, error))
            return NULL;
    return value;
}

GPtrArray *
postfix_items(const char *list)
{
    GPtrArray  *items = g_ptr_array_new_with_free_func(g_free);
    const char *start = NULL;
    guint       depth = 0;

    for (const char *p = list;; p++) {
        gboolean between = *p == '\0' || (depth == 0 && strchr(" \t\n,", *p) != NULL);
        if (between && start != NULL) {
            g_ptr_array_add(items, g_strndup(start, (gsize)(p - start)));
            start = NULL;
        } else if (!between && start == NULL) {
            start = p;
        }
        if (*p == '\0')
            return items;
        depth += *p == '{';
        depth -= *p == '}' && depth > 0;
    }
}

char *
postfix_milter_name(const char *socket, const char *queue_directory)
{
    const char *rest = strchr(socket, ':') + 1;

    if (*rest == '/') {
        gsize    length = strlen(queue_directory);
        gboolean inside = g_str_has_prefix(rest, queue_directory) && rest[length] == '/';
        return g_strconcat("unix:", inside ? rest + length + 1 : rest, NULL);
    }
    g_auto(GStrv) parts = g_strsplit(rest, "@", 2);
    gboolean v6 = strchr(parts[1], ':') != NULL;
    return g_strdup_printf("inet:%s%s%s:%s", v6 ? "[" : "", parts[1], v6 ? "]" : "", parts[0]);
}

/* PORT@HOST of inet:PORT@HOST, as HOST, PORT. */
static char **
host_and_port(const char *listener)
{
    char **parts = g_strsplit(strchr(listener, ':') + 1, "@", 2);
    char  *port = parts[0];

    parts[0] = parts[1];
    parts[1] = port;
    return parts;
}

char *
postfix_split_nexthop(const char *split_listener)
{
    g_auto(GStrv) place = host_and_port(split_listener);
    return g_strdup_printf("[%s]:%s", place[0], place[1]);
}

char *
postfix_split_service(const char *split_listener)
{
    g_auto(GStrv) place = host_and_port(split_listener);
    gboolean v6 = strchr(place[0], ':') != NULL;
    return g_strdup_printf("%s%s%s:%s", v6 ? "[" : "", place[0], v6 ? "]" : "", place[1]);
}
