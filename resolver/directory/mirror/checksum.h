/* SPDX-License-Identifier: BSD-2-Clause
 * checksum.h - 64 bits by which damage shows
 */
#pragma once

#include <glib.h>

/* Against accidents, not against somebody who wants to deceive. The same on every machine. */
guint64 checksum(guint64 seed, const void *octets, gsize length);
