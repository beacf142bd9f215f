/* SPDX-License-Identifier: BSD-2-Clause
 * memo.h - results that hold for as long as what they were worked out from stays as it is
 *
 * A directory in memory says by a version whether anything has changed. What was worked out on one version is worth
 * nothing on the next. Any thread.
 */
#pragma once

#include <glib.h>

typedef struct Memo Memo;

/* Keeps things of one type; their weights together are at most `most`. Caller: memo_free(). */
Memo *memo_new(gsize most, gpointer (*ref)(gpointer thing), void (*unref)(gpointer thing));
void  memo_free(Memo *memo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Memo, memo_free)

/* What was kept under the key on this version, with a reference for the caller; NULL: nothing. Version 0 is none. */
gpointer memo_get(Memo *memo, guint64 version, const char *key) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps a reference of its own. A newer version makes all of the older ones be forgotten, and what is too heavy, all.
 */
void memo_put(Memo *memo, guint64 version, const char *key, gpointer thing, gsize weight);
