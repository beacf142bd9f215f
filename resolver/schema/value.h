/* SPDX-License-Identifier: BSD-2-Clause
 * value.h - the syntaxes whose values are not text: reads one value, strictly
 *
 * Every function: FALSE if the value breaks the syntax; allocates nothing; any thread.
 */
#pragma once

#include "rollcall/schema.h"

/* Decimal, as RFC 4517 section 3.3.16 writes it: no `+`, no leading zeros. (Whether AD takes `+5` and `0100` is stated
 * nowhere; servers were seen to differ.) `bits` also takes numbers that fit `unsigned` only, as the same bits. */
gboolean value_to_integer(const Value *value, guint bits, gboolean or_unsigned, gint64 *number);

gboolean value_to_boolean(const Value *value, gboolean *truth); /* TRUE or FALSE: RFC 4517 section 3.3.3 */

/* Generalized time (RFC 4517 section 3.3.13) in any of its forms, else UTC time (section 3.3.34), in units of
 * 100 ns since the start of the year 0. */
enum { TICKS_PER_SECOND = 10000000 };
gboolean value_to_time(const Value *value, gint64 *ticks);

enum { SID_MAX = 68 }; /* MS-DTYP 2.4.2.2: 8 octets and up to 15 subauthorities */
/* S-1-... (MS-DTYP 2.4.2.1), or the octets themselves. */
gboolean value_to_sid(const Value *value, guint8 sid[SID_MAX], gsize *length);

enum { GUID_LENGTH = 16 };
/* xxxxxxxx-xxxx-..., also in braces, as Microsoft lays the octets out (MS-DTYP 2.3.4); or the octets themselves. */
gboolean value_to_guid(const Value *value, guint8 guid[GUID_LENGTH]);
/* RFC 4530: text only, octets in the order written. */
gboolean value_to_uuid(const Value *value, guint8 uuid[GUID_LENGTH]);
