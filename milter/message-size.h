/* SPDX-License-Identifier: BSD-2-Clause
 * message-size.h - how many octets the message has, as it goes over the wire
 *
 * Headers, the empty line and the body, each line with CRLF (RFC 1870 section 3 counts so). The milter protocol takes a
 * blank behind a header's colon away: one is counted. What the MTA itself puts on top does not count. Starts zeroed.
 */
#pragma once

#include <glib.h>

typedef struct {
    guint64  octets;
    gboolean stopped; /* a part of the body was left out */
} MessageSize;

void message_size_reset(MessageSize *size);
void message_size_header(MessageSize *size, const char *name, const char *value);
void message_size_body(MessageSize *size, gsize length);
/* The rest of the body is not looked at. */
void message_size_stop(MessageSize *size);
/* 0 if it is not known. */
guint64 message_size_octets(const MessageSize *size);
