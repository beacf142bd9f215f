/* SPDX-License-Identifier: BSD-2-Clause
 * resolver.c - the face of the library: an address in, an answer out
 *
 * Owns:     the directory, a copy of the settings, the expansions under way.
 * Promises: a preview goes the same way as mail; every failure is an answer.
 * Threads:  any number at once; nothing here changes but the table of flights, which has its own lock.
 */
#include "rollcall/resolver.h"
#include "rollcall/lookup.h"

#include "resolver/answer.h"
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
        GroupSettings *copy = g_new0(GroupSettings, 1);
        copy->max_members = groups[i].max_members;
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
    resolver->flights = flight_table_new();
    resolver->known_groups =
        memo_new(MOST_KNOWN_GROUPS, (gpointer(*)(gpointer))group_ref, (void (*)(gpointer))group_unref);
    resolver->known_rosters =
        memo_new(MOST_KNOWN_MEMBERS, (gpointer(*)(gpointer))roster_ref, (void (*)(gpointer))roster_unref);
    resolver->domains = copy_domains(settings->domains);
    resolver->settings = copy_group_settings(settings->groups, settings->n_groups);
    resolver->refuse_unknown = settings->refuse_unknown;
    resolver->accept_empty = settings->accept_empty;
    resolver->max_members = settings->max_members;
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

/* ---- from the address to the group ---- */

/* One entry may come twice where bases overlap. */
static GPtrArray *
distinct_entries(const GPtrArray *entries)
{
    GPtrArray *distinct = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < entries->len; i++)
        if (g_hash_table_add(seen, (gpointer)entry_key(g_ptr_array_index(entries, i))))
            g_ptr_array_add(distinct, g_ptr_array_index(entries, i));
    return distinct;
}

static gboolean
check_classes(const GPtrArray *entries, GError **error)
{
    for (guint i = 0; i < entries->len; i++)
        if (!entry_check_class(g_ptr_array_index(entries, i), error))
            return FALSE;
    return TRUE;
}

static gboolean
any_is_group(const GPtrArray *entries)
{
    for (guint i = 0; i < entries->len; i++)
        if (entry_is_group(g_ptr_array_index(entries, i)))
            return TRUE;
    return FALSE;
}

/* The group's entry, whole. A lookup leaves the lists of members out; dynamic groups have none. */
static const Entry *
whole_entry(const Question *question, const Entry *found, GError **error)
{
    const Entry *entry = NULL;

    if (entry_group_kind(found) == GROUP_DYNAMIC)
        return entry_ref(found);
    if (!directory_read(question->resolver->directory, entry_dn(found), group_attributes, &entry, question->deadline,
                        error))
        return NULL;
    if (entry != NULL && entry_is_group(entry))
        return entry;
    entry_unref(entry);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "%s changed while it was read", entry_dn(found));
    return NULL;
}

static void
decode_group(Question *question, const Entry *found)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(EntryRef) entry = whole_entry(question, found, &error);

    if (entry != NULL)
        question->answer->group = group_new(entry, &error);
    if (error != NULL)
        answer_failed(question->answer, question->address, error);
    else
        memo_put(question->resolver->known_groups, directory_view_version(question->resolver->directory),
                 address_key(question->address), question->answer->group, 1);
}

/* Either sets answer->group, or the answer is complete. Two people with one address are both no group: what becomes of
 * their mail is not ours to say, as for any other recipient. */
static void
find_group(Question *question)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    question->answer->group =
        memo_get(question->resolver->known_groups, directory_view_version(question->resolver->directory),
                 address_key(question->address));
    if (question->answer->group != NULL)
        return;
    if (!lookup_entries(question->resolver->directory, question->address, group_lookup_attributes, found,
                        question->deadline, &error) ||
        !check_classes(found, &error)) {
        answer_failed(question->answer, question->address, error);
        return;
    }
    g_autoptr(GPtrArray) entries = distinct_entries(found);
    if (entries->len == 0)
        answer_unknown(question->answer, question->address, question->resolver->refuse_unknown);
    else if (!any_is_group(entries))
        answer_recipient(question->answer, entries);
    else if (entries->len > 1)
        answer_ambiguous(question->answer, question->address, entries);
    else
        decode_group(question, g_ptr_array_index(entries, 0));
}

/* ---- from the group to its answer ---- */

/* A report to the group itself: to its manager, or nobody's. */
static void
answer_report(Question *question, Verdict *verdict, const char *manager, const Address *route)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Roster) roster = NULL;

    if (question->answer->reports == REPORTS_MANAGER)
        roster = roster_new_single(question->answer->group, manager, route, &error);
    if (error != NULL)
        answer_failed(question->answer, question->address, error);
    else if (roster == NULL || roster_is_empty(roster))
        answer_refused(question->answer, verdict);
    else
        answer_roster(question->answer, question->address, g_steal_pointer(&roster), NULL, FALSE);
}

static void
answer_members(Question *question, const Verdict *verdict)
{
    Answer *answer = question->answer;
    g_autoptr(GError) error = NULL;

    if (!question_find_rosters(question, &error)) {
        answer_failed(answer, question->address, error);
        return;
    }
    Roster *roster = g_steal_pointer(&answer->roster), *external = g_steal_pointer(&answer->external_roster);
    answer_roster(answer, question->address, roster, external, question->resolver->accept_empty);
    if (answer->kind != ANSWER_ROSTER)
        return;
    answer->undecided = answer->external_roster != NULL || verdict->kind == VERDICT_UNDECIDED;
    answer->held = !answer->undecided && (answer->held_below || verdict->kind == VERDICT_HELD);
}

/* A preview says what is asked of senders beside its roster. A failure has its own reason. */
static void
mark_restricted(Question *question)
{
    Answer                  *answer = question->answer;
    const GroupRestrictions *asked = group_restrictions(answer->group);

    answer->held = FALSE;
    answer->undecided = FALSE;
    if (answer->kind != ANSWER_ROSTER || (asked->unsupported == NULL && !restrictions_are_personal(asked)))
        return;
    g_autoptr(GPtrArray) lines = group_describe_restrictions(answer->group);
    g_ptr_array_add(lines, NULL);
    answer->reason = "restricted";
    g_free(answer->detail);
    answer->detail = g_strjoinv("; ", (char **)lines->pdata);
}

/* TRUE: the verdict is there. */
static gboolean
judge_sender(Question *question, Verdict *verdict)
{
    g_autoptr(GError) error = NULL;
    Resolver *resolver = question->resolver;
    Answer   *answer = question->answer;

    answer->policy = policy_new(resolver->directory, answer->group, &resolver->policy, question->deadline, &error);
    if (answer->policy == NULL) {
        answer_failed(answer, question->address, error);
        return FALSE;
    }
    policy_check(answer->policy, question->sender, verdict);
    return TRUE;
}

static void
answer_group(Question *question)
{
    g_auto(Verdict) verdict = {.kind = VERDICT_REFUSED};
    g_autoptr(GError) error = NULL;
    g_autofree char *manager = NULL;
    g_autoptr(Address) route = NULL;
    gboolean is_report = question->sender->address == NULL;

    if (!judge_sender(question, &verdict))
        return;
    if (verdict.kind == VERDICT_REFUSED && !is_report && !question->preview) {
        answer_refused(question->answer, &verdict);
        return;
    }
    if (!question_find_reports(question, &manager, &route, &error)) {
        answer_failed(question->answer, question->address, error);
        return;
    }
    if (is_report)
        answer_report(question, &verdict, manager, route);
    else
        answer_members(question, &verdict);
    if (question->preview)
        mark_restricted(question);
    /* The lists may be long, and the answer lives as long as its message. */
    if (!question->answer->undecided)
        g_clear_pointer(&question->answer->policy, policy_unref);
}

gboolean
resolver_is_ours(const Resolver *resolver, const Address *address)
{
    return resolver->domains == NULL || g_hash_table_contains(resolver->domains, address_domain_key(address));
}

static void
answer_question(Question *question)
{
    find_group(question);
    if (question->answer->group != NULL)
        answer_group(question);
}

static Answer *
resolve(Resolver *resolver, const Address *address, const Sender *sender, gboolean preview)
{
    gint64   started = g_get_monotonic_time();
    Answer  *answer = g_new0(Answer, 1);
    Question question = {
        .resolver = resolver,
        .address = address,
        .sender = sender,
        .preview = preview,
        .deadline = started + resolver->max_time,
        .answer = answer,
    };

    answer->kind = ANSWER_NOT_OURS;
    answer->via = directory_kind(resolver->directory);
    if (resolver_is_ours(resolver, address))
        answer_question(&question);
    answer->elapsed = g_get_monotonic_time() - started;
    return answer;
}

Answer *
resolver_resolve(Resolver *resolver, const Address *address, const Sender *sender)
{
    return resolve(resolver, address, sender, FALSE);
}

/* The address stands for somebody who is allowed: that there is a sender, not who, is all that policy asks of it. */
Answer *
resolver_preview(Resolver *resolver, const Address *address)
{
    Sender sender = {.address = address, .trust = SENDER_AUTHENTICATED, .final = TRUE};
    return resolve(resolver, address, &sender, TRUE);
}
