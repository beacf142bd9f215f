/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-probe.c - a daemon's resolver without a milter, asked line by line
 *
 * mirror-probe CONFIG reads commands: `members ADDRESS`, `verify`, `status`, `rebuild`, `reload CONFIG`; each is
 * answered by one line (verify: and one for each difference before it). What the directory says in the background comes
 * as `event` lines. Ends with its input.
 */
#include "rollcall/settings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERIFY_TIME (60 * G_TIME_SPAN_SECOND)

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void say(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void
say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&output);
    puts(line);
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static void
on_event(DirectoryEventKind kind, const char *event, G_GNUC_UNUSED gpointer user_data)
{
    static const char *const kinds[] = {"good", "bad", "error"};
    say("event %s %s", kinds[kind], event);
}

static char *
routes_of(const Roster *roster)
{
    GString            *text = g_string_new(NULL);
    gsize               n = 0;
    const RosterMember *members = roster != NULL ? roster_members(roster, &n) : NULL;

    for (gsize i = 0; i < n; i++)
        g_string_append_printf(text, " %s", address_text(members[i].route));
    return g_string_free(text, FALSE);
}

static void
members(Resolver *resolver, const char *text)
{
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(Answer) answer = address != NULL ? resolver_preview(resolver, address) : NULL;

    if (answer == NULL) {
        say("bad address");
        return;
    }
    g_autofree char *routes = routes_of(answer->roster);
    say("members kind=%d code=%d via=%s stale=%d age=%.1f reason=%s detail=\"%s\" :%s", answer->kind, answer->code,
        answer->via, answer->stale, (double)answer->age / G_USEC_PER_SEC, answer->reason != NULL ? answer->reason : "-",
        answer->detail != NULL ? answer->detail : "", routes);
}

static void
verify(Resolver *resolver)
{
    g_autoptr(GError) error = NULL;
    guint n_groups = 0;
    g_autoptr(GPtrArray) found = resolver_verify(resolver, &n_groups, g_get_monotonic_time() + VERIFY_TIME, &error);

    if (found == NULL) {
        say("verify failed: %s", error->message);
        return;
    }
    for (guint i = 0; i < found->len; i++) {
        const ResolverDifference *difference = g_ptr_array_index(found, i);
        say("difference group=%s mirror=%u live=%u example=%s/%s error=%s", difference->group, difference->n_mirror,
            difference->n_live,
            difference->only_mirror->len > 0 ? (char *)g_ptr_array_index(difference->only_mirror, 0) : "-",
            difference->only_live->len > 0 ? (char *)g_ptr_array_index(difference->only_live, 0) : "-",
            difference->error != NULL ? difference->error : "-");
    }
    say("verify groups=%u differences=%u", n_groups, found->len);
}

static void
status(Resolver *resolver)
{
    g_autoptr(DirectoryStatus) now = directory_status(resolver_directory(resolver));
    const DirectoryStream *stream =
        now->streams != NULL && now->streams->len > 0 ? g_ptr_array_index(now->streams, 0) : NULL;

    say("status kind=%s age=%.1f entries=%" G_GUINT64_FORMAT " held=%" G_GUINT64_FORMAT " full=%" G_GUINT64_FORMAT
        " presence=%" G_GUINT64_FORMAT " changes=%" G_GUINT64_FORMAT " stored=%" G_GUINT64_FORMAT
        " store=%s method=%s state=%s",
        now->kind, (double)now->age / G_USEC_PER_SEC, now->entries, now->held_back,
        stream != NULL ? stream->full_passes : 0, stream != NULL ? stream->presence_passes : 0,
        stream != NULL ? stream->changes : 0, now->store_bytes, now->store_error != NULL ? "bad" : "good",
        stream != NULL ? stream->method : "-", now->state);
}

static Resolver *
open_resolver(const Settings *settings, const Settings *before, Resolver *running, GError **error)
{
    ResolverSettings how = settings_resolver(settings);
    return settings_open_daemon_resolver(settings, &how, before, running, on_event, NULL, error);
}

static void
reload(Settings **settings, Resolver **resolver, const char *file)
{
    g_autoptr(GError) error = NULL;
    Settings *next = settings_load(file, &error);
    Resolver *opened = next != NULL ? open_resolver(next, *settings, *resolver, &error) : NULL;

    if (opened == NULL) {
        say("reload failed: %s", error->message);
        return;
    }
    resolver_unref(*resolver);
    settings_unref(*settings);
    *resolver = opened;
    *settings = next;
    say("reloaded");
}

static void
obey(Settings **settings, Resolver **resolver, const char *command)
{
    if (g_str_has_prefix(command, "members "))
        members(*resolver, command + strlen("members "));
    else if (g_str_has_prefix(command, "reload "))
        reload(settings, resolver, command + strlen("reload "));
    else if (g_str_equal(command, "verify"))
        verify(*resolver);
    else if (g_str_equal(command, "status"))
        status(*resolver);
    else if (g_str_equal(command, "rebuild"))
        say(directory_rebuild(resolver_directory(*resolver), NULL) ? "rebuilding" : "not rebuilding");
    else
        say("unknown command");
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Settings *settings = argc == 2 ? settings_load(argv[1], &error) : NULL;
    Resolver *resolver = settings != NULL ? open_resolver(settings, NULL, NULL, &error) : NULL;
    char      line[4096];

    if (resolver == NULL) {
        fprintf(stderr, "mirror-probe: %s\n", error != NULL ? error->message : "one configuration file is expected");
        return EXIT_FAILURE;
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        obey(&settings, &resolver, g_strchomp(line));
    resolver_unref(resolver);
    settings_unref(settings);
    return EXIT_SUCCESS;
}
