/* SPDX-License-Identifier: BSD-2-Clause
 * policy.c - may this sender use this group
 *
 * Owns:     nothing.
 * Promises: fails closed: allowed is only whom every restriction of the group lets through.
 * Threads:  any.
 */
#include "rollcall/policy.h"

/* Codes and the first words of the texts are those that help desks know from Exchange ["Email non-delivery reports in
 * Exchange Online"]. */
enum { REFUSED = 550 };

void
verdict_clear(Verdict *verdict)
{
    g_free(verdict->text);
    *verdict = (Verdict){.kind = VERDICT_REFUSED};
}

/* How outsiders may see the group named: by its address, never by its DN; and in ASCII only. */
static char *
public_name(const Group *group)
{
    const Address *primary = group_primary(group);

    if (primary == NULL || !g_str_is_ascii(address_text(primary)))
        return g_strdup("this group");
    return g_strdup_printf("<%.256s>", address_text(primary));
}

static void
refuse(Verdict *verdict, const char *enhanced, const char *reason, char *text)
{
    *verdict = (Verdict){
        .kind = VERDICT_REFUSED,
        .code = REFUSED,
        .enhanced = enhanced,
        .reason = reason,
        .text = text,
    };
}

struct Policy {
    int    reference_count;
    Group *group;
};

Policy *
policy_new(G_GNUC_UNUSED Directory *directory, const Group *group, G_GNUC_UNUSED const PolicySettings *settings,
           G_GNUC_UNUSED gint64 deadline, G_GNUC_UNUSED GError **error)
{
    Policy *policy = g_new0(Policy, 1);
    policy->reference_count = 1;
    policy->group = group_ref((Group *)group);
    return policy;
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
    group_unref(policy->group);
    g_free(policy);
}

void
policy_check(const Policy *policy, const Sender *sender, Verdict *verdict)
{
    const GroupRestrictions *restrictions = group_restrictions(policy->group);
    g_autofree char         *name = public_name(policy->group);

    /* Reports to a group are dropped by Exchange, which also stops storms of bounces ["Recipient resolution in Exchange
     * Server"]. */
    if (sender->address == NULL) {
        refuse(verdict, "5.7.1", "empty-sender",
               g_strdup_printf("reports are not delivered to the members of %s", name));
        return;
    }
    if (restrictions->authenticated && sender->trust != SENDER_AUTHENTICATED) {
        refuse(verdict, "5.7.133", "sender-not-authenticated",
               g_strdup_printf("sender not authenticated for group %s", name));
        return;
    }
    /* A list that we cannot check might allow this sender. It might as well not. */
    if (restrictions->unsupported != NULL) {
        refuse(verdict, "5.7.1", "restricted",
               g_strdup_printf("delivery to %s is restricted by %s, which cannot be checked here", name,
                               restrictions->unsupported));
        return;
    }
    *verdict = (Verdict){.kind = VERDICT_ALLOWED};
}
