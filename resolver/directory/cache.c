/* SPDX-License-Identifier: BSD-2-Clause
 * cache.c - live searches, each answer remembered for a short time
 *
 * Owns:     the live directory, and what it answered.
 * Promises: found and not found are remembered alike, failures never; an answer is remembered whole or not at all, so
 * that nobody sees the beginning of one that failed. Threads:  any; a view is its thread's.
 */
#include "resolver/directory/answers.h"
#include "resolver/directory/directory-class.h"

#include <string.h>

typedef struct {
    Directory     directory;
    Directory    *live;
    CacheSettings settings;
    Answers      *answers;
} Cache;

typedef struct {
    Directory         directory;
    Cache            *cache;
    DirectoryViewKind kind;   /* CURRENT, STALE */
    Directory        *live;   /* a view; NULL: STALE */
    gint64            until;  /* no waiting for others' questions beyond this */
    gint64            oldest; /* when the oldest remembered answer that was used was asked for; 0: none was */
} CacheView;

/* ---- questions as keys ---- */

/* Each part with its length, so that no two questions look alike; and their hash, since some name 100,000 entries. */
typedef struct {
    GChecksum *hash;
} Question;

static void
question_add(Question *question, const char *text)
{
    guint64 length = text != NULL ? strlen(text) : G_MAXUINT64;

    g_checksum_update(question->hash, (const guchar *)&length, sizeof length);
    if (text != NULL)
        g_checksum_update(question->hash, (const guchar *)text, (gssize)length);
}

static Question
question_begin(const char *operation, const char *const *attributes)
{
    Question question = {g_checksum_new(G_CHECKSUM_SHA256)};

    question_add(&question, operation);
    for (; attributes != NULL && *attributes != NULL; attributes++)
        question_add(&question, *attributes);
    question_add(&question, NULL);
    return question;
}

static char *
question_end(Question *question)
{
    char *key = g_strdup(g_checksum_get_string(question->hash));
    g_checksum_free(question->hash);
    return key;
}

static char *
question_of_texts(const char *operation, const char *const *texts, gsize n_texts, const char *const *attributes)
{
    Question question = question_begin(operation, attributes);

    for (gsize i = 0; i < n_texts; i++)
        question_add(&question, texts[i]);
    return question_end(&question);
}

static char *
question_of_search(const DirectorySearch *search)
{
    Question         question = question_begin("search", search->attributes);
    g_autofree char *filter = filter_print(search->filter);
    const char       scope[] = {(char)('0' + search->scope), '\0'};

    question_add(&question, search->base);
    question_add(&question, scope);
    question_add(&question, filter);
    return question_end(&question);
}

/* ---- asking the live directory ---- */

static GPtrArray *
new_entries(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);
}

/* GCopyFunc */
static gpointer
keep_entry(gconstpointer entry, G_GNUC_UNUSED gpointer data)
{
    return (gpointer)entry_ref(entry);
}

typedef struct {
    Directory             *live;
    const Address *const  *addresses;
    const char *const     *dns;
    gsize                  n;
    const char *const     *attributes;
    const DirectorySearch *search;
    gint64                 deadline;
} Asked;

/* The next three: AnswersAskFunc. */
static KeptAnswer *
ask_find(gpointer user_data, GError **error)
{
    const Asked *asked = user_data;
    gint64       now = g_get_monotonic_time();
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    if (!directory_find_many(asked->live, asked->addresses, asked->n, asked->attributes, found, asked->deadline, error))
        return NULL;
    gsize n_entries = 0;
    for (guint i = 0; i < found->len; i++)
        n_entries += ((GPtrArray *)g_ptr_array_index(found, i))->len + 1;
    return kept_answer_new(g_steal_pointer(&found), n_entries, now);
}

static KeptAnswer *
ask_read(gpointer user_data, GError **error)
{
    const Asked *asked = user_data;
    gint64       now = g_get_monotonic_time();
    g_autoptr(GPtrArray) entries = new_entries();

    if (!directory_read_many(asked->live, asked->dns, asked->n, asked->attributes, entries, asked->deadline, error))
        return NULL;
    gsize n_entries = entries->len;
    return kept_answer_new(g_steal_pointer(&entries), n_entries, now);
}

/* DirectoryEntryFunc */
static gboolean
append(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(user_data, (gpointer)entry_ref(entry));
    return TRUE;
}

static KeptAnswer *
ask_search(gpointer user_data, GError **error)
{
    const Asked *asked = user_data;
    gint64       now = g_get_monotonic_time();
    g_autoptr(GPtrArray) entries = new_entries();

    if (!directory_search(asked->live, asked->search, append, entries, asked->deadline, error))
        return NULL;
    gsize n_entries = entries->len;
    return kept_answer_new(g_steal_pointer(&entries), n_entries, now);
}

/* ---- a view's calls ---- */

static CacheView *
view_of(Directory *directory)
{
    return (CacheView *)directory;
}

/* The answer that this kind of view may give. */
static KeptAnswer *
answer_to(CacheView *view, const char *question, AnswersAskFunc ask, Asked *asked, GError **error)
{
    Cache *cache = view->cache;
    gint64 now = g_get_monotonic_time();

    asked->live = view->live;
    KeptAnswer *answer = view->kind == VIEW_STALE
                             ? answers_get(cache->answers, question, cache->settings.stale_limit)
                             : answers_get_or_ask(cache->answers, question, cache->settings.time,
                                                  MIN(asked->deadline, view->until), ask, asked, error);
    if (answer == NULL && view->kind == VIEW_STALE)
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                            "no server answers, and the answer is not remembered");
    if (answer != NULL && answer->asked < now && (view->oldest == 0 || answer->asked < view->oldest))
        view->oldest = answer->asked;
    return answer;
}

static gboolean
cache_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
                GPtrArray *found, gint64 deadline, GError **error)
{
    Asked    asked = {.addresses = addresses, .n = n_addresses, .attributes = attributes, .deadline = deadline};
    Question parts = question_begin("find", attributes);

    for (gsize i = 0; i < n_addresses; i++)
        question_add(&parts, address_key(addresses[i]));
    g_autofree char *question = question_end(&parts);
    g_autoptr(KeptAnswer) answer = answer_to(view_of(directory), question, ask_find, &asked, error);
    if (answer == NULL)
        return FALSE;
    for (guint i = 0; i < answer->entries->len; i++) {
        GPtrArray *entries = g_ptr_array_copy(g_ptr_array_index(answer->entries, i), keep_entry, NULL);
        g_ptr_array_add(found, entries);
    }
    return TRUE;
}

static gboolean
cache_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
           gint64 deadline, GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    if (!cache_find_many(directory, &address, 1, attributes, found, deadline, error))
        return FALSE;
    g_ptr_array_extend(entries, g_ptr_array_index(found, 0), keep_entry, NULL);
    return TRUE;
}

static gboolean
cache_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
                GPtrArray *entries, gint64 deadline, GError **error)
{
    Asked            asked = {.dns = dns, .n = n_dns, .attributes = attributes, .deadline = deadline};
    g_autofree char *question = question_of_texts("read", dns, n_dns, attributes);
    g_autoptr(KeptAnswer) answer = answer_to(view_of(directory), question, ask_read, &asked, error);

    if (answer == NULL)
        return FALSE;
    g_ptr_array_extend(entries, answer->entries, keep_entry, NULL);
    return TRUE;
}

static gboolean
cache_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry, gint64 deadline,
           GError **error)
{
    g_autoptr(GPtrArray) entries = new_entries();

    if (!cache_read_many(directory, &dn, 1, attributes, entries, deadline, error))
        return FALSE;
    *entry = entries->len > 0 ? entry_ref(g_ptr_array_index(entries, 0)) : NULL;
    return TRUE;
}

static gboolean
cache_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
             gint64 deadline, GError **error)
{
    Asked            asked = {.search = search, .deadline = deadline};
    g_autofree char *question = question_of_search(search);
    g_autoptr(KeptAnswer) answer = answer_to(view_of(directory), question, ask_search, &asked, error);

    for (guint i = 0; answer != NULL && i < answer->entries->len; i++)
        if (!func(g_ptr_array_index(answer->entries, i), user_data, error))
            return FALSE;
    return answer != NULL;
}

static void
cache_view_limit(Directory *directory, gint64 waiting)
{
    CacheView *view = view_of(directory);

    view->until = g_get_monotonic_time() + waiting;
    if (view->live != NULL)
        directory_view_limit(view->live, waiting);
}

static gint64
cache_view_age(Directory *directory)
{
    const CacheView *view = view_of(directory);
    return view->oldest > 0 ? g_get_monotonic_time() - view->oldest : -1;
}

static Schema *
cache_view_schema(Directory *directory)
{
    return directory_schema(view_of(directory)->cache->live);
}

static const DirectoryClass view_class = {
    .kind = "cache",
    .find = cache_find,
    .find_many = cache_find_many,
    .read = cache_read,
    .read_many = cache_read_many,
    .search = cache_search,
    .schema = cache_view_schema,
    .view_limit = cache_view_limit,
    .view_age = cache_view_age,
};

/* ---- the directory itself: calls outside of a view go to the server ---- */

static Cache *
cache_of(Directory *directory)
{
    return (Cache *)directory;
}

static gboolean
live_find(Directory *directory, const Address *address, const char *const *attributes, GPtrArray *entries,
          gint64 deadline, GError **error)
{
    return directory_find(cache_of(directory)->live, address, attributes, entries, deadline, error);
}

static gboolean
live_find_many(Directory *directory, const Address *const *addresses, gsize n_addresses, const char *const *attributes,
               GPtrArray *found, gint64 deadline, GError **error)
{
    return directory_find_many(cache_of(directory)->live, addresses, n_addresses, attributes, found, deadline, error);
}

static gboolean
live_read(Directory *directory, const char *dn, const char *const *attributes, const Entry **entry, gint64 deadline,
          GError **error)
{
    return directory_read(cache_of(directory)->live, dn, attributes, entry, deadline, error);
}

static gboolean
live_read_many(Directory *directory, const char *const *dns, gsize n_dns, const char *const *attributes,
               GPtrArray *entries, gint64 deadline, GError **error)
{
    return directory_read_many(cache_of(directory)->live, dns, n_dns, attributes, entries, deadline, error);
}

static gboolean
live_search(Directory *directory, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
            gint64 deadline, GError **error)
{
    return directory_search(cache_of(directory)->live, search, func, user_data, deadline, error);
}

static Schema *
cache_schema(Directory *directory)
{
    return directory_schema(cache_of(directory)->live);
}

static GPtrArray *
cache_check(Directory *directory, gint64 deadline)
{
    return directory_check(cache_of(directory)->live, deadline);
}

static Directory *
cache_view(Directory *directory, DirectoryViewKind kind, GError **error)
{
    if (kind == VIEW_LIVE) {
        g_set_error_literal(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "the servers have been asked already");
        return NULL;
    }
    Directory *live = kind == VIEW_CURRENT ? directory_view(cache_of(directory)->live, VIEW_CURRENT, error) : NULL;
    if (kind == VIEW_CURRENT && live == NULL)
        return NULL;
    CacheView *view = g_new0(CacheView, 1);
    view->directory.class = &view_class;
    view->cache = cache_of(directory);
    view->kind = kind;
    view->live = live;
    view->until = G_MAXINT64;
    return &view->directory;
}

static void
cache_view_end(Directory *directory, Directory *view)
{
    if (view_of(view)->live != NULL)
        directory_view_end(cache_of(directory)->live, view_of(view)->live);
    g_free(view);
}

static DirectoryStatus *
cache_status(Directory *directory)
{
    Cache           *cache = cache_of(directory);
    DirectoryStatus *status = directory_status(cache->live);
    gsize            n_entries, n_answers;

    answers_count(cache->answers, &n_entries, &n_answers);
    status->kind = directory_kind(directory);
    status->entries = n_entries;
    return status;
}

static void
cache_free(Directory *directory)
{
    Cache *cache = cache_of(directory);

    directory_free(cache->live);
    answers_free(cache->answers);
    g_free(cache);
}

static const DirectoryClass cache_class = {
    .kind = "cache",
    .find = live_find,
    .find_many = live_find_many,
    .read = live_read,
    .read_many = live_read_many,
    .search = live_search,
    .schema = cache_schema,
    .check = cache_check,
    .view = cache_view,
    .view_end = cache_view_end,
    .status = cache_status,
    .free = cache_free,
};

Directory *
directory_cache_new(Directory *live, const CacheSettings *settings)
{
    Cache *cache = g_new0(Cache, 1);

    cache->directory.class = &cache_class;
    cache->live = live;
    cache->settings = *settings;
    cache->answers =
        answers_new(MAX(settings->time, settings->stale_limit), settings->max_entries, settings->max_waiting);
    return &cache->directory;
}
