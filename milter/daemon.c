/* SPDX-License-Identifier: BSD-2-Clause
 * daemon.c - what makes a process a daemon
 *
 * Owns:     the lock file's descriptor, until the process ends.
 * Promises: who started us learns whether we came up.
 * Threads:  the first one, before there are others.
 */
#include "milter/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OPEN_FILES = 65536 };

G_DEFINE_QUARK(rollcall_daemon_error, daemon_error)

static gboolean
system_error(GError **error, const char *what)
{
    g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_SYSTEM, "%s: %s", what, g_strerror(errno));
    return FALSE;
}

/* The parent's part: nothing may run that belongs to the child, so no exit handlers. */
static G_GNUC_NORETURN void
wait_for_child(int descriptor)
{
    char    up;
    ssize_t got;
    do
        got = read(descriptor, &up, 1);
    while (got < 0 && errno == EINTR);
    _exit(got == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
daemon_detach(GError **error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        system_error(error, "pipe");
        return -1;
    }
    pid_t child = fork();
    if (child < 0) {
        system_error(error, "fork");
        return -1;
    }
    if (child > 0) {
        close(ends[1]);
        wait_for_child(ends[0]);
    }
    close(ends[0]);
    setsid();
    return ends[1];
}

void
daemon_is_up(int descriptor)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = STDIN_FILENO; nowhere >= 0 && standard <= STDERR_FILENO; standard++)
        dup2(nowhere, standard);
    if (nowhere > STDERR_FILENO)
        close(nowhere);
    if (chdir("/") != 0 || write(descriptor, "+", 1) != 1)
        return; /* the parent is gone: nobody waits for the news */
    close(descriptor);
}

gboolean
daemon_lock(const char *file, GError **error)
{
    int descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) {
        g_autofree char *what = g_strconcat("lock-file ", file, NULL);
        return system_error(error, what);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        close(descriptor);
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_LOCKED, "lock-file %s: another rollcalld runs", file);
        return FALSE;
    }
    g_autofree char *id = g_strdup_printf("%ld\n", (long)getpid());
    if (ftruncate(descriptor, 0) != 0 || write(descriptor, id, strlen(id)) < 0)
        return system_error(error, file);
    return TRUE;
}

void
daemon_raise_limits(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    struct rlimit more = files;
    if (more.rlim_max < OPEN_FILES && geteuid() == 0)
        more.rlim_max = OPEN_FILES;
    more.rlim_cur = MIN(more.rlim_max, OPEN_FILES);
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return;
    files.rlim_cur = MIN(files.rlim_max, OPEN_FILES);
    setrlimit(RLIMIT_NOFILE, &files);
}

gboolean
daemon_drop_root(const char *user, GError **error)
{
    if (*user == '\0' || geteuid() != 0)
        return TRUE;
    const struct passwd *known = getpwnam(user);
    if (known == NULL) {
        g_set_error(error, DAEMON_ERROR, DAEMON_ERROR_SYSTEM, "user %s: unknown", user);
        return FALSE;
    }
    if (initgroups(user, known->pw_gid) != 0 || setresgid(known->pw_gid, known->pw_gid, known->pw_gid) != 0 ||
        setresuid(known->pw_uid, known->pw_uid, known->pw_uid) != 0)
        return system_error(error, "becoming another user");
    return TRUE;
}

void
daemon_block_signals(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}
