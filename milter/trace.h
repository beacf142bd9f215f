/* SPDX-License-Identifier: BSD-2-Clause
 * trace.h - the header that tells us that a message was expanded for a group already
 *
 * Its value is a keyed hash over the group's identity, the Message-ID and the day: nobody can read from it which
 * group it was (a Bcc must not leak), and nobody without the key can make one. Relays with the same key know each
 * other's. The values are immutable; all functions: any thread.
 */
#pragma once

#include <glib.h>

#define TRACE_HEADER "X-Rollcall-Trace"

enum { TRACE_KEY_LENGTH = 32, TRACE_VALUE_LENGTH = 44 /* base64 of 32 octets */ };

#define TRACE_ERROR trace_error_quark()
GQuark trace_error_quark(void);
typedef enum { TRACE_ERROR_KEY_FILE /* cannot be made or read, or is not 32 octets long */ } TraceError;

typedef struct TraceKey TraceKey;
/* Reads the key file; makes it first, of random octets, if there is none and `may_create`. Caller: trace_key_free(). */
TraceKey *trace_key_load(const char *file, gboolean may_create, GError **error) G_GNUC_WARN_UNUSED_RESULT;
TraceKey *trace_key_new(const guint8 octets[static TRACE_KEY_LENGTH]);
void      trace_key_free(TraceKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TraceKey, trace_key_free)

/* A keyed hash over texts without NUL, in base64, TRACE_VALUE_LENGTH long: what was made for one purpose is never valid
 * for another, and no two lists of parts make the same. `parts`: NULL-terminated. Caller: g_free(). */
char *trace_key_sign(const TraceKey *key, const char *purpose, const char *const *parts) G_GNUC_WARN_UNUSED_RESULT;
/* Whether the first word of `value` is `expected`, which is TRACE_VALUE_LENGTH long; in constant time. */
gboolean trace_value_equal(const char *value, const char *expected);
/* How long before `today` a value may have been made: queues give up after 5 days (Postfix, Sendmail). */
enum { TRACE_DAYS_ON_THE_WAY = 7 };

/* The number of the day (UTC) that `now`, seconds since 1970, lies in. */
gint64 trace_day(gint64 now);
/* The value for an expansion on `day`. `message_id` as it stands in the header, NULL if there is none: blanks around
 * it do not count. Caller: g_free(). */
char *trace_value(const TraceKey *key, const char *group_identity, const char *message_id,
                  gint64 day) G_GNUC_WARN_UNUSED_RESULT;
/* Whether one of the `values` (NULL-terminated, as they stand in headers) was made for this group and message today or
 * on one of the days before on which a message may still be on its way. */
gboolean trace_is_present(const TraceKey *key, const char *group_identity, const char *message_id, gint64 today,
                          const char *const *values);
