/* SPDX-License-Identifier: BSD-2-Clause
 * check-state.c - rollcall check: can the daemon keep what outlives a restart: its state, and its mirror's image
 *
 * Owns:     nothing.
 * Promises: leaves the daemon's files alone: they are neither made nor locked.
 * Threads:  one.
 */
#include "admin/check.h"

#include "rollcall/state.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is kept in one file, for messages. */
typedef struct {
    CheckTally      *tally;
    const CheckUser *user;
    const char      *key, *file;
} KeptFile;

static gboolean
say_bad(const KeptFile *kept, const char *path, int number)
{
    check_say(kept->tally, CHECK_BAD, "%s %s: user %s cannot write %s: %s", kept->key, kept->file, kept->user->name,
              path, g_strerror(number));
    return FALSE;
}

/* SQLite makes its journal beside the file, so that the file alone is not enough. */
static gboolean
check_directory(const KeptFile *kept)
{
    g_autofree char *directory = g_path_get_dirname(kept->file);
    int              number = check_user_access(kept->user, directory, W_OK | X_OK);

    return number == 0 || say_bad(kept, directory, number);
}

/* FALSE: what is there is of no use. *found: there is something. */
static gboolean
check_present(const KeptFile *kept, gboolean *found)
{
    struct stat facts;
    int         number = check_user_access(kept->user, kept->file, R_OK | W_OK);

    *found = number != ENOENT;
    if (number != 0 && *found)
        return say_bad(kept, kept->file, number);
    if (!*found || stat(kept->file, &facts) != 0)
        return TRUE;
    if (!S_ISREG(facts.st_mode)) {
        check_say(kept->tally, CHECK_BAD, "%s %s: not a regular file", kept->key, kept->file);
        return FALSE;
    }
    if ((facts.st_mode & S_IROTH) != 0)
        check_say(kept->tally, CHECK_NOTE, "%s %s: mode %04o: others may read it, and it names people", kept->key,
                  kept->file, (guint)facts.st_mode & 07777);
    return TRUE;
}

/* FALSE: there is nothing in the file that could be looked at. */
static gboolean
check_file(const KeptFile *kept)
{
    gboolean found;

    if (kept->user->others) {
        check_say(kept->tally, CHECK_NOTE, "%s %s: run this as root to learn whether user %s can write it", kept->key,
                  kept->file, kept->user->name);
        return FALSE;
    }
    if (!check_directory(kept) || !check_present(kept, &found))
        return FALSE;
    if (!found)
        check_say(kept->tally, CHECK_GOOD, "%s %s: not there yet; user %s can make it", kept->key, kept->file,
                  kept->user->name);
    return found;
}

/* StateObserver */
static void
keep_fault(gboolean good, const char *event, gpointer user_data)
{
    char **fault = user_data;

    if (!good && *fault == NULL)
        *fault = g_strdup(event);
}

/* As the daemon will read it at its start. */
static void
check_state_file(const KeptFile *kept)
{
    g_autofree char *fault = NULL;
    StateSettings    looking = {.file = kept->file, .read_only = TRUE, .observer = keep_fault, .observer_data = &fault};

    if (!check_file(kept))
        return;
    state_unref(state_open(&looking));
    if (fault != NULL)
        check_say(kept->tally, CHECK_BAD, "%s %s", kept->key, fault);
    else
        check_say(kept->tally, CHECK_GOOD, "%s %s: user %s can write it", kept->key, kept->file, kept->user->name);
}

/* A running daemon has locked it, and one that cannot use what is in it makes it anew: so it is not read. */
static void
check_mirror_file(const KeptFile *kept)
{
    if (g_file_test(kept->file, G_FILE_TEST_IS_SYMLINK))
        check_say(kept->tally, CHECK_BAD, "%s %s: a link, which the daemon does not follow", kept->key, kept->file);
    else if (check_file(kept))
        check_say(kept->tally, CHECK_GOOD, "%s %s: user %s can write it", kept->key, kept->file, kept->user->name);
}

void
check_state(CheckTally *tally, const Settings *settings, const CheckUser *user)
{
    const MirrorSettings *mirror = settings_mirror(settings);
    KeptFile              state = {tally, user, "state file", settings_history(settings)->file};

    check_state_file(&state);
    if (mirror != NULL && mirror->store != NULL && *mirror->store != '\0') {
        KeptFile image = {tally, user, "mirror-file", mirror->store};
        check_mirror_file(&image);
    }
}
