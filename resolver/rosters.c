/* SPDX-License-Identifier: BSD-2-Clause
 * rosters.c - who gets a message, as far as the groups and members on the way let its sender in
 *
 * Owns:     nothing beyond one question.
 * Promises: who is shared between senders was let in whoever they are; what cannot be judged yet lets nobody in unless
 *           it is asked again at the end of the message.
 * Threads:  any; a question is its thread's.
 *
 * Mostly nobody on the way asks for more than authentication. So the first walk is made for all who send to the group
 * at that time and are as trusted, and leaves out, as "gated", whatever looks at the sender more closely. Only if
 * somebody was left out so, the sender gets a walk of its own.
 */
#include "resolver/question.h"

static const char gated[] = "gated";

typedef enum {
    WALK_SHARED, /* for all of one class */
    WALK_BEST,   /* for this sender; who is undecided is let in */
    WALK_WORST,  /* for this sender; who is undecided is left out */
} WalkKind;

typedef enum { CLASS_EXTERNAL, CLASS_AUTHENTICATED, CLASS_SYSTEM } SenderClass;

typedef struct {
    Question *question;
    WalkKind  kind;
    SenderClass class;       /* SHARED */
    Sender         sender;   /* as groups and members on the way see it */
    PolicySettings settings; /* SHARED: none; who is exempt must not pass for all of a class */
    gboolean       held;     /* one of them is moderated, and holds */
    GPtrArray     *doubtful; /* BEST: of Policy, undecided */
    GHashTable    *policies; /* entry key (owned) -> Policy: worked out already */
    GPtrArray     *unread;   /* BEST: of Entry, members whose policies are to be worked out before another walk */
} Walk;

static void
walk_clear(Walk *walk)
{
    if (walk->kind == WALK_SHARED)
        return;
    g_ptr_array_unref(walk->doubtful);
    g_hash_table_unref(walk->policies);
    g_ptr_array_unref(walk->unread);
    g_clear_pointer(&walk->settings.lists, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Walk, walk_clear)

/* ---- who is let in ---- */

static void
judge(Walk *walk, Policy *policy, const char **reason)
{
    g_auto(Verdict) verdict = {.kind = VERDICT_REFUSED};

    policy_check(policy, &walk->sender, &verdict);
    switch (verdict.kind) {
    case VERDICT_REFUSED:
        *reason = verdict.reason;
        return;
    case VERDICT_ALLOWED:
        return;
    case VERDICT_HELD:
        walk->held = TRUE;
        return;
    case VERDICT_UNDECIDED:
        break;
    }
    if (walk->kind == WALK_BEST)
        g_ptr_array_add(walk->doubtful, policy_ref(policy));
    else
        *reason = "undecided";
}

/* ExpandAdmitGroupFunc. Not called while a search is under way, so that lists may be read. */
static gboolean
admit_group(const Group *group, const char **reason, gpointer user_data, GError **error)
{
    Walk           *walk = user_data;
    const Question *question = walk->question;
    const char     *key = entry_key(group_entry(group));

    if (walk->class == CLASS_SYSTEM)
        return TRUE;
    if (walk->kind == WALK_SHARED && policy_is_personal(group)) {
        *reason = gated;
        return TRUE;
    }
    g_autoptr(Policy) policy = walk->policies == NULL ? NULL : g_hash_table_lookup(walk->policies, key);
    if (policy != NULL)
        policy_ref(policy);
    else
        policy = policy_new(question->view, group, &walk->settings, question->deadline, error);
    if (policy == NULL)
        return FALSE;
    if (walk->policies != NULL)
        g_hash_table_insert(walk->policies, g_strdup(key), policy_ref(policy));
    if (walk->kind == WALK_SHARED || !question->preview)
        judge(walk, policy, reason);
    else if (group_restrictions(group)->unsupported != NULL)
        *reason = "restricted";
    return TRUE;
}

/* Called while a search is under way, where the directory must not be asked: a pool of connections may wait for itself.
 * Members whose lists are not read yet are left out and remembered. */
static void
admit_restricted(Walk *walk, const Entry *entry, const GroupRestrictions *restrictions, const char **reason)
{
    const Question *question = walk->question;
    gboolean        personal = restrictions_are_personal(restrictions);
    g_autoptr(Policy) policy = NULL;

    if (walk->kind == WALK_SHARED && personal) {
        *reason = gated;
        return;
    }
    if (walk->kind != WALK_SHARED && question->preview) {
        *reason = restrictions->unsupported;
        return;
    }
    if (personal && (policy = g_hash_table_lookup(walk->policies, entry_key(entry))) == NULL) {
        g_ptr_array_add(walk->unread, (gpointer)entry_ref(entry));
        *reason = gated;
        return;
    }
    policy = policy != NULL ? policy_ref(policy)
                            : policy_new_for_member(question->view, entry, &walk->settings, question->deadline, NULL);
    judge(walk, policy, reason);
}

/* ExpandAdmitMemberFunc */
static gboolean
admit_member(const Entry *entry, const Address *route, const char **reason, gpointer user_data,
             G_GNUC_UNUSED GError **error)
{
    Walk             *walk = user_data;
    const Resolver   *resolver = walk->question->resolver;
    GroupRestrictions restrictions;

    if (!entry_has_any(entry, &resolver->member_keys) || walk->class == CLASS_SYSTEM)
        return TRUE;
    if (resolver->check_members == CHECK_MEMBERS_EXTERNAL && member_is_online(entry, route))
        return TRUE;
    entry_restrictions(entry, &restrictions);
    if (!restrictions.authenticated && restrictions.unsupported == NULL && !restrictions_are_personal(&restrictions))
        return TRUE;
    admit_restricted(walk, entry, &restrictions, reason);
    if (*reason != NULL && *reason != gated)
        *reason = "member-restricted";
    return TRUE;
}

/* ---- one walk ---- */

static gsize
max_members_of(const Question *question)
{
    GuardRules rules = resolver_guard_rules(question->resolver, question->answer->group);
    return guard_max_members(question->resolver->state, &rules, group_identity(question->answer->group));
}

static gboolean
is_ours(const Address *address, gpointer user_data)
{
    const Walk *walk = user_data;
    return resolver_is_ours(walk->question->resolver, address);
}

/* FlightFunc */
static Roster *
expand(gpointer user_data, GError **error)
{
    Walk           *walk = user_data;
    const Question *question = walk->question;
    const Resolver *resolver = question->resolver;
    ExpandOptions   options = {
          .max_members = max_members_of(question),
          .max_depth = resolver->max_depth,
          .deadline = question->deadline,
          .is_ours = is_ours,
          .follow_forwarding = resolver->follow_forwarding,
          .include_remote = resolver->include_remote,
          .admit_group = admit_group,
          .admit_member = resolver->check_members != CHECK_MEMBERS_NO ? admit_member : NULL,
          .user_data = walk,
    };
    return expand_group(question->view, question->answer->group, &options, error);
}

/* Who is skipped weighs as much as who is not, and a group of nobody something too. */
static void
remember(Question *question, const char *key, guint64 version, Roster *roster)
{
    gsize n_members, n_skips;

    roster_members(roster, &n_members);
    roster_skips(roster, &n_skips);
    memo_put(question->resolver->known_rosters, version, key, roster, n_members + n_skips + 1);
}

static Roster *
walk_shared(Question *question, SenderClass class, GError **error)
{
    guint64 version = directory_view_version(question->view);
    Walk    walk = {
           .question = question,
           .kind = WALK_SHARED,
           .class = class,
           /* that there is a sender, not who, is all that such a walk may depend on */
           .sender = {.address = question->address,
                      .trust = class == CLASS_EXTERNAL ? SENDER_EXTERNAL : SENDER_AUTHENTICATED},
    };
    /* With an approval more may come than for those who asked before it. */
    g_autofree char *key = g_strdup_printf("%u %u %" G_GSIZE_FORMAT " %s", question->kind, class,
                                           max_members_of(question), entry_key(group_entry(question->answer->group)));
    Roster          *roster = memo_get(question->resolver->known_rosters, version, key);
    if (roster != NULL)
        return roster;
    roster = flight_join(question->resolver->flights, key, question->patience, expand, &walk, error);
    if (roster != NULL)
        remember(question, key, version, roster);
    return roster;
}

/* ---- the sender's own walks ---- */

static gboolean
read_member_policies(Walk *walk, GError **error)
{
    const Question *question = walk->question;

    for (guint i = 0; i < walk->unread->len; i++) {
        const Entry *entry = g_ptr_array_index(walk->unread, i);
        Policy      *policy = policy_new_for_member(question->view, entry, &walk->settings, question->deadline, error);
        if (policy == NULL)
            return FALSE;
        g_hash_table_insert(walk->policies, g_strdup(entry_key(entry)), policy);
    }
    g_ptr_array_set_size(walk->unread, 0);
    return TRUE;
}

/* Each round knows the policies of the members that the last one came upon; the second one mostly knows them all. */
static Roster *
walk_own(Walk *walk, GError **error)
{
    for (;;) {
        walk->held = FALSE;
        g_ptr_array_set_size(walk->doubtful, 0);
        g_autoptr(Roster) roster = expand(walk, error);
        if (roster == NULL || walk->unread->len == 0)
            return g_steal_pointer(&roster);
        if (!read_member_policies(walk, error))
            return NULL;
    }
}

static gboolean
find_own_rosters(Question *question, GError **error)
{
    Answer *answer = question->answer;
    g_auto(Walk) walk = {
        .question = question,
        .kind = WALK_BEST,
        .sender = *question->sender,
        .settings = question->resolver->policy,
        .doubtful = g_ptr_array_new_with_free_func((GDestroyNotify)policy_unref),
        .policies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)policy_unref),
        .unread = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref),
    };

    walk.settings.lists = policy_lists_new();
    answer->roster = walk_own(&walk, error);
    answer->held_below = walk.held;
    if (answer->roster == NULL || walk.doubtful->len == 0)
        return answer->roster != NULL;

    answer->doubtful = g_ptr_array_ref(walk.doubtful);
    g_ptr_array_unref(walk.doubtful);
    walk.doubtful = g_ptr_array_new_with_free_func((GDestroyNotify)policy_unref);
    walk.kind = WALK_WORST;
    answer->external_roster = walk_own(&walk, error);
    answer->external_held_below = walk.held;
    return answer->external_roster != NULL;
}

/* ---- which walks are needed ---- */

static gboolean
skipped_for(const Roster *roster, const char *const *reasons)
{
    gsize             n_skips;
    const RosterSkip *skips = roster_skips(roster, &n_skips);

    for (gsize i = 0; i < n_skips; i++)
        if (g_strv_contains(reasons, skips[i].reason))
            return TRUE;
    return FALSE;
}

static gboolean
is_gated(const Roster *roster)
{
    static const char *const reasons[] = {gated, NULL};
    return skipped_for(roster, reasons);
}

/* An authenticated sender might have reached more. */
static gboolean
depends_on_trust(const Roster *roster)
{
    static const char *const reasons[] = {"sender-not-authenticated", "member-restricted", NULL};
    return skipped_for(roster, reasons);
}

static gboolean
find_for_class(Question *question, SenderClass class, GError **error)
{
    g_autoptr(Roster) roster = walk_shared(question, class, error);

    if (roster == NULL)
        return FALSE;
    if (is_gated(roster))
        return find_own_rosters(question, error);
    question->answer->roster = g_steal_pointer(&roster);
    return TRUE;
}

static gboolean
find_for_both(Question *question, GError **error)
{
    g_autoptr(Roster) external = walk_shared(question, CLASS_EXTERNAL, error);
    g_autoptr(Roster) authenticated = NULL;

    if (external == NULL)
        return FALSE;
    if (!is_gated(external) && depends_on_trust(external)) {
        authenticated = walk_shared(question, CLASS_AUTHENTICATED, error);
        if (authenticated == NULL)
            return FALSE;
    }
    if (is_gated(external) || (authenticated != NULL && is_gated(authenticated)))
        return find_own_rosters(question, error);
    if (authenticated == NULL) {
        question->answer->roster = g_steal_pointer(&external);
        return TRUE;
    }
    question->answer->roster = g_steal_pointer(&authenticated);
    question->answer->external_roster = g_steal_pointer(&external);
    return TRUE;
}

gboolean
question_find_rosters(Question *question, GError **error)
{
    const Sender *sender = question->sender;

    if (!question->preview && policy_is_system_sender(&question->resolver->policy, sender))
        return find_for_class(question, CLASS_SYSTEM, error);
    if (sender->trust == SENDER_UNDECIDED && !sender->final)
        return find_for_both(question, error);
    return find_for_class(question, sender->trust == SENDER_AUTHENTICATED ? CLASS_AUTHENTICATED : CLASS_EXTERNAL,
                          error);
}
