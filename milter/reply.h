/* SPDX-License-Identifier: BSD-2-Clause
 * reply.h - one SMTP reply of ours, for a recipient or for a message
 *
 * A Reply belongs to one thread. It starts zeroed: no reply, the recipient or message is taken.
 */
#pragma once

#include <glib.h>

typedef struct {
    int   code;         /* 451, 550, ...; 0: none */
    char  enhanced[12]; /* "5.7.133" */
    char *text;         /* as an administrator would read it; never NULL once code is set */
} Reply;

/* Overwrites the reply. `text` is copied. */
void reply_set(Reply *reply, int code, const char *enhanced, const char *text);
void reply_clear(Reply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reply, reply_clear)

gboolean reply_is_permanent(const Reply *reply);

/* The text as smfi_setreply() takes it: printable ASCII, every `%` doubled, at most 980 octets (more makes libmilter
 * refuse the whole reply, and the sender would see a text that says nothing). Caller: g_free(). */
char *reply_wire_text(const Reply *reply) G_GNUC_WARN_UNUSED_RESULT;
