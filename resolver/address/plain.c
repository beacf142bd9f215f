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
    CAPITAL = 1 << 5, /* the bit by which its lower case differs */
};

static const guint8 kinds[256] = {
    ['a' ... 'z'] = ATOM | LABEL,
    ['A' ... 'Z'] = ATOM | LABEL | CAPITAL,
    ['0' ... '9'] = ATOM | LABEL,
    ['_'] = ATOM | LABEL,
    ['-'] = ATOM | HYPHEN,
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

/* How many octets `text` begins with that are of these kinds, with single dots between them; `never` stands neither
 * beside a dot nor at an end. In lower case in `key`. 0: a dot, or one of `never`, is out of place. */
static gsize
read_run(const char *text, gsize length, guint8 allowed, guint8 never, char *key)
{
    for (gsize n = 0;; n++) {
        gsize start = n;
        for (; n < length && (kinds[(guint8)text[n]] & allowed) != 0; n++)
            key[n] = (char)(text[n] | (kinds[(guint8)text[n]] & CAPITAL));
        if (n == start || ((kinds[(guint8)text[start]] | kinds[(guint8)text[n - 1]]) & never) != 0)
            return 0;
        if (n == length || text[n] != '.')
            return n;
        key[n] = '.';
    }
}

gsize
mailbox_plain(const char *text, gsize length, char key[MAILBOX_PLAIN])
{
    if (length > MAILBOX_PLAIN)
        return 0;
    gsize local = read_run(text, length, ATOM, 0, key);
    if (local == 0 || local == length || text[local] != '@')
        return 0;
    key[local] = '@';
    gsize domain = local + 1;
    gsize rest = read_run(text + domain, length - domain, LABEL | HYPHEN, HYPHEN, key + domain);
    return rest > 0 && domain + rest == length ? local : 0;
}
