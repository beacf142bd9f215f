/* SPDX-License-Identifier: BSD-2-Clause
 * filter-print.c - writes a filter as RFC 4515 text, in one way only
 *
 * Owns:     nothing.
 * Promises: what is printed is read back as the same tree.
 * Threads:  any.
 */
#include "resolver/filter/filter-node.h"

/* RFC 4515 section 3: these octets must be escaped in a value. NUL too, which the check for UTF-8 finds. */
static gboolean
must_escape(char c)
{
    return c == '(' || c == ')' || c == '*' || c == '\\';
}

static void
print_escaped(GString *out, char c)
{
    g_string_append_printf(out, "\\%02x", (guchar)c);
}

/* Runs of valid UTF-8, with the octets between them escaped. */
static void
print_value(GString *out, const Value *value)
{
    const char *at = value->data;
    const char *end = value->data + value->length;
    while (at < end) {
        const char *bad = NULL;
        /* Stops at a NUL too, which is to be escaped as well. */
        g_utf8_validate_len(at, (gsize)(end - at), &bad);
        for (; at < bad; at++) {
            if (must_escape(*at))
                print_escaped(out, *at);
            else
                g_string_append_c(out, *at);
        }
        if (at < end)
            print_escaped(out, *at++);
    }
}

static void
print_substring(GString *out, const Filter *filter)
{
    g_string_append_c(out, '=');
    if (filter->initial.data != NULL)
        print_value(out, &filter->initial);
    g_string_append_c(out, '*');
    for (guint i = 0; i < filter->n_any; i++) {
        print_value(out, &filter->any[i]);
        g_string_append_c(out, '*');
    }
    if (filter->final.data != NULL)
        print_value(out, &filter->final);
}

static void
print_assertion(GString *out, const char *sign, const Filter *filter)
{
    g_string_append(out, sign);
    print_value(out, &filter->value);
}

static void
print_extensible(GString *out, const Filter *filter)
{
    if (filter->dn_attributes)
        g_string_append(out, ":dn");
    if (filter->rule != NULL) {
        g_string_append_c(out, ':');
        g_string_append(out, filter->rule);
    }
    print_assertion(out, ":=", filter);
}

static void
print_leaf(GString *out, const Filter *filter)
{
    if (filter->attribute != NULL)
        g_string_append(out, filter->attribute);
    switch (filter->kind) {
    case FILTER_PRESENT:
        g_string_append(out, "=*");
        break;
    case FILTER_EQUAL:
        print_assertion(out, "=", filter);
        break;
    case FILTER_APPROX:
        print_assertion(out, "~=", filter);
        break;
    case FILTER_GREATER_OR_EQUAL:
        print_assertion(out, ">=", filter);
        break;
    case FILTER_LESS_OR_EQUAL:
        print_assertion(out, "<=", filter);
        break;
    case FILTER_SUBSTRING:
        print_substring(out, filter);
        break;
    case FILTER_EXTENSIBLE:
        print_extensible(out, filter);
        break;
    default:
        g_assert_not_reached();
    }
}

static void
print_filter(GString *out, const Filter *filter)
{
    g_string_append_c(out, '(');
    if (filter->kind == FILTER_AND || filter->kind == FILTER_OR || filter->kind == FILTER_NOT) {
        g_string_append_c(out, "&|!"[filter->kind - FILTER_AND]);
        for (guint i = 0; i < filter->n_parts; i++)
            print_filter(out, filter->parts[i]);
    } else {
        print_leaf(out, filter);
    }
    g_string_append_c(out, ')');
}

char *
filter_print(const Filter *filter)
{
    GString *out = g_string_new(NULL);
    print_filter(out, filter);
    return g_string_free(out, FALSE);
}
