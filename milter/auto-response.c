/* SPDX-License-Identifier: BSD-2-Clause
 * auto-response.c - X-Auto-Response-Suppress: which automatic answers a message asks to be spared
 *
 * Threads:  any.
 */
#include "milter/auto-response.h"

#include <string.h>

static const struct {
    const char *name;
    gint32      bits;
} names[] = {
    {"DR", AUTO_RESPONSE_DR},     {"NDR", AUTO_RESPONSE_NDR}, {"RN", AUTO_RESPONSE_RN},
    {"NRN", AUTO_RESPONSE_NRN},   {"OOF", AUTO_RESPONSE_OOF}, {"AutoReply", AUTO_RESPONSE_AUTO_REPLY},
    {"None", AUTO_RESPONSE_NONE}, {"All", AUTO_RESPONSE_ALL},
};
enum { N_BITS = 6 }; /* the names that stand for one bit */

static gint32
read_number(const char *word)
{
    gint64 number;
    /* All bits are also written as an unsigned number. */
    if (g_ascii_string_to_signed(word, 10, G_MININT32, G_MAXUINT32, &number, NULL))
        return (gint32)(guint32)number;
    return AUTO_RESPONSE_NONE;
}

static gint32
read_word(const char *word)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(word, names[i].name) == 0)
            return names[i].bits;
    }
    return read_number(word);
}

gint32
auto_response_read(const char *value)
{
    gint32 set = AUTO_RESPONSE_NONE;
    while (*value != '\0') {
        gsize            length = strcspn(value, ",");
        g_autofree char *word = g_strstrip(g_strndup(value, length));
        set |= read_word(word);
        value += length;
        if (*value == ',')
            value++;
    }
    return set;
}

char *
auto_response_text(gint32 set)
{
    if (set == AUTO_RESPONSE_ALL)
        return g_strdup("All");
    if (set == AUTO_RESPONSE_NONE)
        return g_strdup("None");
    if ((set & ~((1 << N_BITS) - 1)) != 0)
        return g_strdup_printf("%" G_GINT32_FORMAT, set);
    GString *text = g_string_new(NULL);
    for (gsize i = 0; i < N_BITS; i++) {
        if ((set & names[i].bits) == 0)
            continue;
        if (text->len > 0)
            g_string_append(text, ", ");
        g_string_append(text, names[i].name);
    }
    return g_string_free(text, FALSE);
}
