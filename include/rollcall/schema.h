/* SPDX-License-Identifier: BSD-2-Clause
 * schema.h - attribute types, syntaxes and matching rules: how one stored value compares with one asserted value
 *
 * Two families of rules: Active Directory's (MS-ADTS 3.1.1.2.2.4, 3.1.1.3.1.3, 6.5) and those of RFC 4517, which
 * other servers name in their schema. A Schema is immutable and reference-counted; any thread may use it.
 */
#pragma once

#include <glib.h>

/* Bytes, with a NUL behind them that `length` does not count. */
typedef struct {
    const char *data;
    gsize       length;
} Value;

/* Three-valued logic, RFC 4511 section 4.5.1.7. */
typedef enum { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNDEFINED } Truth;

typedef enum { SCHEMA_RULES_AD, SCHEMA_RULES_RFC } SchemaRules;

/* How values of a type compare. */
typedef enum {
    RULE_NONE,              /* values of this type cannot be compared: Undefined */
    RULE_AD_STRING,         /* case, accents, width and kana type do not count, blanks insignificant */
    RULE_AD_TELETEX,        /* ASCII case does not count (legacyExchangeDN) */
    RULE_CASE_IGNORE,       /* RFC 4517 caseIgnoreMatch, prepared as in RFC 4518 */
    RULE_CASE_EXACT,        /* RFC 4517 caseExactMatch; AD's 2.5.5.3 and 2.5.5.5 */
    RULE_NUMERIC_STRING,
    RULE_TELEPHONE,
    RULE_OID,               /* objectClass: by name or OID, with inheritance */
    RULE_CATEGORY,          /* objectCategory: a DN, or the name of a class */
    RULE_DN,
    RULE_BOOLEAN,
    RULE_INTEGER,           /* 32 bit, signed; bit rules take the unsigned spelling too */
    RULE_INTEGER64,
    RULE_TIME,              /* generalized time, any valid form */
    RULE_OCTETS,
    RULE_SID,               /* bytes, or S-1-... text */
    RULE_GUID,              /* bytes, or the text form */
    RULE_UUID_TEXT,         /* RFC 4530 uuidMatch: stored and asserted as text */
} Rule;

typedef enum {
    ATTRIBUTE_SINGLE      = 1 << 0,
    ATTRIBUTE_PARTIAL_SET = 1 << 1, /* replicated to global catalogues */
    ATTRIBUTE_LINK        = 1 << 2, /* forward link (even linkID) */
    ATTRIBUTE_BACK_LINK   = 1 << 3, /* back link (odd linkID): memberOf, ... */
    ATTRIBUTE_CONSTRUCTED = 1 << 4, /* computed by the server, not searchable */
    ATTRIBUTE_CONFIDENTIAL = 1 << 5, /* AD searchFlags 0x80: ordinary accounts cannot read it */
    ATTRIBUTE_ANR         = 1 << 6, /* AD searchFlags 0x4 */
    ATTRIBUTE_ALWAYS      = 1 << 7, /* presence is true for every object (MS-ADTS 3.1.1.3.1.3.1) */
    ATTRIBUTE_ASCII       = 1 << 8, /* IA5 or printable string: a value beyond ASCII breaks the syntax */
    ATTRIBUTE_LOCAL       = 1 << 9, /* AD systemFlags 0x1: each controller has a value of its own */
    ATTRIBUTE_SUPERTYPE   = 1 << 10, /* RFC: others are its subtypes, and a filter that names it matches their values, too */
} AttributeFlags;

typedef struct {
    const char    *name; /* as the schema spells it */
    const char    *key;  /* schema_attribute_key() of it: the same attribute has the same pointer everywhere */
    const char    *oid;  /* NULL if not known */
    Rule           equality, ordering, substring; /* RULE_NONE: Undefined for that kind of assertion */
    AttributeFlags flags;
    int            link_id; /* 0: none */
} AttributeType;

typedef struct Schema Schema;

/* The table of this project: Active Directory's base schema and Exchange's. Caller: schema_unref(). */
Schema *schema_new_ad(void);
/* The table of this project under RFC rules: core, cosine, inetOrgPerson, and the attributes above
 * with the rules slapd gives them. For LDIF files of other servers. */
Schema *schema_new_rfc(void);
Schema *schema_ref(Schema *schema);
void    schema_unref(Schema *schema);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schema, schema_unref)

SchemaRules schema_rules(const Schema *schema);
/* The whole of it as octets that do not depend on machine or order, and back; NULL: they are no schema's. Caller:
 * g_bytes_unref(), schema_unref(). */
GBytes *schema_to_octets(const Schema *schema);
Schema *schema_from_octets(GBytes *octets);

/* What a server says of itself. Begin from nothing, add, finish; the builder is for one thread. */
typedef struct SchemaBuilder SchemaBuilder;
SchemaBuilder *schema_builder_new(SchemaRules rules);
/* One value of attributeTypes or objectClasses of a subschema subentry (RFC 4512 section 4.1).
 * Returns FALSE for a definition that cannot be read; the caller decides whether that matters. */
gboolean schema_builder_add_attribute_type(SchemaBuilder *builder, const char *definition, GError **error);
gboolean schema_builder_add_object_class(SchemaBuilder *builder, const char *definition, GError **error);
/* One attributeSchema object of Active Directory, by its values as text. `system_flags`: 0x4 = constructed, 0x1 = not replicated. */
void schema_builder_add_ad_attribute(SchemaBuilder *builder, const char *name, const char *oid,
                                     const char *attribute_syntax, int om_syntax, gboolean single,
                                     guint32 search_flags, gboolean partial_set, int link_id, guint32 system_flags);
/* One classSchema object. `category`: RDN value of its default object category ("Person"), or NULL for its own CN;
 * `auxiliary` NULL-terminated or NULL. */
void schema_builder_add_ad_class(SchemaBuilder *builder, const char *name, const char *oid, const char *sub_class_of,
                                 const char *const *auxiliary, const char *category);
Schema *schema_builder_finish(SchemaBuilder *builder); /* frees the builder. Caller: schema_unref() */
void    schema_builder_free(SchemaBuilder *builder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SchemaBuilder, schema_builder_free)

/* The key of an attribute by that name, whether any schema knows it or not: equal but for case, equal pointers. Static. */
const char *schema_attribute_key(const char *name);
/* By name without regard to case, or by OID. NULL: unknown. Names with options (`;lang-en`) are unknown. */
const AttributeType *schema_attribute(const Schema *schema, const char *name);
/* Calls `func` with every attribute type, in no order. */
typedef void (*SchemaFunc)(const AttributeType *type, gpointer user_data);
void schema_foreach(const Schema *schema, SchemaFunc func, gpointer user_data);

/* ---- assertions: one attribute compared with one value, prepared once, matched often ---- */

typedef enum {
    MATCH_EQUAL,
    MATCH_GREATER_OR_EQUAL,
    MATCH_LESS_OR_EQUAL,
    MATCH_BIT_AND, /* 1.2.840.113556.1.4.803 */
    MATCH_BIT_OR,  /* 1.2.840.113556.1.4.804 */
} MatchKind;

#define SCHEMA_ERROR schema_error_quark()
GQuark schema_error_quark(void);
typedef enum {
    SCHEMA_ERROR_UNDEFINED, /* the assertion is Undefined for every entry; the message says why */
    SCHEMA_ERROR_SYNTAX,    /* a definition that cannot be read */
} SchemaError;

/* Immutable once made; any thread. Borrows `type`, which lives as long as its schema. */
typedef struct Assertion Assertion;

/* NULL with SCHEMA_ERROR_UNDEFINED: the value does not fit the type's syntax, or the type has no such rule. */
Assertion *assertion_new(const Schema *schema, const AttributeType *type, MatchKind kind, const Value *value,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* initial, final: NULL if the assertion has none; `any` has `n_any` values. */
Assertion *assertion_new_substring(const Schema *schema, const AttributeType *type, const Value *initial,
                                   const Value *any, gsize n_any, const Value *final,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* RFC 4517 rule given by name or OID in an extensible match. NULL/UNDEFINED: a rule we do not know, or one that
 * AD does not have (it has the three bit and chain rules only). */
Assertion *assertion_new_rule(const Schema *schema, const AttributeType *type, const char *rule, const Value *value,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void assertion_free(Assertion *assertion);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Assertion, assertion_free)

/* Whether one stored value matches. Allocates nothing for values that are ASCII or shorter than 256 bytes (DNs: for
 * those of ASCII without hexadecimal escapes).
 * A stored value that breaks its own syntax matches nothing. */
gboolean assertion_matches(const Assertion *assertion, const Value *stored);

/* The form of a value under which equal values are the same bytes (for indexes), NULL if the value breaks the
 * syntax or the type has no equality rule. Not for RULE_OID and RULE_CATEGORY. Caller: g_free(); `length` out. */
char *schema_value_key(const AttributeType *type, const Value *value, gsize *length) G_GNUC_WARN_UNUSED_RESULT;

/* The spelling of an assertion value that every server of this family reads the same way: on AD a generalized time
 * as YYYYMMDDHHMMSS.0Z, bit masks as signed numbers, GUID text as bytes. NULL if there is nothing to change.
 * Caller: g_free(); `length` out. */
char *schema_wire_value(const Schema *schema, const AttributeType *type, MatchKind kind, const Value *value,
                        gsize *length) G_GNUC_WARN_UNUSED_RESULT;
