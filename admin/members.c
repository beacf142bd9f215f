/* SPDX-License-Identifier: BSD-2-Clause
 * members.c - rollcall members: exactly what mail to an address would get
 *
 * Owns:     nothing.
 * Promises: asks what the milter asks, and shows it unabridged.
 * Threads:  one.
 */
#include "admin/members.h"
#include "admin/output.h"

#include <string.h>

typedef enum { FORMAT_TABLE, FORMAT_ADDRESSES, FORMAT_JSON } Format;
static const char *const formats[] = {"table", "addresses", "json", NULL};

/* Contacts and mailboxes whose mail goes on to another. */
static void
print_relays(const Roster *roster)
{
    gsize              n_relays;
    const RosterRelay *relays = roster_relays(roster, &n_relays);

    if (n_relays == 0)
        return;
    output_line("%s", "");
    OutputTable *table = output_table_new(3);
    output_table_add(table, "LEADS ON", "TO", "VIA");
    for (gsize i = 0; i < n_relays; i++)
        output_table_add(table, relays[i].dn, relays[i].to, relays[i].via);
    output_table_print(table);
}

static void
print_table(const Answer *answer)
{
    const Roster       *roster = answer->roster;
    gsize               n_members, n_skips;
    const RosterMember *members = roster_members(roster, &n_members);
    const RosterSkip   *skips = roster_skips(roster, &n_skips);
    OutputTable        *table = output_table_new(3);

    output_table_add(table, "ROUTE", "DN", "VIA");
    for (gsize i = 0; i < n_members; i++)
        output_table_add(table, address_text(members[i].route), members[i].dn, members[i].via);
    output_table_print(table);
    if (n_skips > 0) {
        output_line("%s", "");
        table = output_table_new(3);
        output_table_add(table, "SKIPPED", "DN", "VIA");
        for (gsize i = 0; i < n_skips; i++)
            output_table_add(table, skips[i].reason, skips[i].dn, skips[i].via);
        output_table_print(table);
    }
    print_relays(roster);
    output_line("%s", "");
    g_autofree char *age = answer->age < 0
                               ? g_strdup("")
                               : g_strdup_printf(", %" G_GINT64_FORMAT " s old%s", answer->age / G_USEC_PER_SEC,
                                                 answer->stale ? " (stale)" : "");
    output_line("%" G_GSIZE_FORMAT " members, %" G_GSIZE_FORMAT " skipped%s", n_members, n_skips, age);
}

static int
compare_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
print_addresses(const Roster *roster)
{
    gsize               n_members;
    const RosterMember *members = roster_members(roster, &n_members);
    g_autoptr(GPtrArray) routes = g_ptr_array_sized_new((guint)n_members);

    for (gsize i = 0; i < n_members; i++)
        g_ptr_array_add(routes, (gpointer)address_text(members[i].route));
    g_ptr_array_sort(routes, compare_text);
    for (guint i = 0; i < routes->len; i++)
        output_line("%s", (const char *)g_ptr_array_index(routes, i));
}

static json_t *
json_path(const Roster *roster, const char *via)
{
    g_autofree const char **path = roster_path(roster, via);
    json_t                 *array = json_array();

    for (gsize i = 0; path != NULL && path[i] != NULL; i++)
        json_array_append_new(array, output_json_text(path[i]));
    return array;
}

static json_t *
json_members(const Roster *roster)
{
    gsize               n_members;
    const RosterMember *members = roster_members(roster, &n_members);
    json_t             *array = json_array();

    for (gsize i = 0; i < n_members; i++)
        json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "route",
                                               output_json_text(address_text(members[i].route)), "dn",
                                               output_json_text(members[i].dn), "via", output_json_text(members[i].via),
                                               "path", json_path(roster, members[i].via)));
    return array;
}

static json_t *
json_skips(const Roster *roster)
{
    gsize             n_skips;
    const RosterSkip *skips = roster_skips(roster, &n_skips);
    json_t           *array = json_array();

    for (gsize i = 0; i < n_skips; i++)
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:o, s:o}", "reason", output_json_text(skips[i].reason), "dn",
                                        output_json_text(skips[i].dn), "via", output_json_text(skips[i].via), "path",
                                        json_path(roster, skips[i].via)));
    return array;
}

static json_t *
json_relays(const Roster *roster)
{
    gsize              n_relays;
    const RosterRelay *relays = roster_relays(roster, &n_relays);
    json_t            *array = json_array();

    for (gsize i = 0; i < n_relays; i++)
        json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "dn", output_json_text(relays[i].dn), "to",
                                               output_json_text(relays[i].to), "via", output_json_text(relays[i].via)));
    return array;
}

static json_t *
json_notes(const Roster *roster)
{
    const GPtrArray *notes = roster_notes(roster);
    json_t          *array = json_array();

    for (guint i = 0; notes != NULL && i < notes->len; i++)
        json_array_append_new(array, output_json_text(g_ptr_array_index(notes, i)));
    return array;
}

/* `remote`: who would be a member too if the setting were another; NULL: it makes no difference. */
static void
print_json(const Answer *answer, const char *address, const GPtrArray *remote)
{
    json_t *value =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "address", output_json_text(address), "group",
                  output_json_text(group_name(answer->group)), "dn",
                  output_json_text(entry_dn(group_entry(answer->group))), "members", json_members(answer->roster),
                  "skipped", json_skips(answer->roster), "notes", json_notes(answer->roster), "restricted",
                  g_strcmp0(answer->reason, "restricted") == 0, "via", output_json_text(answer->via));
    json_t *missed = json_array();

    if (answer->age >= 0)
        json_object_set_new(value, "age", json_real((double)answer->age / G_USEC_PER_SEC));
    json_object_set_new(value, "stale", json_boolean(answer->stale));
    json_object_set_new(value, "relays", json_relays(answer->roster));
    members_add_rules(value, answer);
    members_add_guard(value, answer);
    for (guint i = 0; remote != NULL && i < remote->len; i++)
        json_array_append_new(missed, output_json_text(g_ptr_array_index(remote, i)));
    json_object_set_new(value, "missed_remote", missed);
    output_json(value);
}

static void
print_notes(const Roster *roster)
{
    const GPtrArray *notes = roster_notes(roster);

    for (guint i = 0; notes != NULL && i < notes->len; i++) {
        const char *note = g_ptr_array_index(notes, i);
        output_error("%s: %s", strstr(note, ": position ") != NULL ? "repaired" : "note", note);
    }
}

static void
print_remote(const GPtrArray *remote)
{
    if (remote == NULL)
        return;
    output_error("note: mailboxes-include-remote = yes would add %u members", remote->len);
    for (guint i = 0; i < remote->len; i++)
        output_error("note: would be added: %s", (const char *)g_ptr_array_index(remote, i));
}

static void
print_roster(const Answer *answer, const char *address, Format format, const GPtrArray *remote)
{
    if (format == FORMAT_JSON) {
        print_json(answer, address, remote);
        return;
    }
    if (format == FORMAT_TABLE) {
        print_table(answer);
        members_print_guard(answer);
        members_print_rules(answer);
    } else {
        print_addresses(answer->roster);
    }
    print_notes(answer->roster);
    print_remote(remote);
}

/* What mail would be told, and for the administrator what is behind it. */
static void
report_reply(const Answer *answer)
{
    output_error("%d %s %s", answer->code, answer->enhanced, answer->text);
    if (answer->detail != NULL)
        output_error("%s: %s", answer->reason, answer->detail);
}

static int
show(const Answer *answer, const char *address, Format format, const GPtrArray *remote)
{
    if (answer->roster != NULL && answer->group != NULL)
        print_roster(answer, address, format, remote);
    if (answer->empty && answer->kind == ANSWER_ROSTER)
        output_error("%s: the group has no member with an address", address);
    if (answer->kind == ANSWER_ROSTER && g_strcmp0(answer->reason, "restricted") == 0)
        output_error("%s: the group is restricted; this is what a sender whom it admits would reach%s%s", address,
                     answer->detail != NULL ? ": " : "", answer->detail != NULL ? answer->detail : "");
    switch (answer->kind) {
    case ANSWER_ROSTER:
        return EX_OK;
    case ANSWER_NOT_OURS:
        output_error("%s: %s is not among domains, mail passes untouched", address, strrchr(address, '@') + 1);
        return EXIT_NO;
    case ANSWER_UNKNOWN:
        output_error("%s: no entry has this address", address);
        return EXIT_NO;
    case ANSWER_RECIPIENT:
        output_error("%s: not a group that is expanded, mail passes untouched", address);
        return EXIT_NO;
    case ANSWER_REFUSED:
        report_reply(answer);
        return EXIT_NO;
    case ANSWER_DEFERRED:
        report_reply(answer);
        return EX_TEMPFAIL;
    }
    g_assert_not_reached();
}

static int
members_run(const Command *command, Source *source, int argc, char **argv)
{
    g_autofree char *format_name = NULL;
    g_autoptr(GError) error = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format_name, "table, addresses or json", "FORMAT"},
        {NULL},
    };

    if (!command_parse(command, entries, source, &argc, &argv))
        return EX_USAGE;
    int format = command_format(format_name, formats);
    if (format < 0)
        return EX_USAGE;

    g_autoptr(Address) address = address_new(argv[1], &error);
    if (address == NULL) {
        output_error("%s: %s", argv[1], error->message);
        return EX_USAGE;
    }
    Resolver *resolver = source_resolver(source, &error);
    if (resolver == NULL)
        return command_fail(error);
    g_autoptr(Answer) answer = resolver_preview(resolver, address);
    g_autoptr(GPtrArray) remote = NULL;
    if (members_tests_server(answer) && !settings_resolver(source_settings(source, &error)).include_remote) {
        remote = members_remote(source, address, answer, &error);
        if (remote == NULL)
            return command_fail(error);
    }
    return show(answer, address_text(address), (Format)format, remote);
}

const Command command_members = {
    .name = "members",
    .arguments = "ADDRESS",
    .summary = "who would get mail to a group",
    .description = "Shows exactly who would get mail to ADDRESS, who is skipped and why, and what ADDRESS asks of\n"
                   "its senders.",
    .n_arguments = 1,
    .run = members_run,
};
