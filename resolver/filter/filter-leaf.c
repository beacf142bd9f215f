/* SPDX-License-Identifier: BSD-2-Clause
 * filter-leaf.c - decides what an assertion means under a schema, or that it is Undefined
 *
 * Owns:     nothing.
 * Promises: Undefined wherever RFC 4511 section 4.5.1.7 says so, or the documents leave it open.
 * Threads:  any.
 */
#include "rollcall/filter-leaf.h"

#include "rollcall/dn.h"

#include "resolver/filter/filter-anr.h"

#include <string.h>

#define RULE_CHAIN_OID "1.2.840.113556.1.4.1941"

static gboolean
undefined(GError **error, const char *why)
{
    g_set_error_literal(error, SCHEMA_ERROR, SCHEMA_ERROR_UNDEFINED, why);
    return FALSE;
}

/* The type that `filter` asserts something about. NULL with `error`: Undefined.
 * RFC 4511 lists an unrecognized attribute among the Undefined; RFC 2251, which MS-ADTS cites, calls its presence
 * FALSE. Undefined never selects more than FALSE does, under NOT or above it, so it is what we take. */
static const AttributeType *
find_type(const Filter *filter, const Schema *schema, GError **error)
{
    if (filter->attribute == NULL) {
        /* RFC 4511 section 4.5.1.7.7 would have every attribute tried that the rule fits; AD has no such rules. */
        undefined(error, "a rule for all attributes is not supported");
        return NULL;
    }
    const AttributeType *type = schema_attribute(schema, filter->attribute);
    if (type == NULL) {
        /* Options too: AD has none, and other servers keep values apart by them which we do not. */
        undefined(error, strchr(filter->attribute, ';') != NULL ? "attribute options are not supported"
                                                                : "the schema does not have this attribute");
        return NULL;
    }
    if (g_strcmp0(type->oid, ANR_OID) == 0) {
        /* Here under other rules than AD's: no entry has such values, and no such server knows the search. */
        undefined(error, "ambiguous name resolution is Active Directory's");
        return NULL;
    }
    if ((type->flags & ATTRIBUTE_CONSTRUCTED) != 0) {
        /* AD answers inappropriateMatching to the whole search (MS-ADTS 3.1.1.4.5 on constructed attributes). */
        undefined(error, "the server computes this attribute and cannot search for it");
        return NULL;
    }
    return type;
}

static gboolean
prepare_value(const Filter *filter, const Schema *schema, MatchKind match, Leaf *leaf, GError **error)
{
    leaf->kind = LEAF_VALUE;
    leaf->match = match;
    leaf->assertion = assertion_new(schema, leaf->type, match, &filter->value, error);
    return leaf->assertion != NULL;
}

static gboolean
prepare_substring(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error)
{
    const Value *initial = filter->initial.data != NULL ? &filter->initial : NULL;
    const Value *final = filter->final.data != NULL ? &filter->final : NULL;
    leaf->kind = LEAF_ASSERTION;
    leaf->assertion = assertion_new_substring(schema, leaf->type, initial, filter->any, filter->n_any, final, error);
    return leaf->assertion != NULL;
}

/* LDAP_MATCHING_RULE_TRANSITIVE_EVAL (MS-ADTS 3.1.1.3.4.4.3): link attributes only. */
static gboolean
prepare_chain(const Filter *filter, Leaf *leaf, GError **error)
{
    leaf->kind = LEAF_CHAIN;
    if ((leaf->type->flags & (ATTRIBUTE_LINK | ATTRIBUTE_BACK_LINK)) == 0)
        return undefined(error, "in-chain works on linked attributes only");
    if (filter->value.length == 0 || memchr(filter->value.data, '\0', filter->value.length) != NULL)
        return undefined(error, "the value is not a DN");
    leaf->target = dn_key(filter->value.data);
    return leaf->target != NULL || undefined(error, "the value is not a DN");
}

/* The rules that are kinds of comparison of their own. The names are those of OpenLDAP; AD knows OIDs only. */
static const struct {
    const char *oid, *name;
    MatchKind   match;
} bit_rules[] = {
    {"1.2.840.113556.1.4.803", "integerBitAndMatch", MATCH_BIT_AND},
    {"1.2.840.113556.1.4.804", "integerBitOrMatch", MATCH_BIT_OR},
};

static gboolean
prepare_rule(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error)
{
    gboolean is_ad = schema_rules(schema) == SCHEMA_RULES_AD;
    for (gsize i = 0; i < G_N_ELEMENTS(bit_rules); i++) {
        if (strcmp(filter->rule, bit_rules[i].oid) == 0 ||
            (!is_ad && g_ascii_strcasecmp(filter->rule, bit_rules[i].name) == 0))
            return prepare_value(filter, schema, bit_rules[i].match, leaf, error);
    }
    if (is_ad && strcmp(filter->rule, RULE_CHAIN_OID) == 0)
        return prepare_chain(filter, leaf, error);
    leaf->kind = LEAF_ASSERTION;
    leaf->assertion = assertion_new_rule(schema, leaf->type, filter->rule, &filter->value, error);
    return leaf->assertion != NULL;
}

static gboolean
prepare_extensible(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error)
{
    /* AD takes dnAttributes for FALSE (MS-ADTS 3.1.1.3.1.3.1). Elsewhere the parts of the DN would have to be matched
     * too, which a MatchSource does not show; without them neither TRUE nor FALSE can be said. */
    if (filter->dn_attributes && schema_rules(schema) != SCHEMA_RULES_AD)
        return undefined(error, "matching the parts of a DN (:dn) is not supported");
    if (filter->rule == NULL)
        return prepare_value(filter, schema, MATCH_EQUAL, leaf, error);
    return prepare_rule(filter, schema, leaf, error);
}

static gboolean
prepare_typed(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error)
{
    switch (filter->kind) {
    case FILTER_PRESENT:
        leaf->kind = (leaf->type->flags & ATTRIBUTE_ALWAYS) != 0 ? LEAF_ALWAYS : LEAF_PRESENT;
        return TRUE;
    case FILTER_EQUAL:
    case FILTER_APPROX: /* AD: the same (MS-ADTS 3.1.1.3.1.3.1); RFC 4511 lets a server do so */
        return prepare_value(filter, schema, MATCH_EQUAL, leaf, error);
    case FILTER_GREATER_OR_EQUAL:
        return prepare_value(filter, schema, MATCH_GREATER_OR_EQUAL, leaf, error);
    case FILTER_LESS_OR_EQUAL:
        return prepare_value(filter, schema, MATCH_LESS_OR_EQUAL, leaf, error);
    case FILTER_SUBSTRING:
        return prepare_substring(filter, schema, leaf, error);
    default:
        return prepare_extensible(filter, schema, leaf, error);
    }
}

gboolean
leaf_prepare(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error)
{
    *leaf = (Leaf){.kind = LEAF_ANR};
    if (anr_is_meant(filter, schema)) {
        leaf->expansion = anr_expand(filter, schema, error);
        return leaf->expansion != NULL;
    }
    leaf->type = find_type(filter, schema, error);
    return leaf->type != NULL && prepare_typed(filter, schema, leaf, error);
}

void
leaf_clear(Leaf *leaf)
{
    if (leaf->assertion != NULL)
        assertion_free(leaf->assertion);
    g_free(leaf->target);
    filter_unref(leaf->expansion);
    *leaf = (Leaf){.kind = LEAF_ALWAYS};
}
