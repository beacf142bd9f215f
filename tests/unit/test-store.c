/* SPDX-License-Identifier: BSD-2-Clause
 * test-store.c - the mirror's store: what is read is what was written, whatever happened to the file in between
 *
 * Threads:  one, and children that are killed.
 */
#include "resolver/directory/mirror/store.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    char *folder, *file;
} Place;

static void
place_set_up(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    place->folder = g_dir_make_tmp("rollcall-store-XXXXXX", NULL);
    place->file = g_build_filename(place->folder, "mirror.db", NULL);
}

static void
place_tear_down(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GDir) dir = g_dir_open(place->folder, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(place->folder, name, NULL);
        g_unlink(file);
    }
    g_rmdir(place->folder);
    g_free(place->folder);
    g_free(place->file);
}

/* ---- rows that tell what they should be ---- */

enum { ROW_LENGTH = 200 };

static EntryId
id_of(guint32 number)
{
    EntryId id = {{0}};
    guint32 scattered = number * 2654435761u;
    memcpy(id.octets, &scattered, sizeof scattered);
    memcpy(id.octets + 8, &number, sizeof number);
    return id;
}

/* The row of an entry in a state of all. */
static void
fill_row(guint8 *row, guint32 number, guint32 state)
{
    for (gsize i = 0; i < ROW_LENGTH; i++)
        row[i] = (guint8)(number * 31 + i * 7 + (i >> 4) * number);
    memcpy(row, &number, sizeof number);
    memcpy(row + 4, &state, sizeof state);
}

static gboolean
write_state(Store *store, guint32 first, guint32 n, guint32 state, GError **error)
{
    g_autofree guint8   *octets = g_malloc((gsize)n * ROW_LENGTH);
    g_autofree StoreRow *rows = g_new0(StoreRow, n);
    g_autoptr(GBytes) cookie = g_bytes_new(&state, sizeof state);
    const char *const names[] = {"cookie", NULL};
    GBytes *const     notes[] = {cookie};

    for (guint32 i = 0; i < n; i++) {
        fill_row(octets + (gsize)i * ROW_LENGTH, first + i, state);
        rows[i] = (StoreRow){id_of(first + i), octets + (gsize)i * ROW_LENGTH, ROW_LENGTH};
    }
    return store_write(store, rows, n, names, notes, error);
}

/* What is read must be all of one state, and the cookie's. */
typedef struct {
    guint    n;
    guint32  state;
    gboolean any, mixed;
} Seen;

static gboolean
see(const EntryId *id, const guint8 *row, gsize length, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    Seen   *seen = user_data;
    guint32 number, state;
    guint8  wanted[ROW_LENGTH];

    g_assert_cmpuint(length, ==, ROW_LENGTH);
    memcpy(&number, row, sizeof number);
    memcpy(&state, row + 4, sizeof state);
    EntryId named = id_of(number);
    g_assert_cmpmem(id->octets, sizeof id->octets, named.octets, sizeof named.octets);
    fill_row(wanted, number, state);
    g_assert_cmpmem(row, length, wanted, sizeof wanted);
    if (seen->any && state != seen->state)
        seen->mixed = TRUE;
    seen->any = TRUE;
    seen->state = state;
    seen->n++;
    return TRUE;
}

static guint
count_rows(Store *store)
{
    Seen seen = {0};

    g_assert_true(store_read(store, see, &seen, NULL));
    return seen.n;
}

static guint32
cookie_of(Store *store)
{
    guint32 state = 0;
    g_autoptr(GBytes) cookie = store_note(store, "cookie");
    if (cookie != NULL)
        memcpy(&state, g_bytes_get_data(cookie, NULL), sizeof state);
    return state;
}

/* ---- tests ---- */

static void
test_roundtrip(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    Store           *store = store_open(place->file, "one", &why, &error);
    Seen             seen = {0};
    struct stat      status;

    g_assert_no_error(error);
    g_assert_null(why);
    g_assert_true(store_read(store, see, &seen, &error));
    g_assert_cmpuint(seen.n, ==, 0);
    g_assert_cmpint(store_time(store), ==, 0);
    g_assert_null(store_note(store, "cookie"));
    g_assert_true(write_state(store, 0, 1000, 7, &error));
    g_assert_true(write_state(store, 0, 1000, 8, &error));

    EntryId  gone = id_of(17), never = id_of(5000);
    StoreRow less[] = {{gone, NULL, 0}, {never, NULL, 0}, {gone, NULL, 0}};
    g_assert_true(store_write(store, less, G_N_ELEMENTS(less), NULL, NULL, &error));
    store_close(store);

    g_assert_cmpint(stat(place->file, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
    store = store_open(place->file, "one", &why, &error);
    g_assert_no_error(error);
    g_assert_null(why);
    g_assert_true(store_read(store, see, &seen, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(seen.n, ==, 999);
    g_assert_false(seen.mixed);
    g_assert_cmpuint(cookie_of(store), ==, 8);
    g_assert_cmpint(store_time(store), >, 0);
    g_assert_cmpuint(store_bytes(store), >, (guint64)ROW_LENGTH * 999);

    g_assert_true(store_empty(store, &error));
    g_assert_cmpuint(count_rows(store), ==, 0);
    g_assert_cmpuint(cookie_of(store), ==, 0);
    g_assert_true(write_state(store, 5, 5, 9, &error));
    store_close(store);
}

static void
test_identity(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    Store           *store = store_open(place->file, "one", &why, &error);

    g_assert_true(write_state(store, 0, 10, 1, &error));
    store_close(store);
    store = store_open(place->file, "two", &why, &error);
    g_assert_no_error(error);
    g_assert_nonnull(why);
    g_assert_cmpuint(count_rows(store), ==, 0);
    g_assert_cmpuint(cookie_of(store), ==, 0);

    /* nobody else while it is open */
    g_autofree char *other_why = NULL;
    g_assert_null(store_open(place->file, "two", &other_why, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_BUSY);
    g_clear_error(&error);
    g_assert_true(write_state(store, 0, 10, 2, &error));
    store_close(store);
}

/* A child writes states over each other until it is killed. */
static void
write_for_ever(const char *file)
{
    g_autofree char *why = NULL;
    Store           *store = store_open(file, "one", &why, NULL);

    for (guint32 state = cookie_of(store) + 1;; state++)
        if (!write_state(store, 0, 300 + state % 50, state, NULL))
            _exit(3);
}

static void
test_killed(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    for (int round = 0; round < 40; round++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *why = NULL;
        pid_t            child = fork();
        if (child == 0)
            write_for_ever(place->file);
        g_usleep((gulong)g_test_rand_int_range(1000, 60000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);

        g_autoptr(Store) store = store_open(place->file, "one", &why, &error);
        Seen seen = {0};
        g_assert_no_error(error);
        g_assert_null(why);
        g_assert_true(store_read(store, see, &seen, &error));
        g_assert_no_error(error);
        /* rows beyond those of the last state are left from former ones */
        if (seen.any)
            g_assert_cmpuint(cookie_of(store), >, 0);
    }
}

/* ---- damage ---- */

static char *
file_of_one_state(Place *place, gsize *length)
{
    g_autofree char *why = NULL;
    char            *octets = NULL;
    Store           *store = store_open(place->file, "one", &why, NULL);

    g_assert_true(write_state(store, 0, 2000, 1, NULL));
    for (guint32 state = 2; state < 6; state++)
        g_assert_true(write_state(store, 0, 2000, state, NULL));
    store_close(store);
    g_assert_true(g_file_get_contents(place->file, &octets, length, NULL));
    return octets;
}

static void
check_damaged(Place *place, const char *octets, gsize length, guint *n_seen)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    Seen             seen = {0};

    g_assert_true(g_file_set_contents(place->file, octets, (gssize)length, NULL));
    g_autoptr(Store) store = store_open(place->file, "one", &why, &error);
    g_assert_no_error(error);
    gboolean good = store_read(store, see, &seen, &error);
    if (!good) {
        g_assert_error(error, STORE_ERROR, STORE_ERROR_DAMAGED);
        g_clear_error(&error);
        g_assert_true(store_empty(store, &error));
    } else if (why == NULL) {
        g_assert_cmpuint(seen.n, ==, 2000);
        g_assert_false(seen.mixed);
        g_assert_cmpuint(cookie_of(store), ==, 5);
        (*n_seen)++;
    }
    /* goes on well either way */
    g_assert_true(write_state(store, 0, 20, 9, &error));
    g_assert_no_error(error);
}

static void
test_flipped(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    gsize            length;
    guint            n_good = 0;
    g_autofree char *octets = file_of_one_state(place, &length);

    for (int round = 0; round < 300; round++) {
        gsize at = (gsize)g_test_rand_int_range(0, round % 3 == 0 ? 16384 : (gint32)length);
        char  before = octets[at];
        octets[at] = (char)(before ^ (1 << g_test_rand_int_range(0, 8)));
        check_damaged(place, octets, length, &n_good);
        octets[at] = before;
    }
    g_test_message("%u of 300 were of no consequence", n_good);
    check_damaged(place, octets, length, &n_good);
    g_assert_cmpuint(n_good, >, 0);
}

static void
test_cut(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    gsize            length;
    guint            n_good = 0;
    g_autofree char *octets = file_of_one_state(place, &length);

    for (int round = 0; round < 100; round++)
        check_damaged(place, octets, (gsize)g_test_rand_int_range(0, (gint32)length), &n_good);
    for (int round = 0; round < 50; round++) { /* a stretch of zeros, as after a crash of the file system */
        g_autofree char *holed = g_memdup2(octets, length);
        gsize            at = (gsize)g_test_rand_int_range(0, (gint32)length / 4096) * 4096;
        memset(holed + at, 0, MIN((gsize)4096, length - at));
        check_damaged(place, holed, length, &n_good);
    }
}

/* The log that a killed process leaves: its file and the log, each damaged alone. */
static void
test_damaged_log(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *log = g_strconcat(place->file, "-wal", NULL), *octets = NULL, *base = NULL;
    gsize            length = 0, base_length = 0;
    pid_t            child = fork();

    if (child == 0) {
        g_autofree char *why = NULL;
        Store           *store = store_open(place->file, "one", &why, NULL);
        for (guint32 state = 1; state < 6; state++)
            if (!write_state(store, 0, 500, state, NULL))
                _exit(3);
        raise(SIGKILL);
    }
    waitpid(child, NULL, 0);
    g_assert_true(g_file_get_contents(log, &octets, &length, NULL));
    g_assert_true(g_file_get_contents(place->file, &base, &base_length, NULL));
    for (int round = 0; round < 150; round++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *why = NULL;
        Seen             seen = {0};
        gsize            at = (gsize)g_test_rand_int_range(0, (gint32)length);
        char             before = octets[at];

        octets[at] = (char)(before ^ 0x10);
        g_assert_true(g_file_set_contents(place->file, base, (gssize)base_length, NULL));
        g_assert_true(g_file_set_contents(log, octets, (gssize)(round % 2 == 0 ? length : at), NULL));
        octets[at] = before;
        g_autoptr(Store) store = store_open(place->file, "one", &why, &error);
        g_assert_no_error(error);
        if (!store_read(store, see, &seen, &error))
            continue;
        g_assert_false(seen.mixed);
        g_assert_cmpuint(cookie_of(store), ==, seen.any ? seen.state : 0);
    }
}

/* ---- no room ---- */

static void
fill_up(const char *file)
{
    g_autofree char *why = NULL;
    g_autoptr(GError) error = NULL;
    struct rlimit limit = {2 * 1024 * 1024, 2 * 1024 * 1024};
    Seen          seen = {0};

    signal(SIGXFSZ, SIG_IGN);
    Store *store = store_open(file, "one", &why, NULL);
    if (store == NULL || !write_state(store, 0, 100, 1, NULL) || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(3);
    gboolean more = TRUE;
    guint32  state = 1;
    while (more && state < 100)
        more = write_state(store, 0, 5000, ++state, &error);
    if (more || !g_error_matches(error, STORE_ERROR, STORE_ERROR_WRITE))
        _exit(4);
    if (!store_read(store, see, &seen, NULL) || seen.mixed || cookie_of(store) != seen.state)
        _exit(5);
    _exit(0);
}

static void
test_full(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    int   status;
    pid_t child = fork();

    if (child == 0)
        fill_up(place->file);
    waitpid(child, &status, 0);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);

    g_autofree char *why = NULL;
    g_autoptr(Store) store = store_open(place->file, "one", &why, NULL);
    Seen seen = {0};
    g_assert_true(store_read(store, see, &seen, NULL));
    g_assert_cmpuint(cookie_of(store), ==, seen.state);
    g_assert_true(write_state(store, 0, 5000, 200, NULL));
}

static void
test_no_file(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char  *below_file = g_build_filename(place->file, "mirror.db", NULL);
    const char *const places[] = {"/proc/mirror.db", below_file, "/nowhere/at/all/mirror.db", place->folder};

    g_assert_true(g_file_set_contents(place->file, "", 0, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *why = NULL;
        g_assert_null(store_open(places[i], "one", &why, &error));
        g_assert_error(error, STORE_ERROR, STORE_ERROR_WRITE);
        g_assert_null(why);
    }
    if (geteuid() == 0)
        return; /* modes do not hold root back */
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    g_unlink(place->file);
    g_assert_cmpint(g_chmod(place->folder, 0500), ==, 0);
    g_assert_null(store_open(place->file, "one", &why, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_WRITE);
    g_chmod(place->folder, 0700);
}

/* A link in a directory that others may write to leads to a file of ours. */
static void
test_link(Place *place, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *target = g_build_filename(place->folder, "target", NULL), *why = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(target, "precious", -1, NULL));
    g_assert_cmpint(symlink(target, place->file), ==, 0);
    g_assert_null(store_open(place->file, "one", &why, &error));
    g_assert_error(error, STORE_ERROR, STORE_ERROR_WRITE);
}

#define ADD(name, function) g_test_add("/store/" name, Place, NULL, place_set_up, function, place_tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("roundtrip", test_roundtrip);
    ADD("identity", test_identity);
    ADD("killed", test_killed);
    ADD("flipped", test_flipped);
    ADD("cut", test_cut);
    ADD("damaged-log", test_damaged_log);
    ADD("full", test_full);
    ADD("no-file", test_no_file);
    ADD("link", test_link);
    return g_test_run();
}
