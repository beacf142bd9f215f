/* SPDX-License-Identifier: BSD-2-Clause
 * filter-node.h - how a Filter's nodes are made, for the files of this folder and their tests
 *
 * Owns:     nothing.
 * Promises: a node is filled in by the one who made it, and never changed once it was handed on.
 *           Trees are walked by recursion: one small frame a level, and FILTER_MAX_DEPTH bounds the levels
 *           of what was read, so that 256 KiB of stack is enough for each function of this folder.
 * Threads:  any; reference counts are atomic.
 */
#pragma once

#include "rollcall/filter.h"

/* A leaf without its value, or a composite without its parts. `attribute` (may be NULL) is taken over.
 * Caller: filter_unref(). */
Filter *filter_node_new(FilterKind kind, char *attribute);
/* AND, OR, NOT. Takes over the references in `parts`, and the array. */
const Filter *filter_node_composite(FilterKind kind, GPtrArray *parts);
/* A Value of its own from bytes. */
Value filter_value_copy(const char *data, gsize length);

/* An array for parts: drops their references when freed with them inside. Caller: g_ptr_array_unref(). */
GPtrArray *filter_parts_new(void);

/* Whether both are the same tree, attribute names and values compared byte for byte. */
gboolean filter_is_same(const Filter *a, const Filter *b);
