/* SPDX-License-Identifier: BSD-2-Clause
 * check-user.c - whom rollcalld becomes, and what that user may do with a file
 *
 * Owns:     a short process for each question that root asks for somebody else.
 * Promises: the kernel answers, with all that it knows of rights and mounts; nothing is opened or made.
 * Threads:  any.
 */
#include "admin/check-user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_GROUPS = 65536 }; /* NGROUPS_MAX of Linux */

static void
find_groups(CheckUser *user)
{
    int n = 32;

    user->groups = g_new(gid_t, n);
    while (getgrouplist(user->name, user->gid, user->groups, &n) < 0 && n <= MOST_GROUPS)
        user->groups = g_renew(gid_t, user->groups, n);
    user->n_groups = n;
}

CheckUser *
check_user_new(const char *name)
{
    const struct passwd *known = *name != '\0' ? getpwnam(name) : getpwuid(geteuid());
    CheckUser           *user;

    if (known == NULL && *name != '\0')
        return NULL;
    user = g_new0(CheckUser, 1);
    user->name = known != NULL ? g_strdup(known->pw_name) : g_strdup_printf("%u", (guint)geteuid());
    user->uid = known != NULL ? known->pw_uid : geteuid();
    user->gid = known != NULL ? known->pw_gid : getegid();
    user->others = user->uid != geteuid() && geteuid() != 0;
    find_groups(user);
    return user;
}

void
check_user_free(CheckUser *user)
{
    g_free(user->name);
    g_free(user->groups);
    g_free(user);
}

/* Only what is safe after a fork beside threads. The number of the error is the exit status. */
static G_GNUC_NORETURN void
answer_as(const CheckUser *user, const char *path, int mode)
{
    if (setgroups((size_t)user->n_groups, user->groups) != 0 || setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0)
        _exit(errno);
    _exit(access(path, mode) == 0 ? 0 : errno);
}

int
check_user_access(const CheckUser *user, const char *path, int mode)
{
    int   status;
    pid_t child;

    if (user->uid == geteuid())
        return access(path, mode) == 0 ? 0 : errno;
    fflush(NULL); /* what was not written yet is not the child's to write */
    child = fork();
    if (child == 0)
        answer_as(user, path, mode);
    if (child < 0)
        return errno;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

gboolean
check_user_is_alone(const CheckUser *user, const char *directory, char **why)
{
    struct stat facts;

    *why = NULL;
    if (stat(directory, &facts) != 0)
        *why = g_strdup(g_strerror(errno));
    else if ((facts.st_mode & S_IWOTH) != 0)
        *why = g_strdup_printf("mode %04o: others may write there", (guint)facts.st_mode & 07777);
    else if (facts.st_uid != 0 && facts.st_uid != user->uid)
        *why = user->uid == 0 ? g_strdup("does not belong to root")
                              : g_strdup_printf("belongs neither to root nor to %s", user->name);
    else if ((facts.st_mode & S_IWGRP) != 0 && facts.st_gid != 0 && facts.st_gid != user->gid)
        *why = g_strdup_printf("mode %04o: a group may write there that is not %s's own", (guint)facts.st_mode & 07777,
                               user->name);
    return *why == NULL;
}
