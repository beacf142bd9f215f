/* SPDX-License-Identifier: BSD-2-Clause
 * dn-parts.c - takes a DN apart
 *
 * Owns:     the key.
 * Promises: the keys of the parts, with commas between them, are dn_key() of the whole.
 * Threads:  any.
 */
#include "dn-parts.h"

#include "rollcall/dn.h"

#include <string.h>

enum { MOST_PARTS = 1000 };

/* Where the RDN that starts at `at` ends: at a separator that is neither escaped nor quoted (RFC 4514, and RFC 2253's
 * older forms). */
static const char *
rdn_end(const char *at)
{
    gboolean quoted = FALSE;

    for (; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == ',' || *at == ';'))
            break;
    }
    return at;
}

/* Without the blanks around it; one that is escaped is the value's. */
static void
set_text(DnPart *part, const char *start, const char *end)
{
    while (start < end && *start == ' ')
        start++;
    while (end > start && end[-1] == ' ' && !(end - 1 > start && end[-2] == '\\'))
        end--;
    part->text = start;
    part->text_length = (gsize)(end - start);
}

/* FALSE: the text has not as many RDNs as the key. */
static gboolean
find_texts(GArray *parts, const char *dn)
{
    for (guint i = 0; i < parts->len; i++) {
        const char *end = rdn_end(dn);
        set_text(&g_array_index(parts, DnPart, i), dn, end);
        if ((*end == '\0') != (i + 1 == parts->len))
            return FALSE;
        dn = *end == '\0' ? end : end + 1;
    }
    return TRUE;
}

gboolean
dn_parts_init(DnParts *parts, const char *dn)
{
    *parts = (DnParts){.key = dn_key(dn), .parts = g_array_sized_new(FALSE, FALSE, sizeof(DnPart), 8)};
    if (parts->key == NULL)
        return FALSE;
    for (const char *at = parts->key; *at != '\0';) {
        gsize  length = strcspn(at, ",");
        DnPart part = {.text = at, .text_length = length, .key = at, .key_length = length};
        if (parts->parts->len == MOST_PARTS)
            return FALSE;
        g_array_append_val(parts->parts, part);
        at += length + (at[length] != '\0');
    }
    if (find_texts(parts->parts, dn))
        return TRUE;
    for (guint i = 0; i < parts->parts->len; i++) {
        DnPart *part = &g_array_index(parts->parts, DnPart, i);
        part->text = part->key;
        part->text_length = part->key_length;
    }
    return TRUE;
}

void
dn_parts_clear(DnParts *parts)
{
    g_clear_pointer(&parts->key, g_free);
    g_clear_pointer(&parts->parts, g_array_unref);
}
