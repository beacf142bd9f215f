/* SPDX-License-Identifier: BSD-2-Clause
 * reply.c - one SMTP reply of ours, for a recipient or for a message
 *
 * Owns:     the text.
 * Promises: whatever the text was made of, what goes out is one line of printable ASCII within libmilter's limits.
 * Threads:  one at a time.
 */
#include "milter/reply.h"

#include <string.h>

enum { LONGEST_WIRE_TEXT = 980 }; /* smfi_setreply, "message: at most 980 characters" */

void
reply_set(Reply *reply, int code, const char *enhanced, const char *text)
{
    g_free(reply->text);
    reply->code = code;
    g_strlcpy(reply->enhanced, enhanced, sizeof reply->enhanced);
    reply->text = g_strdup(text);
}

void
reply_clear(Reply *reply)
{
    g_clear_pointer(&reply->text, g_free);
    memset(reply, 0, sizeof *reply);
}

gboolean
reply_is_permanent(const Reply *reply)
{
    return reply->code >= 500;
}

char *
reply_wire_text(const Reply *reply)
{
    GString *wire = g_string_new(NULL);
    for (const char *at = reply->text; *at != '\0' && wire->len + 2 <= LONGEST_WIRE_TEXT; at++) {
        if (*at == '%')
            g_string_append(wire, "%%");
        else
            g_string_append_c(wire, g_ascii_isprint(*at) ? *at : '?');
    }
    return g_string_free(wire, FALSE);
}
