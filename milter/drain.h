/* SPDX-License-Identifier: BSD-2-Clause
 * drain.h - letting the callbacks that are under way finish at the end
 *
 * libmilter's main function returns without waiting for them (measured, and smfi_stop's page says so): a message
 * whose end was being worked on would lose its 250.
 */
#pragma once

#include <glib.h>

/* Any thread. */
typedef struct Drain Drain;
Drain               *drain_new(void);
void                 drain_free(Drain *drain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Drain, drain_free)

/* At the start of each callback. FALSE: closed, the callback must touch nothing and return at once. */
gboolean drain_enter(Drain *drain);
/* At its end, after TRUE. */
void drain_leave(Drain *drain);
/* Waits until nobody is inside, at most `patience` microseconds, then closes. Returns how many were left inside. */
guint drain_close(Drain *drain, gint64 patience);
