/* SPDX-License-Identifier: BSD-2-Clause
 * command.c - what all subcommands do: options, where answers come from, what an error means for the exit status
 *
 * Owns:     the settings and the resolver of a Source.
 * Promises: a temporary failure never looks like a definite no.
 * Threads:  one.
 */
#include "admin/command.h"
#include "admin/output.h"

void
source_clear(Source *source)
{
    g_clear_pointer(&source->resolver, resolver_unref);
    g_clear_pointer(&source->settings, settings_unref);
    g_clear_pointer(&source->config, g_free);
    g_clear_pointer(&source->ldif, g_free);
}

gboolean
source_is_named(const Source *source)
{
    return source->config != NULL || source->ldif != NULL;
}

const char *
source_name(const Source *source)
{
    if (source->ldif != NULL)
        return source->ldif;
    return source->config != NULL ? source->config : SYSCONFDIR "/rollcall/rollcall.conf";
}

Settings *
source_settings(Source *source, GError **error)
{
    if (source->settings == NULL && source->ldif != NULL)
        source->settings = settings_for_ldif(source->ldif);
    else if (source->settings == NULL)
        source->settings = settings_load(source_name(source), error);
    return source->settings;
}

/* StateObserver */
static void
on_state_event(G_GNUC_UNUSED gboolean good, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    output_error("note: %s", event);
}

static gboolean
guard_is_on(const ResolverSettings *how)
{
    for (gsize i = 0; i < how->n_groups; i++)
        if (how->groups[i].change_percent > 0)
            return TRUE;
    return how->change_percent > 0;
}

/* What the daemon remembers, for looking: the guard then says here what it would say to mail. Who may not read that is
 * told so only if it matters. */
static Resolver *
open_resolver(const Settings *settings, GError **error)
{
    ResolverSettings how = settings_resolver(settings);
    StateSettings    looking = {
           .file = settings_history(settings)->file,
           .read_only = TRUE,
           .observer = guard_is_on(&how) ? on_state_event : NULL,
    };
    g_autoptr(State) state = state_open(&looking);

    how.state = state;
    return settings_open_resolver(settings, &how, NULL, NULL, error);
}

Resolver *
source_resolver(Source *source, GError **error)
{
    if (source->resolver != NULL)
        return source->resolver;
    const Settings *settings = source_settings(source, error);
    if (settings != NULL)
        source->resolver = open_resolver(settings, error);
    return source->resolver;
}

Directory *
source_directory(Source *source, GError **error)
{
    Resolver *resolver = source_resolver(source, error);
    return resolver == NULL ? NULL : resolver_directory(resolver);
}

/* Paths and DNs are octets: GOption converts strings from the locale, and refuses some in the C locale. */
void
source_add_options(Source *source, GOptionContext *context)
{
    const GOptionEntry entries[] = {
        {"config", 0, 0, G_OPTION_ARG_FILENAME, &source->config, "read this configuration", "FILE"},
        {"ldif", 0, 0, G_OPTION_ARG_FILENAME, &source->ldif, "take entries from this LDIF file, without configuration",
         "FILE"},
        {NULL},
    };
    g_option_context_add_main_entries(context, entries, NULL);
}

gboolean
command_parse(const Command *command, const GOptionEntry *entries, Source *source, int *argc, char ***argv)
{
    g_autofree char *usage = g_strdup_printf("%s %s", command->name, command->arguments);
    g_autoptr(GOptionContext) context = g_option_context_new(g_strchomp(usage));
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, command->description);
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    source_add_options(source, context);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        output_error("%s: %s", command->name, error->message);
        return FALSE;
    }
    if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
        (*argv)[1] = (*argv)[0];
        (*argv)++;
        (*argc)--;
    }
    if (*argc - 1 != command->n_arguments) {
        output_error("%s: got %d arguments, expected %s; see rollcall %s --help", command->name, *argc - 1,
                     command->n_arguments == 0 ? "none" : command->arguments, command->name);
        return FALSE;
    }
    if (source->config != NULL && source->ldif != NULL) {
        output_error("%s: --config and --ldif exclude each other", command->name);
        return FALSE;
    }
    return TRUE;
}

int
command_format(const char *format, const char *const *names)
{
    if (format == NULL)
        return 0;
    for (int i = 0; names[i] != NULL; i++)
        if (g_str_equal(names[i], format))
            return i;
    g_autofree char *choices = g_strjoinv(" | ", (char **)names);
    output_error("--format: got '%s', expected %s", format, choices);
    return -1;
}

int
command_fail(const GError *error)
{
    output_error("%s", error->message);
    if (error->domain == SETTINGS_ERROR || error->domain == ORIGIN_ERROR ||
        g_error_matches(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS))
        return EX_CONFIG;
    if (g_error_matches(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE) ||
        g_error_matches(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE))
        return EX_TEMPFAIL;
    return EXIT_NO;
}
