/* SPDX-License-Identifier: BSD-2-Clause
 * names.c - the addresses of a roster, sorted, in one block: what is kept of it in memory and on disk
 *
 * Owns:     the block.
 * Promises: exact, not a digest: what differs is known by name; comparing walks both once.
 * Threads:  any.
 */
#include "resolver/state/names.h"

#include <string.h>

struct Names {
    int   reference_count;
    gsize count, length;
    char *block;
};

/* ---- one after the other ---- */

typedef struct {
    const char         *key; /* NULL: behind the last one */
    const char         *end; /* of the block */
    const RosterMember *member, *last;
} Cursor;

static Cursor
cursor_of_names(const Names *names)
{
    return (Cursor){.key = names->length > 0 ? names->block : NULL, .end = names->block + names->length};
}

static Cursor
cursor_of_roster(const Roster *roster)
{
    gsize               n;
    const RosterMember *members = roster_members(roster, &n);

    if (n == 0)
        return (Cursor){0};
    return (Cursor){.key = address_key(members[0].route), .member = members, .last = members + n};
}

static void
cursor_next(Cursor *cursor)
{
    if (cursor->member != NULL) {
        cursor->member++;
        cursor->key = cursor->member < cursor->last ? address_key(cursor->member->route) : NULL;
        return;
    }
    cursor->key += strlen(cursor->key) + 1;
    if (cursor->key >= cursor->end)
        cursor->key = NULL;
}

/* Which of the two has the next address: below 0 only `a`, above 0 only `b`, 0 both. */
static int
compare_cursors(const Cursor *a, const Cursor *b)
{
    if (b->key == NULL)
        return -1;
    return a->key == NULL ? 1 : strcmp(a->key, b->key);
}

/* Steps over the address that the comparison was about; returns it. */
static const char *
step(Cursor *a, Cursor *b, int order)
{
    const char *key = order <= 0 ? a->key : b->key;

    if (order <= 0)
        cursor_next(a);
    if (order >= 0)
        cursor_next(b);
    return key;
}

/* ---- building ---- */

typedef struct {
    GString *block;
    gsize    count;
} Builder;

static Builder
builder_new(gsize length)
{
    return (Builder){.block = g_string_sized_new(length)};
}

static void
builder_add(Builder *builder, const char *key)
{
    g_string_append_len(builder->block, key, (gssize)strlen(key) + 1);
    builder->count++;
}

static Names *
builder_finish(Builder *builder)
{
    Names *names = g_new0(Names, 1);

    names->reference_count = 1;
    names->count = builder->count;
    names->length = builder->block->len;
    names->block = g_realloc(g_string_free(builder->block, FALSE), MAX(names->length, 1));
    return names;
}

Names *
names_ref(Names *names)
{
    g_atomic_int_inc(&names->reference_count);
    return names;
}

void
names_unref(Names *names)
{
    if (names == NULL || !g_atomic_int_dec_and_test(&names->reference_count))
        return;
    g_free(names->block);
    g_free(names);
}

Names *
names_of_roster(const Roster *roster)
{
    Builder builder = builder_new(roster_octets(roster));

    for (Cursor cursor = cursor_of_roster(roster); cursor.key != NULL; cursor_next(&cursor))
        builder_add(&builder, cursor.key);
    return builder_finish(&builder);
}

Names *
names_of_text(const char *const *keys)
{
    Builder builder = builder_new(64);

    for (; *keys != NULL; keys++)
        builder_add(&builder, *keys);
    return builder_finish(&builder);
}

Names *
names_of_block(gconstpointer block, gsize length)
{
    const char *text = block, *before = NULL;
    Builder     builder = builder_new(length);

    if (length > 0 && text[length - 1] == '\0')
        for (const char *key = text; key < text + length; before = key, key += strlen(key) + 1) {
            if (*key == '\0' || (before != NULL && strcmp(before, key) >= 0))
                break;
            builder_add(&builder, key);
        }
    g_autoptr(Names) names = builder_finish(&builder);
    return names->length == length ? g_steal_pointer(&names) : NULL;
}

/* ---- reading ---- */

gsize
names_count(const Names *names)
{
    return names->count;
}

gconstpointer
names_block(const Names *names, gsize *length)
{
    *length = names->length;
    return names->block;
}

char **
names_to_text(const Names *names)
{
    char **text = g_new0(char *, names->count + 1);
    gsize  i = 0;

    for (Cursor cursor = cursor_of_names(names); cursor.key != NULL; cursor_next(&cursor))
        text[i++] = g_strdup(cursor.key);
    return text;
}

void
names_compare(const Names *names, const Roster *roster, gsize *joined, gsize *left)
{
    Cursor then = cursor_of_names(names), now = cursor_of_roster(roster);

    *joined = *left = 0;
    while (then.key != NULL || now.key != NULL) {
        int order = compare_cursors(&then, &now);
        *left += order < 0;
        *joined += order > 0;
        step(&then, &now, order);
    }
}

Names *
names_without(const Names *names, const Names *others)
{
    Cursor  a = cursor_of_names(names), b = cursor_of_names(others);
    Builder builder = builder_new(64);

    while (a.key != NULL) {
        int         order = compare_cursors(&a, &b);
        const char *key = step(&a, &b, order);
        if (order < 0)
            builder_add(&builder, key);
    }
    return builder_finish(&builder);
}

Names *
names_union(const Names *names, const Names *others)
{
    Cursor  a = cursor_of_names(names), b = cursor_of_names(others);
    Builder builder = builder_new(names->length + others->length);

    while (a.key != NULL || b.key != NULL)
        builder_add(&builder, step(&a, &b, compare_cursors(&a, &b)));
    return builder_finish(&builder);
}
