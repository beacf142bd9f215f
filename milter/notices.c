/* SPDX-License-Identifier: BSD-2-Clause
 * notices.c - what is worth one line in the log, but not one for each message
 *
 * Owns:     the texts said so far.
 * Promises: bounded memory, however many filters need repair.
 * Threads:  any, behind one lock that is held for one look-up.
 */
#include "milter/notices.h"

#include <pthread.h>

struct Notices {
    pthread_mutex_t lock;
    GHashTable     *said;
    gsize           most;
};

Notices *
notices_new(gsize most)
{
    Notices *notices = g_new0(Notices, 1);
    pthread_mutex_init(&notices->lock, NULL);
    notices->said = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    notices->most = most;
    return notices;
}

void
notices_free(Notices *notices)
{
    g_hash_table_unref(notices->said);
    pthread_mutex_destroy(&notices->lock);
    g_free(notices);
}

gboolean
notices_is_first(Notices *notices, const char *text)
{
    pthread_mutex_lock(&notices->lock);
    gboolean first = !g_hash_table_contains(notices->said, text);
    if (first && g_hash_table_size(notices->said) >= notices->most)
        g_hash_table_remove_all(notices->said);
    if (first)
        g_hash_table_add(notices->said, g_strdup(text));
    pthread_mutex_unlock(&notices->lock);
    return first;
}
