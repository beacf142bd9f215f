/* SPDX-License-Identifier: BSD-2-Clause
 * room.h - memory that is needed for a moment: taken piece by piece, given back at once
 *
 * For one thread. Begin with all zero.
 */
#pragma once

#include <glib.h>

typedef struct {
    GPtrArray *blocks; /* the first is kept and used again */
    char      *at, *end;
} Room;

gpointer room_take_block(Room *room, gsize size); /* for room_take() */
void     room_reset(Room *room);                  /* what was taken is gone */
void     room_clear(Room *room);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Room, room_clear)

/* Aligned for pointers. */
static inline gpointer
room_take(Room *room, gsize size)
{
    size = (size + sizeof(gpointer) - 1) & ~(sizeof(gpointer) - 1);
    if (room->at == NULL || size > (gsize)(room->end - room->at))
        return room_take_block(room, size);
    char *taken = room->at;
    room->at += size;
    return taken;
}
