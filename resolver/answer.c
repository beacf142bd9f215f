/* SPDX-License-Identifier: BSD-2-Clause
 * answer.c - from what was found, refused or failed to the answer that goes back
 *
 * Owns:     the table of failures and their replies.
 * Promises: only what is definite becomes 5xx; every other failure, known or not, is a 4xx.
 * Threads:  any.
 */
#include "resolver/answer.h"

/* Several answers fit these codes, see the table in the manual page. Enhanced codes are those of RFC 3463. */
enum { REFUSED = 550, DEFERRED = 451 };

static const char bad_group[] = "the definition of this group must be repaired, please try again later";
static const char no_directory[] = "the members of this group cannot be found out now, please try again later";

static const char no_members[] = "this group has no members";

/* An address as strangers may see it: no octet that a reply line may not carry. */
static char *
printable(const Address *address)
{
    g_autofree char *text = g_strdup_printf("<%.256s>", address_text(address));

    for (char *c = text; *c != '\0'; c++)
        if (!g_ascii_isprint(*c))
            *c = '?';
    return g_steal_pointer(&text);
}

static void
reply(Answer *answer, AnswerKind kind, const char *enhanced, const char *reason, const Address *address,
      const char *words)
{
    g_autofree char *name = printable(address);

    answer->kind = kind;
    answer->code = kind == ANSWER_REFUSED ? REFUSED : DEFERRED;
    answer->enhanced = enhanced;
    answer->reason = reason;
    answer->text = g_strdup_printf("%s: %s", name, words);
}

/* The code tells how the recipient was looked for ["Email non-delivery reports in Exchange Online"; support articles].
 */
void
answer_unknown(Answer *answer, const Address *address, gboolean refuse)
{
    gboolean legacy = address_is_imceaex(address);

    answer->kind = ANSWER_UNKNOWN;
    if (refuse)
        reply(answer, ANSWER_REFUSED, legacy ? "5.1.11" : "5.1.10", "unknown-recipient", address,
              legacy ? "recipient not found by Exchange Legacy encapsulated email address lookup"
                     : "recipient not found by SMTP address lookup");
}

void
answer_recipient(Answer *answer, const GPtrArray *entries)
{
    const char *reason = NULL;

    answer->kind = ANSWER_RECIPIENT;
    if (entries->len == 1)
        answer->route = entry_route(g_ptr_array_index(entries, 0), &reason);
}

void
answer_ambiguous(Answer *answer, const Address *address, const GPtrArray *entries)
{
    g_autoptr(GString) detail = g_string_new("address in more than one entry: ");

    for (guint i = 0; i < entries->len; i++)
        g_string_append_printf(detail, "%s%s", i > 0 ? "; " : "", entry_dn(g_ptr_array_index(entries, i)));
    reply(answer, ANSWER_DEFERRED, "4.3.5", "ambiguous-address", address,
          "this address is not unique and must be repaired, please try again later");
    answer->detail = g_string_free(g_steal_pointer(&detail), FALSE);
    answer->repair = TRUE;
}

void
answer_refused(Answer *answer, Verdict *verdict)
{
    answer->kind = ANSWER_REFUSED;
    answer->code = verdict->code;
    answer->enhanced = verdict->enhanced;
    answer->reason = verdict->reason;
    answer->text = g_steal_pointer(&verdict->text);
}

/* ---- failures ---- */

typedef struct {
    AnswerKind  kind;
    const char *enhanced;
    const char *reason;
    const char *words;
    gboolean    repair;
} Failure;

/* What a server cuts short it will mostly cut short again, until somebody raises a limit or grants a right; so
 * an incomplete answer calls for the administrator, a silent server only for patience. */
static Failure
directory_failure(int code)
{
    switch (code) {
    case DIRECTORY_ERROR_UNAVAILABLE:
    case DIRECTORY_ERROR_NOT_KEPT:
        return (Failure){ANSWER_DEFERRED, "4.4.3", "directory", no_directory, FALSE};
    case DIRECTORY_ERROR_INCOMPLETE:
        return (Failure){ANSWER_DEFERRED, "4.4.3", "directory", no_directory, TRUE};
    case DIRECTORY_ERROR_NO_BASE:
        return (Failure){ANSWER_DEFERRED, "4.3.5", "bad-base", bad_group, TRUE};
    case DIRECTORY_ERROR_REFUSED:
        return (Failure){ANSWER_DEFERRED, "4.3.5", "directory-refused", bad_group, TRUE};
    default:
        return (Failure){ANSWER_DEFERRED, "4.3.5", "directory-settings", no_directory, TRUE};
    }
}

static Failure
failure_of(const GError *error)
{
    if (error->domain == DIRECTORY_ERROR)
        return directory_failure(error->code);
    if (g_error_matches(error, GROUP_ERROR, GROUP_ERROR_FILTER))
        return (Failure){ANSWER_DEFERRED, "4.3.5", "bad-filter", bad_group, TRUE};
    if (g_error_matches(error, GROUP_ERROR, GROUP_ERROR_BASE))
        return (Failure){ANSWER_DEFERRED, "4.3.5", "bad-base", bad_group, TRUE};
    if (g_error_matches(error, POLICY_ERROR, POLICY_ERROR_LIST))
        return (Failure){ANSWER_DEFERRED, "4.3.5", "bad-list", bad_group, TRUE};
    if (g_error_matches(error, EXPAND_ERROR, EXPAND_ERROR_TOO_MANY))
        return (Failure){ANSWER_REFUSED, "5.5.3", "max-members", "too many recipients, over the limit max-members",
                         FALSE};
    if (g_error_matches(error, EXPAND_ERROR, EXPAND_ERROR_TOO_DEEP))
        return (Failure){ANSWER_REFUSED, "5.5.3", "max-depth", "groups nested too deeply, over the limit max-depth",
                         FALSE};
    return (Failure){ANSWER_DEFERRED, "4.3.5", "internal", no_directory, TRUE};
}

void
answer_failed(Answer *answer, const Address *address, const GError *error)
{
    Failure failure = failure_of(error);

    reply(answer, failure.kind, failure.enhanced, failure.reason, address, failure.words);
    answer->repair = failure.repair;
    answer->detail = g_strdup(error->message);
}

/* ---- rosters ---- */

static char *
why_empty(const Roster *roster)
{
    gsize             n_skips;
    const RosterSkip *skips = roster_skips(roster, &n_skips);

    if (n_skips == 0)
        return g_strdup("the group selects no entry");
    return g_strdup_printf("%" G_GSIZE_FORMAT " entries selected, none has a route; the first: %s (%s)", n_skips,
                           skips[0].dn, skips[0].reason);
}

/* A server that does not tell entries which are gone from those we may not read lets members be passed over. Where
 * nobody else is left, it is likelier that we may not read them: no proof that the group has no members. The
 * empty DN names nobody; it is how a groupOfNames says so, since RFC 4519 section 3.5 wants at least one value. */
static gboolean
may_be_unreadable(const Roster *roster)
{
    gsize             n_skips;
    const RosterSkip *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_skips; i++)
        if (g_str_equal(skips[i].reason, "not-found") && *skips[i].dn != '\0')
            return TRUE;
    return FALSE;
}

static void
answer_nobody_found(Answer *answer, const Address *address, const Roster *roster)
{
    g_autofree char *why = why_empty(roster);

    reply(answer, ANSWER_DEFERRED, "4.4.3", "directory", address, no_directory);
    answer->detail = g_strdup_printf("%s; may the account read the members?", why);
    answer->repair = TRUE;
}

static void
answer_empty(Answer *answer, const Address *address)
{
    answer->empty = TRUE;
    answer->detail = why_empty(answer->roster);
    if (answer->accept_empty)
        answer->reason = "empty-group";
    else
        reply(answer, ANSWER_REFUSED, "5.2.4", "empty-group", address, no_members);
}

void
answer_roster(Answer *answer, const Address *address, Roster *roster, Roster *external, gboolean accept_empty)
{
    g_autoptr(Roster) all = roster;
    g_autoptr(Roster) fewer = external;

    if (roster_is_empty(roster) && may_be_unreadable(roster)) {
        answer_nobody_found(answer, address, roster);
        return;
    }
    if (external != NULL && roster_is_empty(external) && may_be_unreadable(external)) {
        answer_nobody_found(answer, address, external);
        return;
    }
    answer->kind = ANSWER_ROSTER;
    answer->accept_empty = accept_empty;
    answer->roster = g_steal_pointer(&all);
    if (roster_is_empty(roster))
        answer_empty(answer, address);
    else
        answer->external_roster = g_steal_pointer(&fewer);
}
