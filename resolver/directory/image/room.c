/* SPDX-License-Identifier: BSD-2-Clause
 * room.c - memory that is needed for a moment
 *
 * Owns:     its blocks.
 * Threads:  one.
 */
#include "room.h"

enum { BLOCK = 16 * 1024 };

gpointer
room_take_block(Room *room, gsize size)
{
    if (room->blocks == NULL)
        room->blocks = g_ptr_array_new_with_free_func(g_free);
    if (room->blocks->len > 0 && size > BLOCK / 4) { /* one of its own; the newest block stays in use */
        gpointer own = g_malloc(size);
        g_ptr_array_add(room->blocks, own);
        return own;
    }
    char *block = g_malloc(MAX(size, BLOCK));
    g_ptr_array_add(room->blocks, block);
    room->at = block + size;
    room->end = block + MAX(size, BLOCK);
    return block;
}

void
room_reset(Room *room)
{
    if (room->blocks == NULL)
        return;
    if (room->blocks->len > 1)
        g_ptr_array_set_size(room->blocks, 1);
    room->at = g_ptr_array_index(room->blocks, 0);
    room->end = room->at + BLOCK;
}

void
room_clear(Room *room)
{
    g_clear_pointer(&room->blocks, g_ptr_array_unref);
    room->at = room->end = NULL;
}
