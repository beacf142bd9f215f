/* SPDX-License-Identifier: BSD-2-Clause
 * mailbox.c - reads a mailbox: RFC 5321 section 4.1.2, with UTF-8 as RFC 6531 section 3.3 adds it
 *
 * Owns:     nothing.
 * Promises: what is read stays below Exchange's limits; longer text is refused before it is looked at; control
 *           characters never get through, whatever quotes them.
 * Threads:  any.
 */
#include "resolver/address/mailbox.h"

#include "rollcall/address.h"

#include <string.h>

/* Exchange's limits ["Recipient resolution in Exchange Server"]. */
enum { MAX_LOCAL = 315, MAX_WHOLE = 571 };
/* What is looked at: a mailbox, brackets, and a source route that must fit a path (RFC 5321 section 4.5.3.1.3). */
enum { MAX_EXAMINED = MAX_WHOLE + 2 + 256 };

typedef struct {
    const char *start, *at;
} Scanner;

void
mailbox_clear(Mailbox *mailbox)
{
    if (mailbox->text != NULL)
        g_string_free(mailbox->text, TRUE);
    if (mailbox->local != NULL)
        g_string_free(mailbox->local, TRUE);
    g_free(mailbox->domain_key);
    *mailbox = (Mailbox){0};
}

static gboolean
expected(const Scanner *scanner, const char *what, GError **error)
{
    g_set_error(error, ADDRESS_ERROR, ADDRESS_ERROR_SYNTAX, "position %u: expected %s",
                (guint)(scanner->at - scanner->start), what);
    return FALSE;
}

static gboolean
too_long(const char *what, guint limit, GError **error)
{
    g_set_error(error, ADDRESS_ERROR, ADDRESS_ERROR_TOO_LONG, "%s is longer than %u octets", what, limit);
    return FALSE;
}

/* atext of RFC 5322 section 3.2.3, and UTF-8 beyond ASCII. */
static gboolean
is_atom_octet(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Valid UTF-8 without control characters: those of ASCII, and C1 of Unicode that some terminals obey. */
static gboolean
check_characters(const Scanner *scanner, gsize length, GError **error)
{
    Scanner at = *scanner;
    if (!g_utf8_validate(scanner->start, (gssize)length, &at.at))
        return expected(&at, "UTF-8", error);
    for (at.at = scanner->start; *at.at != '\0'; at.at = g_utf8_next_char(at.at))
        if (g_unichar_iscntrl(g_utf8_get_char(at.at)))
            return expected(&at, "no control character", error);
    return TRUE;
}

/* `@one,@two:` is dropped (RFC 5321 appendix C). Its domains are not looked at closer than needed to find its end. */
static gboolean
skip_route(Scanner *scanner, GError **error)
{
    if (*scanner->at != '@')
        return TRUE;
    const char *colon = strpbrk(scanner->at, ":>\" <");
    if (colon == NULL || *colon != ':') {
        scanner->at += strcspn(scanner->at, ":>\" <");
        return expected(scanner, "a colon after the source route", error);
    }
    scanner->at = colon + 1;
    return TRUE;
}

static gboolean
read_quoted(Scanner *scanner, GString *local, GError **error)
{
    for (scanner->at++; *scanner->at != '"'; scanner->at++) {
        if (*scanner->at == '\\') {
            scanner->at++;
            if ((guchar)*scanner->at >= 0x80) /* quoted-pairSMTP is ASCII, also in RFC 6531 */
                return expected(scanner, "an ASCII character after the backslash", error);
        }
        if (*scanner->at == '\0')
            return expected(scanner, "a closing quote", error);
        g_string_append_c(local, *scanner->at);
    }
    scanner->at++;
    return TRUE;
}

static gboolean
read_dot_string(Scanner *scanner, GString *local, GError **error)
{
    const char *start = scanner->at;
    for (;;) {
        if (!is_atom_octet(*scanner->at))
            return expected(scanner, scanner->at == start ? "a local part" : "a character after the dot", error);
        while (is_atom_octet(*scanner->at))
            scanner->at++;
        if (*scanner->at != '.')
            break;
        scanner->at++;
    }
    g_string_append_len(local, start, scanner->at - start);
    return TRUE;
}

/* The text of a domain runs to the closing bracket, if one was opened, else to the end. */
static gboolean
read_domain(Scanner *scanner, Mailbox *mailbox, gboolean bracketed, GError **error)
{
    Scanner          domain = *scanner;
    g_autofree char *text = g_strndup(scanner->at, strcspn(scanner->at, bracketed ? ">" : ""));

    mailbox->domain_key = address_domain_to_key(text);
    if (mailbox->domain_key == NULL)
        return expected(&domain, "a domain", error);
    scanner->at += strlen(text);
    if (bracketed && *scanner->at++ != '>')
        return expected(&(Scanner){scanner->start, scanner->at - 1}, "a closing angle bracket", error);
    if (*scanner->at != '\0')
        return expected(scanner, "nothing after the address", error);
    return TRUE;
}

gboolean
mailbox_read(Mailbox *mailbox, const char *text, MailboxForm form, GError **error)
{
    gsize length = strnlen(text, MAX_EXAMINED + 1);
    if (length > MAX_EXAMINED)
        return too_long("the address", MAX_WHOLE, error);

    Scanner  scanner = {text, text};
    gboolean bracketed = form == MAILBOX_PATH && *text == '<';
    if (!check_characters(&scanner, length, error))
        return FALSE;
    scanner.at += bracketed ? 1 : 0;
    if (bracketed && !skip_route(&scanner, error))
        return FALSE;

    const char *start = scanner.at;
    mailbox->local = g_string_new(NULL);
    if (!(*start == '"' ? read_quoted : read_dot_string)(&scanner, mailbox->local, error))
        return FALSE;
    if (scanner.at - start > MAX_LOCAL)
        return too_long("the local part", MAX_LOCAL, error);
    if (*scanner.at != '@')
        return expected(&scanner, "@", error);
    mailbox->domain_offset = (gsize)(++scanner.at - start);
    if (!read_domain(&scanner, mailbox, bracketed, error))
        return FALSE;
    mailbox->text = g_string_new_len(start, scanner.at - start - (bracketed ? 1 : 0));
    return mailbox->text->len <= MAX_WHOLE || too_long("the address", MAX_WHOLE, error);
}

/* Simple case folding (Unicode CaseFolding, status C and S) by way of the upper case, which joins the variants of one
 * letter. The Turkish i's have no simple folding: they stay what they are, or they would deliver to a neighbour. */
static gunichar
fold_character(gunichar c)
{
    if (c == 0x130 || c == 0x131)
        return c;
    return g_unichar_tolower(g_unichar_toupper(c));
}

/* NFC first: the same letter typed on another system may come decomposed (RFC 6532 section 3.1 recommends NFC). NFC
 * last, too: some letters are composed in lower case alone (`H` and a macron below are two characters, `h` with it one). */
static char *
fold_local(const char *local)
{
    if (g_str_is_ascii(local))
        return g_ascii_strdown(local, -1);
    g_autofree char *composed = g_utf8_normalize(local, -1, G_NORMALIZE_NFC);
    g_autoptr(GString) folded = g_string_new(NULL);
    for (const char *at = composed; *at != '\0'; at = g_utf8_next_char(at))
        g_string_append_unichar(folded, fold_character(g_utf8_get_char(at)));
    return g_utf8_normalize(folded->str, -1, G_NORMALIZE_NFC);
}

static gboolean
is_dot_string(const char *local)
{
    for (const char *at = local; *at != '\0'; at++)
        if (!is_atom_octet(*at) && (*at != '.' || at == local || at[1] == '.' || at[1] == '\0'))
            return FALSE;
    return *local != '\0';
}

void
mailbox_append_local_key(const Mailbox *mailbox, GString *key)
{
    g_autofree char *folded = fold_local(mailbox->local->str);

    if (is_dot_string(folded)) {
        g_string_append(key, folded);
        return;
    }
    g_string_append_c(key, '"');
    for (const char *at = folded; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(key, '\\');
        g_string_append_c(key, *at);
    }
    g_string_append_c(key, '"');
}
