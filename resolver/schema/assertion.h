/* SPDX-License-Identifier: BSD-2-Clause
 * assertion.h - the prepared form of an assertion, for the files of this folder
 */
#pragma once

#include "resolver/schema/fold.h"
#include "rollcall/schema.h"

/* How the prepared value and a stored one are put side by side. */
typedef enum {
    COMPARE_TEXT,
    COMPARE_NUMBER, /* integers, Booleans, times */
    COMPARE_OCTETS, /* octets, SIDs, GUIDs */
    COMPARE_DN,
    COMPARE_DN_START, /* object category by the name of a class */
    COMPARE_CLASS,
    COMPARE_TEXT_PIECES, /* substrings */
    COMPARE_OCTET_PIECES,
} Comparison;

typedef struct {
    char *data; /* NULL: no such piece */
    gsize length;
} Piece;

struct Assertion {
    Comparison  comparison;
    MatchKind   kind;
    Rule        rule;
    gboolean    ascii_only;     /* stored values beyond ASCII break the syntax */
    Piece       text;           /* TEXT, OCTETS, DN, DN_START */
    gint64      number;         /* NUMBER */
    GHashTable *classes;        /* CLASS: its family, the schema's */
    Piece       initial, final; /* *_PIECES */
    Piece      *any;
    gsize       n_any;
};

enum { OCTETS_ROOM = 68 };

/* The number that a value of the rule stands for; FALSE if it breaks the syntax. */
gboolean rule_number(Rule rule, gboolean or_unsigned, const Value *value, gint64 *number);
/* The octets that a value of the rule stands for, in `room` or in the value itself. */
gboolean rule_octets(Rule rule, const Value *value, guint8 room[OCTETS_ROOM], const guint8 **octets, gsize *length);
/* How values of a text rule fold. */
Fold       rule_fold(Rule rule);
Comparison rule_comparison(Rule rule);

gboolean assertion_pieces_match(const Assertion *assertion, const Value *stored);
/* FALSE with SCHEMA_ERROR_UNDEFINED. */
gboolean assertion_undefined(const AttributeType *type, const char *why, GError **error);
/* FALSE for a value beyond ASCII where the type has ASCII only. */
gboolean value_is_in_alphabet(const AttributeType *type, const Value *value);
gboolean value_is_ascii(const Value *value);
