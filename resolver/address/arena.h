/* SPDX-License-Identifier: BSD-2-Clause
 * arena.h - memory for addresses that are made together and let go one by one, for address.c
 */
#pragma once

#include "rollcall/address.h"

typedef struct ArenaBlock ArenaBlock;

/* Aligned for pointers. *block is what arena_release() needs. Without an arena (NULL), and for more than a small part
 * of a block, the memory is its own. */
gpointer arena_take(AddressArena *arena, gsize size, ArenaBlock **block);
/* Any thread, also after the arena is freed. */
void arena_release(gpointer memory, ArenaBlock *block);
