/* SPDX-License-Identifier: BSD-2-Clause
 * service.h - what systemd wants to know; nothing where it did not start us, or is not there
 */
#pragma once

#include <glib.h>

void service_ready(void);
void service_reloading(void); /* service_ready() ends it */
void service_stopping(void);
/* How often systemd wants to hear that we live, in microseconds; 0: never. */
gint64 service_watchdog_interval(void);
void   service_alive(void);
/* Whether what we write to stderr goes to the journal. */
gboolean service_has_journal(void);
