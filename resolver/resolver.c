/* SPDX-License-Identifier: BSD-2-Clause
 * resolver.c - the face of the library: an address in, an answer out
 *
 * Owns:     the directory, a copy of the settings, the expansions under way.
 * Promises: a preview goes the same way as mail; every failure is an answer.
 * Threads:  any number at once; nothing here changes but the table of flights, which has its own lock.
 */
#include "rollcall/resolver.h"

#include "resolver/question.h"

/* What is remembered of a version of the directory: so many groups, and so many members in all their rosters, some 200
 * octets each. */
enum { MOST_KNOWN_GROUPS = 10000, MOST_KNOWN_MEMBERS = 400000 };

/* ---- building ---- */

static GHashTable *
copy_domains(const char *const *domains)
{
    if (domains == NULL)
        return NULL;

    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (; *domains != NULL; domains++) {
        char *key = address_domain_to_key(*domains);
        if (key != NULL)
            g_hash_table_add(keys, key);
    }
    return keys;
}

static GHashTable *
copy_group_settings(const GroupSettings *groups, gsize n_groups)
{
    GHashTable *copies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (gsize i = 0; i < n_groups; i++) {
        g_autoptr(Address) address = address_new(groups[i].address, NULL);
        if (address == NULL)
            continue; /* no mail can come to what is no address */
        GroupSettings *copy = g_new(GroupSettings, 1);
        *copy = groups[i];
        copy->address = NULL;
        g_hash_table_insert(copies, g_strdup(address_key(address)), copy);
    }
    return copies;
}

static void
copy_rules(Resolver *resolver, const ResolverSettings *settings)
{
    resolver->system_senders = g_strdupv((char **)settings->policy.system_senders);
    resolver->policy = settings->policy;
    resolver->policy.system_senders = (const char *const *)resolver->system_senders;
    resolver->check_members = settings->check_members;
    restriction_keys_init(&resolver->member_keys);
    resolver->follow_forwarding = settings->follow_forwarding;
    resolver->include_remote = settings->include_remote;
    resolver->policy.include_remote = settings->include_remote;
    resolver->unset_reports_nobody = settings->unset_reports_nobody;
    resolver->unset_oof_suppress = settings->unset_oof_suppress;
}

Resolver *
resolver_new(const ResolverSettings *settings, Directory *directory)
{
    Resolver *resolver = g_new0(Resolver, 1);

    resolver->reference_count = 1;
    resolver->directory = directory;
    resolver->flights = flight_table_new(settings->max_waiting);
    resolver->known_groups =
        memo_new(MOST_KNOWN_GROUPS, (gpointer(*)(gpointer))group_ref, (void (*)(gpointer))group_unref);
    resolver->known_rosters =
        memo_new(MOST_KNOWN_MEMBERS, (gpointer(*)(gpointer))roster_ref, (void (*)(gpointer))roster_unref);
    resolver->domains = copy_domains(settings->domains);
    resolver->settings = copy_group_settings(settings->groups, settings->n_groups);
    resolver->refuse_unknown = settings->refuse_unknown;
    resolver->accept_empty = settings->accept_empty;
    resolver->guard =
        (GuardRules){settings->change_percent, settings->change_count, settings->guard_action, settings->max_members};
    resolver->state = settings->state != NULL ? state_ref(settings->state) : NULL;
    resolver->max_depth = settings->max_depth;
    resolver->max_time = settings->max_time;
    copy_rules(resolver, settings);
    return resolver;
}

Resolver *
resolver_ref(Resolver *resolver)
{
    g_atomic_int_inc(&resolver->reference_count);
    return resolver;
}

void
resolver_unref(Resolver *resolver)
{
    if (resolver == NULL || !g_atomic_int_dec_and_test(&resolver->reference_count))
        return;
    flight_table_free(resolver->flights);
    memo_free(resolver->known_groups);
    memo_free(resolver->known_rosters);
    directory_free(resolver->directory);
    if (resolver->domains != NULL)
        g_hash_table_unref(resolver->domains);
    g_hash_table_unref(resolver->settings);
    state_unref(resolver->state);
    g_strfreev(resolver->system_senders);
    g_free(resolver);
}

Directory *
resolver_directory(Resolver *resolver)
{
    return resolver->directory;
}

guint
resolver_waiting(Resolver *resolver)
{
    return flight_table_waiting(resolver->flights);
}

gboolean
resolver_is_ours(const Resolver *resolver, const Address *address)
{
    return resolver->domains == NULL || g_hash_table_contains(resolver->domains, address_domain_key(address));
}

/* ---- views ---- */

/* For what is kept, which is memory work. */
#define STALE_TIME (2 * G_TIME_SPAN_SECOND)
/* A callback that waits may hold up a stranger's mail. So long it waits in all for servers that are silent or slow; an
 * answer that keeps coming has until the deadline. */
#define LONGEST_WAIT (5 * G_TIME_SPAN_SECOND)

static Answer *
new_answer(Question *question)
{
    question->answer = g_new0(Answer, 1);
    question->answer->kind = ANSWER_NOT_OURS;
    question->answer->age = -1;
    question->answer->via = directory_kind(question->resolver->directory);
    question->failure = NO_FAILURE;
    return question->answer;
}

/* Works the answer out in one view. NULL with `error`: there is no such view at present. */
static Answer *
answer_in_view(Question *question, DirectoryViewKind kind, GError **error)
{
    Directory *directory = question->resolver->directory;

    question->kind = kind;
    if (kind == VIEW_STALE) /* the servers may have had all the time there was */
        question->deadline = MAX(question->deadline, g_get_monotonic_time() + STALE_TIME);
    question->view = directory_view(directory, kind, error);
    if (question->view == NULL)
        return NULL;
    question->patience = question->deadline;
    if (!question->preview) {
        question->patience = MIN(question->deadline, g_get_monotonic_time() + LONGEST_WAIT);
        directory_view_limit(question->view, LONGEST_WAIT);
    }
    Answer *answer = new_answer(question);
    question_answer(question);
    answer->via = directory_kind(question->view);
    answer->age = directory_view_age(question->view);
    answer->stale = kind == VIEW_STALE;
    directory_view_end(directory, g_steal_pointer(&question->view));
    return answer;
}

/* Nobody is there: he may have come a moment ago, and what is kept always lags a little. */
static gboolean
is_nobody(const Answer *answer)
{
    return answer->kind == ANSWER_REFUSED && (answer->group == NULL || answer->empty);
}

/* Whether an answer, or none, calls for another view. An error that comes of what is kept is believed only if the
 * server says the same: it may not keep all that was asked for, and rights may have changed. So is that nobody is
 * there. No server says anything: what is kept, though it is old. */
static gboolean
is_to_be_asked(DirectoryViewKind kind, const Answer *answer, int failure)
{
    if (kind == VIEW_CURRENT || answer == NULL)
        return TRUE;
    if (kind == VIEW_LIVE)
        return (failure != NO_FAILURE && failure != DIRECTORY_ERROR_UNAVAILABLE) || is_nobody(answer);
    return failure == DIRECTORY_ERROR_UNAVAILABLE || failure == DIRECTORY_ERROR_INCOMPLETE;
}

/* An old state does not tell who is unknown or not let in by now, and why it cannot answer is not what stopped the
 * mail. */
static gboolean
is_better(const Question *question, const Answer *before)
{
    if (question->kind != VIEW_STALE)
        return TRUE;
    return question->answer->kind != ANSWER_REFUSED && (before == NULL || question->failure == NO_FAILURE);
}

static Answer *
answer_in_turn(Question *question)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(GError) first = NULL;
    int failure = NO_FAILURE;

    for (DirectoryViewKind kind = VIEW_CURRENT; kind <= VIEW_STALE; kind++) {
        g_autoptr(GError) error = NULL;
        if (!is_to_be_asked(kind, answer, failure))
            continue;
        g_autoptr(Answer) next = answer_in_view(question, kind, &error);
        if (next == NULL && first == NULL)
            first = g_steal_pointer(&error);
        if (next == NULL || !is_better(question, answer))
            continue;
        answer_free(answer);
        answer = g_steal_pointer(&next);
        failure = question->failure;
    }
    if (answer != NULL)
        return g_steal_pointer(&answer);
    answer = new_answer(question);
    question_fail(question, first);
    return g_steal_pointer(&answer);
}

static Answer *
resolve(Resolver *resolver, const Address *address, const Sender *sender, gboolean preview)
{
    gint64   started = g_get_monotonic_time();
    Question question = {
        .resolver = resolver,
        .address = address,
        .sender = sender,
        .preview = preview,
        .deadline = started + resolver->max_time,
    };

    Answer *answer = resolver_is_ours(resolver, address) ? answer_in_turn(&question) : new_answer(&question);
    answer->elapsed = g_get_monotonic_time() - started;
    return answer;
}

Answer *
resolver_resolve(Resolver *resolver, const Address *address, const Sender *sender)
{
    return resolve(resolver, address, sender, FALSE);
}

/* The address stands for somebody who is allowed: that there is a sender, not who, is all that policy asks of it. */
static Sender
previewer(const Address *address)
{
    return (Sender){.address = address, .trust = SENDER_AUTHENTICATED, .final = TRUE};
}

Answer *
resolver_preview(Resolver *resolver, const Address *address)
{
    Sender sender = previewer(address);
    return resolve(resolver, address, &sender, TRUE);
}

Answer *
resolver_preview_in(Resolver *resolver, const Address *address, DirectoryViewKind kind, GError **error)
{
    Sender   sender = previewer(address);
    Question question = {
        .resolver = resolver,
        .address = address,
        .sender = &sender,
        .preview = TRUE,
        .deadline = g_get_monotonic_time() + resolver->max_time,
    };
    g_autoptr(Answer) answer = answer_in_view(&question, kind, error);

    if (answer == NULL || question.failure == NO_FAILURE)
        return g_steal_pointer(&answer);
    g_set_error_literal(error, DIRECTORY_ERROR, question.failure, answer->detail);
    return NULL;
}
