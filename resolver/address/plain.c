/* SPDX-License-Identifier: BSD-2-Clause
 * plain.c - mailboxes as nearly all are: a dot-string of ASCII and a domain of letters, digits and hyphens
 *
 * Owns:     nothing.
 * Promises: what is plain is what mailbox.c reads of it; one pass, no memory.
 * Threads:  any.
 */
#include "resolver/address/mailbox.h"

enum {
    ATOM = 1 << 0,    /* atext of RFC 5322 section 3.2.3, in ASCII */
    LABEL = 1 << 1,   /* see is_label() in domain.c */
    HYPHEN = 1 << 2,  /* of a label, too, but not at its ends */
    DOT = 1 << 3,     /* between two atoms or labels */
    CAPITAL = 1 << 5, /* the bit by which its lower case differs */
};

static const guint8 kinds[256] = {
    ['a' ... 'z'] = ATOM | LABEL,
    ['A' ... 'Z'] = ATOM | LABEL | CAPITAL,
    ['0' ... '9'] = ATOM | LABEL,
    ['_'] = ATOM | LABEL,
    ['-'] = ATOM | HYPHEN,
    ['.'] = DOT,
    ['!'] = ATOM,
    ['#'] = ATOM,
    ['$'] = ATOM,
    ['%'] = ATOM,
    ['&'] = ATOM,
    ['\''] = ATOM,
    ['*'] = ATOM,
    ['+'] = ATOM,
    ['/'] = ATOM,
    ['='] = ATOM,
    ['?'] = ATOM,
    ['^'] = ATOM,
    ['`'] = ATOM,
    ['{'] = ATOM,
    ['|'] = ATOM,
    ['}'] = ATOM,
    ['~'] = ATOM,
};

/* How many octets of these kinds, with dots between them, `text` begins with, in lower case in `key`; `never` stands
 * neither beside a dot nor at an end. 0: it does. */
static gsize
read_run(const char *text, gsize length, guint8 allowed, guint8 never, char *key)
{
    guint8 before = DOT;
    gsize  n = 0;

    for (; n < length; n++) {
        guint8 kind = kinds[(guint8)text[n]];
        if ((kind & (allowed | DOT)) == 0)
            break;
        if (before == DOT ? (kind & never) != 0 : kind == DOT && (before & never) != 0)
            return 0;
        key[n] = (char)(text[n] | (kind & CAPITAL));
        before = kind;
    }
    return (before & never) == 0 ? n : 0;
}

gsize
mailbox_plain(const char *text, gsize length, char key[MAILBOX_PLAIN])
{
    if (length > MAILBOX_PLAIN)
        return 0;
    gsize local = read_run(text, length, ATOM, DOT, key);
    if (local == 0 || local == length || text[local] != '@')
        return 0;
    key[local] = '@';
    gsize domain = local + 1;
    gsize rest = read_run(text + domain, length - domain, LABEL | HYPHEN, DOT | HYPHEN, key + domain);
    return rest > 0 && domain + rest == length ? local : 0;
}
