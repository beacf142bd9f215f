/* SPDX-License-Identifier: BSD-2-Clause
 * members-rules.c - rollcall members: what a group asks of its senders, and what becomes of reports
 *
 * Owns:     nothing.
 * Promises: shows what the entry says, list by list; whether one sender passes is judged when mail comes.
 * Threads:  one.
 */
#include "admin/members.h"
#include "admin/output.h"

/* A list of DNs among the restrictions, and what it is called. */
typedef struct {
    const char *name, *json;
    GroupList   list;
} NamedList;

enum { N_LISTS = 7 };

static void
name_lists(const GroupRestrictions *asks, NamedList lists[N_LISTS])
{
    const NamedList all[N_LISTS] = {
        {"accept", "accept", asks->accept},
        {"accept members of", "accept_groups", asks->accept_groups},
        {"reject", "reject", asks->reject},
        {"reject members of", "reject_groups", asks->reject_groups},
        {"moderator", "moderators", asks->moderators},
        {"need no moderator", "bypass", asks->bypass},
        {"members need no moderator", "bypass_groups", asks->bypass_groups},
    };

    for (gsize i = 0; i < N_LISTS; i++)
        lists[i] = all[i];
}

static const char *
reports_word(const Answer *answer)
{
    if (answer->reports == REPORTS_MANAGER)
        return "manager";
    return answer->reports == REPORTS_NOBODY ? "nobody" : "originator";
}

static gboolean
asks_anything(const Answer *answer, const GroupRestrictions *asks)
{
    NamedList lists[N_LISTS];

    name_lists(asks, lists);
    for (gsize i = 0; i < N_LISTS; i++)
        if (lists[i].list.n > 0)
            return TRUE;
    return asks->authenticated || asks->moderated || asks->max_size > 0 || asks->unsupported != NULL ||
           answer->reports == REPORTS_MANAGER || answer->reports == REPORTS_NOBODY || answer->suppress_oof;
}

static void
add_reports(OutputTable *table, const Answer *answer)
{
    if (answer->reports == REPORTS_MANAGER && answer->report_to != NULL) {
        g_autofree char *manager = g_strdup_printf("to the manager, <%s>", address_text(answer->report_to));
        output_table_add(table, "reports", manager);
    } else {
        output_table_add(table, "reports", answer->reports == REPORTS_NOBODY ? "to nobody" : "to the sender");
    }
    output_table_add(table, "out-of-office replies", answer->suppress_oof ? "suppressed" : "to the sender");
}

static void
add_asked(OutputTable *table, const GroupRestrictions *asks)
{
    NamedList lists[N_LISTS];

    name_lists(asks, lists);
    if (asks->authenticated)
        output_table_add(table, "authenticated", "only");
    if (asks->max_size > 0) {
        g_autofree char *size = g_strdup_printf("at most %" G_GUINT64_FORMAT " octets", asks->max_size);
        output_table_add(table, "size", size);
    }
    if (asks->moderated)
        output_table_add(table, "moderated", "by the moderators, else by the owner");
    for (gsize i = 0; i < N_LISTS; i++)
        for (guint k = 0; k < lists[i].list.n; k++)
            output_table_add(table, lists[i].name, lists[i].list.values[k].data);
    if (asks->unsupported != NULL)
        output_table_add(table, "not understood", asks->unsupported);
}

void
members_print_rules(const Answer *answer)
{
    const GroupRestrictions *asks = group_restrictions(answer->group);

    if (!asks_anything(answer, asks))
        return;
    output_line("%s", "");
    OutputTable *table = output_table_new(2);
    output_table_add(table, "RULE", "VALUE");
    add_asked(table, asks);
    add_reports(table, answer);
    output_table_print(table);
}

static json_t *
json_list(const GroupList *list)
{
    json_t *array = json_array();

    for (guint i = 0; i < list->n; i++)
        json_array_append_new(array, output_json_text(list->values[i].data));
    return array;
}

void
members_add_rules(json_t *object, const Answer *answer)
{
    const GroupRestrictions *asks = group_restrictions(answer->group);
    NamedList                lists[N_LISTS];
    json_t                  *rules =
        json_pack("{s:b, s:b, s:I, s:o}", "authenticated", asks->authenticated, "moderated", asks->moderated,
                  "max_size", (json_int_t)asks->max_size, "not_understood", output_json_text(asks->unsupported));

    name_lists(asks, lists);
    for (gsize i = 0; i < N_LISTS; i++)
        json_object_set_new(rules, lists[i].json, json_list(&lists[i].list));
    json_object_set_new(object, "restrictions", rules);
    json_object_set_new(object, "reports", json_string(reports_word(answer)));
    json_object_set_new(object, "report_to",
                        output_json_text(answer->report_to != NULL ? address_text(answer->report_to) : NULL));
    json_object_set_new(object, "suppress_oof", json_boolean(answer->suppress_oof));
}
