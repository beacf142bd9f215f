/* SPDX-License-Identifier: BSD-2-Clause
 * test-check-user.c - what may be done as the daemon's user, and who else may put files where it looks for its own
 */
#include "admin/check-user.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    mode_t      mode;
    uid_t       owner; /* beside 0: only root can give away */
    gid_t       group;
    const char *why; /* NULL: nobody else writes there */
} places[] = {
    {"private", 0700, 0, 0, NULL},
    {"readable", 0755, 0, 0, NULL},
    {"of-a-group-that-reads", 0750, 0, 4242, NULL},
    {"of-a-group-that-writes", 0770, 0, 4242, "mode 0770: a group may write there that is not "},
    {"open", 0777, 0, 0, "mode 0777: others may write there"},
    {"open-and-sticky", 01777, 0, 0, "mode 1777: others may write there"},
    {"of-somebody", 0700, 4242, 0, "does not belong to root"},
};

static void
test_place(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *folder = g_dir_make_tmp("rollcall-user-XXXXXX", NULL), *why = NULL;
    g_autoptr(CheckUser) user = check_user_new("");

    if (geteuid() != 0 && (places[i].owner != 0 || places[i].group != 0))
        g_test_skip("only root gives files away");
    else {
        uid_t owner = places[i].owner != 0 ? places[i].owner : geteuid();
        gid_t group = places[i].group != 0 ? places[i].group : getegid();
        g_assert_cmpint(chown(folder, owner, group), ==, 0);
        g_assert_cmpint(chmod(folder, places[i].mode), ==, 0);
        g_assert_cmpint(check_user_is_alone(user, folder, &why), ==, places[i].why == NULL);
        if (places[i].why != NULL)
            g_assert_true(g_str_has_prefix(why, places[i].why));
        else
            g_assert_cmpstr(why, ==, NULL);
    }
    g_rmdir(folder);
}

static void
test_place_that_is_not_there(void)
{
    g_autoptr(CheckUser) user = check_user_new("");
    g_autofree char *why = NULL;

    g_assert_false(check_user_is_alone(user, "/nowhere/at/all", &why));
    g_assert_cmpstr(why, ==, g_strerror(ENOENT));
}

static void
test_access(void)
{
    g_autoptr(CheckUser) self = check_user_new("");
    g_autoptr(CheckUser) root = check_user_new("root");
    g_autoptr(CheckUser) nobody = check_user_new("nobody");
    g_autofree char *folder = g_dir_make_tmp("rollcall-user-XXXXXX", NULL);
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);

    g_assert_cmpint(chmod(folder, 0700), ==, 0);
    g_assert_false(self->others);
    g_assert_cmpint(check_user_access(self, folder, W_OK | X_OK), ==, 0);
    g_assert_cmpint(check_user_access(self, missing, R_OK), ==, ENOENT);
    g_assert_cmpint(root->others, ==, geteuid() != 0);
    g_assert_nonnull(nobody);
    g_assert_cmpint(nobody->others, ==, geteuid() != 0 && geteuid() != nobody->uid);
    if (geteuid() == 0) {
        g_assert_cmpint(check_user_access(nobody, folder, R_OK), ==, EACCES);
        g_assert_cmpint(chmod(folder, 0755), ==, 0);
        g_assert_cmpint(check_user_access(nobody, folder, R_OK | X_OK), ==, 0);
        g_assert_cmpint(check_user_access(nobody, folder, W_OK), ==, EACCES);
    }
    g_rmdir(folder);
}

static void
test_unknown(void)
{
    g_assert_null(check_user_new("no-such-user-here"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat("/check-user/place/", places[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_place);
    }
    g_test_add_func("/check-user/place-that-is-not-there", test_place_that_is_not_there);
    g_test_add_func("/check-user/access", test_access);
    g_test_add_func("/check-user/unknown", test_unknown);
    return g_test_run();
}
