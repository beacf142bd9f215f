/* SPDX-License-Identifier: BSD-2-Clause
 * factors.c - why a message has the origin it has
 *
 * Owns:     the texts.
 * Promises: a message cannot make us keep more than MOST_FACTORS short texts.
 * Threads:  one at a time.
 */
#include "origin/factors.h"

#include <string.h>

void
factors_clear(Factors *factors)
{
    for (gsize i = 0; i < factors->n; i++)
        g_free((char *)factors->items[i].value);
    factors->n = 0;
}

G_GNUC_PRINTF(4, 0)
static void
add(Factors *factors, gboolean advice, const char *name, const char *format, va_list arguments)
{
    if (factors->n == MOST_FACTORS)
        return;
    char *value = g_strdup_vprintf(format, arguments);
    if (strlen(value) > LONGEST_FACTOR)
        value[LONGEST_FACTOR] = '\0';
    factors->items[factors->n++] = (OriginFactor){name, value, advice};
}

void
factors_add(Factors *factors, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(factors, FALSE, name, format, arguments);
    va_end(arguments);
}

void
factors_advise(Factors *factors, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add(factors, TRUE, name, format, arguments);
    va_end(arguments);
}
