/* SPDX-License-Identifier: BSD-2-Clause
 * check-addresses.c - rollcall check: does mail to a group's addresses reach it, and it alone
 *
 * Owns:     nothing.
 * Promises: an address that is in several entries is named once, whichever group it was met in.
 * Threads:  one.
 */
#include "admin/check.h"
#include "admin/filter-notes.h"

enum { LONGEST_FIND = 30 };

/* NULL: an address of another kind, or malformed; such a one is never mailed to. */
static Address *
read_address(const char *attribute, const char *value)
{
    gboolean primary;

    if (g_ascii_strcasecmp(attribute, "proxyAddresses") == 0)
        return address_from_proxy(value, &primary, NULL);
    return address_from_routing(value, NULL);
}

static gboolean
is_ours(char **domains, const Address *address)
{
    for (char **domain = domains; domains != NULL && *domain != NULL; domain++) {
        g_autofree char *key = address_domain_to_key(*domain);
        if (g_strcmp0(key, address_domain_key(address)) == 0)
            return TRUE;
    }
    return domains == NULL;
}

static void
unref_entry(gpointer entry)
{
    entry_unref(entry);
}

static int
compare_dns(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(entry_key(*(const Entry *const *)a), entry_key(*(const Entry *const *)b));
}

static void
check_one(CheckTally *tally, Directory *directory, const Address *address)
{
    static const char *const attributes[] = {"objectClass", NULL};
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(unref_entry);
    g_autoptr(GError) error = NULL;

    gboolean found = directory_find(directory, address, attributes, entries, deadline_in(LONGEST_FIND), &error);
    g_ptr_array_sort(entries, compare_dns);
    if (!found)
        check_say(tally, CHECK_BAD, "%s: %s", address_text(address), error->message);
    else if (entries->len > 1)
        check_say(tally, CHECK_BAD, "%s: in %u entries, mail is deferred: %s; %s", address_text(address), entries->len,
                  entry_dn(g_ptr_array_index(entries, 0)), entry_dn(g_ptr_array_index(entries, 1)));
    else if (entries->len == 0)
        check_say(tally, CHECK_BAD, "%s: the directory does not find it, although a group has it",
                  address_text(address));
}

void
check_addresses(const AddressCheck *check, const Entry *entry)
{
    gboolean reachable = FALSE;

    for (const char *const *attribute = check->attributes; *attribute != NULL; attribute++) {
        const Value *values;
        guint        n_values = entry_all(entry, *attribute, &values);
        for (guint i = 0; i < n_values; i++) {
            g_autoptr(Address) address = read_address(*attribute, values[i].data);
            if (address == NULL || !is_ours(check->domains, address))
                continue;
            reachable = TRUE;
            if (g_hash_table_add(check->seen, g_strdup(address_key(address))) && check->directory != NULL)
                check_one(check->tally, check->directory, address);
        }
    }
    if (!reachable)
        check_say(check->tally, CHECK_NOTE, "%s: has no address in domains, so no mail reaches it directly",
                  entry_dn(entry));
}
