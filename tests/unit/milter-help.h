/* SPDX-License-Identifier: BSD-2-Clause
 * milter-help.h - a milter without an MTA: a scripted directory behind a real resolver, and the log in a file
 *
 * The directory (domain e.org) has the person p@e.org and the groups
 *   g1 = a, b;  g2 = b, c;  long = a member whose address has 300 octets;
 *   boss = a, reports go to p;  silent = a, reports go nowhere;  quiet = b, no out-of-office replies;
 *   guarded = c, p moderates;  small = a, messages up to 1 KB;  mixed = c and the group closed;
 *   grüß = a;  empty: nobody;  skips: one member without an address;  closed = a, for authenticated senders;  broken: an
 * unreadable filter.
 */
#pragma once

#include "milter/conclusion.h"
#include "milter/reply.h"
#include "milter/transaction.h"
#include "tests/unit/scripted-directory.h"

typedef struct {
    House       house;
    Transaction transaction;
    Scripted   *directory;
    int         log;
    char       *log_file;
    MailFacts   facts;    /* of the next MAIL, beside its command */
    const char *resolved; /* {rcpt_addr} of the next RCPT; NULL at the beginning */
} Help;

/* `keys`: lines of [milter] beside domains = e.org; other sections may follow in them. */
void help_setup(Help *help, const char *keys);
void help_teardown(Help *help);
/* One more runtime for the same directory contents; for a store that is not the Help's own. */
Runtime *help_runtime(const char *keys, Scripted **directory);

/* `command`: argument of MAIL or RCPT, then its parameters, separated by blanks. */
void     help_mail(Help *help, const char *command);
gboolean help_recipient(Help *help, const char *command, Reply *reply);
/* Takes it, or the test fails. */
void help_take(Help *help, const char *command);
void help_take_all(Help *help, const char *list); /* separated by commas */
/* The end of the message, at HELP_NOW, and its log lines. */
enum { HELP_NOW = 20000 * 86400 };
void help_finish(Help *help, Conclusion *conclusion);
/* What was logged since the last call, one line each, without what syslog would put before, and time= as "time=T".
 * Caller: g_free(). */
char *help_log(Help *help);
