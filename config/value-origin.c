/* SPDX-License-Identifier: BSD-2-Clause
 * value-origin.c - one raw value of rollcall.conf, read as what its key says: how a message's origin is recognised
 *
 * Owns:     nothing; what is read goes to the settings.
 * Promises: looks at the form only; no file is opened.
 * Threads:  each works on settings of its own.
 */
#include "config/settings-private.h"

#include "rollcall/address.h"

#include <string.h>

/* RFC 5322 section 3.6.8: ftext, printable US-ASCII but the colon. */
static gboolean
is_field_name(const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        if (!g_ascii_isgraph(*p) || *p == ':')
            return FALSE;
    return strlen(text) <= 77; /* so that name and colon fit on a line of 78 */
}

/* Names that mean something to others: this header is taken out of every message. Those that end in * stand for all
 * that begin so. [RFC 4021, RFC 5322, RFC 6376, RFC 8601, RFC 8617; "X-" ones: Exchange's and our own] */
static const char *const meaningful[] = {
    "ARC-*",
    "Authentication-Results",
    "Auto-Submitted",
    "Bcc",
    "Cc",
    "Comments",
    "Content-*",
    "Date",
    "Delivered-To",
    "Disposition-Notification-To",
    "DKIM-*",
    "DomainKey-Signature",
    "Errors-To",
    "From",
    "Importance",
    "In-Reply-To",
    "Keywords",
    "List-*",
    "Message-ID",
    "MIME-Version",
    "Precedence",
    "Priority",
    "Received",
    "Received-SPF",
    "References",
    "Reply-To",
    "Resent-*",
    "Return-Path",
    "Return-Receipt-To",
    "Sender",
    "Sensitivity",
    "Subject",
    "Thread-*",
    "To",
    "X-Auto-Response-Suppress",
    "X-LD-Processed",
    "X-MS-*",
    "X-OriginatorOrg",
    "X-Rollcall-*",
};

static gboolean
matches(const char *pattern, const char *name)
{
    gsize length = strlen(pattern);

    if (pattern[length - 1] == '*')
        return g_ascii_strncasecmp(pattern, name, length - 1) == 0;
    return g_ascii_strcasecmp(pattern, name) == 0;
}

gboolean
read_header(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    if (!is_field_name(text))
        return value_refuse(text, error, "the name of a header without the colon, such as X-Example-Relay");
    for (gsize i = 0; i < G_N_ELEMENTS(meaningful); i++)
        if (matches(meaningful[i], text))
            return value_refuse(text, error,
                                "a name of your own such as X-Example-Relay, because it is removed from every message");
    value_store_text(key, settings, text);
    return TRUE;
}

/* As Entra shows a tenant's ID: 8-4-4-4-12 hexadecimal digits. */
static gboolean
is_guid(const char *word)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (strlen(word) != strlen(form))
        return FALSE;
    for (gsize i = 0; form[i] != '\0'; i++)
        if (form[i] == 'x' ? !g_ascii_isxdigit(word[i]) : word[i] != form[i])
            return FALSE;
    return TRUE;
}

gboolean
read_guids(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    return value_store_words(key, text, settings, is_guid, "tenant IDs such as 01234567-89ab-cdef-0123-456789abcdef",
                             error);
}

static gboolean
is_tls_name(const char *word)
{
    const char      *name = g_str_has_prefix(word, "*.") ? word + 2 : word;
    g_autofree char *key = address_domain_to_key(name);
    return key != NULL && strpbrk(name, "@*[]#/=") == NULL && strchr(name, '.') != NULL;
}

gboolean
read_tls_names(const SettingsKey *key, const char *text, Settings *settings, GError **error)
{
    return value_store_words(key, text, settings, is_tls_name,
                             "names such as mail.protection.outlook.com or *.example.com", error);
}
