/* SPDX-License-Identifier: BSD-2-Clause
 * test-from.c - whose mailbox a From header names, and when it names none that may be believed
 */
#include "origin/from.h"

#include <string.h>

static const struct {
    const char *name, *value, *address; /* NULL: none */
} cases[] = {
    {"bare", "ann@example.com", "ann@example.com"},
    {"blanks-around", " \tann@example.com \r\n", "ann@example.com"},
    {"brackets", "<ann@example.com>", "ann@example.com"},
    {"name", "Ann <ann@example.com>", "ann@example.com"},
    {"name-without-blank", "Ann<ann@example.com>", "ann@example.com"},
    {"quoted-name", "\"Doe, Ann\" <ann@example.com>", "ann@example.com"},
    {"quoted-specials", "\"a@b.c <x@y>, (\\\"\\\\\" <ann@example.com>", "ann@example.com"},
    {"dots-in-name", "J. Ann Doe <ann@example.com>", "ann@example.com"},
    {"folded", "Ann\r\n Doe\n\t<ann@example.com>", "ann@example.com"},
    {"blanks-in-brackets", "Ann < ann@example.com >", "ann@example.com"},
    {"comment-behind", "ann@example.com (Ann)", "ann@example.com"},
    {"comment-before", "(Ann) ann@example.com", "ann@example.com"},
    {"comment-nested", "(a (b \\) c) d) Ann (x) <ann@example.com> (y)", "ann@example.com"},
    {"comment-with-address", "(ceo@example.com) ann@example.com", "ann@example.com"},
    {"encoded-word", "=?utf-8?q?Ann=20=3Cceo=40example=2Ecom=3E?= <ann@example.com>", "ann@example.com"},
    {"8-bit-name", "J\xc3\xb6rg <ann@example.com>", "ann@example.com"},
    {"latin-1-name", "J\xf6rg <ann@example.com>", "ann@example.com"},
    {"utf-8-address",
     "<j\xc3\xb6rg@b\xc3\xbc"
     "cher.example>",
     "j\xc3\xb6rg@b\xc3\xbc"
     "cher.example"},
    {"quoted-local", "<\"a b\"@example.com>", "\"a b\"@example.com"},
    {"quoted-local-with-at", "\"ceo@example.com\"@evil.example", "\"ceo@example.com\"@evil.example"},

    {"empty", "", NULL},
    {"blanks", " \r\n ", NULL},
    {"empty-brackets", "<>", NULL},
    {"no-at", "Ann", NULL},
    {"no-domain", "ann@", NULL},
    {"no-local", "@example.com", NULL},
    {"two", "ann@example.com, bob@example.com", NULL},
    {"two-in-brackets", "<ann@example.com>, <bob@example.com>", NULL},
    {"two-without-comma", "<ann@example.com> <bob@example.com>", NULL},
    {"two-in-one-bracket", "<ann@example.com,bob@example.com>", NULL},
    {"comma-behind", "ann@example.com,", NULL},
    {"comma-before", ",ann@example.com", NULL},
    {"semicolon", "ann@example.com; bob@example.com", NULL},
    {"group", "Us: ann@example.com;", NULL},
    {"group-empty", "undisclosed-recipients:;", NULL},
    {"address-as-name", "ceo@example.com <ann@evil.example>", NULL},
    {"comma-in-name", "Doe, Ann <ann@example.com>", NULL},
    {"name-behind", "<ann@example.com> Ann", NULL},
    {"bracket-in-name", "<ceo@example.com <ann@evil.example>", NULL},
    {"bracket-in-encoded-word", "=?utf-8?q?<ceo@example.com>?= <ann@evil.example>", NULL},
    {"route", "<@relay.example:ann@example.com>", NULL},
    {"two-ats", "ceo@example.com@evil.example", NULL},
    {"comment-inside", "ceo@example.com(x)@evil.example", NULL},
    {"comment-inside-local", "ceo(x)@example.com", NULL},
    {"comment-inside-brackets", "<(ceo@example.com)ann@evil.example>", NULL},
    {"blank-inside", "ceo @example.com", NULL},
    {"fold-inside", "<ceo@exam\r\n ple.com>", NULL},
    {"fold-in-quoted-local", "\"ceo\r\n x\"@example.com", NULL},
    {"dot-behind", "<ann.@example.com>", NULL},
    {"dot-behind-domain", "<ann@example.com.>", NULL},
    {"unclosed-bracket", "Ann <ann@example.com", NULL},
    {"unclosed-quote", "\"Ann <ann@example.com>", NULL},
    {"unclosed-comment", "ann@example.com (", NULL},
    {"unopened-comment", "ann@example.com )", NULL},
    {"backslash-at-end", "ann@example.com (\\", NULL},
    {"backslash-outside-quotes", "A\\nn <ann@example.com>", NULL},
    {"control-character", "An\x01n <ann@example.com>", NULL},
    {"escape-in-quotes", "\"\x1b[2K\" <ann@example.com>", NULL},
    {"delete-character", "ann@example.com (\x7f)", NULL},
    {"control-in-address", "<an\x02n@example.com>", NULL},
    {"latin-1-address", "<j\xf6rg@example.com>", NULL},
    {"literal", "<ann@[192.0.2.1]>", NULL},
    {"full-width-at",
     "<ceo\xef\xbc\xa0"
     "example.com>",
     NULL},
};

static void
check(const char *value, const char *expected)
{
    g_autoptr(Address) address = from_mailbox(value);
    g_assert_cmpstr(address != NULL ? address_text(address) : NULL, ==, expected);
}

static void
test_case(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    check(cases[i].value, cases[i].address);
}

/* `n` times `piece`, then `end`. */
static char *
many(const char *piece, gsize n, const char *end)
{
    GString *text = g_string_new(NULL);
    while (n-- > 0)
        g_string_append(text, piece);
    return g_string_free(g_string_append(text, end), FALSE);
}

static void
test_long(void)
{
    g_autofree char *nested = many("(", 100000, "ann@example.com");
    g_autofree char *deep = many("(", 1000, "");
    g_autofree char *closed = many(")", 1000, " ann@example.com");
    g_autofree char *balanced = g_strconcat(deep, closed, NULL);
    g_autofree char *name = many("n", 5000, " <ann@example.com>");
    g_autofree char *local = many("n", 400, "@example.com");
    check(nested, NULL);
    check(balanced, "ann@example.com");
    check(name, NULL);
    check(local, NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/from/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_case);
    }
    g_test_add_func("/from/long", test_long);
    return g_test_run();
}
