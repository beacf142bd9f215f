/* SPDX-License-Identifier: BSD-2-Clause
 * log-line.h - one line about a message: queue ID first, fixed words, then name=value
 *
 * For those who write such lines. Text from outside is escaped.
 */
#pragma once

#include "milter/maillog.h"
#include "milter/transaction.h"

/* Begins the line. In observe mode its words are `observed`. */
GString *log_line_new(const Transaction *transaction, const char *words, const char *observed);
void     log_line_address(GString *line, const char *name, const char *address);
/* In quotes unless it is a plain word. */
void log_line_text(GString *line, const char *name, const char *text);
/* "code=550 5.7.133" */
void log_line_code(GString *line, int code, const char *enhanced);
/* Takes over `line`. */
void log_line_write(MaillogLevel level, GString *line);
