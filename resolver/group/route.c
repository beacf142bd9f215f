/* SPDX-License-Identifier: BSD-2-Clause
 * route.c - the addresses of an entry, and the one its mail goes to
 *
 * Owns:     nothing.
 * Promises: a member is routed where Exchange would send its mail, or nowhere: an attribute that is set but unusable
 *           is never passed over in favour of the next.
 * Threads:  any.
 */
#include "resolver/group/group-private.h"

#include <string.h>

static gboolean
is_text(const Value *value)
{
    return memchr(value->data, '\0', value->length) == NULL;
}

static Address *
parse_route(const Value *value, AddressArena *arena, const char **reason)
{
    Address *address = is_text(value) ? address_from_routing_in(arena, value->data, NULL) : NULL;
    if (address == NULL)
        *reason = "malformed-address";
    return address;
}

/* Another type of address than SMTP, such as X400: or NOTES:, is delivered by gateways that are not ours. Falling
 * back to proxyAddresses would deliver where Exchange does not, so the member has no route. */
static gboolean
names_other_type(const char *text)
{
    const char *colon = strchr(text, ':'), *at = strchr(text, '@');
    return colon != NULL && (at == NULL || colon < at) && g_ascii_strncasecmp(text, "smtp:", 5) != 0 &&
           strchr(text, '"') == NULL;
}

static Address *
target_route(const Value *target, AddressArena *arena, const char **reason)
{
    if (is_text(target) && names_other_type(target->data)) {
        *reason = "unroutable-target-address";
        return NULL;
    }
    return parse_route(target, arena, reason);
}

static gboolean
is_primary(const Value *proxy)
{
    return proxy->length > 5 && memcmp(proxy->data, "SMTP:", 5) == 0;
}

/* The primary proxy. A directory gives values in any order, so that among several, which Exchange does not allow, the
 * smallest is taken rather than the first. */
static const Value *
primary_proxy(const Entry *entry)
{
    const Value *proxies, *primary = NULL;
    guint        n_proxies = member_values(entry, MEMBER_PROXY_ADDRESSES, &proxies);

    for (guint i = 0; i < n_proxies; i++)
        if (is_primary(&proxies[i]) && (primary == NULL || strcmp(proxies[i].data, primary->data) < 0))
            primary = &proxies[i];
    return primary;
}

Address *
entry_route_from(const Entry *entry, AddressArena *arena, RouteSource *source, const char **reason)
{
    const Value *values;
    RouteSource  nowhere;

    source = source != NULL ? source : &nowhere;
    *reason = NULL;
    *source = ROUTE_TARGET;
    if (member_values(entry, MEMBER_TARGET_ADDRESS, &values) > 0)
        return target_route(&values[0], arena, reason);

    const Value *primary = primary_proxy(entry);
    *source = ROUTE_PRIMARY;
    if (primary != NULL)
        return parse_route(primary, arena, reason);

    *source = ROUTE_MAIL;
    if (member_values(entry, MEMBER_MAIL, &values) > 0)
        return parse_route(&values[0], arena, reason);

    *reason = "no-address";
    return NULL;
}

Address *
entry_route(const Entry *entry, const char **reason)
{
    return entry_route_from(entry, NULL, NULL, reason);
}

static gboolean
has_proxy(const Entry *entry, const Address *address)
{
    const Value *proxies;
    guint        n_proxies = member_values(entry, MEMBER_PROXY_ADDRESSES, &proxies);

    for (guint i = 0; i < n_proxies; i++) {
        g_autoptr(Address) proxy = is_text(&proxies[i]) ? address_from_proxy(proxies[i].data, NULL, NULL) : NULL;
        if (proxy != NULL && address_equal(proxy, address))
            return TRUE;
    }
    return FALSE;
}

/* `mail` is no routing key of Exchange's, so a contact that repeats its targetAddress there does not own it. In other
 * directories mail is all that people have, and theirs. */
gboolean
entry_points_at(const Entry *entry, const Address *route, RouteSource source)
{
    if (source == ROUTE_PRIMARY)
        return FALSE;
    return source == ROUTE_TARGET ? !has_proxy(entry, route) : entry_has_class(entry, "contact");
}

static int
compare_keys(gconstpointer a, gconstpointer b)
{
    return strcmp(address_key(*(Address *const *)a), address_key(*(Address *const *)b));
}

static void
add_distinct(GPtrArray *addresses, Address *address)
{
    if (address == NULL)
        return;
    if (g_ptr_array_find_with_equal_func(addresses, address, address_equal, NULL))
        address_unref(address);
    else
        g_ptr_array_add(addresses, address);
}

GPtrArray *
entry_addresses(const Entry *entry, gboolean *has_primary)
{
    GPtrArray   *addresses = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    const Value *proxies, *primary = primary_proxy(entry);
    guint        n_proxies = member_values(entry, MEMBER_PROXY_ADDRESSES, &proxies);
    const char  *mail = entry_text(entry, "mail");
    gboolean     is_upper;

    if (primary != NULL)
        add_distinct(addresses, is_text(primary) ? address_from_proxy(primary->data, &is_upper, NULL) : NULL);
    else if (mail != NULL)
        add_distinct(addresses, address_from_routing(mail, NULL));
    *has_primary = addresses->len > 0;

    for (guint i = 0; i < n_proxies; i++)
        if (is_text(&proxies[i]))
            add_distinct(addresses, address_from_proxy(proxies[i].data, &is_upper, NULL));
    if (mail != NULL)
        add_distinct(addresses, address_from_routing(mail, NULL));

    guint n_first = *has_primary ? 1 : 0;
    if (addresses->len > n_first)
        qsort(addresses->pdata + n_first, addresses->len - n_first, sizeof(gpointer), compare_keys);
    return addresses;
}
