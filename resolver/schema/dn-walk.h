/* SPDX-License-Identifier: BSD-2-Clause
 * dn-walk.h - walks over a plain DN and yields its key
 */
#pragma once

#include <glib.h>

enum { DN_WALK_END = -1, DN_WALK_NOT_PLAIN = -2 };

typedef struct {
    const char *at, *end;
    const char *pending, *pending_end; /* to be yielded first */
    gboolean    in_type;
} DnWalk;

/* FALSE: not plain. */
gboolean dn_walk_start(DnWalk *walk, const char *dn, gsize length);
/* The next octet of the key, DN_WALK_END, or DN_WALK_NOT_PLAIN. */
int dn_walk_next(DnWalk *walk);

/* The short name, in lower case, of a type that has another one too; NULL for types that go by one name. */
const char *dn_type_short_name(const char *type, gsize length);
