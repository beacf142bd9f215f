/* SPDX-License-Identifier: BSD-2-Clause
 * change.h - what an entry is known by whatever its name is, and what may become of one of its attributes
 */
#pragma once

#include "rollcall/schema.h"

#include <glib.h>

/* objectGUID as it is stored, or entryUUID as 16 octets: what an entry keeps when it is renamed. */
typedef struct {
    guint8 octets[16];
} EntryId;

typedef enum {
    IMAGE_SET,    /* these are all values now; none: the attribute is gone */
    IMAGE_ADD,    /* these too; those that are there already are not doubled */
    IMAGE_DELETE, /* these no more; those that are not there do not matter */
} ImageChangeKind;
typedef struct {
    ImageChangeKind kind;
    const char     *attribute;
    const Value    *values;
    guint           n_values;
} ImageChange;
