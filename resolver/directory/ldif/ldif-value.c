/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-value.c - one logical line of an LDIF record, taken apart (RFC 2849, attrval-spec)
 *
 * Owns:     nothing.
 * Promises: a value is what the file says, octet for octet, or there is an error: bad base64 is never skipped over.
 * Threads:  any.
 */
#include "ldif-value.h"

#include <string.h>

enum {
    MAX_NAME = 256,         /* names are interned and so kept for good */
    MAX_DESCRIPTION = 1024, /* a name with its options */
};

static gboolean
is_key_character(char c)
{
    return g_ascii_isalnum(c) || c == '-';
}

/* RFC 4512 section 1.4, oid: a name or a dotted number. Some servers allow `_` in names. */
static gboolean
is_attribute_name(const char *name)
{
    gboolean number = g_ascii_isdigit(*name);

    if (strlen(name) > MAX_NAME || (!number && !g_ascii_isalpha(*name)))
        return FALSE;
    for (; *name != '\0'; name++)
        if (number ? !g_ascii_isdigit(*name) && *name != '.' : !is_key_character(*name) && *name != '_')
            return FALSE;
    return TRUE;
}

/* Options are kept out of the name: a search for an attribute also finds its values with options (RFC 4512 section
 * 2.5.2). Active Directory's `range` is none of that kind: it marks a list that is not whole. */
static const char *
check_option(const char *option, gsize length)
{
    if (length == 0)
        return "an empty attribute option";
    if (g_ascii_strncasecmp(option, "range=", 6) == 0)
        return "only a range of the attribute's values: export the entry with all of them";
    for (gsize i = 0; i < length; i++)
        if (!is_key_character(option[i]))
            return "a malformed attribute option";
    return NULL;
}

static const char *
check_options(const char *options)
{
    for (;;) {
        gsize       length = strcspn(options, ";");
        const char *problem = check_option(options, length);
        if (problem != NULL || options[length] == '\0')
            return problem;
        options += length + 1;
    }
}

/* Cuts the options off the name. */
static const char *
check_description(char *description)
{
    char *options = strchr(description, ';');

    if (options != NULL)
        *options++ = '\0';
    if (!is_attribute_name(description))
        return "expected `attribute: value`";
    return options != NULL ? check_options(options) : NULL;
}

/* RFC 2849 wants base64 for what is not ASCII; but many tools write UTF-8 as it is, which is as clear. */
static const char *
check_plain(const char *text, gsize length)
{
    if (memchr(text, '\0', length) != NULL || memchr(text, '\r', length) != NULL)
        return "a plain value with NUL or CR in it: needs base64";
    if (!g_utf8_validate_len(text, length, NULL))
        return "a plain value that is not UTF-8: needs base64";
    return NULL;
}

static gboolean
is_base64(const char *text, gsize length)
{
    gsize padding = 0;

    if (length % 4 != 0)
        return FALSE;
    while (padding < 2 && padding < length && text[length - padding - 1] == '=')
        padding++;
    for (gsize i = 0; i < length - padding; i++)
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/')
            return FALSE;
    return TRUE;
}

/* Decodes in place. GLib's decoder passes over what is no base64, so that is looked for first. */
static const char *
decode(char *text, gsize *length)
{
    while (*length > 0 && text[*length - 1] == ' ')
        (*length)--;
    if (!is_base64(text, *length))
        return "malformed base64";
    if (*length > 0)
        g_base64_decode_inplace(text, length);
    text[*length] = '\0';
    return NULL;
}

const char *
ldif_value_parse(char *text, gsize length, LdifValue *value)
{
    char *colon = memchr(text, ':', length);
    char *start = colon != NULL ? colon + 1 : NULL;
    char *end = text + length;

    if (colon == NULL || colon - text > MAX_DESCRIPTION || memchr(text, '\0', colon - text) != NULL)
        return "expected `attribute: value`";
    *colon = '\0';
    const char *problem = check_description(text);
    if (problem != NULL)
        return problem;

    gboolean base64 = start < end && *start == ':';
    if (start < end && *start == '<')
        return "values by URL are not read: put the value itself here";
    if (base64)
        start++;
    while (start < end && *start == ' ')
        start++;

    *value = (LdifValue){.name = text, .data = start, .length = end - start};
    return base64 ? decode(start, &value->length) : check_plain(start, value->length);
}
