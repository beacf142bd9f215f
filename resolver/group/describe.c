/* SPDX-License-Identifier: BSD-2-Clause
 * describe.c - what a group asks of its senders, in words for its administrator
 *
 * Owns:     nothing.
 * Promises: nothing that restricts is left out; long lists are cut and say so.
 * Threads:  any.
 */
#include "rollcall/group.h"

enum { MOST_SHOWN = 10 };

static void
append_list(GString *line, const char *words, const GroupList *list)
{
    if (list->n == 0)
        return;
    g_string_append(line, words);
    for (guint i = 0; i < MIN(list->n, MOST_SHOWN); i++)
        g_string_append_printf(line, " <%s>", list->values[i].data);
    if (list->n > MOST_SHOWN)
        g_string_append_printf(line, " and %u more", list->n - MOST_SHOWN);
}

static void
add_lists(GPtrArray *lines, const char *words, const GroupList *people, const GroupList *groups)
{
    GString *line = g_string_new(words);

    if (people->n == 0 && groups->n == 0) {
        g_string_free(line, TRUE);
        return;
    }
    append_list(line, "", people);
    append_list(line, people->n > 0 ? " and members of" : " members of", groups);
    g_ptr_array_add(lines, g_string_free(line, FALSE));
}

static void
add_moderation(GPtrArray *lines, const GroupRestrictions *asked)
{
    GString *line = g_string_new("moderated");

    append_list(line, ", moderators", &asked->moderators);
    append_list(line, ", owner", &asked->owner);
    append_list(line, ", owners", &asked->owners);
    append_list(line, ", exempt", &asked->bypass);
    append_list(line, ", exempt members of", &asked->bypass_groups);
    g_ptr_array_add(lines, g_string_free(line, FALSE));
}

GPtrArray *
group_describe_restrictions(const Group *group)
{
    const GroupRestrictions *asked = group_restrictions(group);
    GPtrArray               *lines = g_ptr_array_new_with_free_func(g_free);

    if (asked->unsupported != NULL)
        g_ptr_array_add(lines, g_strdup_printf("%s cannot be honoured: all mail is refused", asked->unsupported));
    if (asked->authenticated)
        g_ptr_array_add(lines, g_strdup("authenticated senders only"));
    add_lists(lines, "rejects", &asked->reject, &asked->reject_groups);
    add_lists(lines, "accepts only", &asked->accept, &asked->accept_groups);
    if (asked->max_size > 0)
        g_ptr_array_add(lines, g_strdup_printf("messages of at most %" G_GUINT64_FORMAT " KB", asked->max_size / 1024));
    if (asked->moderated)
        add_moderation(lines, asked);
    return lines;
}
