/* SPDX-License-Identifier: BSD-2-Clause
 * maillog.h - the mail log: where lines go, and how text from outside is written in them
 *
 * A line is fixed words and name=value, put together by the layer that decides. All functions but the two that open
 * may be called by any thread; those belong to the start, before there are threads.
 */
#pragma once

#include <glib.h>

typedef enum {
    MAILLOG_ERROR,   /* somebody must act */
    MAILLOG_WARNING, /* somebody may have to */
    MAILLOG_INFO,    /* one per decision about a mail, and per change of state */
} MaillogLevel;

/* syslog, facility mail, tag rollcalld. */
void maillog_open_syslog(void);
/* One line a message to a file descriptor, which stays the caller's: the terminal, or a test's file. */
void maillog_open_descriptor(int descriptor);

/* Writes one line. A line that stands alone, without a queue ID, says "error: " or "warning: " itself, as Postfix's do.
 */
void maillog(MaillogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Appends text from outside so that it stays one line and cannot end its own quotes: control and format characters,
 * octets that are no UTF-8, backslash, `<`, `>` and `"` become \xNN; more than 512 octets are cut with "...". */
void maillog_append(GString *line, const char *text);
/* The same as a string. Caller: g_free(). */
char *maillog_escape(const char *text) G_GNUC_WARN_UNUSED_RESULT;
