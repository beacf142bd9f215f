/* SPDX-License-Identifier: BSD-2-Clause
 * dn-walk.c - reads DNs of ASCII in which nothing is quoted, hexadecimal or multi-valued
 *
 * Owns:     nothing.
 * Promises: one pass, no allocation; what it yields is what dn.c makes of the same DN by way of libldap.
 * Threads:  any.
 */
#include "resolver/schema/dn-walk.h"

#include "resolver/schema/fold.h"

#include <string.h>

/* RFC 4514 section 3 and RFC 4519: the same type by its other names. */
static const struct {
    const char *other, *name;
} type_names[] = {
    {"commonname", "cn"},
    {"2.5.4.3", "cn"},
    {"surname", "sn"},
    {"2.5.4.4", "sn"},
    {"2.5.4.5", "serialnumber"},
    {"countryname", "c"},
    {"2.5.4.6", "c"},
    {"localityname", "l"},
    {"2.5.4.7", "l"},
    {"stateorprovincename", "st"},
    {"2.5.4.8", "st"},
    {"2.5.4.9", "street"},
    {"organizationname", "o"},
    {"2.5.4.10", "o"},
    {"organizationalunitname", "ou"},
    {"2.5.4.11", "ou"},
    {"2.5.4.12", "title"},
    {"gn", "givenname"},
    {"2.5.4.42", "givenname"},
    {"domaincomponent", "dc"},
    {"0.9.2342.19200300.100.1.25", "dc"},
    {"userid", "uid"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"rfc822mailbox", "mail"},
    {"0.9.2342.19200300.100.1.3", "mail"},
};

const char *
dn_type_short_name(const char *type, gsize length)
{
    if (length < 2 || (length == 2 && g_ascii_tolower(type[0]) != 'g'))
        return NULL; /* cn, ou, dc, ... have no other name as short */
    for (gsize i = 0; i < G_N_ELEMENTS(type_names); i++)
        if (strlen(type_names[i].other) == length && g_ascii_strncasecmp(type, type_names[i].other, length) == 0)
            return type_names[i].name;
    return NULL;
}

static void
skip_blanks(DnWalk *walk)
{
    while (walk->at < walk->end && *walk->at == ' ')
        walk->at++;
}

/* `type=` and the blanks around its parts. */
static gboolean
begin_rdn(DnWalk *walk)
{
    skip_blanks(walk);
    const char *type = walk->at;
    while (walk->at < walk->end && (g_ascii_isalpha(*walk->at) || (walk->at > type && g_ascii_isdigit(*walk->at)) ||
                                    (walk->at > type && *walk->at == '-')))
        walk->at++;
    gsize       length = (gsize)(walk->at - type);
    const char *name = dn_type_short_name(type, length);
    skip_blanks(walk);
    if (length == 0 || walk->at == walk->end || *walk->at++ != '=')
        return FALSE;
    skip_blanks(walk);
    walk->pending = name != NULL ? name : type;
    walk->pending_end = name != NULL ? name + strlen(name) : type + length;
    walk->in_type = TRUE;
    return walk->at < walk->end && *walk->at != ',' && *walk->at != '#';
}

gboolean
dn_walk_start(DnWalk *walk, const char *dn, gsize length)
{
    *walk = (DnWalk){.at = dn, .end = dn + length};
    return memchr(dn, '+', length) == NULL && begin_rdn(walk);
}

/* A backslash and one special character; the key has them in hexadecimal, but for `=`, which needs no escape. */
static int
escaped(DnWalk *walk)
{
    static const struct {
        char        special;
        const char *rest;
    } escapes[] = {{',', "2c"}, {'"', "22"}, {'\\', "5c"}, {';', "3b"}, {'<', "3c"}, {'>', "3e"}};

    char c = walk->at < walk->end ? *walk->at++ : '\0';
    if (c == '=')
        return '=';
    for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++)
        if (c == escapes[i].special) {
            walk->pending = escapes[i].rest;
            walk->pending_end = escapes[i].rest + 2;
            return '\\';
        }
    return DN_WALK_NOT_PLAIN;
}

/* What follows a blank may fold to nothing, be a blank itself, or end the value: then the blank is not in the key. */
static gboolean
is_plain_after_blank(char c)
{
    return fold_table(FOLD_CASE_IGNORE)[(guint8)c] >= 0 && strchr("\\;\"<>", c) == NULL;
}

static int
value_octet(DnWalk *walk)
{
    while (walk->at < walk->end) {
        char c = *walk->at++;
        if (c == ' ') {
            skip_blanks(walk);
            if (walk->at == walk->end || *walk->at == ',')
                continue;
            return is_plain_after_blank(*walk->at) ? ' ' : DN_WALK_NOT_PLAIN;
        }
        if (c == ',')
            return begin_rdn(walk) ? ',' : DN_WALK_NOT_PLAIN;
        if (c == '\\')
            return escaped(walk);
        if (c == '"' || c == ';' || c == '<' || c == '>')
            return DN_WALK_NOT_PLAIN;
        int octet = fold_table(FOLD_CASE_IGNORE)[(guint8)c];
        return octet >= 0 ? octet : DN_WALK_NOT_PLAIN;
    }
    return DN_WALK_END;
}

int
dn_walk_next(DnWalk *walk)
{
    if (walk->pending < walk->pending_end)
        return g_ascii_tolower(*walk->pending++);
    if (walk->in_type) {
        walk->in_type = FALSE;
        return '=';
    }
    return value_octet(walk);
}
