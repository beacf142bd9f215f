/* SPDX-License-Identifier: BSD-2-Clause
 * from.c - the mailbox of a From header
 *
 * Owns:     nothing.
 * Promises: where two programs might see two different authors, we see none; the work grows with the length alone.
 * Threads:  any.
 */
#include "origin/from.h"

#include <string.h>

/* An address, and a display name for which there is a reason. */
enum { LONGEST_FROM = 4096 };

/* Each skip_...() moves `*at` behind what it names, and says whether it was there and whole. */

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(const char **at)
{
    while (is_blank(**at))
        (*at)++;
}

/* RFC 5322 section 3.2.3, and 8-bit text (RFC 6532 section 3.2; unlabelled in older mail). */
static gboolean
is_atom_octet(char c)
{
    return g_ascii_isalnum(c) || (guchar)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* What may stand in quotes and comments beside their own delimiters: no control characters. */
static gboolean
is_text_octet(char c)
{
    return (guchar)c >= 0x80 || (c >= ' ' && c < 0x7f) || is_blank(c);
}

/* A backslash and what it quotes count as one. */
static gboolean
skip_text_octet(const char **at)
{
    if (**at == '\\')
        (*at)++;
    if (!is_text_octet(**at))
        return FALSE;
    (*at)++;
    return TRUE;
}

static gboolean
skip_comment(const char **at)
{
    guint depth = 0;
    do {
        char c = **at;
        if (!skip_text_octet(at))
            return FALSE;
        depth += c == '(' ? 1 : 0;
        depth -= c == ')' ? 1 : 0;
    } while (depth > 0);
    return TRUE;
}

/* CFWS of RFC 5322 section 3.2.2; may be nothing. */
static gboolean
skip_comments(const char **at)
{
    for (skip_blanks(at); **at == '('; skip_blanks(at)) {
        if (!skip_comment(at))
            return FALSE;
    }
    return TRUE;
}

static gboolean
skip_quoted(const char **at)
{
    for ((*at)++; **at != '"';) {
        if (!skip_text_octet(at))
            return FALSE;
    }
    (*at)++;
    return TRUE;
}

static gboolean
skip_dot_atom(const char **at)
{
    for (;; (*at)++) {
        if (!is_atom_octet(**at))
            return FALSE;
        while (is_atom_octet(**at))
            (*at)++;
        if (**at != '.')
            return TRUE;
    }
}

static gboolean
skip_address(const char **at)
{
    if (!(**at == '"' ? skip_quoted : skip_dot_atom)(at) || **at != '@')
        return FALSE;
    (*at)++;
    return skip_dot_atom(at);
}

/* With the dots that RFC 5322 section 4.1 lets stand in display names ("J. Smith"); may be nothing. */
static gboolean
skip_phrase(const char **at)
{
    while (skip_comments(at)) {
        if (**at == '"') {
            if (!skip_quoted(at))
                return FALSE;
        } else if (is_atom_octet(**at) || **at == '.') {
            (*at)++;
        } else {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
is_end(const char *at)
{
    return skip_comments(&at) && *at == '\0';
}

static Address *
address_between(const char *start, const char *end)
{
    g_autofree char *text = g_strndup(start, (gsize)(end - start));
    return address_new(text, NULL);
}

Address *
from_mailbox(const char *value)
{
    const char *at = value;
    if (strnlen(value, LONGEST_FROM + 1) > LONGEST_FROM || !skip_comments(&at))
        return NULL;
    const char *start = at;
    if (skip_address(&at) && is_end(at))
        return address_between(start, at);

    at = start;
    if (!skip_phrase(&at) || *at != '<')
        return NULL;
    at++;
    skip_blanks(&at);
    start = at;
    if (!skip_address(&at))
        return NULL;
    const char *end = at;
    skip_blanks(&at);
    return *at == '>' && is_end(at + 1) ? address_between(start, end) : NULL;
}
