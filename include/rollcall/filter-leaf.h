/* SPDX-License-Identifier: BSD-2-Clause
 * filter-leaf.h - what one assertion of a filter means under a schema: for whoever evaluates filters by other means
 * than a matcher
 *
 * One place decides what is Undefined, so that a folded filter, a matcher and the indexes of an image agree. Any
 * thread.
 */
#pragma once

#include "rollcall/filter.h"

typedef enum {
    LEAF_ALWAYS,    /* true for every object */
    LEAF_PRESENT,   /* has the attribute */
    LEAF_VALUE,     /* `assertion`, of `match` with the filter's value */
    LEAF_ASSERTION, /* `assertion` of another sort: substrings, a named rule */
    LEAF_CHAIN,     /* links of `type` lead to `target` */
    LEAF_ANR,       /* Active Directory's search over all names: `expansion` */
} LeafKind;

/* Only the fields of the kind are set; `type` in all but ALWAYS and ANR. */
typedef struct {
    LeafKind             kind;
    const AttributeType *type;
    MatchKind            match;
    Assertion           *assertion;
    char                *target; /* a DN key */
    const Filter        *expansion;
} Leaf;

/* FALSE with an error of SCHEMA_ERROR_UNDEFINED: Undefined for every entry; the message says why, without naming the
 * attribute. Clear `leaf` by leaf_clear() if TRUE. */
gboolean leaf_prepare(const Filter *filter, const Schema *schema, Leaf *leaf, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     leaf_clear(Leaf *leaf);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Leaf, leaf_clear)

/* Whether `filter` asks for `anr` where that means ambiguous name resolution. */
gboolean anr_is_meant(const Filter *filter, const Schema *schema);
