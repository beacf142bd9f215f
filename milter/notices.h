/* SPDX-License-Identifier: BSD-2-Clause
 * notices.h - what is worth one line in the log, but not one for each message
 */
#pragma once

#include <glib.h>

/* Any thread. */
typedef struct Notices Notices;
Notices               *notices_new(gsize most);
void                   notices_free(Notices *notices);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notices, notices_free)

/* TRUE the first time for this text. At most `most` texts are remembered: then all are forgotten, and may come once
 * more. */
gboolean notices_is_first(Notices *notices, const char *text);
