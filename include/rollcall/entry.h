/* SPDX-License-Identifier: BSD-2-Clause
 * entry.h - one object of the directory: a DN and its attributes
 *
 * An Entry is immutable and reference-counted; any thread. An EntryBuilder is for one thread.
 */
#pragma once

#include "rollcall/schema.h"

#include <glib.h>

typedef struct Entry Entry;
typedef struct EntryBuilder EntryBuilder;

/* `dn` must be a DN: NULL otherwise. Caller: entry_builder_finish() or entry_builder_free(). */
EntryBuilder *entry_builder_new(const char *dn);
/* Adds one value. `attribute` without options, any case; the bytes are copied. */
void   entry_builder_add(EntryBuilder *builder, const char *attribute, const char *data, gsize length);
Entry *entry_builder_finish(EntryBuilder *builder); /* frees the builder. Caller: entry_unref() */
/* The same, and the builder goes on with another entry once it has been given that one's DN: for many entries of one kind,
 * whose attributes it remembers. The first lets each attribute come where an earlier entry had it. */
Entry   *entry_builder_build(EntryBuilder *builder); /* Caller: entry_unref() */
gboolean entry_builder_reset(EntryBuilder *builder, const char *dn) G_GNUC_WARN_UNUSED_RESULT; /* FALSE: no DN */
void   entry_builder_free(EntryBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EntryBuilder, entry_builder_free)

const Entry *entry_ref(const Entry *entry);
void         entry_unref(const Entry *entry);
typedef const Entry EntryRef; /* so that g_autoptr(EntryRef) works */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EntryRef, entry_unref)

const char *entry_dn(const Entry *entry);  /* as the directory spells it */
const char *entry_key(const Entry *entry); /* dn_key() of it */

/* By AttributeType.key (an interned pointer). Returns how many, sets *values; borrowed from the entry. */
guint entry_values(const Entry *entry, const char *key, const Value **values);
/* By name, any case. The first value as text, NULL if the entry has none. Borrowed. */
const char *entry_text(const Entry *entry, const char *attribute);
/* By name, any case; all values. */
guint entry_all(const Entry *entry, const char *attribute, const Value **values);
/* The names of up to eight attributes, looked up once, to ask of many entries whether they have any of them. */
typedef struct {
    guint64     mask;
    guint       n;
    const char *keys[8];
} EntryKeys;
void     entry_keys_init(EntryKeys *keys, const char *const *names, guint n);
gboolean entry_has_any(const Entry *entry, const EntryKeys *keys);
/* A Boolean attribute: TRUE only for the text TRUE. */
gboolean entry_boolean(const Entry *entry, const char *attribute);
/* An integer attribute, `otherwise` if absent or unreadable. */
gint64 entry_integer(const Entry *entry, const char *attribute, gint64 otherwise);
/* Calls `func` with each attribute, its key and values. */
typedef void (*EntryFunc)(const char *key, const Value *values, guint n_values, gpointer user_data);
void entry_foreach(const Entry *entry, EntryFunc func, gpointer user_data);
/* Whether one of the entry's objectClass values is `name` (no inheritance: directories list all classes). */
gboolean entry_has_class(const Entry *entry, const char *name);
