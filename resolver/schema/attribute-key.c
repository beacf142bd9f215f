/* SPDX-License-Identifier: BSD-2-Clause
 * attribute-key.c - the key of an attribute: its name in lower case, one pointer for all who ask
 *
 * Owns:     nothing; the texts are GLib's and stay.
 * Promises: nothing is allocated for a name that was asked for before.
 * Threads:  any. GLib's own lock is not seen by ThreadSanitizer, so this is the one place that interns names.
 */
#include "rollcall/schema.h"

#include <string.h>

/* Not inlined: its call is what makes schema_attribute_key() visible in ThreadSanitizer's stacks. */
static __attribute__((noinline)) const char *
intern(const char *lower)
{
    return g_intern_string(lower);
}

const char *
schema_attribute_key(const char *name)
{
    char  room[64];
    gsize length = strlen(name);

    if (length >= sizeof room) {
        g_autofree char *lower = g_ascii_strdown(name, -1);
        return intern(lower);
    }
    for (gsize i = 0; i <= length; i++)
        room[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return intern(room);
}
