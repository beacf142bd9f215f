/* SPDX-License-Identifier: BSD-2-Clause
 * image-row-name.h - the names in rows, and the nodes that they mean
 */
#pragma once

#include "image-private.h"
#include "row-octets.h"

typedef struct {
    RowOctets in;
    Image    *image;
    GString  *text; /* room for a name's key */
} RowReader;

/* The node of the name; made if it is not there. */
gboolean image_row_name(RowReader *reader, guint32 *node);
/* The node of the entry whose row this is, at the place that it says. FALSE too if it cannot stand there. */
gboolean image_row_place(RowReader *reader, const EntryId *id, guint32 *node);
