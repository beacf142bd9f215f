/* SPDX-License-Identifier: BSD-2-Clause
 * mailbox-filter.c - filters that mean "mailboxes" and test for a mailbox server
 *
 * Owns:     nothing.
 * Threads:  any.
 */
#include "rollcall/group.h"

/* By what the filters that Exchange writes tell a mailbox. */
static const char *const server_attributes[] = {"msExchHomeServerName", "homeMDB", NULL};

/* msExchRecipientTypeDetails of RemoteUserMailbox, -RoomMailbox, -EquipmentMailbox, -SharedMailbox. */
static const char *const remote_mailboxes[] = {"2147483648", "8589934592", "17179869184", "34359738368"};

const char *
filter_tests_mailbox_server(const Filter *filter)
{
    return filter_tests_presence(filter, server_attributes);
}

const Filter *
filter_include_remote_mailboxes(const Filter *filter)
{
    const Filter *types[G_N_ELEMENTS(remote_mailboxes)];

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        types[i] = filter_new_equal("msExchRecipientTypeDetails", remote_mailboxes[i], -1);
    g_autoptr(FilterRef) remote = filter_new_composite(FILTER_OR, types, G_N_ELEMENTS(types));
    return filter_widen_presence(filter, server_attributes, remote);
}
