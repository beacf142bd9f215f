/* SPDX-License-Identifier: BSD-2-Clause
 * member-values.c - the values of those attributes that every member is asked for
 *
 * Owns:     the keys of these attributes, the same for the whole process and made at the first question.
 * Promises: a look-up compares pointers, no letters.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include <pthread.h>

static const char *const names[N_MEMBER_ATTRIBUTES] = {
    [MEMBER_OBJECT_CLASS] = "objectClass",       [MEMBER_TARGET_ADDRESS] = "targetAddress",
    [MEMBER_PROXY_ADDRESSES] = "proxyAddresses", [MEMBER_MAIL] = "mail",
    [MEMBER_ALT_RECIPIENT] = "altRecipient",     [MEMBER_FORWARDING_ADDRESS] = "msExchGenericForwardingAddress",
};

static const char *keys[N_MEMBER_ATTRIBUTES]; /* set once, by make_keys() */

static void
make_keys(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
        keys[i] = schema_attribute_key(names[i]);
}

guint
member_values(const Entry *entry, MemberAttribute attribute, const Value **values)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_keys);
    return entry_values(entry, keys[attribute], values);
}
