/* SPDX-License-Identifier: BSD-2-Clause
 * dn.c - keys of distinguished names
 *
 * Owns:     nothing.
 * Promises: a comma in a key separates RDNs and nothing else, so that a key's parent is what follows its first comma.
 * Threads:  any.
 *
 * Values fold as RFC 4518 says for caseIgnoreMatch: case, blanks and compatibility forms do not count, accents do.
 * AD would not let CN=José stand beside CN=Jose, other servers do, and two entries must never share a key.
 */
#include "rollcall/dn.h"

#include "resolver/schema/dn-walk.h"
#include "resolver/schema/fold.h"

#include <ldap.h>
#include <string.h>

static gboolean
append_type(GString *key, const char *type, gsize length)
{
    const char *name = dn_type_short_name(type, length);
    if (name != NULL)
        g_string_append(key, name);
    for (gsize i = 0; name == NULL && i < length; i++) {
        if (!g_ascii_isalnum(type[i]) && type[i] != '-' && type[i] != '.')
            return FALSE;
        g_string_append_c(key, g_ascii_tolower(type[i]));
    }
    g_string_append_c(key, '=');
    return length > 0;
}

static char *
plain_key(const char *dn, gsize length)
{
    DnWalk walk;
    if (!dn_walk_start(&walk, dn, length))
        return NULL;
    g_autoptr(GString) key = g_string_sized_new(length + 1);
    int octet;
    while ((octet = dn_walk_next(&walk)) >= 0)
        g_string_append_c(key, (char)octet);
    return octet == DN_WALK_END ? g_string_free(g_steal_pointer(&key), FALSE) : NULL;
}

static void
append_hex(GString *key, const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++)
        g_string_append_printf(key, "%02x", (guint8)data[i]);
}

static gboolean
append_value(GString *key, const LDAPAVA *ava)
{
    if (ava->la_flags & LDAP_AVA_BINARY) { /* RFC 4514 section 2.4: #hex of the BER encoding */
        g_string_append_c(key, '#');
        append_hex(key, ava->la_value.bv_val, ava->la_value.bv_len);
        return TRUE;
    }
    g_auto(Folded) value;
    if (!folded_init(&value, FOLD_CASE_IGNORE, 0, ava->la_value.bv_val, ava->la_value.bv_len))
        return FALSE;
    for (gsize i = 0; i < value.length; i++) {
        if (strchr(",+\"\\;<>", value.data[i]) != NULL || (i == 0 && value.data[i] == '#'))
            g_string_append_printf(key, "\\%02x", (guint8)value.data[i]);
        else
            g_string_append_c(key, value.data[i]);
    }
    return TRUE;
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The parts of a multi-valued RDN are a set: sorted. */
static gboolean
append_rdn(GString *key, LDAPRDN rdn)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; rdn[i] != NULL; i++) {
        g_autoptr(GString) part = g_string_new(NULL);
        if (!append_type(part, rdn[i]->la_attr.bv_val, rdn[i]->la_attr.bv_len) || !append_value(part, rdn[i]))
            return FALSE;
        g_ptr_array_add(parts, g_string_free(g_steal_pointer(&part), FALSE));
    }
    g_ptr_array_sort(parts, compare_texts);
    for (guint i = 0; i < parts->len; i++) {
        if (i > 0)
            g_string_append_c(key, '+');
        g_string_append(key, g_ptr_array_index(parts, i));
    }
    return parts->len > 0;
}

/* Every other form, read by libldap (which also knows RFC 2253's `;` and quotes, as servers do). */
static char *
general_key(const char *dn)
{
    LDAPDN parsed = NULL;
    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS)
        return NULL;
    g_autoptr(GString) key = g_string_new(NULL);
    gboolean good = TRUE;
    for (guint i = 0; good && parsed != NULL && parsed[i] != NULL; i++) {
        if (i > 0)
            g_string_append_c(key, ',');
        good = append_rdn(key, parsed[i]);
    }
    ldap_dnfree(parsed);
    return good ? g_string_free(g_steal_pointer(&key), FALSE) : NULL;
}

char *
dn_key(const char *dn)
{
    g_return_val_if_fail(dn != NULL, NULL);

    if (dn[strspn(dn, " ")] == '\0')
        return g_strdup("");
    char *key = plain_key(dn, strlen(dn));
    return key != NULL ? key : general_key(dn);
}

const char *
dn_key_parent(const char *key)
{
    if (*key == '\0')
        return NULL;
    const char *comma = strchr(key, ',');
    return comma != NULL ? comma + 1 : key + strlen(key);
}

gboolean
dn_key_is_within(const char *key, const char *base)
{
    gsize key_length = strlen(key), base_length = strlen(base);
    if (base_length == 0)
        return TRUE;
    if (key_length < base_length || memcmp(key + key_length - base_length, base, base_length) != 0)
        return FALSE;
    return key_length == base_length || key[key_length - base_length - 1] == ',';
}

/* Moves *end from behind an RDN to its first octet, and returns its length. */
static gsize
last_rdn(const char *key, const char **end)
{
    const char *comma = memrchr(key, ',', (gsize)(*end - key));
    const char *start = comma != NULL ? comma + 1 : key;
    gsize       length = (gsize)(*end - start);
    *end = start;
    return length;
}

int
dn_key_compare(const char *a, const char *b)
{
    const char *a_end = a + strlen(a), *b_end = b + strlen(b);
    for (;;) {
        if (a_end <= a || b_end <= b)
            return (a_end > a) - (b_end > b);
        gsize a_length = last_rdn(a, &a_end), b_length = last_rdn(b, &b_end);
        int   order = memcmp(a_end, b_end, MIN(a_length, b_length));
        if (order != 0)
            return order;
        if (a_length != b_length)
            return a_length < b_length ? -1 : 1;
        a_end -= a_end > a ? 1 : 0; /* over the comma */
        b_end -= b_end > b ? 1 : 0;
    }
}
