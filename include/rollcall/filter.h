/* SPDX-License-Identifier: BSD-2-Clause
 * filter.h - search filters: parse (RFC 4515 and what Active Directory stores beyond it), print, fold, match
 *
 * A Filter is an immutable, reference-counted tree; any thread may use it.
 */
#pragma once

#include "rollcall/schema.h"

#include <glib.h>

/* Limits on what is read. Real filters repeat Exchange's suffix many times, so they are generous. */
enum {
    FILTER_MAX_LENGTH  = 1024 * 1024, /* octets of text */
    FILTER_MAX_DEPTH   = 512,         /* as Active Directory's own */
    FILTER_MAX_TERMS   = 50000,       /* nodes of the tree */
};

#define FILTER_ERROR filter_error_quark()
GQuark filter_error_quark(void);
typedef enum {
    FILTER_ERROR_SYNTAX, /* message: "position 17: expected ...": counted in octets from 0 */
    FILTER_ERROR_LIMIT,  /* message names the limit */
} FilterError;

typedef enum {
    FILTER_AND,
    FILTER_OR,
    FILTER_NOT,
    FILTER_PRESENT,
    FILTER_EQUAL,
    FILTER_APPROX,
    FILTER_GREATER_OR_EQUAL,
    FILTER_LESS_OR_EQUAL,
    FILTER_SUBSTRING,
    FILTER_EXTENSIBLE,
} FilterKind;

typedef struct Filter Filter;
/* Fields are for reading; only those of the kind are set. */
struct Filter {
    FilterKind kind;
    /* AND, OR: any number (none: true, false; RFC 4526). NOT: exactly one. */
    const Filter **parts;
    guint          n_parts;
    /* all others */
    const char *attribute; /* as written; NULL in an extensible match without a type */
    Value       value;     /* EQUAL, APPROX, >=, <=, EXTENSIBLE: unescaped octets */
    const char *rule;      /* EXTENSIBLE: name or OID, NULL if none */
    gboolean    dn_attributes; /* EXTENSIBLE `:dn` */
    /* SUBSTRING: data == NULL where there is no such piece */
    Value        initial, final;
    const Value *any;
    guint        n_any;
    int          reference_count;
};

/* One repair that the parser made, in the order of the text. */
typedef struct {
    gsize position; /* octets from the start of the text */
    char *text;     /* "NOT without parentheses around its term", ... fixed words, no input in it */
} FilterRepair;
void filter_repair_free(FilterRepair *repair);

/* Reads a filter. Accepted beyond RFC 4515, each reported in `repairs` (may be NULL; a GPtrArray of FilterRepair with
 * filter_repair_free as its free function, appended to): `(!a=b)`, blanks between terms and after operators, a
 * missing outer pair of parentheses, `&(..)(..)`, `((a=b))`, NOT with several terms (read as NOT of AND), a
 * backslash before anything but two hex digits (read as itself), bare `{` `}` (correct as they stand, named once a
 * filter). Blanks inside a value are the value's. Past 1000 repairs the rest are one. Caller: filter_unref(). */
const Filter *filter_parse(const char *text, GPtrArray *repairs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
const Filter *filter_ref(const Filter *filter);
void          filter_unref(const Filter *filter);
typedef const Filter FilterRef; /* so that g_autoptr(FilterRef) works */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FilterRef, filter_unref)

/* Canonical RFC 4515 text: filter_parse(filter_print(f)) is f again, without repairs (but for the naming of a bare
 * brace). NUL, ( ) * \ and octets that are not UTF-8 are escaped as \xx in lower case. Caller: g_free(). */
char *filter_print(const Filter *filter) G_GNUC_WARN_UNUSED_RESULT;

/* Building, for callers that compose filters. Values are copied; parts' references are taken over. */
const Filter *filter_new_composite(FilterKind kind, const Filter **parts, guint n_parts);
const Filter *filter_new_equal(const char *attribute, const char *value, gssize length);
const Filter *filter_new_present(const char *attribute);

/* Calls `func` once with each attribute named, as written, in no order, each once. `anr` is named as itself. */
typedef void (*FilterAttributeFunc)(const char *attribute, gpointer user_data);
void filter_foreach_attribute(const Filter *filter, FilterAttributeFunc func, gpointer user_data);

/* The first of `attributes` (names, NULL-terminated) whose presence the filter wants, NULL: none. A test below a NOT wants
 * absence, one below two of them presence again. */
const char *filter_tests_presence(const Filter *filter, const char *const *attributes);
/* The filter with each presence test of one of `attributes` that wants presence, `(a=*)`, replaced by `(|(a=*)more)`. Tests
 * that want absence stay, so that nothing is selected less than before: `(&(!(a=*))(more))` would become true of nothing.
 * Parts without such a test are shared with `filter`. Caller: filter_unref(). */
const Filter *filter_widen_presence(const Filter *filter, const char *const *attributes,
                                    const Filter *more) G_GNUC_WARN_UNUSED_RESULT;

/* The same selection without any assertion that is Undefined under `schema`, so that servers which treat Undefined
 * differently select the same entries: NOT stands only above single defined assertions; `~=` is `=` under AD rules;
 * values are spelled as schema_wire_value() says. A filter that can be true of nothing becomes `(|)`, one that is
 * true of everything `(&)`. Each assertion found Undefined is appended to `notes` (GPtrArray of char *, may be NULL)
 * as "attribute: why". Caller: filter_unref(). */
const Filter *filter_fold(const Filter *filter, const Schema *schema, GPtrArray *notes) G_GNUC_WARN_UNUSED_RESULT;
gboolean      filter_is_never(const Filter *filter);  /* is `(|)` */
gboolean      filter_is_always(const Filter *filter); /* is `(&)` */

/* ---- matching ---- */

/* How a matcher sees entries; `entry` is whatever the caller passes to matcher_match(). */
typedef struct {
    /* The values of an attribute: returns how many, sets *values (borrowed until the match returns). */
    guint (*values)(gconstpointer entry, const AttributeType *type, const Value **values);
    /* Rule 1941: whether following `type` links from the entry, any number of steps, leads to `target` (a DN key).
     * `type` is a link or back link. May be NULL: the rule is Undefined then. */
    gboolean (*in_chain)(gconstpointer entry, const AttributeType *type, const char *target, gpointer context);
    gpointer context; /* for in_chain */
} MatchSource;

/* A filter prepared against a schema. Immutable; any thread. Holds references to both. */
typedef struct Matcher Matcher;
Matcher *matcher_new(const Filter *filter, Schema *schema); /* never fails: what cannot match is Undefined */
void     matcher_free(Matcher *matcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Matcher, matcher_free)

/* Allocates nothing for entries whose values are ASCII or short. `source` is borrowed. */
Truth matcher_match(const Matcher *matcher, const MatchSource *source, gconstpointer entry);
