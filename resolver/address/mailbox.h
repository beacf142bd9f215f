/* SPDX-License-Identifier: BSD-2-Clause
 * mailbox.h - the grammar of a mailbox, for address.c
 */
#pragma once

#include <glib.h>

typedef enum {
    MAILBOX_BARE, /* local@domain and nothing around it */
    MAILBOX_PATH, /* angle brackets and a source route allowed */
} MailboxForm;

/* A mailbox taken apart. Start from {0}. */
typedef struct {
    GString *text;          /* local@domain as spelled */
    gsize    domain_offset; /* into text */
    GString *local;         /* without quotes and backslashes */
    char    *domain_key;
} Mailbox;

void mailbox_clear(Mailbox *mailbox);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mailbox, mailbox_clear)

/* FALSE with an ADDRESS_ERROR. Work and memory are bounded whatever `text` is. */
gboolean mailbox_read(Mailbox *mailbox, const char *text, MailboxForm form, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The local part as it is compared: folded, and quoted only where it must be. */
void mailbox_append_local_key(const Mailbox *mailbox, GString *key);

/* Longer ones are not plain; so a label of theirs is never too long (RFC 1035 section 2.3.4). */
enum { MAILBOX_PLAIN = 64 };

/* The same at once, if `text` is as plain as nearly all are (plain.c): the length of its local part, and in `key` what
 * it is compared by, as long as `text` and without a NUL. 0: it is not, which says nothing. */
gsize mailbox_plain(const char *text, gsize length, char key[MAILBOX_PLAIN]);
