/* SPDX-License-Identifier: BSD-2-Clause
 * address.c - the Address object: a mailbox as spelled, and the key it is compared by
 *
 * Owns:     one block of memory an Address, all its texts in it.
 * Promises: equal addresses have equal keys; hashes are seeded, so that senders cannot choose addresses that collide.
 * Threads:  any; an Address never changes.
 */
#include "rollcall/address.h"

#include "resolver/address/mailbox.h"
#include "resolver/address/siphash.h"

#include <string.h>

struct Address {
    int         reference_count;
    guint       hash;
    const char *text, *local, *domain, *key, *domain_key;
};

G_DEFINE_QUARK(rollcall_address_error, address_error)

/* `mailbox` has been read and fits the limits. One allocation: a directory holds millions of these. */
static Address *
address_from_mailbox(const Mailbox *mailbox)
{
    g_autoptr(GString) local_key = g_string_new(NULL);
    mailbox_append_local_key(mailbox, local_key);

    gsize    text_size = mailbox->text->len + 1, local_size = mailbox->local->len + 1;
    gsize    key_size = local_key->len + 1 + strlen(mailbox->domain_key) + 1;
    Address *address = g_malloc(sizeof *address + text_size + local_size + key_size);
    char    *text = (char *)(address + 1), *local = text + text_size, *key = local + local_size;

    memcpy(text, mailbox->text->str, text_size);
    memcpy(local, mailbox->local->str, local_size);
    memcpy(key, local_key->str, local_key->len);
    key[local_key->len] = '@';
    memcpy(key + local_key->len + 1, mailbox->domain_key, strlen(mailbox->domain_key) + 1);

    *address = (Address){
        .reference_count = 1,
        .hash = (guint)siphash_of_process(key, key_size - 1),
        .text = text,
        .local = local,
        .domain = text + mailbox->domain_offset,
        .key = key,
        .domain_key = key + local_key->len + 1,
    };
    return address;
}

static Address *
address_read(const char *text, MailboxForm form, GError **error)
{
    g_auto(Mailbox) mailbox = {0};
    if (!mailbox_read(&mailbox, text, form, error))
        return NULL;
    return address_from_mailbox(&mailbox);
}

Address *
address_new(const char *text, GError **error)
{
    g_return_val_if_fail(text != NULL, NULL);
    return address_read(text, MAILBOX_PATH, error);
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
        g_free(address);
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
    const Address *one = a, *other = b;
    return one->hash == other->hash && strcmp(one->key, other->key) == 0;
}

guint
address_hash(gconstpointer address)
{
    return ((const Address *)address)->hash;
}

/* The length of `smtp:` at the start of `value`, in any spelling; 0 if it is not there. */
static gsize
smtp_prefix(const char *value)
{
    return g_ascii_strncasecmp(value, "smtp:", 5) == 0 ? 5 : 0;
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
    Address *address = address_read(value + prefix, MAILBOX_BARE, error);
    if (address != NULL && primary != NULL)
        *primary = strncmp(value, "SMTP", 4) == 0;
    return address;
}

Address *
address_from_routing(const char *value, GError **error)
{
    g_return_val_if_fail(value != NULL, NULL);
    return address_read(value + smtp_prefix(value), MAILBOX_BARE, error);
}
