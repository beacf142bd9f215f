/* SPDX-License-Identifier: BSD-2-Clause
 * state-file.h - the state in an SQLite file
 *
 * One thread at a time. Each row has a checksum over all of it; what does not fit its checksum is STATE_ERROR_DAMAGED.
 * Each write is whole or nothing.
 */
#pragma once

#include "rollcall/state.h"

#include "resolver/state/names.h"

typedef struct StateFile StateFile;

/* `read_only`: NULL without an error if there is no file. Else it is made, mode 0600. NULL with STATE_ERROR_FILE,
 * STATE_ERROR_FOREIGN (it is not touched) or STATE_ERROR_DAMAGED. Caller: state_file_close(). */
StateFile *state_file_open(const char *file, gboolean read_only, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void       state_file_close(StateFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StateFile, state_file_close)
/* Moves a damaged file out of the way, to FILE.damaged. */
gboolean state_file_set_aside(const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The last roster of one group. Borrowed. */
typedef struct {
    const char *group, *name;
    gint64      at;
    gboolean    whole; /* as in StateChange */
    Names      *members;
} StateRoster;
typedef void (*StateRosterFunc)(const StateRoster *roster, gpointer user_data);
gboolean state_file_read_rosters(StateFile *file, StateRosterFunc func, gpointer user_data,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `func` is handed StateApproval, each its own. */
gboolean state_file_read_approvals(StateFile *file, GFunc func, gpointer user_data,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One row of the history. The oldest one of a group has neither: nothing is known of what was before. */
typedef struct {
    gint64 at;
    Names *joined, *left; /* both NULL: the beginning */
} StateStep;
/* Of StateStep, the oldest first. NULL with an error. Caller: g_ptr_array_unref(). */
GPtrArray *state_file_read_history(StateFile *file, const char *group, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Replaces the group's last roster, and adds how it came to be: `step` with both NULL for its first one. No `step`: the
 * members are the same. What is older
 * than `keep_from`, or too much, goes from its history. */
gboolean state_file_write(StateFile *file, const StateRoster *roster, const StateStep *step, gint64 keep_from,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `approval` NULL: the group has none. */
gboolean state_file_write_approval(StateFile *file, const char *group, const StateApproval *approval,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes what is older than `keep_from` out of every history, and approvals that have run out at `now`. */
gboolean state_file_prune(StateFile *file, gint64 keep_from, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean state_file_forget_group(StateFile *file, const char *group, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Takes the address out of every roster and difference; *n_rows: of how many. */
gboolean state_file_forget_address(StateFile *file, const char *key, guint *n_rows,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
