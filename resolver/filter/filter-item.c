/* SPDX-License-Identifier: BSD-2-Clause
 * filter-item.c - reads one assertion of a filter: attribute, operator, value (RFC 4515 section 3, `item`)
 *
 * Owns:     nothing.
 * Promises: values leave here unescaped; blanks inside them stay, they are the value's.
 * Threads:  any; each with its own reader.
 */
#include "resolver/filter/filter-node.h"
#include "resolver/filter/filter-reader.h"

#include <string.h>

#define EXPECTED_OPERATOR "=, ~=, >=, <= or :="

/* ---- attribute descriptions and rules (RFC 4512 section 1.4 and 2.5) ---- */

static gsize
span_keystring(const char *text)
{
    gsize n = 0;
    while (g_ascii_isalnum(text[n]) || text[n] == '-')
        n++;
    return n;
}

/* numericoid: numbers with dots between them. */
static gsize
span_numeric_oid(const char *text)
{
    gsize n = 0;
    while (g_ascii_isdigit(text[n])) {
        while (g_ascii_isdigit(text[n]))
            n++;
        if (text[n] != '.' || !g_ascii_isdigit(text[n + 1]))
            break;
        n++;
    }
    return n;
}

static gsize
span_oid(const char *text)
{
    if (g_ascii_isalpha(text[0]))
        return span_keystring(text);
    return span_numeric_oid(text);
}

static gsize
span_attribute(const char *text)
{
    gsize n = span_oid(text);
    if (n == 0)
        return 0;
    while (text[n] == ';') {
        gsize option = span_keystring(text + n + 1);
        if (option == 0)
            break;
        n += 1 + option;
    }
    return n;
}

/* ---- values ---- */

/* What stands behind the operator: the pieces between the asterisks. Without an asterisk it is one piece. */
static void
begin_piece(FilterReader *reader)
{
    g_array_append_val(reader->pieces, reader->octets->len);
}

static gsize
piece_start(const FilterReader *reader, guint i)
{
    return g_array_index(reader->pieces, gsize, i);
}

static gsize
piece_length(const FilterReader *reader, guint i)
{
    gsize end = i + 1 < reader->pieces->len ? piece_start(reader, i + 1) : reader->octets->len;
    return end - piece_start(reader, i);
}

static Value
piece_value(const FilterReader *reader, guint i)
{
    return filter_value_copy(reader->octets->str + piece_start(reader, i), piece_length(reader, i));
}

/* A backslash: \xx is the octet xx. Before anything else it stands for itself, as in `CN=Doe\, Ann`
 * which administrators paste from a DN. */
static void
read_backslash(FilterReader *reader)
{
    const char *at = reader->text + reader->position;
    if (g_ascii_isxdigit(at[1]) && g_ascii_isxdigit(at[2])) {
        g_string_append_c(reader->octets, (char)(g_ascii_xdigit_value(at[1]) << 4 | g_ascii_xdigit_value(at[2])));
        reader->position += 3;
        return;
    }
    filter_reader_repair(reader, reader->position, "backslash before anything but two hex digits, read as itself");
    g_string_append_c(reader->octets, '\\');
    reader->position++;
}

static gboolean
is_plain(char c)
{
    return c != '\0' && c != '(' && c != ')' && c != '*' && c != '\\';
}

/* Octets that mean themselves. RFC 4515 allows bare braces, yet not every tool that wrote or reads filters does, so
 * they are named, once: each repetition of Exchange's suffix brings two (SystemMailbox{*, CAS_{*). */
static void
read_plain(FilterReader *reader)
{
    const char *at = reader->text + reader->position;
    gsize       n = 0;

    for (; is_plain(at[n]); n++)
        if ((at[n] == '{' || at[n] == '}') && !reader->brace_noted) {
            reader->brace_noted = TRUE;
            filter_reader_repair(reader, reader->position + n, "bare { or } in a value, read as itself");
        }
    g_string_append_len(reader->octets, at, (gssize)n);
    reader->position += n;
}

static gboolean
read_asterisk(FilterReader *reader, gboolean wildcards)
{
    if (!wildcards)
        return filter_reader_expected(reader, reader->position, "\\2a for an asterisk, which only = takes bare");
    /* `a=**` is no substring (RFC 4511 section 4.5.1.7.2: no empty piece); libldap refuses it, so we do. */
    guint last = reader->pieces->len - 1;
    if (last > 0 && piece_length(reader, last) == 0)
        return filter_reader_expected(reader, reader->position, "a value between two asterisks");
    begin_piece(reader);
    reader->position++;
    return TRUE;
}

static gboolean
read_value(FilterReader *reader, gboolean wildcards)
{
    g_string_truncate(reader->octets, 0);
    g_array_set_size(reader->pieces, 0);
    begin_piece(reader);
    for (char c = filter_reader_peek(reader); c != '\0' && c != ')'; c = filter_reader_peek(reader)) {
        if (c == '(')
            return filter_reader_expected(reader, reader->position, "), or \\28 for a parenthesis in a value");
        if (c == '*') {
            if (!read_asterisk(reader, wildcards))
                return FALSE;
        } else if (c == '\\') {
            read_backslash(reader);
        } else {
            read_plain(reader);
        }
    }
    return TRUE;
}

static void
fill_substring(Filter *node, const FilterReader *reader)
{
    guint last = reader->pieces->len - 1;
    if (piece_length(reader, 0) > 0)
        node->initial = piece_value(reader, 0);
    if (piece_length(reader, last) > 0)
        node->final = piece_value(reader, last);
    if (last < 2)
        return;
    Value *any = g_new(Value, last - 1);
    for (guint i = 1; i < last; i++)
        any[i - 1] = piece_value(reader, i);
    node->any = any;
    node->n_any = last - 1;
}

static void
fill_equal(Filter *node, const FilterReader *reader)
{
    if (reader->pieces->len == 1) {
        node->value = piece_value(reader, 0);
        return;
    }
    if (reader->pieces->len == 2 && reader->octets->len == 0) {
        node->kind = FILTER_PRESENT;
        return;
    }
    node->kind = FILTER_SUBSTRING;
    fill_substring(node, reader);
}

/* Reads the value behind the operator into `node`, which may become a presence or a substring assertion by it. */
static const Filter *
finish_item(FilterReader *reader, Filter *node)
{
    if (!read_value(reader, node->kind == FILTER_EQUAL)) {
        filter_unref(node);
        return NULL;
    }
    if (node->kind == FILTER_EQUAL)
        fill_equal(node, reader);
    else
        node->value = piece_value(reader, 0);
    return node;
}

/* ---- operators ---- */

/* From the first colon on: [:dn] [:rule] := */
static gboolean
read_extensible(FilterReader *reader, Filter *node)
{
    const char *at = reader->text + reader->position;
    if (g_ascii_strncasecmp(at, ":dn:", 4) == 0) {
        node->dn_attributes = TRUE;
        reader->position += 3;
        at += 3;
    }
    if (at[1] != '=') {
        gsize length = span_oid(at + 1);
        if (length == 0)
            return filter_reader_expected(reader, reader->position + 1, "= or a matching rule");
        node->rule = g_strndup(at + 1, length);
        reader->position += 1 + length;
    }
    at = reader->text + reader->position;
    if (at[0] != ':' || at[1] != '=')
        return filter_reader_expected(reader, reader->position, ":=");
    if (node->attribute == NULL && node->rule == NULL)
        return filter_reader_expected(reader, reader->position, "a matching rule where there is no attribute");
    reader->position += 2;
    return TRUE;
}

static gboolean
read_operator(FilterReader *reader, Filter *node)
{
    static const struct {
        const char *text;
        FilterKind  kind;
    } operators[] = {
        {"=", FILTER_EQUAL},
        {"~=", FILTER_APPROX},
        {">=", FILTER_GREATER_OR_EQUAL},
        {"<=", FILTER_LESS_OR_EQUAL},
    };
    const char *at = reader->text + reader->position;

    for (gsize i = 0; i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(at, operators[i].text))
            continue;
        node->kind = operators[i].kind;
        reader->position += strlen(operators[i].text);
        return TRUE;
    }
    if (*at != ':')
        return filter_reader_expected(reader, reader->position, EXPECTED_OPERATOR);
    node->kind = FILTER_EXTENSIBLE;
    return read_extensible(reader, node);
}

const Filter *
filter_reader_item(FilterReader *reader)
{
    const char *start = reader->text + reader->position;
    gsize       length = span_attribute(start);
    if (length == 0 && *start != ':') {
        filter_reader_expected(reader, reader->position, "an attribute");
        return NULL;
    }
    Filter *node = filter_node_new(FILTER_EQUAL, length > 0 ? g_strndup(start, length) : NULL);
    reader->position += length;
    filter_reader_skip_blanks(reader);
    if (!read_operator(reader, node)) {
        filter_unref(node);
        return NULL;
    }
    return finish_item(reader, node);
}
