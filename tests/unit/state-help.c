/* SPDX-License-Identifier: BSD-2-Clause
 * state-help.c - rosters of given addresses, and a state in a scratch folder
 */
#include "tests/unit/state-help.h"

#include "tests/unit/scripted-directory.h"

#include <glib/gstdio.h>

#include <string.h>

/* ---- rosters ---- */

static Roster *
roster_of(char **locals)
{
    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);
    g_autoptr(GString) group = g_string_new("objectClass=group\nproxyAddresses=SMTP:g@e.org\n");
    g_autoptr(GError) error = NULL;
    ExpandOptions options = {.deadline = G_MAXINT64};

    for (char **local = locals; *local != NULL; local++) {
        g_autofree char *dn = g_strdup_printf("CN=%s,O=x", *local);
        g_autofree char *text = g_strdup_printf("objectClass=user\nproxyAddresses=SMTP:%s@e.org\n", *local);
        scripted_add(scripted, dn, text);
        g_string_append_printf(group, "member=%s\n", dn);
    }
    scripted_add(scripted, "CN=g,O=x", group->str);
    const Entry *entry = NULL;
    g_assert_true(directory_read(&scripted->directory, "CN=g,O=x", group_attributes, &entry, G_MAXINT64, &error));
    g_autoptr(Group) made = group_new(entry, &error);
    g_assert_no_error(error);
    Roster *roster = expand_group(&scripted->directory, made, &options, &error);
    g_assert_no_error(error);
    entry_unref(entry);
    directory_free(&scripted->directory);
    return roster;
}

Roster *
help_roster(const char *locals)
{
    g_auto(GStrv) words = g_strsplit(locals, " ", -1);

    if (*locals == '\0')
        words[0] = NULL;
    return roster_of(words);
}

Roster *
help_crowd(const char *prefix, gsize n)
{
    g_auto(GStrv) words = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        words[i] = g_strdup_printf("%s%" G_GSIZE_FORMAT, prefix, i);
    return roster_of(words);
}

/* ---- a state ---- */

/* StateObserver */
static void
note_event(gboolean good, const char *event, gpointer user_data)
{
    StateHelp *help = user_data;
    g_ptr_array_add(help->events, g_strconcat(good ? "good: " : "bad: ", event, NULL));
}

void
state_help_setup(StateHelp *help)
{
    *help = (StateHelp){0};
    help->folder = g_dir_make_tmp("state-XXXXXX", NULL);
    g_assert_nonnull(help->folder);
    help->file = g_build_filename(help->folder, "state.db", NULL);
    help->events = g_ptr_array_new_with_free_func(g_free);
}

void
state_help_close(StateHelp *help)
{
    g_clear_pointer(&help->state, state_unref);
}

void
state_help_open(StateHelp *help, guint days)
{
    StateSettings settings = {help->file, days, FALSE, note_event, help};

    state_help_close(help);
    help->state = state_open(&settings);
}

void
state_help_teardown(StateHelp *help)
{
    g_autoptr(GDir) folder = g_dir_open(help->folder, 0, NULL);

    state_help_close(help);
    for (const char *name = g_dir_read_name(folder); name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *path = g_build_filename(help->folder, name, NULL);
        g_unlink(path);
    }
    g_rmdir(help->folder);
    g_ptr_array_unref(help->events);
    g_free(help->folder);
    g_free(help->file);
}

gboolean
state_help_was_told(StateHelp *help, const char *beginning, const char *part)
{
    gboolean was = FALSE;

    for (guint i = 0; i < help->events->len; i++) {
        const char *event = g_ptr_array_index(help->events, i);
        was |= g_str_has_prefix(event, beginning) && strstr(event, part) != NULL;
    }
    g_ptr_array_set_size(help->events, 0);
    return was;
}

/* ---- a history as text ---- */

static void
append_names(GString *text, char sign, char **names)
{
    for (; *names != NULL; names++)
        g_string_append_printf(text, " %c%.*s", sign, (int)strcspn(*names, "@"), *names);
}

char *
help_history(State *state, const char *group)
{
    g_autoptr(StateHistory) history = NULL;
    g_autoptr(GError) error = NULL;
    GString *text = g_string_new(NULL);

    g_assert_true(state_history(state, group, 0, &history, &error));
    g_assert_no_error(error);
    for (guint i = 0; history != NULL && i < history->differences->len; i++) {
        const StateDifference *difference = g_ptr_array_index(history->differences, i);
        g_string_append_printf(text, "%s@%" G_GINT64_FORMAT, i > 0 ? "; " : "", difference->at);
        append_names(text, '+', difference->joined);
        append_names(text, '-', difference->left);
    }
    if (history == NULL)
        g_string_append(text, "none");
    return g_string_free(text, FALSE);
}
