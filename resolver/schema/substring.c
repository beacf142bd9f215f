/* SPDX-License-Identifier: BSD-2-Clause
 * substring.c - substring assertions
 *
 * Owns:     nothing beyond the assertion.
 * Promises: pieces are found in order, without overlap, leftmost first; allocates nothing for values that are ASCII.
 * Threads:  any.
 */
#include "resolver/schema/assertion.h"

#include <string.h>

/* A piece without text is none: RFC 4511 does not allow it, and the rest says what it says without it. */
static gboolean
prepare_piece(const Assertion *assertion, const AttributeType *type, const Value *value, FoldEdges edges, Piece *piece,
              GError **error)
{
    if (value == NULL || value->length == 0)
        return TRUE;
    if (assertion->comparison == COMPARE_OCTET_PIECES) {
        piece->data = g_malloc(value->length);
        memcpy(piece->data, value->data, value->length);
        piece->length = value->length;
        return TRUE;
    }
    if (!value_is_in_alphabet(type, value))
        return assertion_undefined(type, "a value beyond ASCII", error);
    g_auto(Folded) folded;
    if (!folded_init(&folded, rule_fold(assertion->rule), edges, value->data, value->length))
        return assertion_undefined(type, "not a string of its syntax", error);
    if (folded.length == 0) /* but hyphens and blanks where those do not count */
        return TRUE;
    piece->data = g_malloc(folded.length);
    memcpy(piece->data, folded.data, folded.length);
    piece->length = folded.length;
    return TRUE;
}

static gboolean
prepare_pieces(Assertion *assertion, const AttributeType *type, const Value *initial, const Value *any, gsize n_any,
               const Value *final, GError **error)
{
    if (!prepare_piece(assertion, type, initial, FOLD_KEEP_END, &assertion->initial, error) ||
        !prepare_piece(assertion, type, final, FOLD_KEEP_START, &assertion->final, error))
        return FALSE;
    assertion->any = g_new0(Piece, n_any);
    for (gsize i = 0; i < n_any; i++) {
        Piece *piece = &assertion->any[assertion->n_any];
        if (!prepare_piece(assertion, type, &any[i], FOLD_KEEP_START | FOLD_KEEP_END, piece, error))
            return FALSE;
        assertion->n_any += piece->data != NULL;
    }
    if (assertion->initial.data == NULL && assertion->final.data == NULL && assertion->n_any == 0)
        return assertion_undefined(type, "a substring without text", error);
    return TRUE;
}

Assertion *
assertion_new_substring(const Schema *schema, const AttributeType *type, const Value *initial, const Value *any,
                        gsize n_any, const Value *final, GError **error)
{
    (void)schema; /* the type says it all; the parameter is there as in assertion_new() */
    if (type->flags & ATTRIBUTE_CONSTRUCTED)
        return assertion_undefined(type, "computed by the server, not searchable", error), NULL;
    if (type->substring == RULE_NONE)
        return assertion_undefined(type, "has no substring rule", error), NULL;

    g_autoptr(Assertion) assertion = g_new0(Assertion, 1);
    assertion->rule = type->substring;
    assertion->ascii_only = (type->flags & ATTRIBUTE_ASCII) != 0;
    assertion->comparison =
        rule_comparison(type->substring) == COMPARE_TEXT ? COMPARE_TEXT_PIECES : COMPARE_OCTET_PIECES;
    if (!prepare_pieces(assertion, type, initial, any, n_any, final, error))
        return NULL;
    return g_steal_pointer(&assertion);
}

static gboolean
walk_matches(const Assertion *assertion, FoldWalk *walk)
{
    const Piece *initial = &assertion->initial, *final = &assertion->final;
    if (initial->data != NULL && !fold_walk_starts_with(walk, initial->data, initial->length))
        return FALSE;
    if (final->data != NULL && !fold_walk_ends_with(walk, final->data, final->length))
        return FALSE;
    for (gsize i = 0; i < assertion->n_any; i++)
        if (!fold_walk_find(walk, assertion->any[i].data, assertion->any[i].length))
            return FALSE;
    return TRUE;
}

static gboolean
text_matches(const Assertion *assertion, const Value *stored)
{
    Fold     fold = rule_fold(assertion->rule);
    FoldWalk walk;
    if (assertion->ascii_only && !value_is_ascii(stored))
        return FALSE;
    if (fold_is_plain(fold_table(fold), stored->data, stored->length)) {
        fold_walk_init(&walk, fold_table(fold), stored->data, stored->length);
        return walk_matches(assertion, &walk);
    }
    g_auto(Folded) folded;
    if (!folded_init(&folded, fold, 0, stored->data, stored->length))
        return FALSE;
    fold_walk_init(&walk, fold_table_of_folded(), folded.data, folded.length);
    return walk_matches(assertion, &walk);
}

static gboolean
octets_match(const Assertion *assertion, const Value *stored)
{
    guint8        room[OCTETS_ROOM];
    const guint8 *at;
    gsize         length;
    if (!rule_octets(assertion->rule, stored, room, &at, &length))
        return FALSE;

    const Piece  *initial = &assertion->initial, *final = &assertion->final;
    const guint8 *end = at + length;
    if (length < initial->length + final->length ||
        (initial->length > 0 && memcmp(at, initial->data, initial->length) != 0) ||
        (final->length > 0 && memcmp(end - final->length, final->data, final->length) != 0))
        return FALSE;
    at += initial->length;
    end -= final->length;
    for (gsize i = 0; i < assertion->n_any; i++) {
        at = memmem(at, (gsize)(end - at), assertion->any[i].data, assertion->any[i].length);
        if (at == NULL)
            return FALSE;
        at += assertion->any[i].length;
    }
    return TRUE;
}

gboolean
assertion_pieces_match(const Assertion *assertion, const Value *stored)
{
    return (assertion->comparison == COMPARE_TEXT_PIECES ? text_matches : octets_match)(assertion, stored);
}
