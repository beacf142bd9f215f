/* SPDX-License-Identifier: BSD-2-Clause
 * check-user.h - whom rollcalld becomes, and what that user may do with a file
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

typedef struct {
    char    *name; /* for messages */
    uid_t    uid;
    gid_t    gid;
    gid_t   *groups;
    int      n_groups;
    gboolean others; /* not the user who asks, nor one that he can become: what it may do cannot be told */
} CheckUser;

/* The user of `[milter] user`; "" is whoever asks, since the daemon then stays whom it was started as. NULL: there is
 * no such user. Caller: check_user_free(). */
CheckUser *check_user_new(const char *name) G_GNUC_WARN_UNUSED_RESULT;
void       check_user_free(CheckUser *user);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckUser, check_user_free)

/* access(2) as this user: 0, or the number of the error. Touches nothing. Not for `others`. */
int check_user_access(const CheckUser *user, const char *path, int mode);
/* Whether nobody but root and this user can put a file into the directory. */
gboolean check_user_is_alone(const CheckUser *user, const char *directory, char **why) G_GNUC_WARN_UNUSED_RESULT;
