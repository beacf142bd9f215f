/* SPDX-License-Identifier: BSD-2-Clause
 * siphash.h - a hash for tables whose keys strangers choose
 */
#pragma once

#include <glib.h>

/* SipHash-2-4 (Aumasson and Bernstein, 2012) under a key of 16 octets. */
guint64 siphash(const guint8 key[16], gconstpointer data, gsize length);
/* The same under a key that the kernel drew for this process: differs from run to run. */
guint64 siphash_of_process(gconstpointer data, gsize length);
