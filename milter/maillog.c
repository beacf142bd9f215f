/* SPDX-License-Identifier: BSD-2-Clause
 * maillog.c - the mail log: where lines go, and how text from outside is written in them
 *
 * Owns:     the log sink, the one thing beside the glue's pointer that is global in this program.
 * Promises: one call, one line; no text of a sender or a server is ever a format string.
 * Threads:  any; the sink is chosen before there are threads.
 */
#include "milter/maillog.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_TEXT = 512 };

static int sink = STDERR_FILENO; /* -1: syslog */

static const int priorities[] = {
    [MAILLOG_ERROR] = LOG_ERR,
    [MAILLOG_WARNING] = LOG_WARNING,
    [MAILLOG_INFO] = LOG_INFO,
};

void
maillog_open_syslog(void)
{
    openlog("rollcalld", LOG_PID | LOG_NDELAY, LOG_MAIL);
    sink = -1;
}

void
maillog_open_descriptor(int descriptor)
{
    sink = descriptor;
}

static void
write_line(int descriptor, const GString *line)
{
    gsize done = 0;
    while (done < line->len) {
        ssize_t n = write(descriptor, line->str + done, line->len - done);
        if (n < 0 && errno != EINTR)
            return; /* nobody is left to tell */
        done += n > 0 ? (gsize)n : 0;
    }
}

/* What a syslog daemon puts before a line, so that both read, sort and grep alike. */
static void
append_prefix(GString *line)
{
    char      date[32];
    struct tm local;
    time_t    now = time(NULL);
    strftime(date, sizeof date, "%b %e %H:%M:%S", localtime_r(&now, &local));
    g_string_append_printf(line, "%s rollcalld[%ld]: ", date, (long)getpid());
}

void
maillog(MaillogLevel level, const char *format, ...)
{
    g_autoptr(GString) line = g_string_sized_new(256);
    if (sink >= 0)
        append_prefix(line);
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(line, format, arguments);
    va_end(arguments);
    if (sink < 0) {
        syslog(priorities[level], "%s", line->str);
        return;
    }
    g_string_append_c(line, '\n');
    write_line(sink, line);
}

static gboolean
stands_for_itself(gunichar c)
{
    if (c == '\\' || c == '<' || c == '>' || c == '"')
        return FALSE;
    return c == ' ' || (g_unichar_isgraph(c) && !g_unichar_isspace(c));
}

void
maillog_append(GString *line, const char *text)
{
    const char *end = text + strlen(text);
    const char *at = text;
    while (at < end) {
        if (at - text >= LONGEST_TEXT) {
            g_string_append(line, "...");
            return;
        }
        gunichar c = g_utf8_get_char_validated(at, end - at);
        gboolean whole = c != (gunichar)-1 && c != (gunichar)-2;
        int      length = whole ? g_utf8_next_char(at) - at : 1;
        if (whole && stands_for_itself(c)) {
            g_string_append_len(line, at, length);
        } else {
            for (int i = 0; i < length; i++)
                g_string_append_printf(line, "\\x%02x", (unsigned char)at[i]);
        }
        at += length;
    }
}

char *
maillog_escape(const char *text)
{
    GString *escaped = g_string_new(NULL);
    maillog_append(escaped, text);
    return g_string_free(escaped, FALSE);
}
