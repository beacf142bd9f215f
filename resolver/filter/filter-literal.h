/* SPDX-License-Identifier: BSD-2-Clause
 * filter-literal.h - a set of literals: single assertions and negations of one
 *
 * Owns:     nothing; literals are borrowed and must outlive the set.
 * Promises: tells a repetition by its text, so that `(&(a=b)(a=b))` need be asked once only. Groups whose filter was
 *           fed back to Exchange repeat its suffix, ten literals, many times over.
 * Threads:  one.
 */
#pragma once

#include "rollcall/filter.h"

/* Caller: g_hash_table_unref(). */
GHashTable *literal_set_new(void);
/* TRUE if `filter` is new to the set, and was added to it. Always TRUE for what is no literal. */
gboolean literal_set_add(GHashTable *set, const Filter *filter);
