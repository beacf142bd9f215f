/* SPDX-License-Identifier: BSD-2-Clause
 * ldif-reader.c - the entries of an LDIF file, one after the other
 *
 * Owns:     the line under its eyes.
 * Promises: an entry holds every value that the file gives it; what cannot be read is an error, never left out.
 * Threads:  one.
 */
#include "ldif-reader.h"

#include "ldif-lines.h"
#include "ldif-value.h"

#include <string.h>

/* Octets of all values of one entry: a group of ten million members. */
static const gsize max_entry = (gsize)1 << 30;

struct LdifReader {
    LdifLines *lines;
    gboolean   begun;      /* the place for a version line is past */
    guint64    entry_line; /* where the newest entry begins */
};

LdifReader *
ldif_reader_new(FILE *stream, const char *name)
{
    LdifReader *reader = g_new0(LdifReader, 1);
    reader->lines = ldif_lines_new(stream, name);
    return reader;
}

void
ldif_reader_free(LdifReader *reader)
{
    if (reader == NULL)
        return;
    ldif_lines_free(reader->lines);
    g_free(reader);
}

gboolean
ldif_reader_fail(const LdifReader *reader, GError **error, const char *reason)
{
    return ldif_lines_fail(reader->lines, reader->entry_line, error, "%s", reason);
}

/* The next line that is not blank, taken apart. */
static gboolean
next_value(LdifReader *reader, LdifLine *line, LdifValue *value, GError **error)
{
    do {
        if (!ldif_lines_next(reader->lines, line, error))
            return FALSE;
        if (line->number == 0)
            return TRUE;
    } while (line->length == 0);

    const char *problem = ldif_value_parse(line->text, line->length, value);
    return problem == NULL || ldif_lines_fail(reader->lines, line->number, error, "%s", problem);
}

/* The first line of a record, behind the file's version line if that is still to come. */
static gboolean
first_value(LdifReader *reader, LdifLine *line, LdifValue *value, GError **error)
{
    if (!next_value(reader, line, value, error))
        return FALSE;
    if (reader->begun || line->number == 0)
        return TRUE;

    reader->begun = TRUE;
    if (g_ascii_strcasecmp(value->name, "version") != 0)
        return TRUE;
    if (strcmp(value->data, "1") != 0)
        return ldif_lines_fail(reader->lines, line->number, error, "expected version 1");
    return next_value(reader, line, value, error);
}

static EntryBuilder *
begin_entry(LdifReader *reader, const LdifLine *line, const LdifValue *dn, GError **error)
{
    reader->entry_line = line->number;
    if (g_ascii_strcasecmp(dn->name, "dn") != 0) {
        ldif_lines_fail(reader->lines, line->number, error, "expected `dn:`, the beginning of an entry");
        return NULL;
    }
    EntryBuilder *builder = NULL;
    if (strlen(dn->data) == dn->length && g_utf8_validate_len(dn->data, dn->length, NULL))
        builder = entry_builder_new(dn->data);
    if (builder == NULL)
        ldif_lines_fail(reader->lines, line->number, error, "not a distinguished name");
    return builder;
}

/* Whether the line belongs into a content record; `first`: it is the one behind the DN. NULL, or why not. */
static const char *
check_content(const LdifValue *value, gboolean first)
{
    if (g_ascii_strcasecmp(value->name, "dn") == 0)
        return "a second DN: a blank line is missing before it";
    if (g_ascii_strcasecmp(value->name, "changetype") == 0 ||
        (first && g_ascii_strcasecmp(value->name, "control") == 0))
        return "change records are not read: export the entries themselves";
    return NULL;
}

/* All lines up to the blank one that ends the record. */
static gboolean
read_content(LdifReader *reader, EntryBuilder *builder, GError **error)
{
    gsize octets = 0;

    for (gboolean first = TRUE;; first = FALSE) {
        LdifLine  line;
        LdifValue value = {0};

        if (!ldif_lines_next(reader->lines, &line, error))
            return FALSE;
        if (line.length == 0)
            return !first || ldif_reader_fail(reader, error, "the entry has no attributes");

        const char *problem = ldif_value_parse(line.text, line.length, &value);
        if (problem == NULL)
            problem = check_content(&value, first);
        octets += value.length;
        if (problem == NULL && octets > max_entry)
            problem = "the entry is larger than 1 GiB";
        if (problem != NULL)
            return ldif_lines_fail(reader->lines, line.number, error, "%s", problem);
        entry_builder_add(builder, value.name, value.data, value.length);
    }
}

gboolean
ldif_reader_next(LdifReader *reader, const Entry **entry, GError **error)
{
    LdifLine  line;
    LdifValue dn;

    *entry = NULL;
    if (!first_value(reader, &line, &dn, error))
        return FALSE;
    if (line.number == 0)
        return TRUE;

    g_autoptr(EntryBuilder) builder = begin_entry(reader, &line, &dn, error);
    if (builder == NULL || !read_content(reader, builder, error))
        return FALSE;
    *entry = entry_builder_finish(g_steal_pointer(&builder));
    return TRUE;
}
