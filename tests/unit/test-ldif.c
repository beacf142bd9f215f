/* SPDX-License-Identifier: BSD-2-Clause
 * test-ldif.c - what an LDIF file may hold, and where reading stops
 */
#include "resolver/directory/ldif/ldif-lines.h"
#include "resolver/directory/ldif/ldif-reader.h"
#include "rollcall/directory.h"

#include <string.h>

/* ---- one text, read to its end ---- */

static void
append_values(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    for (guint i = 0; i < n_values; i++) {
        g_autofree char *escaped = g_strescape(values[i].data, NULL);
        g_string_append_printf(user_data, " %s=[%s]%" G_GSIZE_FORMAT, key, escaped, values[i].length);
    }
}

/* "DN a=[value]length a=... | DN ..." of all entries; NULL with an error. */
static char *
read_all(const char *text, gsize length, GError **error)
{
    FILE *stream = length > 0 ? fmemopen((char *)text, length, "r") : fopen("/dev/null", "r");
    g_autoptr(LdifReader) reader = ldif_reader_new(stream, "x.ldif");
    g_autoptr(GString) seen = g_string_new(NULL);
    gboolean good;

    for (;;) {
        g_autoptr(EntryRef) entry = NULL;
        good = ldif_reader_next(reader, &entry, error);
        if (!good || entry == NULL)
            break;
        g_string_append_printf(seen, "%s%s", seen->len > 0 ? " | " : "", entry_dn(entry));
        entry_foreach(entry, append_values, seen);
    }
    fclose(stream);
    return good ? g_string_free(g_steal_pointer(&seen), FALSE) : NULL;
}

#define A "dn: CN=a\ncn: a\n"
#define A_SEEN "CN=a cn=[a]1"

static const struct {
    const char *name, *text, *seen; /* `seen` that begins with "x.ldif:" is the error */
} cases[] = {
    {"empty", "", ""},
    {"only-blank-lines", "\n\r\n\n", ""},
    {"only-version", "version: 1\n", ""},
    {"only-comment", "# nobody\n", ""},
    {"one", A, A_SEEN},
    {"version", "version: 1\n" A, A_SEEN},
    {"version-then-blank", "version: 1\n\n" A, A_SEEN},
    {"version-behind-comment", "# made by hand\n\nVERSION:1\n" A, A_SEEN},
    {"two", A "\ndn: CN=b\ncn: b\n", A_SEEN " | CN=b cn=[b]1"},
    {"many-blank-lines", "\n\n" A "\n\n\ndn: CN=b\ncn: b\n\n\n", A_SEEN " | CN=b cn=[b]1"},
    {"crlf", "version: 1\r\ndn: CN=a\r\ncn: a\r\n\r\ndn: CN=b\r\ncn: b\r\n", A_SEEN " | CN=b cn=[b]1"},
    {"crlf-folded", "dn: CN\r\n =a\r\ncn: a\r\n b\r\n", "CN=a cn=[ab]2"},
    {"byte-order-mark",
     "\xef\xbb\xbf"
     "version: 1\n" A,
     A_SEEN},
    {"dn-any-case", "DN: CN=a\nCN: a\n", A_SEEN},
    {"no-blank-after-colon", "dn:CN=a\ncn:a\n", A_SEEN},
    {"blanks-after-colon", "dn:   CN=a\ncn:   a\n", A_SEEN},
    {"trailing-blank-is-the-value's", "dn: CN=a\ncn: a \n", "CN=a cn=[a ]2"},
    {"empty-value", "dn: CN=a\ncn:\nsn: \n", "CN=a cn=[]0 sn=[]0"},
    {"colon-in-value", "dn: CN=a\nproxyAddresses: SMTP:a@example.com\n", "CN=a proxyaddresses=[SMTP:a@example.com]18"},
    {"number-sign-in-value", "dn: CN=a\ncn: #a\n", "CN=a cn=[#a]2"},
    {"utf-8", "dn: CN=J\xc3\xb6rg\ncn: J\xc3\xb6rg\n", "CN=J\xc3\xb6rg cn=[J\\303\\266rg]5"},
    {"base64", "dn: CN=a\ncn:: SsO2cmc=\n", "CN=a cn=[J\\303\\266rg]5"},
    {"base64-dn", "dn:: Q049SsO2cmc=\ncn: a\n", "CN=J\xc3\xb6rg cn=[a]1"},
    {"base64-folded", "dn:: Q049S\n sO2cm\n c=\ncn:: S\n sO2cmc=\n", "CN=J\xc3\xb6rg cn=[J\\303\\266rg]5"},
    {"base64-trailing-blank", "dn: CN=a\ncn::  YQ==  \n", A_SEEN},
    {"base64-empty", "dn: CN=a\ncn::\n", "CN=a cn=[]0"},
    {"base64-octets", "dn: CN=a\nobjectGUID:: AP8NCg==\n", "CN=a objectguid=[]4"},
    {"folded", "dn: CN=\n a,DC=\n com\ncn: on\n e \n  two\n", "CN=a,DC=com cn=[one  two]8"},
    {"folded-name", "d\n n: CN=a\nc\n n\n : a\n", A_SEEN},
    {"folded-to-nothing", "dn: CN=a\ncn: a\n \n", A_SEEN},
    {"comment", "# a\n" A "# b\nsn: c\n", A_SEEN " sn=[c]1"},
    {"comment-folded", "# a\n  dn: CN=z\n" A "# b\n ut: not this\nsn: c\n", A_SEEN " sn=[c]1"},
    {"comment-takes-continuation", "dn: CN=a\ncn: a\n# b\n c\n", A_SEEN},
    {"comment-between-records", A "\n# b\n\ndn: CN=b\ncn: b\n", A_SEEN " | CN=b cn=[b]1"},
    {"option", "dn: CN=a\nuserCertificate;binary:: YQ==\ncn;lang-de;x-y: a\ncn: b\n",
     "CN=a usercertificate=[a]1 cn=[a]1 cn=[b]1"},
    {"oid", "dn: CN=a\n2.5.4.3: a\n", "CN=a 2.5.4.3=[a]1"},
    {"underscore", "dn: CN=a\nx_y: a\n", "CN=a x_y=[a]1"},
    {"values-together", "dn: CN=a\ncn: a\nsn: s\nCN: b\n", "CN=a cn=[a]1 cn=[b]1 sn=[s]1"},
    {"version-as-attribute", "dn: CN=a\nversion: 7\n", "CN=a version=[7]1"},
    {"control-as-attribute", "dn: CN=a\ncn: a\ncontrol: 7\n", A_SEEN " control=[7]1"},

    {"utf-16-le",
     "\xff\xfe"
     "d\0n\0",
     "x.ldif: line 1: the file is UTF-16*"},
    {"utf-16-be",
     "\xfe\xff"
     "\0d\0n",
     "x.ldif: line 1: the file is UTF-16*"},
    {"version-2", "version: 2\n" A, "x.ldif: line 1: expected version 1"},
    {"version-twice", "version: 1\nversion: 1\n" A, "x.ldif: line 2: expected `dn:`*"},
    {"version-late", A "\nversion: 1\n", "x.ldif: line 4: expected `dn:`*"},
    {"no-dn", "\ncn: a\n", "x.ldif: line 2: expected `dn:`*"},
    {"search-result", A "\nsearch: 2\nresult: 0 Success\n", "x.ldif: line 4: expected `dn:`*"},
    {"bad-dn", A "\ndn: a\ncn: a\n", "x.ldif: line 4: not a distinguished name"},
    {"dn-with-nul", "dn:: Q049YQBi\ncn: a\n", "x.ldif: line 1: not a distinguished name"},
    {"dn-not-utf-8", "dn:: Q0499g==\ncn: a\n", "x.ldif: line 1: not a distinguished name"},
    {"cut-off-in-a-value", "dn: CN=a\nproxyAddresses: SMTP:ann@example.co",
     "x.ldif: line 2: the file ends in the middle*"},
    {"cut-off-in-a-fold", "dn: CN=a\ncn: a\n b", "x.ldif: line 3: the file ends in the middle*"},
    {"cut-off-in-a-comment", A "# a", "x.ldif: line 3: the file ends in the middle*"},
    {"dn-only", "dn: CN=a\n\ndn: CN=b\ncn: b\n", "x.ldif: line 1: the entry has no attributes"},
    {"dn-only-at-end", A "\ndn: CN=b\n", "x.ldif: line 4: the entry has no attributes"},
    {"second-dn", A "dn: CN=b\ncn: b\n", "x.ldif: line 3: a second DN*"},
    {"blank-line-with-a-blank", A " \ndn: CN=b\ncn: b\n", "x.ldif: line 4: a second DN*"},
    {"continues-nothing", " dn: CN=a\n", "x.ldif: line 1: continues a line*"},
    {"continues-blank-line", A "\n cn: a\n", "x.ldif: line 4: continues a line*"},
    {"no-colon", "dn: CN=a\ncn\n", "x.ldif: line 2: expected `attribute: value`"},
    {"no-name", "dn: CN=a\n: a\n", "x.ldif: line 2: expected `attribute: value`"},
    {"blank-before-colon", "dn: CN=a\ncn : a\n", "x.ldif: line 2: expected `attribute: value`"},
    {"tab-does-not-fold", "dn: CN=a\n\tcn: a\n", "x.ldif: line 2: expected `attribute: value`"},
    {"minus", "dn: CN=a\ncn: a\n-\n", "x.ldif: line 3: expected `attribute: value`"},
    {"name-begins-with-minus", "dn: CN=a\n-cn: a\n", "x.ldif: line 2: expected `attribute: value`"},
    {"half-an-oid", "dn: CN=a\n2.5x: a\n", "x.ldif: line 2: expected `attribute: value`"},
    {"url", "dn: CN=a\njpegPhoto:< file:///etc/passwd\n", "x.ldif: line 2: values by URL are not read*"},
    {"url-dn", "dn:< file:///etc/passwd\n", "x.ldif: line 1: values by URL are not read*"},
    {"changetype", "dn: CN=a\nchangetype: add\ncn: a\n", "x.ldif: line 2: change records are not read*"},
    {"changetype-later", "dn: CN=a\ncn: a\nChangeType: add\n", "x.ldif: line 3: change records are not read*"},
    {"control", "dn: CN=a\ncontrol: 1.2.3 true\nchangetype: delete\n", "x.ldif: line 2: change records*"},
    {"range", "dn: CN=g\nmember: \nmember;range=0-1499: CN=a\n", "x.ldif: line 3: only a range of*"},
    {"range-any-case", "dn: CN=g\nmember;x;Range=0-*: CN=a\n", "x.ldif: line 2: only a range of*"},
    {"empty-option", "dn: CN=a\ncn;: a\n", "x.ldif: line 2: an empty attribute option"},
    {"bad-option", "dn: CN=a\ncn;a=b: a\n", "x.ldif: line 2: a malformed attribute option"},
    {"base64-short", "dn: CN=a\ncn:: YQ=\n", "x.ldif: line 2: malformed base64"},
    {"base64-inner-padding", "dn: CN=a\ncn:: YQ==YQ==\n", "x.ldif: line 2: malformed base64"},
    {"base64-only-padding", "dn: CN=a\ncn:: ====\n", "x.ldif: line 2: malformed base64"},
    {"base64-foreign", "dn: CN=a\ncn:: Y Q=\n", "x.ldif: line 2: malformed base64"},
    {"base64-url-alphabet", "dn: CN=a\ncn:: __--\n", "x.ldif: line 2: malformed base64"},
    {"latin-1", "dn: CN=a\ncn: J\xf6rg\n", "x.ldif: line 2: a plain value that is not UTF-8*"},
    {"cr-in-value", "dn: CN=a\ncn: a\rb\n", "x.ldif: line 2: a plain value with NUL or CR*"},
    {"two-crs", "dn: CN=a\ncn: a\r\r\n", "x.ldif: line 2: a plain value with NUL or CR*"},
    {"two-crs-and-nothing", "dn: CN=a\ncn: a\r\r\n \n", "x.ldif: line 2: a plain value with NUL or CR*"},
    {"error-names-first-line-of-folded", "dn: CN=a\n# c\n d\nc\n n\n", "x.ldif: line 4: expected `attr*"},
};

static void
check_text(const char *text, gsize length, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *seen = read_all(text, length, &error);

    if (!g_str_has_prefix(expected, "x.ldif:")) {
        g_assert_no_error(error);
        g_assert_cmpstr(seen, ==, expected);
        return;
    }
    g_assert_null(seen);
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
    if (!g_pattern_match_simple(expected, error->message))
        g_error("expected %s, got %s", expected, error->message);
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    gsize length = strlen(cases[i].text);

    if (g_str_has_prefix(cases[i].name, "utf-16"))
        length = 6;
    check_text(cases[i].text, length, cases[i].seen);
}

/* ---- what does not fit a table ---- */

static void
test_nul(void)
{
    static const char in_value[] = "dn: CN=a\ncn: a\0b\n", in_name[] = "dn: CN=a\nc\0n: a\n";

    check_text(in_value, sizeof in_value - 1, "x.ldif: line 2: a plain value with NUL or CR*");
    check_text(in_name, sizeof in_name - 1, "x.ldif: line 2: expected `attribute: value`");
}

/* Every length around the size of the read buffer, so that folds, CRs and newlines fall on its edge. */
static void
test_across_blocks(void)
{
    const gsize block = 256 * 1024;

    for (gsize padding = block - 24; padding < block + 2; padding++) {
        g_autoptr(GString) text = g_string_new("#");
        while (text->len < padding)
            g_string_append_c(text, 'x');
        g_string_append(text, "\r\ndn: CN\r\n =a\r\ncn: a\r\n\r\n");
        check_text(text->str, text->len, A_SEEN);
    }
}

static char *
long_value(gsize length, gboolean folded)
{
    GString         *text = g_string_new("dn: CN=a\ncn: ");
    g_autofree char *chunk = g_strnfill(4096, 'v');

    for (gsize i = 0; i < length; i += 4096) {
        g_string_append(text, chunk);
        if (folded)
            g_string_append(text, "\n ");
    }
    g_string_append(text, "\n");
    return g_string_free(text, FALSE);
}

static void
test_long_lines(void)
{
    for (int folded = 0; folded < 2; folded++) {
        g_autofree char *fits = long_value(16 * 1024 * 1024, folded);
        g_autofree char *too_long = long_value(LDIF_MAX_LINE, folded);
        FILE            *stream = fmemopen(fits, strlen(fits), "r");
        g_autoptr(LdifReader) reader = ldif_reader_new(stream, "x.ldif");
        g_autoptr(EntryRef) entry = NULL;
        g_autoptr(GError) error = NULL;
        const Value *values;

        g_assert_true(ldif_reader_next(reader, &entry, &error));
        g_assert_cmpuint(entry_all(entry, "cn", &values), ==, 1);
        g_assert_cmpuint(values[0].length, ==, 16 * 1024 * 1024);
        fclose(stream);
        check_text(too_long, strlen(too_long), "x.ldif: line 2: longer than*");
    }
}

static void
test_long_names(void)
{
    g_autofree char *name = g_strnfill(256, 'n');
    g_autofree char *fits = g_strdup_printf("dn: CN=a\n%s: a\n", name);
    g_autofree char *too_long = g_strdup_printf("dn: CN=a\n%sn: a\n", name);
    g_autofree char *seen = g_strdup_printf("CN=a %s=[a]1", name);
    g_autofree char *options = g_strdup_printf("dn: CN=a\ncn;%s;%s;%s;%s: a\n", name, name, name, name);

    check_text(fits, strlen(fits), seen);
    check_text(too_long, strlen(too_long), "x.ldif: line 2: expected `attribute: value`");
    check_text(options, strlen(options), "x.ldif: line 2: expected `attribute: value`");
}

/* Whatever is cut off or turned over in a file: an answer or an error with a line, and never more than was there. */
static void
test_damaged(void)
{
    static const char good[] = "version: 1\n# c\n o\ndn:: Q049YQ==\ncn;x: a\n b\nsn:: YQ==\n\ndn: CN=b\ncn: b\n";

    for (gsize length = 0; length < sizeof good; length++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *seen = read_all(good, length, &error);
        g_assert_true((seen == NULL) == (error != NULL));
        g_assert_true(error == NULL || g_str_has_prefix(error->message, "x.ldif: line "));
    }
    for (gsize i = 0; i < (sizeof good - 1) * 256; i++) {
        g_autofree char *bad = g_strdup(good);
        g_autoptr(GError) error = NULL;
        bad[i / 256] = (char)(i % 256);
        g_autofree char *seen = read_all(bad, sizeof good - 1, &error);
        g_assert_true((seen == NULL) == (error != NULL));
    }
}

static void
test_unreadable(void)
{
    FILE *stream = fopen("/", "r");
    g_autoptr(LdifReader) reader = ldif_reader_new(stream, "/");
    g_autoptr(EntryRef) entry = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(ldif_reader_next(reader, &entry, &error));
    g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_SETTINGS);
    g_assert_true(g_str_has_prefix(error->message, "/: "));
    fclose(stream);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/ldif/reader/%s", cases[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/ldif/reader/nul", test_nul);
    g_test_add_func("/ldif/reader/across-blocks", test_across_blocks);
    g_test_add_func("/ldif/reader/long-lines", test_long_lines);
    g_test_add_func("/ldif/reader/long-names", test_long_names);
    g_test_add_func("/ldif/reader/damaged", test_damaged);
    g_test_add_func("/ldif/reader/unreadable", test_unreadable);
    return g_test_run();
}
