/* SPDX-License-Identifier: BSD-2-Clause
 * headers.h - names of header fields: which say something about the origin, and which are taken out
 */
#pragma once

#include <glib.h>

/* Whether both name the same field. RFC 5322 section 2.2: without regard to case; section 4.5.8: blanks before the
 * colon, which MTAs leave in the name, do not count. */
gboolean header_name_is(const char *given, const char *name);
