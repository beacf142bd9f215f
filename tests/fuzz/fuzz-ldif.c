/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-ldif.c - any file: entries or an error with a line, and what was read can be written and read again
 */
#include "resolver/directory/ldif/ldif-reader.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __lsan_is_turned_off(void);

/* The fuzzer makes up attribute names, and GLib leaves its old table of interned strings behind, on purpose, whenever
 * that outgrows 2048. Leaks of ours are looked for by test-ldif, which reads damaged files too. */
int
__lsan_is_turned_off(void)
{
    return 1;
}

static void
append_values(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    for (guint i = 0; i < n_values; i++) {
        g_autofree char *base64 = g_base64_encode((const guchar *)values[i].data, values[i].length);
        g_assert_cmpint(values[i].data[values[i].length], ==, '\0');
        g_string_append_printf(user_data, "%s:: %s\n", key, base64);
    }
}

static void
append_entry(GString *text, const Entry *entry)
{
    g_autofree char *base64 = g_base64_encode((const guchar *)entry_dn(entry), strlen(entry_dn(entry)));
    g_string_append_printf(text, "dn:: %s\n", base64);
    entry_foreach(entry, append_values, text);
    g_string_append_c(text, '\n');
}

/* All entries in one spelling; `good`: whether the file was read to its end. */
static GString *
spell(const char *data, gsize size, gboolean *good)
{
    FILE *stream = size > 0 ? fmemopen((char *)data, size, "r") : fopen("/dev/null", "r");
    g_autoptr(LdifReader) reader = ldif_reader_new(stream, "file");
    GString *text = g_string_new(NULL);

    for (;;) {
        g_autoptr(EntryRef) entry = NULL;
        g_autoptr(GError) error = NULL;
        *good = ldif_reader_next(reader, &entry, &error);
        g_assert_true(*good == (error == NULL));
        g_assert_true(error == NULL || g_str_has_prefix(error->message, "file: line "));
        if (entry == NULL)
            break;
        append_entry(text, entry);
    }
    fclose(stream);
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gboolean good;
    GString *text = spell((const char *)data, size, &good);
    GString *again = spell(text->str, text->len, &good);

    g_assert_true(good);
    g_assert_cmpstr(text->str, ==, again->str);
    g_string_free(text, TRUE);
    g_string_free(again, TRUE);
    return 0;
}
