/* SPDX-License-Identifier: BSD-2-Clause
 * command.h - what the subcommands of rollcall are made of
 */
#pragma once

#include "rollcall/settings.h"

#include <glib.h>
#include <sysexits.h>

/* Exit statuses beside those of sysexits.h: EX_OK, EX_USAGE, EX_IOERR, EX_TEMPFAIL, EX_CONFIG; of
 * those that ask the daemon EX_UNAVAILABLE, EX_NOPERM and EX_PROTOCOL too. */
enum { EXIT_NO = 1 }; /* a definite no */

/* Where the answers come from: --config or --ldif, opened when first asked for. For one thread. */
typedef struct {
    char     *config; /* as given, else NULL */
    char     *ldif;
    Settings *settings;
    Resolver *resolver;
} Source;

void source_clear(Source *source);
/* Whether the user named one. */
gboolean source_is_named(const Source *source);
/* What the settings are read from, for messages. */
const char *source_name(const Source *source);
/* Borrowed. */
Settings  *source_settings(Source *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Resolver  *source_resolver(Source *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Directory *source_directory(Source *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* --config and --ldif, into `source`. Ends with a NULL name; borrowed by the GOptionContext. */
void source_add_options(Source *source, GOptionContext *context);

typedef struct Command Command;
struct Command {
    const char *name;
    const char *arguments;   /* "ADDRESS" */
    const char *summary;     /* one line */
    const char *description; /* for its --help */
    int         n_arguments;
    /* argv[0] is the subcommand's name. Returns the exit status; every failure has been reported by then. */
    int (*run)(const Command *command, Source *source, int argc, char **argv);
};

extern const Command command_members;    /* members.c */
extern const Command command_match;      /* match.c */
extern const Command command_filter;     /* filter.c */
extern const Command command_check;      /* check.c */
extern const Command command_mta_config; /* mta-config.c */
extern const Command command_origin;     /* origin.c */
extern const Command command_status;     /* status.c */
extern const Command command_reload;     /* reload.c */
extern const Command command_mirror;     /* mirror.c */
extern const Command command_history;    /* history.c */
extern const Command command_diff;       /* diff.c */
extern const Command command_approve;    /* approve.c */
extern const Command command_forget;     /* forget.c */

/* Reads the subcommand's options, `entries` its own (may be NULL). Leaves its arguments in argv[1..]. FALSE: reported.
 */
gboolean command_parse(const Command *command, const GOptionEntry *entries, Source *source, int *argc, char ***argv);
/* The number of `format` in `names` (NULL-terminated; the first is the default, for NULL). -1: reported. */
int command_format(const char *format, const char *const *names);
/* Reports `error`, and returns the status that fits it. */
int command_fail(const GError *error);
