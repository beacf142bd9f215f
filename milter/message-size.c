/* SPDX-License-Identifier: BSD-2-Clause
 * message-size.c - how many octets the message has, as it goes over the wire
 *
 * Threads:  one at a time.
 */
#include "milter/message-size.h"

#include <string.h>

enum { COLON_AND_BLANK = 2, LINE_END = 2 };

void
message_size_reset(MessageSize *size)
{
    /* With the empty line behind the headers. */
    *size = (MessageSize){.octets = LINE_END};
}

/* MTAs pass a folded header's line ends on as LF alone. */
static gsize
wire_length(const char *value)
{
    gsize length = strlen(value);
    for (const char *c = strchr(value, '\n'); c != NULL; c = strchr(c + 1, '\n'))
        length += c == value || c[-1] != '\r';
    return length;
}

void
message_size_header(MessageSize *size, const char *name, const char *value)
{
    size->octets += strlen(name) + COLON_AND_BLANK + wire_length(value) + LINE_END;
}

void
message_size_body(MessageSize *size, gsize length)
{
    size->octets += length;
}

void
message_size_stop(MessageSize *size)
{
    size->stopped = TRUE;
}

guint64
message_size_octets(const MessageSize *size)
{
    return size->stopped ? 0 : size->octets;
}
