/* SPDX-License-Identifier: BSD-2-Clause
 * fold.c - folding of whole strings, Unicode included
 *
 * Owns:     the memory of a Folded that outgrew its own room.
 * Promises: no allocation for values of less than 256 octets; work is linear in the length.
 * Threads:  any.
 *
 * Text is decomposed, never composed again: the classes of equal strings are the same (UAX 15), and a prefix of the
 * text is a prefix of the form.
 */
#include "resolver/schema/fold.h"

#include <string.h>

/* Marks behind one letter are put in canonical order in a run of this length, twice what UAX 15 calls stream-safe;
 * text with longer runs is no one's name, and only misses strings equal to it. */
enum { RUN = 64 };

typedef struct {
    Folded  *out;
    Fold     fold;
    gboolean pending_blank;
    gboolean keep_start;
    gunichar run[RUN];
    guint8 class[RUN];
    guint run_length;
} Folder;

void
folded_clear(Folded *folded)
{
    if (folded->data != folded->own)
        g_free(folded->data);
    folded->data = NULL;
}

static void
append_octets(Folded *out, const char *octets, gsize n)
{
    if (out->room - out->length < n) {
        gsize room = 2 * (out->room + n);
        char *grown = g_malloc(room);
        memcpy(grown, out->data, out->length);
        if (out->data != out->own)
            g_free(out->data);
        out->data = grown;
        out->room = room;
    }
    memcpy(out->data + out->length, octets, n);
    out->length += n;
}

/* RFC 4518 section 2.6.1, with one blank where it writes two inside and one at each end: no rule tells them apart
 * but a substring ending in a blank, which would there find the end of a value too. slapd compares it as here, and it
 * is the reading that selects less. */
static void
write_blank(Folder *folder)
{
    folder->pending_blank = folder->out->length > 0 || folder->keep_start;
}

static void
write_octets(Folder *folder, const char *octets, gsize n)
{
    if (folder->pending_blank)
        append_octets(folder->out, " ", 1);
    folder->pending_blank = FALSE;
    append_octets(folder->out, octets, n);
}

static void
write_character(Folder *folder, gunichar c)
{
    char utf8[6];
    if (c == ' ')
        write_blank(folder);
    else
        write_octets(folder, utf8, (gsize)g_unichar_to_utf8(c, utf8));
}

static void
flush_run(Folder *folder)
{
    for (guint i = 0; i < folder->run_length; i++)
        write_character(folder, folder->run[i]);
    folder->run_length = 0;
}

/* Canonical order: marks sorted by class, equal classes left as they came. */
static void
put_character(Folder *folder, gunichar c)
{
    guint8 class = (guint8)g_unichar_combining_class(c);
    if (class == 0 || folder->run_length == RUN)
        flush_run(folder);
    guint at = folder->run_length++;
    for (; class != 0 && at > 0 && folder->class[at - 1] > class; at--) {
        folder->run[at] = folder->run[at - 1];
        folder->class[at] = folder->class[at - 1];
    }
    folder->run[at] = c;
    folder->class[at] = class;
}

/* Simple folding by way of the upper case, which joins the variants of one letter (long s, final sigma). The dotless i
 * has no simple folding. */
static gunichar
fold_case(gunichar c)
{
    return c == 0x131 ? c : g_unichar_tolower(g_unichar_toupper(c));
}

/* The marks that Windows' NORM_IGNORENONSPACE passes over as far as its documentation goes: accents and points. Vowel
 * signs of Indic and South-East Asian scripts are also category Mn but are letters to their readers; whether AD
 * drops them is not stated, and dropping would select more. */
static gboolean
is_ignored_mark(gunichar c)
{
    static const struct {
        gunichar first, last;
    } ranges[] = {
        {0x300, 0x36f},   {0x483, 0x487},   {0x591, 0x5bd},   {0x5bf, 0x5bf},   {0x5c1, 0x5c2},
        {0x5c4, 0x5c5},   {0x5c7, 0x5c7},   {0x610, 0x61a},   {0x64b, 0x65f},   {0x670, 0x670},
        {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
    };
    if (c < ranges[0].first)
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return TRUE;
    return FALSE;
}

/* Katakana to hiragana. */
static gunichar
fold_kana(gunichar c)
{
    return (c >= 0x30a1 && c <= 0x30f6) || c == 0x30fd || c == 0x30fe ? c - 0x60 : c;
}

/* Canonical decomposition only: AD says nothing of superscripts, ligatures or ß, so those count as themselves. Width
 * forms (U+FF00 to U+FFEF, ideographic blank) are the compatibility decompositions that it does name. */
static gboolean
put_ad_string(Folder *folder, gunichar c)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gboolean width = (c >= 0xff00 && c <= 0xffef) || c == 0x3000;
    gsize    n = g_unichar_fully_decompose(c, width, parts, G_N_ELEMENTS(parts));
    for (gsize i = 0; i < n; i++)
        if (!is_ignored_mark(parts[i]))
            put_character(folder, fold_case(fold_kana(parts[i])));
    return TRUE;
}

/* RFC 4518 section 2.2: what stands for nothing. */
static gboolean
is_mapped_to_nothing(gunichar c)
{
    return c == 0xad || c == 0x34f || c == 0x1806 || (c >= 0x180b && c <= 0x180e) || (c >= 0xfe00 && c <= 0xfe0f) ||
           c == 0xfffc || c == 0x200b || (g_unichar_iscntrl(c) && !(c >= 0x9 && c <= 0xd) && c != 0x85) ||
           g_unichar_type(c) == G_UNICODE_FORMAT;
}

static gboolean
is_mapped_to_blank(gunichar c)
{
    return (c >= 0x9 && c <= 0xd) || c == 0x85 || g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR ||
           g_unichar_type(c) == G_UNICODE_LINE_SEPARATOR || g_unichar_type(c) == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* RFC 4518 sections 2.2 to 2.4; FALSE for a character that section 2.4 prohibits. Code points unassigned in Unicode
 * 3.2 are let through: they are in use by now, and servers let them through too. */
static gboolean
put_prepared(Folder *folder, gunichar c)
{
    if (c == 0xfffd || g_unichar_type(c) == G_UNICODE_PRIVATE_USE || (c & 0xfffe) == 0xfffe ||
        (c >= 0xfdd0 && c <= 0xfdef))
        return FALSE;
    if (is_mapped_to_nothing(c))
        return TRUE;
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH] = {' '};
    gsize    n = is_mapped_to_blank(c) ? 1 : g_unichar_fully_decompose(c, TRUE, parts, G_N_ELEMENTS(parts));
    gboolean ignore_case = folder->fold == FOLD_CASE_IGNORE;
    for (gsize i = 0; i < n; i++) {
        if (ignore_case && (parts[i] == 0xdf || parts[i] == 0x1e9e)) { /* RFC 3454 table B.2: ß becomes ss */
            put_character(folder, 's');
            put_character(folder, 's');
        } else {
            put_character(folder, ignore_case ? fold_case(parts[i]) : parts[i]);
        }
    }
    return TRUE;
}

static gboolean
fold_all(Folder *folder, const char *data, gsize length)
{
    const gint16 *table = fold_table(folder->fold);
    for (const char *at = data, *end = data + length; at < end;) {
        int octet = table[(guint8)*at];
        if (octet == FOLD_BAD)
            return FALSE;
        if (octet != FOLD_SLOW) {
            char folded_octet = (char)octet;
            flush_run(folder);
            if (octet == ' ')
                write_blank(folder);
            else if (octet != FOLD_SKIP)
                write_octets(folder, &folded_octet, 1);
            at++;
            continue;
        }
        if (*at == '\0') { /* RFC 4518 section 2.2: nothing; GLib would call it the end of the text */
            at++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(at, end - at);
        if (c >= (gunichar)-2 || !(folder->fold == FOLD_AD_STRING ? put_ad_string : put_prepared)(folder, c))
            return FALSE;
        at = g_utf8_next_char(at);
    }
    flush_run(folder);
    return TRUE;
}

gboolean
folded_init(Folded *folded, Fold fold, FoldEdges edges, const char *data, gsize length)
{
    folded->data = folded->own;
    folded->length = 0;
    folded->room = sizeof folded->own;

    Folder folder = {.out = folded, .fold = fold, .keep_start = (edges & FOLD_KEEP_START) != 0};
    if (length > 0 && !fold_all(&folder, data, length)) /* nothing may come as NULL */
        return FALSE;
    gboolean keeps = (edges & FOLD_KEEP_END) != 0 && folder.pending_blank;
    /* A piece of nothing but blanks is one blank (RFC 4518 section 2.6.1), which no value starts or ends with. */
    if (keeps || (edges != 0 && folded->length == 0 && length > 0 && fold != FOLD_NUMERIC && fold != FOLD_TELEPHONE))
        append_octets(folded, " ", 1);
    return TRUE;
}
