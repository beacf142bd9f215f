/* SPDX-License-Identifier: BSD-2-Clause
 * auto-response.h - X-Auto-Response-Suppress: which automatic answers a message asks to be spared
 *
 * Its value is a set: names joined by commas in any order, or a number with one bit for each (MS-OXCMAIL 2.1.3.2.20,
 * MS-OXOMSG 2.2.1.77). Pure functions; any thread.
 */
#pragma once

#include <glib.h>

typedef enum {
    AUTO_RESPONSE_NONE = 0,
    AUTO_RESPONSE_DR = 1 << 0,
    AUTO_RESPONSE_NDR = 1 << 1,
    AUTO_RESPONSE_RN = 1 << 2,
    AUTO_RESPONSE_NRN = 1 << 3,
    AUTO_RESPONSE_OOF = 1 << 4,
    AUTO_RESPONSE_AUTO_REPLY = 1 << 5,
    AUTO_RESPONSE_ALL = -1,
} AutoResponse;

/* What the value says, as far as it can be read: words that mean nothing here do not count. */
gint32 auto_response_read(const char *value);
/* "RN, OOF"; "All"; a number if a bit has no name. Caller: g_free(). */
char *auto_response_text(gint32 set) G_GNUC_WARN_UNUSED_RESULT;
