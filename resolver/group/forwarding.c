/* SPDX-License-Identifier: BSD-2-Clause
 * forwarding.c - whom a mailbox forwards to
 *
 * Owns:     nothing.
 * Promises: what is set and cannot be used is said, never taken for "does not forward".
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include <string.h>

static gboolean
is_text(const Value *value)
{
    return memchr(value->data, '\0', value->length) == NULL;
}

void
forwarding_clear(Forwarding *forwarding)
{
    address_unref(forwarding->address);
    *forwarding = (Forwarding){NULL};
}

/* An object wins over an address [Set-Mailbox, ForwardingAddress]. */
gboolean
entry_forwarding(const Entry *entry, Forwarding *forwarding)
{
    const Value *value;
    gboolean     to_object = member_values(entry, MEMBER_ALT_RECIPIENT, &value) > 0;

    *forwarding = (Forwarding){NULL};
    if (!to_object && member_values(entry, MEMBER_FORWARDING_ADDRESS, &value) == 0)
        return FALSE;
    if (!is_text(value))
        forwarding->reason = "malformed-address";
    else if (to_object)
        forwarding->dn = value->data;
    else if ((forwarding->address = address_from_routing(value->data, NULL)) == NULL)
        forwarding->reason = "malformed-address";
    forwarding->keeps_copy = entry_boolean(entry, "deliverandredirect");
    return TRUE;
}
