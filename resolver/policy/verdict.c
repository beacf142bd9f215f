/* SPDX-License-Identifier: BSD-2-Clause
 * verdict.c - refusals and what is said of them
 *
 * Owns:     the table of texts.
 * Promises: a text is one line of printable ASCII that names the group by its address, never by its DN, and says what
 *           the sender can do; at most 400 octets.
 * Threads:  any.
 */
#include "resolver/policy/verdict.h"

enum { REFUSED = 550 };

/* Codes and familiar words are those that help desks know from Exchange ["Email non-delivery reports in Exchange
 * Online"; "DSNs and NDRs in Exchange Server"]. Neither the code nor the text of a sender on a reject list, nor those
 * of a group that is moderated where nobody can be asked, stand in any document: 5.7.1, delivery not authorized (RFC
 * 3463), is what Exchange says of restrictions for which it has no code of their own. The first %s is the group, the
 * second the detail. */
static const struct {
    const char *enhanced, *reason, *text;
} refusals[] = {
    [REFUSAL_EMPTY_SENDER] = {"5.7.1", "empty-sender", "reports are not delivered to the members of %s"},
    [REFUSAL_NOT_AUTHENTICATED] = {"5.7.133", "sender-not-authenticated",
                                   "authentication required, sender not authenticated for group %s: send from an "
                                   "authenticated session"},
    [REFUSAL_UNSUPPORTED] = {"5.7.1", "restricted",
                             "delivery to %s is restricted by %s, which cannot be checked here: ask an owner of the "
                             "group"},
    [REFUSAL_REJECTED] = {"5.7.1", "sender-rejected",
                          "sender not authorized, group %s does not accept mail from this sender: ask an owner of the "
                          "group"},
    [REFUSAL_NOT_ACCEPTED] = {"5.7.124", "sender-not-accepted",
                              "sender not in allowed-senders list of group %s: ask an owner of the group to be added"},
    [REFUSAL_NO_AUTHOR] = {"5.7.1", "no-author",
                           "sender not authorized, group %s needs a From header with exactly one address to tell who "
                           "may send to it"},
    [REFUSAL_TOO_LARGE] = {"5.2.3", "too-large",
                           "message too large for this recipient, %s takes messages of at most %s KB: send a smaller "
                           "one"},
    [REFUSAL_MODERATED] =
        {"5.7.1", "moderated",
         "sender not authorized, group %s is moderated: ask an owner or moderator of the group to send "
         "this message"},
    [REFUSAL_NO_MEMBERS] = {"5.2.4", "empty-group", "group %s has no members whom this sender reaches"},
    [REFUSAL_CHANGED] = {"5.7.1", "max-change",
                         "the members of group %s have changed much since its last message: the postmaster has to "
                         "approve the next one"},
    [REFUSAL_TOO_MANY] = {"5.5.3", "max-members", "group %s: too many recipients, over the limit max-members"},
};

void
verdict_clear(Verdict *verdict)
{
    g_free(verdict->text);
    *verdict = (Verdict){.kind = VERDICT_REFUSED};
}

/* Beside the verdicts of groups on the way: a member's, whatever it is, and what is not decided yet. */
gboolean
verdict_is_reason(const char *reason)
{
    if (g_str_equal(reason, "member-restricted") || g_str_equal(reason, "undecided"))
        return TRUE;
    for (gsize i = 0; i < REFUSAL_NO_MEMBERS; i++)
        if (g_str_equal(reason, refusals[i].reason))
            return TRUE;
    return FALSE;
}

static char *
public_name(const Address *name)
{
    if (name == NULL || !g_str_is_ascii(address_text(name)))
        return g_strdup("this group");

    g_autofree char *text = g_strdup_printf("<%.256s>", address_text(name));
    for (char *c = text; *c != '\0'; c++)
        if (!g_ascii_isprint(*c))
            *c = '?';
    return g_steal_pointer(&text);
}

static char *
fill_in(const char *format, const char *name, const char *detail)
{
    g_auto(GStrv) pieces = g_strsplit(format, "%s", 3);
    const char *tail = g_strv_length(pieces) == 3 ? pieces[2] : "";

    return g_strconcat(pieces[0], name, pieces[1], *tail != '\0' ? detail : tail, tail, NULL);
}

void
verdict_refuse(Verdict *verdict, Refusal refusal, const Address *name, const char *detail)
{
    g_autofree char *named = public_name(name);

    *verdict = (Verdict){
        .kind = VERDICT_REFUSED,
        .code = REFUSED,
        .enhanced = refusals[refusal].enhanced,
        .reason = refusals[refusal].reason,
        .text = fill_in(refusals[refusal].text, named, detail),
    };
}
