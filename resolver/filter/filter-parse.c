/* SPDX-License-Identifier: BSD-2-Clause
 * filter-parse.c - reads a filter's text: RFC 4515, and what Active Directory stores beyond it
 *
 * Owns:     the limits on length, depth and number of terms, and the words of repairs and errors.
 * Promises: no recursion: open parentheses are frames on a stack of our own, at most FILTER_MAX_DEPTH of them;
 *           what is repaired is noted, what cannot be read is an error with its position, nothing else is guessed.
 * Threads:  any.
 *
 * The stored filters this was made for are those that Exchange wrote itself and those that administrators wrote by
 * hand and Active Directory took: see the header for the list of repairs.
 */
#include "resolver/filter/filter-node.h"
#include "resolver/filter/filter-reader.h"

#include <string.h>

/* So that a text of nothing but backslashes does not become a million notes. */
enum { MAX_REPAIRS = 1000 };
/* Terms that are open, octets of a value: most filters need no more. */
enum { USUAL_ROOM = 64 };

/* What is open: &( |( !( or a redundant parenthesis, which holds one term and adds nothing. */
typedef struct {
    guint      first;    /* of its parts, among the parser's */
    FilterKind kind;     /* not of a group */
    gboolean   is_group; /* a redundant parenthesis */
    gboolean   is_bare;  /* has no parentheses of its own: ends where its surroundings end */
    guint      height;   /* levels of the highest part */
} Frame;

typedef struct {
    FilterReader reader;
    GArray      *frames; /* of Frame */
    GPtrArray   *parts;  /* of Filter: finished terms, those of inner frames behind those of outer ones */
    guint        n_terms;
} Parser;

/* ---- the reader: repairs and errors ---- */

void
filter_reader_repair(FilterReader *reader, gsize position, const char *text)
{
    if (reader->repairs == NULL || reader->n_repairs > MAX_REPAIRS)
        return;
    FilterRepair *repair = g_new(FilterRepair, 1);
    repair->position = position;
    repair->text = g_strdup(reader->n_repairs < MAX_REPAIRS ? text : "more repairs from here on, not listed");
    reader->n_repairs++;
    g_ptr_array_add(reader->repairs, repair);
}

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void
filter_reader_skip_blanks(FilterReader *reader)
{
    if (!is_blank(filter_reader_peek(reader)))
        return;
    filter_reader_repair(reader, reader->position, "blanks outside of values");
    while (is_blank(filter_reader_peek(reader)))
        reader->position++;
}

gboolean
filter_reader_expected(FilterReader *reader, gsize position, const char *what)
{
    g_set_error(reader->error, FILTER_ERROR, FILTER_ERROR_SYNTAX, "position %" G_GSIZE_FORMAT ": expected %s", position,
                what);
    return FALSE;
}

static gboolean
over_limit(Parser *parser, const char *what, guint limit)
{
    g_set_error(parser->reader.error, FILTER_ERROR, FILTER_ERROR_LIMIT, "position %" G_GSIZE_FORMAT ": more than %u %s",
                parser->reader.position, limit, what);
    return FALSE;
}

/* ---- frames ---- */

static Frame *
top_frame(const Parser *parser)
{
    return parser->frames->len > 0 ? &g_array_index(parser->frames, Frame, parser->frames->len - 1) : NULL;
}

static gboolean
push_frame(Parser *parser, Frame frame)
{
    if (parser->frames->len >= FILTER_MAX_DEPTH)
        return over_limit(parser, "levels of nesting", FILTER_MAX_DEPTH);
    frame.first = parser->parts->len;
    g_array_append_val(parser->frames, frame);
    return TRUE;
}

static gboolean
count_term(Parser *parser)
{
    return ++parser->n_terms <= FILTER_MAX_TERMS || over_limit(parser, "terms", FILTER_MAX_TERMS);
}

/* Hands a finished term of `height` levels to what surrounds it. Takes it over. */
static gboolean
deliver(Parser *parser, const Filter *term, guint height)
{
    Frame *frame = top_frame(parser);
    g_ptr_array_add(parser->parts, (gpointer)term);
    if (frame != NULL)
        frame->height = MAX(frame->height, height);
    return height <= FILTER_MAX_DEPTH || over_limit(parser, "levels of nesting", FILTER_MAX_DEPTH);
}

/* ---- terms ---- */

static gboolean
read_item(Parser *parser)
{
    if (!count_term(parser))
        return FALSE;
    const Filter *item = filter_reader_item(&parser->reader);
    return item != NULL && deliver(parser, item, 1);
}

/* At & | ! or an attribute, behind the parenthesis if there is one. */
static gboolean
open_inside(Parser *parser, gboolean is_bare)
{
    static const char       operators[] = "&|!";
    static const FilterKind kinds[] = {FILTER_AND, FILTER_OR, FILTER_NOT};
    FilterReader           *reader = &parser->reader;
    char                    c = filter_reader_peek(reader);
    const char             *found = c != '\0' ? strchr(operators, c) : NULL;

    if (found != NULL) {
        reader->position++;
        return push_frame(parser, (Frame){.kind = kinds[found - operators], .is_bare = is_bare});
    }
    if (!read_item(parser))
        return FALSE;
    if (is_bare)
        return TRUE;
    if (filter_reader_peek(reader) != ')')
        return filter_reader_expected(reader, reader->position, ")");
    reader->position++;
    return TRUE;
}

/* At an opening parenthesis. */
static gboolean
open_term(Parser *parser)
{
    FilterReader *reader = &parser->reader;
    /* An item needs no frame, but is a level all the same. */
    if (parser->frames->len >= FILTER_MAX_DEPTH)
        return over_limit(parser, "levels of nesting", FILTER_MAX_DEPTH);
    reader->position++;
    filter_reader_skip_blanks(reader);
    if (filter_reader_peek(reader) != '(')
        return open_inside(parser, FALSE);
    filter_reader_repair(reader, reader->position, "redundant parentheses");
    return push_frame(parser, (Frame){.is_group = TRUE});
}

/* Of the innermost frame. */
static guint
count_parts(const Parser *parser, const Frame *frame)
{
    return parser->parts->len - frame->first;
}

/* One term of all parts of the innermost frame, which go into it. */
static const Filter *
join_parts(Parser *parser, const Frame *frame, FilterKind kind)
{
    const Filter **parts = (const Filter **)parser->parts->pdata + frame->first;
    const Filter  *term = filter_new_composite(kind, parts, count_parts(parser, frame));
    g_ptr_array_set_size(parser->parts, (int)frame->first);
    return term;
}

/* Makes the node of a finished frame. NOT of several terms is what those who wrote it meant to exclude: entries that
 * fulfil all of them, as the terms of any other parenthesis are read. */
static const Filter *
frame_finish(Parser *parser, const Frame *frame, guint *height)
{
    if (!count_term(parser))
        return NULL;
    *height = frame->height + 1;
    if (frame->kind != FILTER_NOT || count_parts(parser, frame) == 1)
        return join_parts(parser, frame, frame->kind);

    if (!count_term(parser))
        return NULL;
    *height += 1;
    const Filter *all = join_parts(parser, frame, FILTER_AND);
    return filter_new_composite(FILTER_NOT, &all, 1);
}

static gboolean
close_frame(Parser *parser)
{
    FilterReader *reader = &parser->reader;
    Frame        *frame = top_frame(parser);

    if (!frame->is_bare && filter_reader_peek(reader) != ')')
        return filter_reader_expected(reader, reader->position, frame->is_group ? ")" : "( or )");
    if (!frame->is_bare)
        reader->position++;

    guint         height = frame->height;
    const Filter *term = NULL;
    if (frame->is_group)
        term = g_ptr_array_steal_index(parser->parts, frame->first);
    else
        term = frame_finish(parser, frame, &height);
    g_array_set_size(parser->frames, parser->frames->len - 1);
    return term != NULL && deliver(parser, term, height);
}

/* NOT: its first term may lack parentheses, and may be followed by others. */
static gboolean
continue_not(Parser *parser, const Frame *frame, char c)
{
    FilterReader *reader = &parser->reader;
    guint         n_parts = count_parts(parser, frame);

    if (c == '(') {
        if (n_parts == 1)
            filter_reader_repair(reader, reader->position, "NOT with several terms, read as NOT of AND");
        return open_term(parser);
    }
    if (n_parts > 0)
        return close_frame(parser);
    if (c == ')' || c == '\0')
        return filter_reader_expected(reader, reader->position, "a term to negate");
    filter_reader_repair(reader, reader->position, "NOT without parentheses around its term");
    return open_inside(parser, TRUE);
}

/* Reads on from one token to the next, with a frame open. */
static gboolean
continue_frame(Parser *parser)
{
    Frame *frame = top_frame(parser);
    char   c = filter_reader_peek(&parser->reader);

    if (frame->is_group)
        return count_parts(parser, frame) == 0 ? open_term(parser) : close_frame(parser);
    if (frame->kind == FILTER_NOT)
        return continue_not(parser, frame, c);
    return c == '(' ? open_term(parser) : close_frame(parser);
}

static gboolean
begin(Parser *parser)
{
    FilterReader *reader = &parser->reader;
    filter_reader_skip_blanks(reader);
    char c = filter_reader_peek(reader);
    if (c == '\0')
        return filter_reader_expected(reader, reader->position, "a filter");
    if (c == '(')
        return open_term(parser);
    filter_reader_repair(reader, reader->position, "outer parentheses missing");
    return open_inside(parser, TRUE);
}

static gboolean
read_all(Parser *parser)
{
    FilterReader *reader = &parser->reader;
    if (!begin(parser))
        return FALSE;
    filter_reader_skip_blanks(reader);
    while (parser->frames->len > 0) {
        if (!continue_frame(parser))
            return FALSE;
        filter_reader_skip_blanks(reader);
    }
    if (filter_reader_peek(reader) != '\0')
        return filter_reader_expected(reader, reader->position, "the end of the filter");
    return TRUE;
}

static gboolean
check_text(FilterReader *reader)
{
    const char *end = NULL;
    if (reader->length > FILTER_MAX_LENGTH) {
        g_set_error(reader->error, FILTER_ERROR, FILTER_ERROR_LIMIT, "longer than %d octets", FILTER_MAX_LENGTH);
        return FALSE;
    }
    if (!g_utf8_validate_len(reader->text, reader->length, &end))
        return filter_reader_expected(reader, (gsize)(end - reader->text), "UTF-8, or \\xx for another octet");
    return TRUE;
}

const Filter *
filter_parse(const char *text, GPtrArray *repairs, GError **error)
{
    g_autoptr(GArray) frames = g_array_new(FALSE, FALSE, sizeof(Frame));
    g_autoptr(GPtrArray) parts = g_ptr_array_sized_new(USUAL_ROOM);
    g_autoptr(GString) octets = g_string_sized_new(USUAL_ROOM);
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(gsize));
    Parser parser = {
        .reader = {.text = text,
                   .length = strnlen(text, FILTER_MAX_LENGTH + 1),
                   .repairs = repairs,
                   .octets = octets,
                   .pieces = pieces,
                   .error = error},
        .frames = frames,
        .parts = parts,
    };

    if (!check_text(&parser.reader))
        return NULL;
    if (read_all(&parser))
        return g_ptr_array_index(parts, 0);
    for (guint i = 0; i < parts->len; i++)
        filter_unref(g_ptr_array_index(parts, i));
    return NULL;
}
