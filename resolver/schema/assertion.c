/* SPDX-License-Identifier: BSD-2-Clause
 * assertion.c - one attribute compared with one value
 *
 * Owns:     the prepared value.
 * Promises: what cannot be compared is refused when the assertion is made, so that matching is only yes or no.
 * Threads:  any; an assertion never changes.
 */
#include "resolver/schema/assertion.h"

#include "resolver/schema/dn-match.h"
#include "resolver/schema/rules.h"
#include "resolver/schema/schema-private.h"
#include "resolver/schema/value.h"
#include "rollcall/dn.h"

#include <string.h>

Fold
rule_fold(Rule rule)
{
    switch (rule) {
    case RULE_AD_TELETEX:
        return FOLD_TELETEX;
    case RULE_CASE_IGNORE:
        return FOLD_CASE_IGNORE;
    case RULE_CASE_EXACT:
        return FOLD_CASE_EXACT;
    case RULE_NUMERIC_STRING:
        return FOLD_NUMERIC;
    case RULE_TELEPHONE:
        return FOLD_TELEPHONE;
    default:
        return FOLD_AD_STRING;
    }
}

Comparison
rule_comparison(Rule rule)
{
    switch (rule) {
    case RULE_BOOLEAN:
    case RULE_INTEGER:
    case RULE_INTEGER64:
    case RULE_TIME:
        return COMPARE_NUMBER;
    case RULE_OCTETS:
    case RULE_SID:
    case RULE_GUID:
    case RULE_UUID_TEXT:
        return COMPARE_OCTETS;
    case RULE_DN:
    case RULE_CATEGORY:
        return COMPARE_DN;
    case RULE_OID:
        return COMPARE_CLASS;
    default:
        return COMPARE_TEXT;
    }
}

gboolean
rule_number(Rule rule, gboolean or_unsigned, const Value *value, gint64 *number)
{
    gboolean truth;
    switch (rule) {
    case RULE_INTEGER:
        return value_to_integer(value, 32, or_unsigned, number);
    case RULE_INTEGER64:
        return value_to_integer(value, 64, or_unsigned, number);
    case RULE_TIME:
        return value_to_time(value, number);
    case RULE_BOOLEAN:
        if (!value_to_boolean(value, &truth))
            return FALSE;
        *number = truth;
        return TRUE;
    default:
        return FALSE;
    }
}

gboolean
rule_octets(Rule rule, const Value *value, guint8 room[OCTETS_ROOM], const guint8 **octets, gsize *length)
{
    *octets = room;
    *length = GUID_LENGTH;
    switch (rule) {
    case RULE_SID:
        return value_to_sid(value, room, length);
    case RULE_GUID:
        return value_to_guid(value, room);
    case RULE_UUID_TEXT:
        return value_to_uuid(value, room);
    default:
        *octets = (const guint8 *)value->data;
        *length = value->length;
        return TRUE;
    }
}

gboolean
assertion_undefined(const AttributeType *type, const char *why, GError **error)
{
    g_set_error(error, SCHEMA_ERROR, SCHEMA_ERROR_UNDEFINED, "%s: %s", type->name, why);
    return FALSE;
}

gboolean
value_is_ascii(const Value *value)
{
    for (gsize i = 0; i < value->length; i++)
        if ((guint8)value->data[i] >= 0x80)
            return FALSE;
    return TRUE;
}

gboolean
value_is_in_alphabet(const AttributeType *type, const Value *value)
{
    return !(type->flags & ATTRIBUTE_ASCII) || value_is_ascii(value);
}

static void
set_text(Assertion *assertion, gconstpointer data, gsize length)
{
    assertion->text.data = g_malloc(length + 1);
    memcpy(assertion->text.data, data, length);
    assertion->text.data[length] = '\0';
    assertion->text.length = length;
}

/* No directory stores an empty string. Documents leave open what `(!(a=))` is; Undefined selects least. */
static gboolean
prepare_text(Assertion *assertion, const AttributeType *type, const Value *value, GError **error)
{
    if (value->length == 0)
        return assertion_undefined(type, "an empty value", error);
    if (!value_is_in_alphabet(type, value))
        return assertion_undefined(type, "a value beyond ASCII", error);
    g_auto(Folded) folded;
    if (!folded_init(&folded, rule_fold(assertion->rule), 0, value->data, value->length))
        return assertion_undefined(type, "not a string of its syntax", error);
    set_text(assertion, folded.data, folded.length);
    return TRUE;
}

/* Numbers outside the type's range: no document says what AD makes of them, and a server was seen to take one for small
 * and select everything. Undefined selects nothing. */
static gboolean
prepare_number(Assertion *assertion, const AttributeType *type, const Value *value, GError **error)
{
    gboolean bits = assertion->kind == MATCH_BIT_AND || assertion->kind == MATCH_BIT_OR;
    if (rule_number(assertion->rule, bits, value, &assertion->number))
        return TRUE;
    switch (assertion->rule) {
    case RULE_BOOLEAN:
        return assertion_undefined(type, "neither TRUE nor FALSE", error);
    case RULE_TIME:
        return assertion_undefined(type, "not a time", error);
    default:
        return assertion_undefined(type, "not an integer of its range", error);
    }
}

static gboolean
prepare_octets(const Schema *schema, Assertion *assertion, const AttributeType *type, const Value *value,
               GError **error)
{
    guint8        room[OCTETS_ROOM];
    const guint8 *octets;
    gsize         length;
    if (!rule_octets(assertion->rule, value, room, &octets, &length))
        return assertion_undefined(type, "not a value of its syntax", error);
    if (length == 0 && schema_rules(schema) == SCHEMA_RULES_AD)
        return assertion_undefined(type, "an empty value", error);
    set_text(assertion, octets, length);
    return TRUE;
}

static gboolean
prepare_dn(Assertion *assertion, const AttributeType *type, const Value *value, GError **error)
{
    g_autofree char *key = dn_key_of_value(value);
    if (key == NULL || *key == '\0')
        return assertion_undefined(type, "not a distinguished name", error);
    set_text(assertion, key, strlen(key));
    return TRUE;
}

/* `person` stands for the default category of that class, which lies in the forest's schema container
 * (MS-ADTS 3.1.1.3.1.3.5). A name that is no class and no DN is Undefined. */
static gboolean
prepare_category(const Schema *schema, Assertion *assertion, const AttributeType *type, const Value *value,
                 GError **error)
{
    const ObjectClass *class =
        memchr(value->data, '\0', value->length) == NULL ? schema_class(schema, value->data) : NULL;
    if (class == NULL || class->category == NULL)
        return prepare_dn(assertion, type, value, error);
    g_autofree char *dn = g_strdup_printf("CN=%s,CN=Schema,CN=Configuration", class->category);
    g_autofree char *key = dn_key(dn);
    g_autofree char *start = g_strconcat(key, ",", NULL);
    assertion->comparison = COMPARE_DN_START;
    set_text(assertion, start, strlen(start));
    return TRUE;
}

/* A class the schema does not know: AD's documents say nothing, RFC 4517 section 4.2.26 says Undefined. */
static gboolean
prepare_class(const Schema *schema, Assertion *assertion, const AttributeType *type, const Value *value, GError **error)
{
    const ObjectClass *class =
        memchr(value->data, '\0', value->length) == NULL ? schema_class(schema, value->data) : NULL;
    if (class == NULL)
        return assertion_undefined(type, "an unknown object class", error);
    assertion->classes = class->family;
    return TRUE;
}

static gboolean
prepare(const Schema *schema, Assertion *assertion, const AttributeType *type, const Value *value, GError **error)
{
    switch (assertion->comparison) {
    case COMPARE_NUMBER:
        return prepare_number(assertion, type, value, error);
    case COMPARE_OCTETS:
        return prepare_octets(schema, assertion, type, value, error);
    case COMPARE_DN:
        return assertion->rule == RULE_CATEGORY ? prepare_category(schema, assertion, type, value, error)
                                                : prepare_dn(assertion, type, value, error);
    case COMPARE_CLASS:
        return prepare_class(schema, assertion, type, value, error);
    default:
        return prepare_text(assertion, type, value, error);
    }
}

static Assertion *
assertion_with_rule(const Schema *schema, const AttributeType *type, MatchKind kind, Rule rule, const Value *value,
                    GError **error)
{
    g_autoptr(Assertion) assertion = g_new0(Assertion, 1);
    assertion->kind = kind;
    assertion->rule = rule;
    assertion->comparison = rule_comparison(rule);
    assertion->ascii_only = (type->flags & ATTRIBUTE_ASCII) != 0;
    if (!prepare(schema, assertion, type, value, error))
        return NULL;
    return g_steal_pointer(&assertion);
}

Assertion *
assertion_new(const Schema *schema, const AttributeType *type, MatchKind kind, const Value *value, GError **error)
{
    gboolean bits = kind == MATCH_BIT_AND || kind == MATCH_BIT_OR;
    gboolean ordering = kind == MATCH_GREATER_OR_EQUAL || kind == MATCH_LESS_OR_EQUAL;
    Rule     rule = ordering ? type->ordering : type->equality;

    if (type->flags & ATTRIBUTE_CONSTRUCTED) /* AD refuses the search: inappropriateMatching */
        return assertion_undefined(type, "computed by the server, not searchable", error), NULL;
    if (bits && rule != RULE_INTEGER && rule != RULE_INTEGER64)
        return assertion_undefined(type, "bit rules are for integers", error), NULL;
    if (rule == RULE_NONE)
        return assertion_undefined(type, ordering ? "has no ordering rule" : "has no equality rule", error), NULL;
    return assertion_with_rule(schema, type, kind, rule, value, error);
}

Assertion *
assertion_new_rule(const Schema *schema, const AttributeType *type, const char *rule, const Value *value,
                   GError **error)
{
    if (schema_rules(schema) == SCHEMA_RULES_AD)
        return assertion_undefined(type, "a matching rule that Active Directory does not have", error), NULL;

    Rule named = rule_by_name(rule, RULE_FOR_EQUALITY);
    if (named == RULE_NONE)
        return assertion_undefined(type, "an unknown matching rule", error), NULL;
    /* Any rule for strings fits any string; the others fit only the syntax they are made for (RFC 4511
     * section 4.5.1.7.7). */
    if (named != type->equality && !(rule_is_text(named) && rule_is_text(type->equality)))
        return assertion_undefined(type, "a matching rule for another syntax", error), NULL;
    return assertion_with_rule(schema, type, MATCH_EQUAL, named, value, error);
}

void
assertion_free(Assertion *assertion)
{
    if (assertion == NULL)
        return;
    for (gsize i = 0; i < assertion->n_any; i++)
        g_free(assertion->any[i].data);
    g_free(assertion->any);
    g_free(assertion->initial.data);
    g_free(assertion->final.data);
    g_free(assertion->text.data);
    g_free(assertion);
}

/* ---- matching ---- */

static gboolean
answer(MatchKind kind, int order)
{
    return kind == MATCH_GREATER_OR_EQUAL ? order >= 0 : kind == MATCH_LESS_OR_EQUAL ? order <= 0 : order == 0;
}

static int
compare_octets(gconstpointer a, gsize a_length, gconstpointer b, gsize b_length)
{
    gsize common = MIN(a_length, b_length);
    int   order = common > 0 ? memcmp(a, b, common) : 0;
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* Ordering is by code point of the folded form. AD orders by its US English sort keys, whose place for punctuation and
 * for letters beyond ASCII its documents leave open; ASCII digits and letters come out alike. */
static gboolean
text_answer(const Assertion *assertion, Fold fold, const Value *stored)
{
    const Piece *text = &assertion->text;
    int          order;
    if (fold_compare_plain(fold_table(fold), stored->data, stored->length, text->data, text->length, &order))
        return answer(assertion->kind, order);
    g_auto(Folded) folded;
    if (!folded_init(&folded, fold, 0, stored->data, stored->length))
        return FALSE;
    return answer(assertion->kind, compare_octets(folded.data, folded.length, text->data, text->length));
}

/* The comparison may have ended before it saw what breaks the syntax of a narrow one. */
static gboolean
text_matches(const Assertion *assertion, const Value *stored)
{
    Fold fold = rule_fold(assertion->rule);
    if (!text_answer(assertion, fold, stored) || (assertion->ascii_only && !value_is_ascii(stored)))
        return FALSE;
    return (fold != FOLD_NUMERIC && fold != FOLD_TELEPHONE) ||
           fold_is_plain(fold_table(fold), stored->data, stored->length);
}

static gboolean
number_matches(const Assertion *assertion, const Value *stored)
{
    gint64 number;
    if (!rule_number(assertion->rule, FALSE, stored, &number))
        return FALSE;
    switch (assertion->kind) {
    case MATCH_BIT_AND:
        return (number & assertion->number) == assertion->number;
    case MATCH_BIT_OR:
        return (number & assertion->number) != 0;
    default:
        return answer(assertion->kind, (number > assertion->number) - (number < assertion->number));
    }
}

static gboolean
octets_match(const Assertion *assertion, const Value *stored)
{
    guint8        room[OCTETS_ROOM];
    const guint8 *octets;
    gsize         length;
    return rule_octets(assertion->rule, stored, room, &octets, &length) &&
           answer(assertion->kind, compare_octets(octets, length, assertion->text.data, assertion->text.length));
}

gboolean
assertion_matches(const Assertion *assertion, const Value *stored)
{
    switch (assertion->comparison) {
    case COMPARE_TEXT:
        return text_matches(assertion, stored);
    case COMPARE_NUMBER:
        return number_matches(assertion, stored);
    case COMPARE_OCTETS:
        return octets_match(assertion, stored);
    case COMPARE_DN:
        return dn_has_key(stored, assertion->text.data, FALSE);
    case COMPARE_DN_START:
        return dn_has_key(stored, assertion->text.data, TRUE);
    case COMPARE_CLASS:
        return g_hash_table_contains(assertion->classes, stored->data);
    default:
        return assertion_pieces_match(assertion, stored);
    }
}
