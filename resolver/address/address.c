/* SPDX-License-Identifier: BSD-2-Clause
 * address.c - the Address object: a mailbox as spelled, and the key it is compared by
 *
 * Owns:     one piece of memory an Address, all its texts in it.
 * Promises: equal addresses have equal keys; hashes are seeded, so that senders cannot choose addresses that collide.
 * Threads:  any; an Address never changes.
 */
#include "rollcall/address.h"

#include "resolver/address/arena.h"
#include "resolver/address/mailbox.h"
#include "resolver/address/siphash.h"

#include <string.h>

struct Address {
    int         reference_count;
    ArenaBlock *block; /* that it lies in */
    const char *text, *local, *domain, *key, *domain_key;
};

G_DEFINE_QUARK(rollcall_address_error, address_error)

/* What an Address is made of, not terminated; the offsets are those of the domain. */
typedef struct {
    const char *text, *local, *key;
    gsize       text_length, local_length, key_length, domain_offset, key_domain_offset;
} Parts;

static char *
place(char *at, const char *octets, gsize length)
{
    memcpy(at, octets, length);
    at[length] = '\0';
    return at + length + 1;
}

/* One allocation: a directory holds millions of these. */
static Address *
address_from_parts(const Parts *parts, AddressArena *arena)
{
    gsize       n = parts->text_length + parts->local_length + parts->key_length + 3;
    ArenaBlock *block;
    Address    *address = arena_take(arena, sizeof *address + n, &block);
    char       *text = (char *)(address + 1);
    char       *local = place(text, parts->text, parts->text_length);
    char       *key = place(local, parts->local, parts->local_length);

    place(key, parts->key, parts->key_length);
    *address = (Address){
        .reference_count = 1,
        .block = block,
        .text = text,
        .local = local,
        .domain = text + parts->domain_offset,
        .key = key,
        .domain_key = key + parts->key_domain_offset,
    };
    return address;
}

/* `mailbox` has been read and fits the limits. */
static Address *
address_from_mailbox(const Mailbox *mailbox, AddressArena *arena)
{
    g_autoptr(GString) key = g_string_new(NULL);

    mailbox_append_local_key(mailbox, key);
    gsize key_domain_offset = key->len + 1;
    g_string_append_c(key, '@');
    g_string_append(key, mailbox->domain_key);
    Parts parts = {
        .text = mailbox->text->str,
        .local = mailbox->local->str,
        .key = key->str,
        .text_length = mailbox->text->len,
        .local_length = mailbox->local->len,
        .key_length = key->len,
        .domain_offset = mailbox->domain_offset,
        .key_domain_offset = key_domain_offset,
    };
    return address_from_parts(&parts, arena);
}

/* NULL: not plain. */
static Address *
address_from_plain(const char *text, AddressArena *arena)
{
    char  key[MAILBOX_PLAIN];
    gsize length = strnlen(text, MAILBOX_PLAIN + 1), local = mailbox_plain(text, length, key);
    Parts parts = {
        .text = text,
        .local = text,
        .key = key,
        .text_length = length,
        .local_length = local,
        .key_length = length,
        .domain_offset = local + 1,
        .key_domain_offset = local + 1,
    };
    return local > 0 ? address_from_parts(&parts, arena) : NULL;
}

static Address *
address_read(const char *text, MailboxForm form, AddressArena *arena, GError **error)
{
    Address *plain = address_from_plain(text, arena);
    if (plain != NULL)
        return plain;

    g_auto(Mailbox) mailbox = {0};
    if (!mailbox_read(&mailbox, text, form, error))
        return NULL;
    return address_from_mailbox(&mailbox, arena);
}

Address *
address_new(const char *text, GError **error)
{
    g_return_val_if_fail(text != NULL, NULL);
    return address_read(text, MAILBOX_PATH, NULL, error);
}

Address *
address_ref(Address *address)
{
    g_atomic_int_inc(&address->reference_count);
    return address;
}

void
address_unref(Address *address)
{
    if (address != NULL && g_atomic_int_dec_and_test(&address->reference_count))
        arena_release(address, address->block);
}

const char *
address_text(const Address *address)
{
    return address->text;
}

const char *
address_local(const Address *address)
{
    return address->local;
}

const char *
address_domain(const Address *address)
{
    return address->domain;
}

const char *
address_key(const Address *address)
{
    return address->key;
}

const char *
address_domain_key(const Address *address)
{
    return address->domain_key;
}

gboolean
address_equal(gconstpointer a, gconstpointer b)
{
    return strcmp(((const Address *)a)->key, ((const Address *)b)->key) == 0;
}

/* Most addresses never get into a table, so that none carries its hash. */
guint
address_hash(gconstpointer address)
{
    const char *key = ((const Address *)address)->key;
    return (guint)siphash_of_process(key, strlen(key));
}

/* The length of `smtp:` at the start of `value`, in any spelling; 0 if it is not there. */
static gsize
smtp_prefix(const char *value)
{
    static const char smtp[] = "smtp";

    for (gsize i = 0; smtp[i] != '\0'; i++)
        if ((value[i] | 0x20) != smtp[i])
            return 0;
    return value[4] == ':' ? 5 : 0;
}

Address *
address_from_proxy(const char *value, gboolean *primary, GError **error)
{
    g_return_val_if_fail(value != NULL, NULL);

    if (primary != NULL)
        *primary = FALSE;
    const char *colon = strchr(value, ':');
    if (colon == NULL || colon == value) {
        g_set_error_literal(error, ADDRESS_ERROR, ADDRESS_ERROR_SYNTAX, "position 0: expected a type and a colon");
        return NULL;
    }
    gsize prefix = smtp_prefix(value);
    if (prefix == 0)
        return NULL;
    Address *address = address_read(value + prefix, MAILBOX_BARE, NULL, error);
    if (address != NULL && primary != NULL)
        *primary = strncmp(value, "SMTP", 4) == 0;
    return address;
}

Address *
address_from_routing_in(AddressArena *arena, const char *value, GError **error)
{
    g_return_val_if_fail(value != NULL, NULL);
    return address_read(value + smtp_prefix(value), MAILBOX_BARE, arena, error);
}

Address *
address_from_routing(const char *value, GError **error)
{
    return address_from_routing_in(NULL, value, error);
}
