/* SPDX-License-Identifier: BSD-2-Clause
 * check-sendmail.c - rollcall check: does Sendmail ask rollcall as it must, as far as sendmail.cf shows it
 *
 * Owns:     the text of sendmail.cf while it looks.
 * Promises: names what is missing; what only a running Sendmail knows (its tables) is not judged.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/postfix.h"

#include <string.h>

typedef struct {
    CheckTally           *tally;
    const MilterSettings *milter;
    char                **lines;
} SendmailCheck;

/* The rest of the first line that begins so and has `within` (NULL: anything) somewhere; NULL: none. */
static const char *
find_line(const SendmailCheck *check, const char *start, const char *within)
{
    for (char **line = check->lines; *line != NULL; line++)
        if (g_str_has_prefix(*line, start) && (within == NULL || strstr(*line, within) != NULL))
            return *line + strlen(start);
    return NULL;
}

/* The value of `K=value` in a list with commas; NULL: not there. Caller: g_free(). */
static char *
field_of(const char *list, const char *field)
{
    g_auto(GStrv) items = g_strsplit(list, ",", -1);

    for (char **item = items; *item != NULL; item++) {
        const char *text = *item + strspn(*item, " \t");
        if (g_str_has_prefix(text, field) && text[strlen(field)] == '=')
            return g_strdup(text + strlen(field) + 1);
    }
    return NULL;
}

/* libmilter and Sendmail know the same socket as unix: and as local:. */
static gboolean
is_same_socket(const char *ours, const char *theirs)
{
    const char *path = strchr(ours, '/');

    if (g_strcmp0(ours, theirs) == 0)
        return TRUE;
    return theirs != NULL && path != NULL && g_strcmp0(path, strchr(theirs, '/')) == 0;
}

/* The line of our filter without its X; `*name` is the filter's. NULL: there is none. */
static const char *
find_filter(const SendmailCheck *check, char **name)
{
    for (char **line = check->lines; *line != NULL; line++) {
        if (**line != 'X')
            continue;
        g_autofree char *socket = field_of(*line, "S");
        if (!is_same_socket(check->milter->socket, socket))
            continue;
        *name = g_strndup(*line + 1, strcspn(*line + 1, ", \t"));
        return *line + 1;
    }
    return NULL;
}

/* The order in which Sendmail calls them. */
static void
check_order(const SendmailCheck *check, const char *name)
{
    const char *list = find_line(check, "O InputMailFilters=", NULL);
    g_autoptr(GPtrArray) filters = postfix_items(list == NULL ? "" : list);

    if (filters->len == 0 || !g_str_equal(g_ptr_array_index(filters, filters->len - 1), name))
        check_say(check->tally, CHECK_NOTE, "Sendmail: %s is not the last of InputMailFilters (%s)", name,
                  list == NULL ? "unset" : list);
}

static void
check_filter(const SendmailCheck *check, const char *line, const char *name)
{
    g_autofree char *flags = field_of(line, "F");

    if (g_strcmp0(flags, "T") != 0)
        check_say(
            check->tally, CHECK_BAD,
            "Sendmail: filter %s: F=%s: mail is lost or delivered unexpanded while rollcalld is down, expected F=T",
            name, flags == NULL ? "" : flags);
    else
        check_say(check->tally, CHECK_GOOD, "Sendmail: filter %s asks %s, F=T", name, check->milter->socket);
    check_order(check, name);
}

static void
check_size(const SendmailCheck *check)
{
    const char *limit = find_line(check, "O MaxMessageSize=", NULL);
    guint64     theirs = limit == NULL ? 0 : g_ascii_strtoull(limit, NULL, 10);

    if (theirs != check->milter->mta_message_size_limit)
        check_say(check->tally, CHECK_NOTE,
                  "Sendmail: MaxMessageSize = %" G_GUINT64_FORMAT ", but mta-message-size-limit = %" G_GUINT64_FORMAT,
                  theirs, check->milter->mta_message_size_limit);
}

static void
check_mailer(const SendmailCheck *check)
{
    const char      *line = find_line(check, "M" POSTFIX_SPLIT ",", NULL);
    g_autofree char *flags = line == NULL ? NULL : field_of(line, "F");

    if (flags == NULL)
        check_say(check->tally, CHECK_BAD, "Sendmail: no mailer " POSTFIX_SPLIT "; see rollcall mta-config sendmail");
    else if (strchr(flags, 'm') != NULL || strchr(flags, 'k') == NULL)
        check_say(check->tally, CHECK_BAD,
                  "Sendmail: mailer " POSTFIX_SPLIT ": F=%s, expected k (talks to this host) and no m (one recipient a "
                  "transaction)",
                  flags);
    else
        check_say(check->tally, CHECK_GOOD, "Sendmail: mailer " POSTFIX_SPLIT);
    if (find_line(check, "Kmailertable ", NULL) == NULL)
        check_say(check->tally, CHECK_BAD, "Sendmail: no mailertable, so %s goes nowhere", check->milter->split_domain);
}

static void
check_daemon(const SendmailCheck *check)
{
    const char      *line = find_line(check, "O DaemonPortOptions=", "Name=" POSTFIX_SPLIT);
    g_autofree char *host = line == NULL ? NULL : field_of(line, "Addr");
    const char      *expected = strchr(check->milter->split_listener, '@') + 1;

    if (line == NULL)
        check_say(check->tally, CHECK_BAD, "Sendmail: no DaemonPortOptions with Name=" POSTFIX_SPLIT);
    else if (g_strcmp0(host, expected) != 0)
        check_say(check->tally, CHECK_BAD, "Sendmail: " POSTFIX_SPLIT " listens at %s, expected %s",
                  host == NULL ? "every address" : host, expected);
    else
        check_say(check->tally, CHECK_GOOD, "Sendmail: listener " POSTFIX_SPLIT " at %s", host);
}

void
check_sendmail(CheckTally *tally, const Settings *settings, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *name = NULL;

    if (!g_file_get_contents(file, &text, NULL, &error)) {
        check_say(tally, CHECK_BAD, "Sendmail: %s", error->message);
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    SendmailCheck check = {tally, settings_milter(settings), lines};
    const char   *line = find_filter(&check, &name);
    if (line == NULL) {
        check_say(tally, CHECK_NOTE,
                  "Sendmail: no filter asks %s, so no mail is expanded; see rollcall mta-config sendmail",
                  check.milter->socket);
        return;
    }
    check_filter(&check, line, name);
    check_size(&check);
    if (*check.milter->split_domain == '\0')
        return;
    check_mailer(&check);
    check_daemon(&check);
}
