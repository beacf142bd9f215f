/* SPDX-License-Identifier: BSD-2-Clause
 * plan-mix.c - mixes of recipients for tests of the plan
 */
#include "tests/unit/plan-mix.h"

#include "milter/split.h"

#include <string.h>

static Address *
address_of(Mix *mix, const char *name)
{
    g_autofree char *text = g_strconcat(name, "@e.org", NULL);
    Address         *address = address_new(text, NULL);
    g_assert_nonnull(address);
    g_ptr_array_add(mix->owned, address);
    return address;
}

void
mix_init(Mix *mix)
{
    *mix = (Mix){.owned = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref)};
    mix->boss = address_of(mix, "boss");
}

void
mix_clear(Mix *mix)
{
    for (gsize i = 0; i < mix->n; i++)
        g_free((gpointer)mix->recipients[i].argument);
    g_ptr_array_unref(mix->owned);
}

static PlanRecipient *
give_recipient(Mix *mix, const char *name)
{
    PlanRecipient *recipient = &mix->recipients[mix->n++];
    recipient->argument = g_strdup_printf("<%s@e.org>", name);
    recipient->address = address_of(mix, name);
    recipient->notify = NOTIFY_DEFAULT;
    return recipient;
}

static void
give_treatment(Mix *mix, PlanRecipient *group, const char *marks)
{
    g_autofree char *key = g_strdup(strchr(marks, '1') != NULL ? "one@e.org" : address_text(group->address));
    g_autoptr(Address) identity = address_new(key, NULL);
    group->treatment.sender = strchr(marks, 'm') != NULL ? mix->boss : NULL;
    group->treatment.empty_sender = strchr(marks, 'e') != NULL;
    group->treatment.suppress_oof = strchr(marks, 'o') != NULL;
    group->treatment.hold = strchr(marks, 'h') != NULL;
    group->refused = strchr(marks, 'r') != NULL;
    if (strchr(marks, 'x') != NULL)
        return;
    group->split_address = split_address(identity, "split.invalid");
    g_ptr_array_add(mix->owned, (gpointer)group->split_address);
}

static void
give_group(Mix *mix, const char *name, const char *members, const char *marks)
{
    g_auto(GStrv) names = g_strsplit(members, ",", -1);
    RosterMember  *list = mix->members[mix->n];
    PlanRecipient *group = give_recipient(mix, name);
    group->expanded = TRUE;
    group->members = list;
    for (; *members != '\0' && names[group->n_members] != NULL; group->n_members++)
        list[group->n_members].route = address_of(mix, names[group->n_members]);
    give_treatment(mix, group, marks);
}

void
mix_give(Mix *mix, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (gsize i = 0; words[i] != NULL; i++) {
        char *marks = strchr(words[i], '/'), *members = strchr(words[i], '=');
        if (members == NULL) {
            give_recipient(mix, words[i]);
            continue;
        }
        if (marks != NULL)
            *marks++ = '\0';
        *members++ = '\0';
        give_group(mix, words[i], members, marks != NULL ? marks : "");
    }
}
