/* SPDX-License-Identifier: BSD-2-Clause
 * main.c - rollcalld: expands groups in the mail that an MTA receives
 *
 * A table of contents: options, configuration, socket, privileges, directory, run, and everything back in the
 * opposite order.
 */
#include "milter/control-socket.h"
#include "milter/control.h"
#include "milter/daemon.h"
#include "milter/glue.h"
#include "milter/keeper.h"
#include "milter/listener.h"
#include "milter/maillog.h"
#include "milter/service.h"

#include "rollcall/directory.h"

#include <libmilter/mfapi.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { MOST_NOTICES = 4096 };

#define CONTROL_PATIENCE (2 * G_TIME_SPAN_SECOND)       /* of a daemon that is stopping; nobody's mail depends on it */
#define THREAD_PATIENCE (100 * G_TIME_SPAN_MILLISECOND) /* those that could be reached have been joined */

typedef struct {
    char    *file;
    gboolean foreground, check, version;
} Options;

static gboolean
read_options(int argc, char **argv, Options *options, GError **error)
{
    const GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &options->file, "Configuration file", "FILE"},
        {"foreground", 'f', 0, G_OPTION_ARG_NONE, &options->foreground, "Stay in the foreground, log to stderr", NULL},
        {"check", 't', 0, G_OPTION_ARG_NONE, &options->check, "Check the configuration and end", NULL},
        {"version", 'V', 0, G_OPTION_ARG_NONE, &options->version, "Show the version and end", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- expand groups in the mail an MTA receives");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, error))
        return FALSE;
    if (argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "%s: no arguments were expected", argv[1]);
        return FALSE;
    }
    /* A daemon leaves its directory, and reads the file again when it reloads. */
    g_autofree char *given = options->file != NULL ? options->file : g_strdup(SYSCONFDIR "/rollcall/rollcall.conf");
    options->file = g_canonicalize_filename(given, NULL);
    return TRUE;
}

static int
complain(const GError *error)
{
    g_autofree char *why = maillog_escape(error->message);
    maillog(MAILLOG_ERROR, "fatal: %s", why);
    return EXIT_FAILURE;
}

/* Everything that can be said about the configuration without taking the daemon's place. */
static int
check(Settings *settings, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Runtime) runtime = runtime_open(settings, NULL, TRUE, &error);
    if (runtime == NULL)
        return complain(error);
    printf("%s: good\n", file);
    return EXIT_SUCCESS;
}

static gboolean
open_sockets(const Settings *all, int *control_socket, GError **error)
{
    const MilterSettings  *settings = settings_milter(all);
    const ControlSettings *control = settings_control(all);
    if (!listener_open(settings->socket, settings->user, settings->socket_group, error))
        return FALSE;
    if (*control->socket == '\0')
        return TRUE;
    *control_socket = control_socket_open(control->socket, settings->user, control->socket_group, error);
    return *control_socket >= 0;
}

/* What may need root, and what must be done before there are threads. */
static gboolean
prepare(const Settings *all, Milter *milter, int *control_socket, GError **error)
{
    const MilterSettings *settings = settings_milter(all);
    daemon_raise_limits();
    if (!daemon_lock(settings->lock_file, error))
        return FALSE;
    milter->network = listener_is_network(settings->socket);
    if (!glue_register(milter)) {
        g_set_error_literal(error, LISTENER_ERROR, LISTENER_ERROR_OPEN, "libmilter does not fit this program");
        return FALSE;
    }
    if (!open_sockets(all, control_socket, error))
        return FALSE;
    if (!daemon_drop_root(settings->user, error))
        return FALSE;
    daemon_block_signals();
    return TRUE;
}

/* What runs, and is wound down. */
typedef struct {
    Milter      *milter;
    Keeper      *keeper;
    ControlHouse control_house;
    Control     *control; /* NULL: there is none */
} Running;

static void
start_control(Running *running, int descriptor, RuntimeStore *runtimes, const char *file)
{
    running->control_house = (ControlHouse){runtimes, running->keeper, file, g_get_real_time(), FALSE};
    if (descriptor < 0)
        return;
    running->control = control_start(descriptor, &running->control_house);
    if (running->control == NULL)
        maillog(MAILLOG_ERROR, "error: control socket: there are no threads for it");
}

/* FALSE: somebody is still being answered. */
static gboolean
stop_control(Running *running, const char *path)
{
    if (running->control == NULL)
        return TRUE;
    unlink(path);
    return control_stop(running->control, CONTROL_PATIENCE);
}

/* After libmilter's main function returned: callbacks may still be under way. */
static int
wind_down(Running *running, const Settings *settings, int status)
{
    Milter  *milter = running->milter;
    Runtime *last = runtime_store_acquire(milter->house.runtimes);
    gint64   patience = settings_milter(last->settings)->drain_time;
    runtime_store_release(milter->house.runtimes, last);

    service_stopping();
    guint    left = drain_close(milter->drain, patience);
    gboolean answered = stop_control(running, settings_control(settings)->socket);
    if (answered)
        keeper_stop(running->keeper);
    if (left > 0)
        maillog(MAILLOG_WARNING, "warning: %u callbacks did not end in drain-time; their messages are deferred", left);
    maillog(MAILLOG_INFO, "stopped");
    if (left > 0 || !answered || runtime_store_is_held(milter->house.runtimes))
        _exit(status); /* somebody still uses what would be freed next: the MTA answers 451 for those messages */
    return status;
}

static int
run(Settings *settings, const char *file, int parent, Milter *milter, int control_socket)
{
    g_autoptr(GError) error = NULL;
    Runtime *first = runtime_open(settings, NULL, FALSE, &error);
    if (first == NULL && parent >= 0)
        fprintf(stderr, "rollcalld: %s\n", error->message);
    if (first == NULL)
        return complain(error);
    g_autoptr(RuntimeStore) runtimes = runtime_store_new(first);
    g_autoptr(Notices) notices = notices_new(MOST_NOTICES);
    milter->house = (House){runtimes, notices};

    Running running = {.milter = milter, .keeper = keeper_start(runtimes, file)};
    start_control(&running, control_socket, runtimes, file);
    if (parent >= 0)
        daemon_is_up(parent);
    maillog(MAILLOG_INFO, "started: version=%s socket=%s mode=%s", PACKAGE_VERSION, settings_milter(settings)->socket,
            settings_milter(settings)->observe ? "observe" : "expand");
    service_ready();
    int status = smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
    return wind_down(&running, settings, status);
}

static int
start(const Options *options, Settings *settings)
{
    g_autoptr(GError) error = NULL;
    /* Both stay until the process ends: libmilter's threads outlive its main function and ask the drain. */
    Milter *milter = g_new0(Milter, 1);
    milter->drain = drain_new();
    int parent = -1, control_socket = -1;
    if (!options->foreground) {
        parent = daemon_detach(&error);
        if (parent < 0)
            return complain(error);
    }
    if (!prepare(settings, milter, &control_socket, &error))
        return complain(error);
    /* Only now: whoever started us sees on the terminal what was wrong until here. */
    if (!options->foreground || service_has_journal())
        maillog_open_syslog();
    return run(settings, options->file, parent, milter, control_socket);
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Options options = {0};
    if (!read_options(argc, argv, &options, &error)) {
        fprintf(stderr, "rollcalld: %s\n", error->message);
        return EX_USAGE;
    }
    g_autofree char *file = options.file;
    if (options.version) {
        printf("rollcalld %s\n", PACKAGE_VERSION);
        return EXIT_SUCCESS;
    }
    g_autoptr(Settings) settings = settings_load(file, &error);
    if (settings == NULL)
        return complain(error);
    int status = options.check ? check(settings, file) : start(&options, settings);
    if (!directory_wait_for_threads(THREAD_PATIENCE)) {
        fflush(NULL);
        _exit(status);
    }
    return status;
}
