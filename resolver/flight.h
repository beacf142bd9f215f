/* SPDX-License-Identifier: BSD-2-Clause
 * flight.h - one piece of work for all who want its result at the same time
 */
#pragma once

#include "rollcall/roster.h"

typedef struct FlightTable FlightTable;

/* Where a flight takes longer than a second, only `most_waiting` callers go on waiting for those of others. */
FlightTable *flight_table_new(guint most_waiting);
void         flight_table_free(FlightTable *table); /* no flight may be under way */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FlightTable, flight_table_free)

typedef Roster *(*FlightFunc)(gpointer user_data, GError **error);

/* The roster for `key`. The first to come calls `func` on its own thread, without any lock; who comes before that has
 * ended waits for it and gets the same roster or a copy of the same error, but waits no longer than until `deadline`
 * (monotonic microseconds): DIRECTORY_ERROR_UNAVAILABLE then. Nothing is remembered afterwards. Caller: roster_unref().
 */
Roster *flight_join(FlightTable *table, const char *key, gint64 deadline, FlightFunc func, gpointer user_data,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* How many threads are inside flight_join() with a flight under way: those that fly and those that wait. */
guint flight_table_waiting(FlightTable *table);
