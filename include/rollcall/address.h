/* SPDX-License-Identifier: BSD-2-Clause
 * address.h - mail addresses: as they stand in an envelope, and in proxyAddresses
 *
 * An Address is immutable and reference-counted; any thread may use it.
 */
#pragma once

#include <glib.h>

#define ADDRESS_ERROR address_error_quark()
GQuark address_error_quark(void);
typedef enum {
    ADDRESS_ERROR_SYNTAX,   /* not a mailbox; the message says where and what was expected */
    ADDRESS_ERROR_TOO_LONG, /* longer than Exchange's limits: local part 315, whole 571 octets */
} AddressError;

typedef struct Address Address;

/* Reads one mailbox (RFC 5321 section 4.1.2, UTF-8 as in RFC 6531): `ann@example.com`, with or without angle
 * brackets; a source route (`<@relay:ann@example.com>`) is dropped, a quoted local part understood.
 * The empty reverse-path `<>` is no mailbox: ADDRESS_ERROR_SYNTAX. Caller: address_unref(). */
Address *address_new(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Address *address_ref(Address *address);
void     address_unref(Address *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Address, address_unref)

/* As it was spelled, without brackets and route. Fit for an SMTP path between < and >. */
const char *address_text(const Address *address);
/* The local part without quotes and backslashes. */
const char *address_local(const Address *address);
/* The domain as it was spelled. */
const char *address_domain(const Address *address);
/* The form in which addresses are compared: both parts without regard to case (Unicode simple folding for the
 * local part), needless quotes gone, the domain in A-labels (RFC 5890). Accents count: jose@ is not josé@. */
const char *address_key(const Address *address);
/* The domain's part of the key. */
const char *address_domain_key(const Address *address);

gboolean address_equal(gconstpointer a, gconstpointer b); /* GEqualFunc: compares keys */
guint    address_hash(gconstpointer address);             /* GHashFunc, over the key */

/* One value of proxyAddresses, `TYPE:value`. For the type SMTP in any spelling: the address, and in `primary`
 * whether the type is upper case. For another type: NULL without an error. A malformed address: NULL with one.
 * [reference: "proxyAddresses" in MS-ADA3; Exchange "Recipient resolution"] Caller: address_unref(). */
Address *address_from_proxy(const char *value, gboolean *primary, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A value that may carry a `smtp:` prefix and may lack it, such as targetAddress and mail.
 * A value of another type (`X400:...`) is ADDRESS_ERROR_SYNTAX. */
Address *address_from_routing(const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Memory for addresses that are made together, such as the routes of a roster: many cost less than one by one. It is
 * for one thread, the addresses in it are for any and may outlive it. Each that is left keeps its neighbours' memory,
 * up to 4 KB. Caller: address_arena_free(). */
typedef struct AddressArena AddressArena;
AddressArena               *address_arena_new(void);
void                        address_arena_free(AddressArena *arena);
/* As address_from_routing(), in the arena; NULL: in none. */
Address *address_from_routing_in(AddressArena *arena, const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A domain in A-labels and lower case, or NULL if it is no domain. Caller: g_free(). */
char *address_domain_to_key(const char *domain) G_GNUC_WARN_UNUSED_RESULT;
/* A domain's key in U-labels, as people write it; NULL if it has no A-label, or one that is none. Caller: g_free(). */
char *address_domain_to_unicode(const char *domain_key) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the local part says that it encapsulates an Exchange address: `IMCEAEX-...`. */
gboolean address_is_imceaex(const Address *address);
/* The address that is encapsulated so, `/o=Org/ou=.../cn=ann`: what a legacyExchangeDN, or an X500: proxy, is compared
 * with. `_` stands for `/`, `+XX` for any octet, all else for itself ["Recipient resolution"]. Other encapsulations are
 * not decoded: Exchange refuses IMCEASMTP and IMCEAX500, and has gateways for the rest. NULL: not encapsulated, or not
 * decodable to text. Caller: g_free(). */
char *address_to_legacy_dn(const Address *address) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the domain is one that Microsoft gave to a tenant, such as example.mail.onmicrosoft.com: mail to it is always
 * Exchange Online's to deliver. */
gboolean address_is_tenant_routing(const Address *address);
