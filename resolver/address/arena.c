/* SPDX-License-Identifier: BSD-2-Clause
 * arena.c - memory for addresses that are made together and let go one by one
 *
 * Owns:     blocks of memory; each goes when the last that was taken from it is released and the arena fills another.
 * Promises: few addresses cost little, many cost a fraction of an allocation each.
 * Threads:  an arena is for one; what was taken from it may be released by any.
 */
#include "resolver/address/arena.h"

/* In octets; a block is twice as large as the one before. */
enum { SMALLEST_BLOCK = 512, LARGEST_BLOCK = 4096, LARGEST_TAKEN = SMALLEST_BLOCK / 2 };

struct ArenaBlock {
    int      reference_count; /* one for whatever was taken, one for the arena while it fills the block */
    guint    used, size;      /* of `space` */
    gpointer space[];
};

struct AddressArena {
    ArenaBlock *block; /* that is filled; NULL: none yet */
};

AddressArena *
address_arena_new(void)
{
    return g_new0(AddressArena, 1);
}

static void
block_unref(ArenaBlock *block)
{
    if (g_atomic_int_dec_and_test(&block->reference_count))
        g_free(block);
}

void
address_arena_free(AddressArena *arena)
{
    if (arena == NULL)
        return;
    if (arena->block != NULL)
        block_unref(arena->block);
    g_free(arena);
}

static void
add_block(AddressArena *arena)
{
    guint size = SMALLEST_BLOCK / sizeof(gpointer);

    if (arena->block != NULL) {
        size = MIN(2 * arena->block->size, LARGEST_BLOCK / sizeof(gpointer));
        block_unref(arena->block);
    }
    arena->block = g_malloc(sizeof *arena->block + size * sizeof(gpointer));
    *arena->block = (ArenaBlock){.reference_count = 1, .size = size};
}

gpointer
arena_take(AddressArena *arena, gsize size, ArenaBlock **block)
{
    *block = NULL;
    if (arena == NULL || size > LARGEST_TAKEN)
        return g_malloc(size);

    guint n = (size + sizeof(gpointer) - 1) / sizeof(gpointer);
    if (arena->block == NULL || n > arena->block->size - arena->block->used)
        add_block(arena);
    gpointer memory = arena->block->space + arena->block->used;
    arena->block->used += n;
    g_atomic_int_inc(&arena->block->reference_count);
    *block = arena->block;
    return memory;
}

void
arena_release(gpointer memory, ArenaBlock *block)
{
    if (block != NULL)
        block_unref(block);
    else
        g_free(memory);
}
