/* SPDX-License-Identifier: BSD-2-Clause
 * test-address.c - what address.h promises
 */
#include "rollcall/address.h"
#include "resolver/address/mailbox.h"
#include "resolver/address/siphash.h"

#include <string.h>

typedef struct {
    const char *name, *input;
    const char *text, *local, *domain, *key; /* text NULL: refused */
} ReadCase;

static const ReadCase read_cases[] = {
    {"plain", "Ann@Example.COM", "Ann@Example.COM", "Ann", "Example.COM", "ann@example.com"},
    {"brackets", "<ann@example.com>", "ann@example.com", "ann", "example.com", "ann@example.com"},
    {"source route", "<@a.example,@b.example:ann@example.com>", "ann@example.com", "ann", "example.com",
     "ann@example.com"},
    {"all of atext", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~",
     "example.com", "!#$%&'*+-/=?^_`{|}~@example.com"},
    {"needless quotes", "\"Ann.Lee\"@example.com", "\"Ann.Lee\"@example.com", "Ann.Lee", "example.com",
     "ann.lee@example.com"},
    {"needless backslash", "\"a\\nn\"@example.com", "\"a\\nn\"@example.com", "ann", "example.com", "ann@example.com"},
    {"needed quotes", "\"ann lee\"@example.com", "\"ann lee\"@example.com", "ann lee", "example.com",
     "\"ann lee\"@example.com"},
    {"quoted at", "<\"a@b\"@example.com>", "\"a@b\"@example.com", "a@b", "example.com", "\"a@b\"@example.com"},
    {"quoted bracket", "<\"a>b\"@example.com>", "\"a>b\"@example.com", "a>b", "example.com", "\"a>b\"@example.com"},
    {"quoted quote", "\"a\\\"b\\\\\"@example.com", "\"a\\\"b\\\\\"@example.com", "a\"b\\", "example.com",
     "\"a\\\"b\\\\\"@example.com"},
    {"quoted dots stay quoted", "\"a..b\"@example.com", "\"a..b\"@example.com", "a..b", "example.com",
     "\"a..b\"@example.com"},
    {"empty quoted", "\"\"@example.com", "\"\"@example.com", "", "example.com", "\"\"@example.com"},
    {"accent is folded, not dropped", "JOSÉ@example.com", "JOSÉ@example.com", "JOSÉ", "example.com",
     "josé@example.com"},
    {"decomposed is composed", "jose\xcc\x81@example.com", "jose\xcc\x81@example.com", "jose\xcc\x81", "example.com",
     "josé@example.com"},
    {"sigmas are one letter", "ΟΔΟΣ@example.com", "ΟΔΟΣ@example.com", "ΟΔΟΣ", "example.com", "οδοσ@example.com"},
    {"final sigma", "οδος@example.com", "οδος@example.com", "οδος", "example.com", "οδοσ@example.com"},
    {"dotless i stays", "ıx@example.com", "ıx@example.com", "ıx", "example.com", "ıx@example.com"},
    {"dotted capital i stays", "İx@example.com", "İx@example.com", "İx", "example.com", "İx@example.com"},
    {"sharp s stays", "straße@example.com", "straße@example.com", "straße", "example.com", "straße@example.com"},
    {"U-label", "ann@BÜCHER.example", "ann@BÜCHER.example", "ann", "BÜCHER.example", "ann@xn--bcher-kva.example"},
    {"A-label", "ann@XN--BCHER-KVA.example", "ann@XN--BCHER-KVA.example", "ann", "XN--BCHER-KVA.example",
     "ann@xn--bcher-kva.example"},
    {"sharp s in a domain", "ann@faß.example", "ann@faß.example", "ann", "faß.example", "ann@xn--fa-hia.example"},
    {"single label", "root@localhost", "root@localhost", "root", "localhost", "root@localhost"},
    {"underscore", "ann@a_b.example", "ann@a_b.example", "ann", "a_b.example", "ann@a_b.example"},
    {"IPv4 literal", "ann@[192.0.2.1]", "ann@[192.0.2.1]", "ann", "[192.0.2.1]", "ann@[192.0.2.1]"},
    {"IPv6 literal", "<ann@[ipv6:2001:DB8:0::1]>", "ann@[ipv6:2001:DB8:0::1]", "ann", "[ipv6:2001:DB8:0::1]",
     "ann@[ipv6:2001:db8::1]"},
    {"empty", ""},
    {"null reverse-path", "<>"},
    {"no at", "ann"},
    {"no local part", "@example.com"},
    {"no domain", "ann@"},
    {"two ats", "ann@b@example.com"},
    {"leading dot", ".ann@example.com"},
    {"trailing dot", "ann.@example.com"},
    {"two dots", "a..b@example.com"},
    {"blank", "ann lee@example.com"},
    {"blank before", " ann@example.com"},
    {"blank after", "ann@example.com "},
    {"comment", "ann(x)@example.com"},
    {"open bracket", "<ann@example.com"},
    {"only closing bracket", "ann@example.com>"},
    {"text after bracket", "<ann@example.com>x"},
    {"two brackets", "<<ann@example.com>>"},
    {"route without address", "<@a.example:>"},
    {"route without colon", "<@a.example>"},
    {"route without brackets", "@a.example:ann@example.com"},
    {"open quote", "\"ann@example.com"},
    {"backslash at the end", "\"ann\\"},
    {"backslash before UTF-8", "\"\\é\"@example.com"},
    {"text after quote", "\"a\"b@example.com"},
    {"line feed", "ann\n@example.com"},
    {"quoted line feed", "\"an\nn\"@example.com"},
    {"quoted-pair carriage return", "\"an\\\rn\"@example.com"},
    {"delete", "a\x7f@example.com"},
    {"C1 control", "a\xc2\x85@example.com"},
    {"not UTF-8", "a\xff@example.com"},
    {"overlong UTF-8", "a\xc0\xae@example.com"},
    {"surrogate", "a\xed\xa0\x80@example.com"},
    {"domain not UTF-8", "ann@ex\xff.example"},
    {"hyphen first", "ann@-x.example"},
    {"empty label", "ann@a..example"},
    {"dot at the end", "ann@example.com."},
    {"fullwidth at in a domain", "ann@a\xef\xbc\xa0"
                                 "b.example"},
    {"fullwidth blank in a domain", "ann@a\xe3\x80\x80"
                                    "b.example"},
    {"bad IPv4", "ann@[192.0.2.256]"},
    {"bad IPv6", "ann@[IPv6:2001::db8::1]"},
    {"unknown literal", "ann@[x400:a]"},
    {"open literal", "ann@[192.0.2.1"},
};

static void
test_read(gconstpointer data)
{
    const ReadCase *c = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) address = address_new(c->input, &error);

    if (c->text == NULL) {
        g_assert_null(address);
        g_assert_error(error, ADDRESS_ERROR, ADDRESS_ERROR_SYNTAX);
        g_assert_true(g_str_has_prefix(error->message, "position "));
        return;
    }
    g_assert_no_error(error);
    g_assert_cmpstr(address_text(address), ==, c->text);
    g_assert_cmpstr(address_local(address), ==, c->local);
    g_assert_cmpstr(address_domain(address), ==, c->domain);
    g_assert_cmpstr(address_key(address), ==, c->key);
    g_assert_cmpstr(address_domain_key(address), ==, strrchr(c->key, '@') + 1);

    g_autoptr(Address) again = address_new(address_text(address), &error); /* what is printed can be read */
    g_assert_no_error(error);
    g_assert_true(address_equal(address, again));
    g_assert_cmpuint(address_hash(address), ==, address_hash(again));
    g_autoptr(Address) from_key = address_new(address_key(address), &error); /* and a key is its own key */
    g_assert_no_error(error);
    g_assert_cmpstr(address_key(from_key), ==, c->key);
}

static char *
repeated(char c, gsize n, const char *tail)
{
    g_autofree char *head = g_strnfill(n, c);
    return g_strconcat(head, tail, NULL);
}

static void
test_limits(void)
{
    static const struct {
        gsize       n;
        const char *tail;
        int         code; /* -1: accepted */
    } cases[] = {
        {315, "@example.com", -1},
        {316, "@example.com", ADDRESS_ERROR_TOO_LONG},
        {900, "@example.com", ADDRESS_ERROR_TOO_LONG},
        {100000, "@example.com", ADDRESS_ERROR_TOO_LONG},
        {100000, "", ADDRESS_ERROR_TOO_LONG},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = repeated('x', cases[i].n, cases[i].tail);
        g_autoptr(Address) address = address_new(text, &error);
        if (cases[i].code == -1)
            g_assert_no_error(error);
        else
            g_assert_error(error, ADDRESS_ERROR, cases[i].code);
        g_assert_true((address != NULL) == (cases[i].code == -1));
    }
    g_autofree char *label63 = repeated('x', 63, ".example"), *label64 = repeated('x', 64, ".example");
    g_autofree char *key63 = address_domain_to_key(label63), *key64 = address_domain_to_key(label64);
    g_assert_cmpstr(key63, ==, label63);
    g_assert_null(key64);
}

static void
test_different(void)
{
    static const char *const pairs[][2] = {
        {"jose@example.com", "josé@example.com"},
        {"ann@example.com", "ann@example.org"},
        {"i@example.com", "ı@example.com"},
        {"\"a b\"@example.com", "ab@example.com"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autoptr(Address) a = address_new(pairs[i][0], NULL), b = address_new(pairs[i][1], NULL);
        g_assert_false(address_equal(a, b));
    }
}

static void
test_proxy(void)
{
    static const struct {
        const char *value, *key;
        gboolean    primary, malformed;
    } cases[] = {
        {"SMTP:Ann@example.com", "ann@example.com", TRUE, FALSE},
        {"smtp:Ann@example.com", "ann@example.com", FALSE, FALSE},
        {"Smtp:Ann@example.com", "ann@example.com", FALSE, FALSE},
        {"X400:C=US;A= ;P=Org;O=Site;S=Lee;G=Ann;", NULL, FALSE, FALSE},
        {"X500:/o=Org/ou=Site/cn=Recipients/cn=ann", NULL, FALSE, FALSE},
        {"SIP:ann@example.com", NULL, FALSE, FALSE},
        {"smtpx:ann@example.com", NULL, FALSE, FALSE},
        {"SMTP:", NULL, FALSE, TRUE},
        {"SMTP:ann", NULL, FALSE, TRUE},
        {"SMTP:<ann@example.com>", NULL, FALSE, TRUE},
        {"SMTP: ann@example.com", NULL, FALSE, TRUE},
        {"ann@example.com", NULL, FALSE, TRUE},
        {":ann@example.com", NULL, FALSE, TRUE},
        {"", NULL, FALSE, TRUE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gboolean primary = TRUE;
        g_autoptr(Address) address = address_from_proxy(cases[i].value, &primary, &error);
        g_test_message("%s", cases[i].value);
        g_assert_cmpstr(address != NULL ? address_key(address) : NULL, ==, cases[i].key);
        g_assert_cmpint(primary, ==, cases[i].primary);
        g_assert_cmpint(error != NULL, ==, cases[i].malformed);
    }
    g_autoptr(Address) without = address_from_proxy("SMTP:ann@example.com", NULL, NULL);
    g_assert_nonnull(without);
}

static void
test_routing(void)
{
    static const char *const cases[][2] = {
        {"SMTP:ann@example.com", "ann@example.com"},
        {"smtp:ann@example.com", "ann@example.com"},
        {"ann@example.com", "ann@example.com"},
        {"X400:C=US;A= ;P=Org", NULL},
        {"SMTP:smtp:ann@example.com", NULL},
        {"<ann@example.com>", NULL},
        {"", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Address) address = address_from_routing(cases[i][0], &error);
        g_assert_cmpstr(address != NULL ? address_key(address) : NULL, ==, cases[i][1]);
        if (cases[i][1] == NULL)
            g_assert_error(error, ADDRESS_ERROR, ADDRESS_ERROR_SYNTAX);
    }
}

static void
test_reference(void)
{
    Address *address = address_new("ann@example.com", NULL);
    g_assert_true(address_ref(address) == address);
    address_unref(address);
    g_assert_cmpstr(address_key(address), ==, "ann@example.com");
    address_unref(address);
    address_unref(NULL);
}

/* More than fit one block, among them one that is too long for any, let go in turns while others are made. */
static void
test_arena(void)
{
    enum { N_ADDRESSES = 500 };
    AddressArena    *arena = address_arena_new();
    Address         *addresses[N_ADDRESSES];
    g_autofree char *local = g_strnfill(300, 'l');

    for (guint i = 0; i < N_ADDRESSES; i++) {
        g_autofree char *text = g_strdup_printf("smtp:Ann.%u@example.com", i);
        addresses[i] = address_from_routing_in(arena, text, NULL);
        if (i % 3 == 2)
            g_clear_pointer(&addresses[i - 1], address_unref);
    }
    g_autofree char *text = g_strconcat(local, "@example.com", NULL);
    g_autoptr(Address) longest = address_from_routing_in(arena, text, NULL);
    g_autoptr(Address) quoted = address_from_routing_in(arena, "\"ann berg\"@example.com", NULL);
    g_autoptr(GError) error = NULL;
    g_assert_null(address_from_routing_in(arena, "X400:c=NO", &error));
    g_assert_error(error, ADDRESS_ERROR, ADDRESS_ERROR_SYNTAX);
    address_arena_free(arena);

    g_assert_cmpstr(address_text(longest), ==, text);
    g_assert_cmpstr(address_local(quoted), ==, "ann berg");
    for (guint i = 0; i < N_ADDRESSES; i++) {
        g_autofree char *key = g_strdup_printf("ann.%u@example.com", i);
        if (addresses[i] != NULL)
            g_assert_cmpstr(address_key(addresses[i]), ==, key);
        address_unref(addresses[i]);
    }
    address_arena_free(address_arena_new());
    address_arena_free(NULL);
}

/* A key is its own key: every character, alone and before marks that compose with some letters in one case only. */
static void
test_fold_every_character(void)
{
    static const gunichar marks[] = {0, 0x300, 0x301, 0x307, 0x308, 0x30a, 0x30c, 0x323, 0x331, 0x342, 0x345};
    for (gunichar c = 0xa0; c < 0x30000; c++) {
        if (!g_unichar_isdefined(c) || g_unichar_isspace(c) || g_unichar_type(c) == G_UNICODE_SURROGATE)
            continue;
        for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
            gunichar         spelled[] = {'a', c, marks[i], 0};
            g_autofree char *local = g_ucs4_to_utf8(spelled, -1, NULL, NULL, NULL);
            g_autofree char *text = g_strconcat(local, "@example.com", NULL);
            g_autoptr(Address) address = address_new(text, NULL);
            if (address == NULL)
                continue;
            g_autoptr(Address) again = address_new(address_key(address), NULL);
            g_assert_nonnull(again);
            g_assert_cmpstr(address_key(again), ==, address_key(address));
        }
    }
    g_autoptr(Address) upper = address_new("H\314\261@example.com", NULL);
    g_autoptr(Address) lower = address_new("h\314\261@example.com", NULL);
    g_assert_cmpstr(address_key(upper), ==, "\341\272\226@example.com");
    g_assert_true(address_equal(upper, lower));
}

/* The vectors of the SipHash paper's appendix A: key 00..0f, message 00..0e. */
static void
test_siphash(void)
{
    guint8 octets[16];
    for (guint i = 0; i < sizeof octets; i++)
        octets[i] = (guint8)i;
    g_assert_cmphex(siphash(octets, octets, 15), ==, G_GUINT64_CONSTANT(0xa129ca6149be45e5));
    g_assert_cmphex(siphash(octets, octets, 0), ==, G_GUINT64_CONSTANT(0x726fdb47dd0e0e31));
    g_assert_cmphex(siphash_of_process("a", 1), !=, siphash_of_process("b", 1));
}

/* ---- the plain ones ---- */

/* Returns whether it is plain. */
static gboolean
check_plain(const char *text)
{
    gsize            length = strlen(text);
    char             key[MAILBOX_PLAIN];
    gsize            local = mailbox_plain(text, length, key);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_auto(Mailbox) mailbox = {0};
    g_autoptr(GString) general = g_string_new(NULL);

    if (local == 0)
        return FALSE;
    g_assert_true(mailbox_read(&mailbox, text, MAILBOX_PATH, NULL));
    mailbox_append_local_key(&mailbox, general);
    g_string_append_printf(general, "@%s", mailbox.domain_key);
    g_assert_cmpmem(key, length, general->str, general->len);
    g_assert_cmpstr(mailbox.text->str, ==, text);
    g_assert_cmpmem(mailbox.local->str, mailbox.local->len, text, local);
    g_assert_cmpuint(mailbox.domain_offset, ==, local + 1);
    g_assert_cmpstr(general->str, ==, lower);
    return TRUE;
}

/* Texts of the octets that matter, short enough that all neighbours meet. */
static void
test_plain_as_general(void)
{
    static const char octets[] = "aZ09._-@@!+<\"\x7f \xc3\xa9";
    char              text[16];
    guint             n_plain = 0;

    for (guint i = 0; i < 200000; i++) {
        guint length = (guint)g_test_rand_int_range(0, 9), kinds = g_test_rand_bit() ? 9 : sizeof octets - 1;
        for (guint at = 0; at < length; at++)
            text[at] = octets[g_test_rand_int_range(0, (gint)kinds)];
        text[length] = '\0';
        n_plain += check_plain(text);
    }
    g_assert_cmpuint(n_plain, >, 1000);
}

static gboolean
mailbox_is_good(const char *text)
{
    g_auto(Mailbox) mailbox = {0};
    return mailbox_read(&mailbox, text, MAILBOX_BARE, NULL);
}

/* Each octet inside either part: plain is all that both may hold in ASCII. */
static void
test_plain_octets(void)
{
    for (guint octet = 1; octet < 256; octet++) {
        char     local[] = "xoy@example.com", domain[] = "xy@exo.com";
        gboolean is_label = g_ascii_isalnum(octet) || strchr("-_.", (int)octet) != NULL;
        local[1] = domain[5] = (char)octet;
        g_assert_true(check_plain(local) == (octet < 128 && mailbox_is_good(local) && octet != '@'));
        g_assert_true(check_plain(domain) == (is_label && mailbox_is_good(domain)));
    }
}

static void
test_plain_length(void)
{
    for (guint length = MAILBOX_PLAIN - 2; length < MAILBOX_PLAIN + 3; length++) {
        g_autofree char *domain = g_strnfill(length - 2, 'D');
        g_autofree char *text = g_strconcat("a@", domain, NULL);
        g_assert_true(check_plain(text) == (length <= MAILBOX_PLAIN));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(read_cases); i++) {
        g_autofree char *path = g_strdup_printf("/address/read/%s", read_cases[i].name);
        g_test_add_data_func(path, &read_cases[i], test_read);
    }
    g_test_add_func("/address/plain-as-general", test_plain_as_general);
    g_test_add_func("/address/plain-octets", test_plain_octets);
    g_test_add_func("/address/plain-length", test_plain_length);
    g_test_add_func("/address/limits", test_limits);
    g_test_add_func("/address/different", test_different);
    g_test_add_func("/address/proxy", test_proxy);
    g_test_add_func("/address/routing", test_routing);
    g_test_add_func("/address/reference", test_reference);
    g_test_add_func("/address/arena", test_arena);
    g_test_add_func("/address/fold-every-character", test_fold_every_character);
    g_test_add_func("/address/siphash", test_siphash);
    return g_test_run();
}
