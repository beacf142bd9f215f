/* SPDX-License-Identifier: BSD-2-Clause
 * names.h - the addresses of a roster, sorted, in one block: what is kept of it in memory and on disk
 *
 * Immutable and reference-counted; any thread. Addresses are the keys by which addresses are compared.
 */
#pragma once

#include "rollcall/roster.h"

#include <glib.h>

typedef struct Names Names;
Names               *names_ref(Names *names);
void                 names_unref(Names *names); /* NULL is allowed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Names, names_unref)

/* Caller: names_unref(). */
Names *names_of_roster(const Roster *roster) G_GNUC_WARN_UNUSED_RESULT;
Names *names_of_text(const char *const *keys) G_GNUC_WARN_UNUSED_RESULT; /* sorted, distinct, NULL-terminated */
/* From names_block(); NULL if it is no such block. */
Names *names_of_block(gconstpointer block, gsize length) G_GNUC_WARN_UNUSED_RESULT;

gsize names_count(const Names *names);
/* Each address with a NUL behind it. Borrowed. */
gconstpointer names_block(const Names *names, gsize *length);
/* Caller: g_strfreev(). */
char **names_to_text(const Names *names) G_GNUC_WARN_UNUSED_RESULT;

/* How many the roster has that `names` has not, and the other way round. Allocates nothing. */
void names_compare(const Names *names, const Roster *roster, gsize *joined, gsize *left);
/* Those of `names` that `others` has not. Caller: names_unref(). */
Names *names_without(const Names *names, const Names *others) G_GNUC_WARN_UNUSED_RESULT;
/* Those of either. Caller: names_unref(). */
Names *names_union(const Names *names, const Names *others) G_GNUC_WARN_UNUSED_RESULT;
