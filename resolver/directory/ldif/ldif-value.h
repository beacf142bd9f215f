/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-value.h - one logical line of an LDIF record, taken apart: `name: text`, `name:: base64`
 *
 * Any thread.
 */
#pragma once

#include <glib.h>

typedef struct {
    const char *name; /* without options */
    const char *data;
    gsize       length;
} LdifValue;

/* Takes `text` (with a NUL behind it) apart in place; `value` borrows from it. NULL, or why it cannot be read: static
 * text. */
const char *ldif_value_parse(char *text, gsize length, LdifValue *value) G_GNUC_WARN_UNUSED_RESULT;
