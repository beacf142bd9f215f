/* SPDX-License-Identifier: BSD-2-Clause
 * match.c - rollcall match: the entries that a filter selects
 *
 * Owns:     nothing.
 * Promises: all of them or an error.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/filter-notes.h"
#include "admin/output.h"

#include "rollcall/dn.h"

#include <string.h>

/* A search by hand may be over a whole directory. */
enum { LONGEST_SEARCH = 300 };

typedef enum { FORMAT_TABLE, FORMAT_DN, FORMAT_JSON } Format;
static const char *const formats[] = {"table", "dn", "json", NULL};

typedef struct {
    char       *dn;
    Address    *route;  /* NULL: none, for `reason` */
    const char *reason; /* static */
} Found;

static void
found_free(gpointer data)
{
    Found *found = data;

    g_free(found->dn);
    address_unref(found->route);
    g_free(found);
}

static gboolean
keep_entry(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    GPtrArray *all = user_data;
    Found     *found = g_new0(Found, 1);

    found->dn = g_strdup(entry_dn(entry));
    found->route = entry_route(entry, &found->reason);
    g_ptr_array_add(all, found);
    return TRUE;
}

static int
compare_dns(gconstpointer a, gconstpointer b)
{
    return strcmp((*(const Found *const *)a)->dn, (*(const Found *const *)b)->dn);
}

static void
print_table(const GPtrArray *all)
{
    OutputTable *table = output_table_new(2);

    output_table_add(table, "ROUTE", "DN");
    for (guint i = 0; i < all->len; i++) {
        const Found     *found = g_ptr_array_index(all, i);
        g_autofree char *none = g_strdup_printf("(%s)", found->reason);
        output_table_add(table, found->route != NULL ? address_text(found->route) : none, found->dn);
    }
    output_table_print(table);
    output_line("%s", "");
    output_line("%u entries", all->len);
}

static void
print_json(const GPtrArray *all, const Filter *filter)
{
    g_autofree char *canonical = filter_print(filter);
    json_t          *entries = json_array();

    for (guint i = 0; i < all->len; i++) {
        const Found *found = g_ptr_array_index(all, i);
        const char  *route = found->route != NULL ? address_text(found->route) : NULL;
        json_array_append_new(entries, json_pack("{s:o, s:o, s:o}", "dn", output_json_text(found->dn), "route",
                                                 output_json_text(route), "reason",
                                                 output_json_text(route == NULL ? found->reason : NULL)));
    }
    output_json(json_pack("{s:o, s:o}", "filter", output_json_text(canonical), "entries", entries));
}

static void
print_found(const GPtrArray *all, const Filter *filter, Format format)
{
    if (format == FORMAT_TABLE)
        print_table(all);
    if (format == FORMAT_JSON)
        print_json(all, filter);
    for (guint i = 0; format == FORMAT_DN && i < all->len; i++)
        output_line("%s", ((const Found *)g_ptr_array_index(all, i))->dn);
}

static int
search_and_print(Directory *directory, const char *base, const Filter *filter, Format format, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(found_free);
    DirectorySearch search = {.base = base, .scope = SCOPE_SUBTREE, .filter = filter, .attributes = member_attributes};

    if (!report_undefined(filter, directory, error) ||
        !directory_search(directory, &search, keep_entry, all, deadline_in(LONGEST_SEARCH), error))
        return command_fail(*error);
    g_ptr_array_sort(all, compare_dns);
    print_found(all, filter, format);
    return EX_OK;
}

static int
match_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autofree char *base = NULL, *format_name = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"base", 0, 0, G_OPTION_ARG_FILENAME, &base, "look under this DN only", "DN"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "table, dn or json", "FORMAT"},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    int format = command_format(format_name, formats);
    if (format < 0)
        return EX_USAGE;
    g_autofree char *base_key = base != NULL ? dn_key(base) : NULL;
    if (base != NULL && base_key == NULL) {
        output_error("--base: got '%s', expected a DN", base);
        return EX_USAGE;
    }

    g_autoptr(FilterRef) filter = parse_and_report(argv[1], &error);
    if (filter == NULL)
        return command_fail(error);
    Directory *directory = source_directory(source, &error);
    if (directory == NULL)
        return command_fail(error);
    return search_and_print(directory, base, filter, (Format)format, &error);
}

const Command command_match = {
    .name = "match",
    .arguments = "FILTER",
    .summary = "the entries that a filter selects",
    .description = "Shows the entries that FILTER selects under the configured bases, or under --base.",
    .n_arguments = 1,
    .run = match_run,
};
