/* SPDX-License-Identifier: BSD-2-Clause
 * memo.c - results that hold for as long as what they were worked out from stays as it is
 *
 * Owns:     a reference to each thing, all of one version.
 * Promises: nothing of another version is ever handed out; the weight stays bounded.
 * Threads:  any; the lock is held for memory work only, and nothing is freed under it.
 */
#include "resolver/memo.h"

#include <pthread.h>

struct Memo {
    pthread_mutex_t lock;
    gpointer (*ref)(gpointer);
    void (*unref)(gpointer);
    gsize       most;
    guint64     version;
    gsize       weight;
    GHashTable *things; /* key (owned) -> thing (a reference) */
};

static GHashTable *
table_new(const Memo *memo)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, memo->unref);
}

Memo *
memo_new(gsize most, gpointer (*ref)(gpointer thing), void (*unref)(gpointer thing))
{
    Memo *memo = g_new0(Memo, 1);

    pthread_mutex_init(&memo->lock, NULL);
    memo->most = most;
    memo->ref = ref;
    memo->unref = unref;
    memo->things = table_new(memo);
    return memo;
}

void
memo_free(Memo *memo)
{
    if (memo == NULL)
        return;
    g_hash_table_unref(memo->things);
    pthread_mutex_destroy(&memo->lock);
    g_free(memo);
}

gpointer
memo_get(Memo *memo, guint64 version, const char *key)
{
    pthread_mutex_lock(&memo->lock);
    gpointer thing = version != 0 && version == memo->version ? g_hash_table_lookup(memo->things, key) : NULL;
    if (thing != NULL)
        thing = memo->ref(thing);
    pthread_mutex_unlock(&memo->lock);
    return thing;
}

void
memo_put(Memo *memo, guint64 version, const char *key, gpointer thing, gsize weight)
{
    g_autoptr(GHashTable) forgotten = NULL;

    if (version == 0 || weight > memo->most)
        return;
    pthread_mutex_lock(&memo->lock);
    if (version > memo->version || memo->weight + weight > memo->most) {
        forgotten = memo->things;
        memo->things = table_new(memo);
        memo->weight = 0;
        memo->version = MAX(version, memo->version);
    }
    if (version == memo->version && !g_hash_table_contains(memo->things, key)) {
        g_hash_table_insert(memo->things, g_strdup(key), memo->ref(thing));
        memo->weight += weight;
    }
    pthread_mutex_unlock(&memo->lock);
}
