/* SPDX-License-Identifier: BSD-2-Clause
 * policy.c - may this sender use this group
 *
 * Owns:     the entry that restricts, and everybody on its lists.
 * Promises: fails closed: allowed is only whom every restriction lets through. What only the end of the message tells
 * is undecided until then, unless it could not change the answer. Threads:  any.
 *
 * No document says in which order Exchange checks. Here what costs the sender least to mend comes first, and that a
 * reject list beats an accept list is the reading that lets nobody in whom somebody meant to keep out.
 */
#include "rollcall/policy.h"

#include "resolver/policy/audience.h"
#include "resolver/policy/verdict.h"

G_DEFINE_QUARK(rollcall_policy_error, policy_error)

struct Policy {
    int               reference_count;
    const Entry      *entry;
    Address          *name; /* the reply's; NULL: no address of its own */
    GroupRestrictions restrictions;
    SenderIdentity    identity;
    gboolean          hold_moderated;
    char            **system_senders;  /* NULL: none */
    Audience         *accept, *reject; /* NULL: no such list */
    Audience         *exempt;          /* from moderation; NULL: nobody, or not moderated */
};

/* ---- making ---- */

GHashTable *
policy_lists_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)audience_unref);
}

/* As audience_new(), or one of `lists`. */
static Audience *
find_audience(Directory *directory, const AudienceSource *source, GHashTable *lists, gint64 deadline, GError **error)
{
    if (lists == NULL)
        return audience_new(directory, source, deadline, error);

    g_autofree char *key = audience_source_key(source);
    Audience        *audience = g_hash_table_lookup(lists, key);
    if (audience != NULL)
        return audience_ref(audience);
    audience = audience_new(directory, source, deadline, error);
    if (audience == NULL)
        return NULL;
    g_hash_table_insert(lists, g_steal_pointer(&key), audience_ref(audience));
    if (audience_check_all(lists, error))
        return audience;
    audience_unref(audience);
    return NULL;
}

static gboolean
read_audience(Directory *directory, const Policy *policy, const AudienceSource *source, GHashTable *lists,
              gint64 deadline, Audience **audience, GError **error)
{
    if (audience_source_is_empty(source))
        return TRUE;
    *audience = find_audience(directory, source, lists, deadline, error);
    if (*audience == NULL)
        g_prefix_error(error, "%s: ", entry_dn(policy->entry));
    return *audience != NULL;
}

static gboolean
read_audiences(Policy *policy, Directory *directory, const PolicySettings *settings, gint64 deadline, GError **error)
{
    gboolean                 include_remote = settings != NULL && settings->include_remote;
    GHashTable              *lists = settings != NULL ? settings->lists : NULL;
    const GroupRestrictions *asked = &policy->restrictions;
    AudienceSource           accept = {.name = "accept list",
                                       .people = {asked->accept},
                                       .groups = {asked->accept_groups},
                                       .include_remote = include_remote};
    AudienceSource           reject = {
                  .name = "reject list",
                  .people = {asked->reject},
                  .groups = {asked->reject_groups},
                  .include_remote = include_remote,
                  .strict = TRUE,
    };
    AudienceSource exempt = {
        .name = "exempt from moderation",
        .people = {asked->moderators, asked->bypass, asked->owner, asked->owners},
        .groups = {asked->bypass_groups},
        .include_remote = include_remote,
    };

    if (asked->unsupported != NULL)
        return TRUE; /* nobody passes who would be looked for on a list */
    return read_audience(directory, policy, &accept, lists, deadline, &policy->accept, error) &&
           read_audience(directory, policy, &reject, lists, deadline, &policy->reject, error) &&
           (!asked->moderated || read_audience(directory, policy, &exempt, lists, deadline, &policy->exempt, error));
}

static Policy *
policy_make(const Entry *entry, const PolicySettings *settings)
{
    Policy *policy = g_new0(Policy, 1);

    policy->reference_count = 1;
    policy->entry = entry_ref(entry);
    if (settings == NULL)
        return policy;
    policy->identity = settings->identity;
    policy->hold_moderated = settings->hold_moderated;
    policy->system_senders = g_strdupv((char **)settings->system_senders);
    return policy;
}

Policy *
policy_new(Directory *directory, const Group *group, const PolicySettings *settings, gint64 deadline, GError **error)
{
    g_autoptr(Policy) policy = policy_make(group_entry(group), settings);
    const Address *primary = group_primary(group);

    policy->name = primary != NULL ? address_ref((Address *)primary) : NULL;
    policy->restrictions = *group_restrictions(group);
    return read_audiences(policy, directory, settings, deadline, error) ? g_steal_pointer(&policy) : NULL;
}

Policy *
policy_new_for_member(Directory *directory, const Entry *entry, const PolicySettings *settings, gint64 deadline,
                      GError **error)
{
    g_autoptr(Policy) policy = policy_make(entry, settings);

    entry_restrictions(entry, &policy->restrictions);
    return read_audiences(policy, directory, settings, deadline, error) ? g_steal_pointer(&policy) : NULL;
}

Policy *
policy_ref(Policy *policy)
{
    g_atomic_int_inc(&policy->reference_count);
    return policy;
}

void
policy_unref(Policy *policy)
{
    if (policy == NULL || !g_atomic_int_dec_and_test(&policy->reference_count))
        return;
    audience_unref(policy->accept);
    audience_unref(policy->reject);
    audience_unref(policy->exempt);
    g_strfreev(policy->system_senders);
    if (policy->name != NULL)
        address_unref(policy->name);
    entry_unref(policy->entry);
    g_free(policy);
}

gboolean
policy_is_personal(const Group *group)
{
    return restrictions_are_personal(group_restrictions(group));
}

gsize
policy_addresses_held(const Policy *policy, GHashTable *counted)
{
    const Audience *lists[] = {policy->accept, policy->reject, policy->exempt};
    gsize           n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        if (lists[i] != NULL && g_hash_table_add(counted, (gpointer)lists[i]))
            n += audience_size(lists[i]);
    return n;
}

gboolean
policy_has_max_size(const Policy *policy)
{
    return policy->restrictions.max_size > 0;
}

/* ---- who the sender is ---- */

/* Mail from the Microsoft Exchange recipient and from the postmaster is exempt from restrictions ["Recipient resolution
 * in Exchange Server"]. Anybody can write such an address on an envelope, so it counts for those only who are known. */
static gboolean
is_system_sender(const char *const *system_senders, const Address *address, SenderTrust trust)
{
    if (system_senders == NULL || address == NULL || trust != SENDER_AUTHENTICATED)
        return FALSE;
    for (; *system_senders != NULL; system_senders++) {
        g_autoptr(Address) system = address_new(*system_senders, NULL);
        if (system != NULL && address_equal(system, address))
            return TRUE;
    }
    return FALSE;
}

gboolean
policy_is_system_sender(const PolicySettings *settings, const Sender *sender)
{
    return is_system_sender(settings->system_senders, sender->address, sender->trust);
}

/* Whether one of the sender's identities is on a list. */
typedef enum { ON_LIST, NOT_ON_LIST, NO_IDENTITY, NOT_KNOWN_YET } Listed;

static Listed
envelope_listed(const Audience *audience, const Sender *sender)
{
    return audience_has(audience, sender->address) ? ON_LIST : NOT_ON_LIST;
}

static Listed
header_listed(const Audience *audience, const Sender *sender)
{
    if (!sender->final)
        return NOT_KNOWN_YET;
    if (sender->from == NULL)
        return NO_IDENTITY;
    return audience_has(audience, sender->from) ? ON_LIST : NOT_ON_LIST;
}

/* Each identity that counts must be where it is wanted; `wanted` is ON_LIST or NOT_ON_LIST. Returns `wanted`, or what
 * is in the way. What is known to be in the way counts before what is not known yet. */
static Listed
listed_as(const Policy *policy, const Audience *audience, const Sender *sender, Listed wanted)
{
    Listed envelope = policy->identity != IDENTITY_HEADER ? envelope_listed(audience, sender) : wanted;
    if (envelope != wanted)
        return envelope;
    return policy->identity != IDENTITY_ENVELOPE ? header_listed(audience, sender) : wanted;
}

/* ---- the checks ---- */

/* What is known so far while the checks go on. */
typedef struct {
    const Policy *policy;
    const Sender *sender;
    SenderTrust   trust; /* EXTERNAL or AUTHENTICATED */
    Verdict      *verdict;
    gboolean      undecided;
} Judgement;

/* FALSE, so that a check can end with it. */
static gboolean
refuse(Judgement *judgement, Refusal refusal, const char *detail)
{
    verdict_clear(judgement->verdict);
    verdict_refuse(judgement->verdict, refusal, judgement->policy->name, detail);
    return FALSE;
}

/* Each check is TRUE if it does not refuse: the sender passes, or it cannot be known yet and `undecided` is set. */

static gboolean
check_authenticated(Judgement *judgement)
{
    if (!judgement->policy->restrictions.authenticated || judgement->trust == SENDER_AUTHENTICATED)
        return TRUE;
    return refuse(judgement, REFUSAL_NOT_AUTHENTICATED, NULL);
}

/* A list that we cannot check might allow this sender. It might as well not. */
static gboolean
check_supported(Judgement *judgement)
{
    const char *unsupported = judgement->policy->restrictions.unsupported;
    return unsupported == NULL || refuse(judgement, REFUSAL_UNSUPPORTED, unsupported);
}

static gboolean
check_list(Judgement *judgement, const Audience *audience, Listed wanted, Refusal refusal)
{
    if (audience == NULL)
        return TRUE;

    Listed listed = listed_as(judgement->policy, audience, judgement->sender, wanted);
    if (listed == wanted)
        return TRUE;
    if (listed == NOT_KNOWN_YET) {
        judgement->undecided = TRUE;
        return TRUE;
    }
    return refuse(judgement, listed == NO_IDENTITY ? REFUSAL_NO_AUTHOR : refusal, NULL);
}

/* The smaller of the size at entry and the real one counts ["Recipient resolution in Exchange Server"], so a SIZE=
 * below the limit is enough, and one above it is not the last word. */
static gboolean
check_size(Judgement *judgement)
{
    guint64 limit = judgement->policy->restrictions.max_size, size = judgement->sender->size;

    if (limit == 0 || (size > 0 && size <= limit))
        return TRUE;
    if (!judgement->sender->final) {
        judgement->undecided = TRUE;
        return TRUE;
    }
    g_autofree char *kilobytes = g_strdup_printf("%" G_GUINT64_FORMAT, limit / 1024);
    return refuse(judgement, REFUSAL_TOO_LARGE, kilobytes);
}

/* "No approval is needed for a moderator, an owner, or anyone on the bypass list" ["Moderated recipients in Exchange
 * Online"; Set-DynamicDistributionGroup]. An owner is exempt whether there are moderators or not. */
static gboolean
check_moderation(Judgement *judgement)
{
    const Policy *policy = judgement->policy;
    Listed        listed = NOT_ON_LIST;

    if (!policy->restrictions.moderated)
        return TRUE;
    if (policy->exempt != NULL)
        listed = listed_as(policy, policy->exempt, judgement->sender, ON_LIST);
    if (listed == ON_LIST)
        return TRUE;
    if (listed == NOT_KNOWN_YET) {
        judgement->undecided = TRUE;
        return TRUE;
    }
    if (!policy->hold_moderated)
        return refuse(judgement, REFUSAL_MODERATED, NULL);
    judgement->verdict->kind = VERDICT_HELD;
    judgement->verdict->reason = "moderated";
    return TRUE;
}

/* The verdict if the sender's trust were `trust`. */
static void
judge(const Policy *policy, const Sender *sender, SenderTrust trust, Verdict *verdict)
{
    Judgement judgement = {.policy = policy, .sender = sender, .trust = trust, .verdict = verdict};

    *verdict = (Verdict){.kind = VERDICT_ALLOWED};
    /* Reports to a group are dropped by Exchange, which also stops storms of bounces ["Recipient resolution in Exchange
     * Server"]. */
    if (sender->address == NULL) {
        refuse(&judgement, REFUSAL_EMPTY_SENDER, NULL);
        return;
    }
    if (is_system_sender((const char *const *)policy->system_senders, sender->address, trust))
        return;
    gboolean passes = check_authenticated(&judgement) && check_supported(&judgement) &&
                      check_list(&judgement, policy->reject, NOT_ON_LIST, REFUSAL_REJECTED) &&
                      check_list(&judgement, policy->accept, ON_LIST, REFUSAL_NOT_ACCEPTED) && check_size(&judgement) &&
                      check_moderation(&judgement);
    if (passes && judgement.undecided)
        *verdict = (Verdict){.kind = VERDICT_UNDECIDED};
}

/* Both ways of finding out more lead to one verdict, or it is undecided. Of two refusals the one is said that an
 * authenticated sender would get: mending the other would not help. */
static void
judge_both(const Policy *policy, const Sender *sender, Verdict *verdict)
{
    g_auto(Verdict) external = {.kind = VERDICT_REFUSED};

    judge(policy, sender, SENDER_AUTHENTICATED, verdict);
    judge(policy, sender, SENDER_EXTERNAL, &external);
    if (verdict->kind == external.kind)
        return;
    verdict_clear(verdict);
    *verdict = (Verdict){.kind = VERDICT_UNDECIDED};
}

void
policy_check(const Policy *policy, const Sender *sender, Verdict *verdict)
{
    if (sender->trust == SENDER_UNDECIDED && !sender->final)
        judge_both(policy, sender, verdict);
    else
        judge(policy, sender, sender->trust == SENDER_AUTHENTICATED ? SENDER_AUTHENTICATED : SENDER_EXTERNAL, verdict);
}
