/* SPDX-License-Identifier: BSD-2-Clause
 * rules.h - which rules the values of a type compare by
 */
#pragma once

#include "rollcall/schema.h"

typedef enum { RULE_FOR_EQUALITY, RULE_FOR_ORDERING, RULE_FOR_SUBSTRING } RuleUse;

typedef struct {
    Rule           equality, ordering, substring;
    AttributeFlags flags;
} RuleSet;

/* An attributeSchema's syntax (MS-ADTS 3.1.1.2.2.2). */
RuleSet rules_of_ad_syntax(const char *attribute, const char *attribute_syntax, int om_syntax);
/* A matching rule by name or OID (RFC 4517 section 4.2, RFC 4530); RULE_NONE if it is unknown or has another use. */
Rule rule_by_name(const char *name_or_oid, RuleUse use);
/* Whether an RFC 4517 syntax holds ASCII only. */
gboolean rules_syntax_is_ascii(const char *syntax);
/* Whether values of this rule are text that fold.h folds. */
gboolean rule_is_text(Rule rule);
