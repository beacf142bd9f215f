/* SPDX-License-Identifier: BSD-2-Clause
 * log-line.c - one line about a message: queue ID first, fixed words, then name=value
 *
 * Owns:     how such a line begins, and how a value stands in it.
 * Promises: text from outside is escaped and cannot end its own brackets or quotes.
 * Threads:  any.
 */
#include "milter/log-line.h"

#include <string.h>

GString *
log_line_new(const Transaction *transaction, const char *words, const char *observed)
{
    GString    *line = g_string_sized_new(256);
    const char *said = transaction_observes(transaction) ? observed : words;
    g_string_append_printf(line, "%s: %s:", transaction_queue_id(transaction), said);
    return line;
}

void
log_line_address(GString *line, const char *name, const char *address)
{
    g_string_append_printf(line, " %s=<", name);
    maillog_append(line, address);
    g_string_append_c(line, '>');
}

void
log_line_text(GString *line, const char *name, const char *text)
{
    gboolean word = *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
    g_string_append_printf(line, " %s=%s", name, word ? "" : "\"");
    maillog_append(line, text);
    g_string_append(line, word ? "" : "\"");
}

void
log_line_code(GString *line, int code, const char *enhanced)
{
    g_string_append_printf(line, " code=%d %s", code, enhanced);
}

void
log_line_write(MaillogLevel level, GString *line)
{
    maillog(level, "%s", line->str);
    g_string_free(line, TRUE);
}
