/* SPDX-License-Identifier: BSD-2-Clause
 * group.h - what the attributes of a group or a member mean: kind of group, restrictions, route
 *
 * Groups and routes are immutable; any thread.
 */
#pragma once

#include "rollcall/address.h"
#include "rollcall/entry.h"
#include "rollcall/filter.h"

#include <glib.h>

/* The attributes to ask for, so that an entry can be classified, routed, restricted. NULL-terminated, static. */
extern const char *const group_attributes[];
/* group_attributes without the lists of members, which servers hand out in pieces: for looking an address up. */
extern const char *const group_lookup_attributes[];
/* Those that a member needs; enough to see that it is itself a group. */
extern const char *const member_attributes[];
/* member_attributes and those of forwarding, one of which no global catalogue holds. */
extern const char *const forwarding_attributes[];

typedef enum {
    GROUP_DYNAMIC, /* msExchDynamicDistributionList: one filter under one base */
    GROUP_URL,     /* groupOfURLs: each memberURL (RFC 4516) is base, scope, filter; and member DNs if it has some */
    GROUP_STATIC,  /* group, groupOfNames, groupOfUniqueNames: member DNs; and memberURL if it has some */
} GroupKind;

/* Values of an attribute as they stand in the entry; borrowed from the group. */
typedef struct {
    const Value *values;
    guint        n;
} GroupList;

/* What a group, or a member, asks of a sender [Set-DynamicDistributionGroup; exchange-schema]. Lists are of DNs. */
typedef struct {
    gboolean    authenticated; /* msExchRequireAuthToSendTo */
    GroupList   accept, accept_groups; /* authOrig, dLMemSubmitPerms; both empty: everybody */
    GroupList   reject, reject_groups; /* unauthOrig, dLMemRejectPerms */
    guint64     max_size;              /* delivContLength, in octets; 0: none */
    gboolean    moderated;             /* msExchEnableModeration */
    GroupList   moderators, bypass, bypass_groups; /* msExchModeratedByLink, msExchBypassModerationLink, ...FromDLMembersLink */
    GroupList   owner, owners;                     /* managedBy, msExchCoManagedByLink */
    const char *unsupported; /* name of a restriction attribute that is set and not honoured or unreadable, or NULL */
} GroupRestrictions;

/* Where reports about members' mail go ["Recipient resolution": report redirection]. */
typedef enum {
    REPORTS_UNSET,      /* neither reportToOriginator nor reportToOwner is in the entry */
    REPORTS_ORIGINATOR, /* the sender stays as it is */
    REPORTS_MANAGER,    /* managedBy's address becomes the envelope sender, only failures are reported */
    REPORTS_NOBODY,     /* the envelope sender becomes empty, nothing is reported */
} GroupReports;

/* Whether members' out-of-office replies may reach the sender (oOFReplyToOriginator). */
typedef enum { OOF_UNSET, OOF_REPLY, OOF_SUPPRESS } GroupOof;

/* One search that a group stands for. */
typedef struct {
    char         *base;  /* DN; never empty */
    int           scope; /* DirectoryScope: SUBTREE for dynamic groups */
    const Filter *filter;
    GPtrArray    *repairs; /* of FilterRepair, empty if none */
} GroupQuery;

#define GROUP_ERROR group_error_quark()
GQuark group_error_quark(void);
typedef enum {
    GROUP_ERROR_FILTER, /* missing or unreadable filter; the message names DN, attribute, position, reason */
    GROUP_ERROR_BASE,   /* missing or malformed base, or a memberURL or member that points outside the directory */
} GroupError;

typedef struct Group Group;

/* Whether the entry is a group that is expanded. A written-back Microsoft 365 group
 * (msExchRecipientTypeDetails 8796093022208) is not: it has a route and its members live in the tenant. */
gboolean entry_is_group(const Entry *entry);
/* Whether it is such a written-back group: who is in it, the directory does not know. */
gboolean entry_is_remote_group(const Entry *entry);
/* FALSE with DIRECTORY_ERROR_INCOMPLETE if the entry shows no class: every entry has one (RFC 4512 section 2.4.1), so
 * it may not be read, and whether the entry is a group cannot be found out. */
gboolean entry_check_class(const Entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The next two: the entry must be a group. */
GroupKind entry_group_kind(const Entry *entry);
/* Whether a group that contains this one delivers to its members. Not so for a group of AD that has no address. */
gboolean entry_is_expanded_when_nested(const Entry *entry);
/* Caller: group_unref(). The entry must be a group. */
Group *group_new(const Entry *entry, GError **error) G_GNUC_WARN_UNUSED_RESULT;
Group *group_ref(Group *group);
void   group_unref(Group *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Group, group_unref)

GroupKind    group_kind(const Group *group);
const Entry *group_entry(const Group *group);
const char  *group_name(const Group *group); /* its primary address as text, else its DN */
/* Its own addresses, of Address: the primary first (NULL from group_primary() if there is none), the others sorted. */
const GPtrArray *group_addresses(const Group *group);
const Address   *group_primary(const Group *group);
/* A stable opaque identity: objectGUID or entryUUID in text form, else the DN key. */
const char              *group_identity(const Group *group);
const GroupRestrictions *group_restrictions(const Group *group);
/* The same in words for an administrator, with DNs: a GPtrArray of char *, one line each, none if nothing is asked. The
 * caller unrefs it. */
GPtrArray               *group_describe_restrictions(const Group *group);
GroupReports             group_reports(const Group *group);
GroupOof                 group_oof(const Group *group);
/* The searches: one for DYNAMIC, one a memberURL for the others. */
const GroupQuery *group_queries(const Group *group, gsize *n_queries);
/* The member DNs, in the directory's order; NULL-terminated. None for DYNAMIC. */
const char *const *group_members(const Group *group, gsize *n_members);

/* What a member asks of its senders, or an entry that may be a group. The lists are borrowed from the entry. */
void entry_restrictions(const Entry *entry, GroupRestrictions *restrictions);
/* A member that has none of these attributes asks nothing. */
void restriction_keys_init(EntryKeys *keys);
/* Whether what is asked of a sender depends on more than its trust: lists, size, moderation. */
gboolean restrictions_are_personal(const GroupRestrictions *restrictions);

/* Which attribute a route was taken from. */
typedef enum {
    ROUTE_TARGET,  /* targetAddress */
    ROUTE_PRIMARY, /* the primary SMTP proxy */
    ROUTE_MAIL,    /* mail */
} RouteSource;

/* Where a member's mail goes: targetAddress, else the primary SMTP proxy, else mail. `arena` and `source` may be NULL.
 * NULL: none, and *reason (static text: "no-address", "malformed-address", or "unroutable-target-address" for one of
 * another type than SMTP) says why. Caller: address_unref(). */
Address *entry_route_from(const Entry *entry, AddressArena *arena, RouteSource *source,
                          const char **reason) G_GNUC_WARN_UNUSED_RESULT;
Address *entry_route(const Entry *entry, const char **reason) G_GNUC_WARN_UNUSED_RESULT;
/* The entry's own SMTP addresses: the primary first (if `*has_primary`), then the others in the order of their keys.
 * What is not an address is left out. Returns a GPtrArray of Address with address_unref as its free function. */
GPtrArray *entry_addresses(const Entry *entry, gboolean *has_primary);
/* Whether the route is somebody else's address rather than one of the entry's own: a targetAddress that is none of its
 * proxies, or the mail of a contact that has no proxies. Such a contact may lead to another recipient of ours. */
gboolean entry_points_at(const Entry *entry, const Address *route, RouteSource source);

/* Whom a mailbox's mail goes to instead, or too [Set-Mailbox: ForwardingAddress, ForwardingSmtpAddress,
 * DeliverToMailboxAndForward]. */
typedef struct {
    const char *dn;         /* altRecipient, which wins; borrowed from the entry */
    Address    *address;    /* else msExchGenericForwardingAddress */
    const char *reason;     /* neither: what is set cannot be used; static, as in entry_route() */
    gboolean    keeps_copy; /* deliverAndRedirect: the mailbox gets it too */
} Forwarding;
/* FALSE: the entry does not forward. Caller: forwarding_clear(). */
gboolean entry_forwarding(const Entry *entry, Forwarding *forwarding);
void     forwarding_clear(Forwarding *forwarding);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Forwarding, forwarding_clear)

/* Exchange takes for a mailbox what has a mailbox server. A mailbox that was moved to Exchange Online has none any more and
 * is a remote mailbox by its type. A filter may ask for those by its type and the lack of a server, as Exchange compiles
 * RecipientTypeDetails; such a test for no server stays as it is. */
/* Whether the filter wants a mailbox server (msExchHomeServerName, homeMDB); static name of the first, or NULL. */
const char *filter_tests_mailbox_server(const Filter *filter);
/* The same with each such test also true of remote mailboxes. Caller: filter_unref(). */
const Filter *filter_include_remote_mailboxes(const Filter *filter) G_GNUC_WARN_UNUSED_RESULT;
