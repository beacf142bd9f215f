/* SPDX-License-Identifier: BSD-2-Clause
 * test-split.c - addresses of the reserved domain and back; tickets: who can make one, and for which message it holds
 */
#include "milter/split.h"

#include <string.h>

enum { TODAY = 20000 };
#define DOMAIN "split.rollcall.invalid"

static const struct {
    const char *group, *split;
} addresses[] = {
    {"sales@example.com", "sales=example.com@" DOMAIN},
    {"Sales@Example.COM", "Sales=example.com@" DOMAIN},
    {"a=b=c@example.com", "a=b=c=example.com@" DOMAIN},
    {"=@example.com", "==example.com@" DOMAIN},
    {"\"sales\"@example.com", "sales=example.com@" DOMAIN},
    {"\"\"@example.com", "=example.com@" DOMAIN},
    {"\"a b\"@example.com", "\"a b=example.com\"@" DOMAIN},
    {"\"a@b\"@example.com", "\"a@b=example.com\"@" DOMAIN},
    {"\"a\\\\b\\\"c\"@example.com", "\"a\\\\b\\\"c=example.com\"@" DOMAIN},
    {"\"a.\"@example.com", "a.=example.com@" DOMAIN},
    {"\".a\"@example.com", "\".a=example.com\"@" DOMAIN},
    {"\"<x>\"@example.com", "\"<x>=example.com\"@" DOMAIN},
    {"\"@r:x\"@example.com", "\"@r:x=example.com\"@" DOMAIN},
    {"sales@[192.0.2.1]", "\"sales=[192.0.2.1]\"@" DOMAIN},
    {"sales@[IPv6:2001:db8::1]",
     NULL}, /* printed with the key's spelling of the literal: the way back is what counts */
    {"jos\xC3\xA9@example.com", "jos\xC3\xA9=example.com@" DOMAIN},
    {"sales@b\xC3\xBC"
     "cher.example",
     "sales=xn--bcher-kva.example@" DOMAIN},
};

static void
test_addresses(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        g_autoptr(Address) group = address_new(addresses[i].group, NULL);
        g_assert_nonnull(group);
        g_autoptr(Address) split = split_address(group, DOMAIN);
        g_assert_nonnull(split);
        if (addresses[i].split != NULL)
            g_assert_cmpstr(address_text(split), ==, addresses[i].split);
        g_assert_true(split_is_reserved(split, DOMAIN));
        g_assert_false(split_is_reserved(group, DOMAIN));
        g_autoptr(Address) back = split_original(split);
        g_assert_nonnull(back);
        g_assert_true(address_equal(back, group));
    }
}

static const char *const not_split[] = {
    "sales@" DOMAIN, "sales=@" DOMAIN, "\"sales=exa..mple\"@" DOMAIN, "\"sales=e x\"@" DOMAIN, "=@" DOMAIN,
};

static void
test_no_original(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(not_split); i++) {
        g_autoptr(Address) address = address_new(not_split[i], NULL);
        g_assert_nonnull(address);
        g_assert_null(split_original(address));
    }
}

static void
test_too_long(void)
{
    g_autofree char *local = g_strnfill(315, 'a');
    g_autofree char *text = g_strconcat(local, "@example.com", NULL);
    g_autoptr(Address) group = address_new(text, NULL);
    g_assert_nonnull(group);
    g_assert_null(split_address(group, DOMAIN));
}

static void
test_reserved(void)
{
    g_autoptr(Address) there = address_new("a=b@Split.Rollcall.INVALID", NULL);
    g_autoptr(Address) below = address_new("a=b@x." DOMAIN, NULL);
    g_assert_true(split_is_reserved(there, DOMAIN));
    g_assert_false(split_is_reserved(below, DOMAIN));
    g_assert_false(split_is_reserved(there, ""));
}

static void
test_message_id(void)
{
    g_autofree char *one = split_message_id("example.com");
    g_autofree char *other = split_message_id("example.com");
    g_assert_cmpstr(one, !=, other);
    g_assert_true(g_regex_match_simple("^<[0-9a-f-]+@example\\.com>$", one, 0, 0));
}

/* ---- tickets ---- */

static TraceKey *
some_key(guint8 fill)
{
    guint8 octets[TRACE_KEY_LENGTH];
    memset(octets, fill, sizeof octets);
    return trace_key_new(octets);
}

static const struct {
    const char *name;
    guint8      key;
    const char *message_id, *sender;
    gint64      day;
    gboolean    good;
} holders[] = {
    {"same", 1, "<m@e.org>", "ann@e.org", 0, TRUE},
    {"yesterday", 1, "<m@e.org>", "ann@e.org", -1, TRUE},
    {"as-long-as-queues-keep-mail", 1, "<m@e.org>", "ann@e.org", -7, TRUE},
    {"longer", 1, "<m@e.org>", "ann@e.org", -8, FALSE},
    {"a-clock-ahead-at-midnight", 1, "<m@e.org>", "ann@e.org", 1, TRUE},
    {"two-days-ahead", 1, "<m@e.org>", "ann@e.org", 2, FALSE},
    {"another-key", 2, "<m@e.org>", "ann@e.org", 0, FALSE},
    {"another-message", 1, "<n@e.org>", "ann@e.org", 0, FALSE},
    {"no-message-id", 1, NULL, "ann@e.org", 0, FALSE},
    {"message-id-folded", 1, "\r\n <m@e.org> ", "ann@e.org", 0, TRUE},
    {"another-sender", 1, "<m@e.org>", "bob@e.org", 0, FALSE},
    {"empty-sender", 1, "<m@e.org>", "", 0, FALSE},
    {"sender-spelled-otherwise", 1, "<m@e.org>", "\"ANN\"@E.ORG", 0, TRUE},
    {"parts-cannot-run-together", 1, "", "<m@e.org>ann@e.org", 0, FALSE},
};

static void
test_holder(gconstpointer data)
{
    gsize             i = GPOINTER_TO_SIZE(data);
    const SplitTicket given = {.origin = ORIGIN_EXCHANGE_ONLINE, .trust = SENDER_AUTHENTICATED, .size = 12345};
    SplitTicket       found = {.origin = ORIGIN_ANONYMOUS, .trust = SENDER_EXTERNAL, .size = 7};
    g_autoptr(TraceKey) maker = some_key(holders[i].key);
    g_autoptr(TraceKey) reader = some_key(1);
    g_autofree char *value =
        split_ticket_value(maker, &given, holders[i].message_id, holders[i].sender, TODAY + holders[i].day);
    g_assert_cmpint(split_ticket_read(reader, value, "<m@e.org>", "ann@e.org", TODAY, &found), ==, holders[i].good);
    g_assert_cmpint(found.origin, ==, holders[i].good ? ORIGIN_EXCHANGE_ONLINE : ORIGIN_ANONYMOUS);
    g_assert_cmpint(found.trust, ==, holders[i].good ? SENDER_AUTHENTICATED : SENDER_EXTERNAL);
    g_assert_cmpuint(found.size, ==, holders[i].good ? 12345 : 7);
}

/* Also the empty sender, and one that is no address. */
static void
test_everything_can_be_said(void)
{
    static const char *const senders[] = {"", "ann@e.org", "not an address"};
    g_autoptr(TraceKey) key = some_key(1);
    for (Origin origin = ORIGIN_ANONYMOUS; origin <= ORIGIN_FOREIGN_CLOUD; origin++) {
        for (gsize i = 0; i < 2 * G_N_ELEMENTS(senders); i++) {
            SplitTicket      given = {.origin = origin,
                                      .trust = i % 2 == 0 ? SENDER_EXTERNAL : SENDER_AUTHENTICATED,
                                      .size = i == 0 ? 0 : G_MAXUINT64};
            SplitTicket      found = {0};
            g_autofree char *value = split_ticket_value(key, &given, NULL, senders[i / 2], TODAY);
            g_assert_cmpuint(strlen(value), <, 200);
            g_assert_true(split_ticket_read(key, value, NULL, senders[i / 2], TODAY, &found));
            g_assert_cmpint(found.origin, ==, given.origin);
            g_assert_cmpint(found.trust, ==, given.trust);
            g_assert_cmpuint(found.size, ==, given.size);
        }
    }
}

static const struct {
    const char *name, *from, *to; /* what is replaced in a good value */
    gboolean    good;
} changes[] = {
    {"none", "x", "x", TRUE},
    {"folded", " external", "\r\n\texternal", TRUE},
    {"blanks-around", "anonymous", "  anonymous", TRUE},
    {"another-origin", "anonymous", "sasl", FALSE},
    {"another-trust", "external", "authenticated", FALSE},
    {"unknown-origin", "anonymous", "god", FALSE},
    {"unknown-trust", "external", "undecided", FALSE},
    {"another-size", " 5 ", " 6 ", FALSE},
    {"no-size", " 5 ", " ", FALSE},
    {"negative-size", " 5 ", " -5 ", FALSE},
    {"size-overflow", " 5 ", " 18446744073709551621 ", FALSE},
    {"a-fifth-word", "anonymous", "x anonymous", FALSE},
    {"hash-cut-off", "=", "", FALSE},
    {"hash-longer", "=", "==", FALSE},
};

static char *
replace(const char *value, const char *from, const char *to)
{
    GString *text = g_string_new(value);
    g_string_replace(text, from, to, 0);
    return g_string_free(text, FALSE);
}

static void
test_change(gconstpointer data)
{
    gsize             i = GPOINTER_TO_SIZE(data);
    const SplitTicket given = {.origin = ORIGIN_ANONYMOUS, .trust = SENDER_EXTERNAL, .size = 5};
    SplitTicket       found;
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char *value = split_ticket_value(key, &given, "<m@e.org>", "ann@e.org", TODAY);
    g_autofree char *changed = replace(value, changes[i].from, changes[i].to);
    if (strcmp(changes[i].from, changes[i].to) != 0)
        g_assert_cmpstr(changed, !=, value);
    g_assert_cmpint(split_ticket_read(key, changed, "<m@e.org>", "ann@e.org", TODAY, &found), ==, changes[i].good);
}

/* Every octet of it counts. */
static void
test_flipped_octets(void)
{
    const SplitTicket given = {.origin = ORIGIN_SASL, .trust = SENDER_AUTHENTICATED, .size = 5};
    SplitTicket       found;
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char *value = split_ticket_value(key, &given, "<m@e.org>", "ann@e.org", TODAY);
    for (gsize i = 0; value[i] != '\0'; i++) {
        g_autofree char *flipped = g_strdup(value);
        flipped[i] ^= 1;
        g_assert_false(split_ticket_read(key, flipped, "<m@e.org>", "ann@e.org", TODAY, &found));
    }
}

static void
test_none_and_far_too_long(void)
{
    SplitTicket found;
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char *huge = g_strnfill(1000000, ' ');
    g_assert_false(split_ticket_read(key, NULL, "<m@e.org>", "ann@e.org", TODAY, &found));
    g_assert_false(split_ticket_read(key, "", "<m@e.org>", "ann@e.org", TODAY, &found));
    g_assert_false(split_ticket_read(key, huge, "<m@e.org>", "ann@e.org", TODAY, &found));
}

/* One key, two purposes: what travels in one header is worth nothing in the other. The identity and the Message-ID are
 * chosen as badly as they can be. */
static void
test_no_trace_is_a_ticket(void)
{
    const SplitTicket given = {.origin = ORIGIN_ANONYMOUS, .trust = SENDER_EXTERNAL, .size = 5};
    SplitTicket       found;
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char  *ticket = split_ticket_value(key, &given, "<m@e.org>", "", TODAY);
    const char       *hash = strrchr(ticket, ' ') + 1;
    const char *const traces[] = {ticket, hash, NULL};
    g_assert_false(trace_is_present(key, "anonymous external 5", "<m@e.org>", TODAY, traces));

    g_autofree char *trace = trace_value(key, "anonymous external 5", "<m@e.org>", TODAY);
    g_autofree char *dressed = g_strconcat("anonymous external 5 ", trace, NULL);
    g_assert_false(split_ticket_read(key, dressed, "<m@e.org>", "", TODAY, &found));
    g_assert_false(split_ticket_read(key, trace, "<m@e.org>", "", TODAY, &found));
}

/* Worked out apart from the code: printf 'rollcall split 1\0sasl authenticated 5\0<m@e.org>\0ann@e.org\00020000' |
 * openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01 -binary | base64 */
static void
test_known_value(void)
{
    const SplitTicket ticket = {.origin = ORIGIN_SASL, .trust = SENDER_AUTHENTICATED, .size = 5};
    g_autoptr(TraceKey) key = some_key(1);
    g_autofree char *value = split_ticket_value(key, &ticket, "<m@e.org>", "Ann@e.org", TODAY);
    g_assert_cmpstr(value, ==, "sasl authenticated 5 fJ2w8HeZfdkFHyUzbOWW6h8r7DysP+koBI3WVLhfxiE=");
}

/* ---- others ---- */

static GPtrArray *
some_people(guint n)
{
    GPtrArray *others = g_ptr_array_new_with_free_func((GDestroyNotify)address_unref);
    for (guint i = 0; i < n; i++) {
        g_autofree char *text = g_strdup_printf("p%u@e.org", i);
        g_ptr_array_add(others, address_new(text, NULL));
    }
    return others;
}

/* Whoever fits in is known again, nobody else is, and the header stays one line. */
static void
test_others(void)
{
    static const guint counts[] = {0, 1, SPLIT_MOST_OTHERS, SPLIT_MOST_OTHERS + 40};
    g_autoptr(TraceKey) key = some_key(1);
    for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(GPtrArray) others = some_people(counts[i]);
        g_autoptr(GPtrArray) all = some_people(SPLIT_MOST_OTHERS + 50);
        SplitTicket given = {.origin = ORIGIN_EXCHANGE_ONLINE, .trust = SENDER_AUTHENTICATED, .size = G_MAXUINT64};
        SplitTicket found;
        split_ticket_add_others(&given, key, "<m@e.org>", others);
        g_autofree char *value = split_ticket_value(key, &given, "<m@e.org>", "ann@e.org", TODAY);
        g_assert_cmpuint(strlen(SPLIT_HEADER ": ") + strlen(value), <=, 998);
        g_assert_true(split_ticket_read(key, value, "<m@e.org>", "ann@e.org", TODAY, &found));
        SplitHolder holder = {&found, key, "\r\n <m@e.org>"};
        for (guint p = 0; p < all->len; p++)
            g_assert_cmpint(split_ticket_has_other(g_ptr_array_index(all, p), &holder), ==,
                            p < MIN(counts[i], SPLIT_MOST_OTHERS));
        holder.message_id = "<n@e.org>";
        g_assert_false(split_ticket_has_other(g_ptr_array_index(all, 0), &holder));
    }
}

/* They are signed with the rest: none can be taken out, put in or spoiled. */
static void
test_others_are_signed(void)
{
    g_autoptr(TraceKey) key = some_key(1);
    g_autoptr(GPtrArray) others = some_people(2);
    SplitTicket given = {.origin = ORIGIN_SASL, .trust = SENDER_AUTHENTICATED}, found;
    split_ticket_add_others(&given, key, "<m@e.org>", others);
    g_autofree char  *value = split_ticket_value(key, &given, "<m@e.org>", "", TODAY);
    g_autofree char  *without = replace(value, given.others[0], "");
    g_autofree char  *twice_text = g_strconcat(given.others[1], " ", given.others[1], NULL);
    g_autofree char  *twice = replace(value, given.others[1], twice_text);
    g_autofree char  *shorter = replace(value, given.others[1], "abc");
    const char *const spoiled[] = {without, twice, shorter};
    g_assert_true(split_ticket_read(key, value, "<m@e.org>", "", TODAY, &found));
    for (gsize i = 0; i < G_N_ELEMENTS(spoiled); i++)
        g_assert_false(split_ticket_read(key, spoiled[i], "<m@e.org>", "", TODAY, &found));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/split/addresses", test_addresses);
    g_test_add_func("/split/no-original", test_no_original);
    g_test_add_func("/split/too-long", test_too_long);
    g_test_add_func("/split/reserved", test_reserved);
    g_test_add_func("/split/message-id", test_message_id);
    for (gsize i = 0; i < G_N_ELEMENTS(holders); i++) {
        g_autofree char *path = g_strconcat("/split/ticket/", holders[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_holder);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *path = g_strconcat("/split/ticket-changed/", changes[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_change);
    }
    g_test_add_func("/split/everything-can-be-said", test_everything_can_be_said);
    g_test_add_func("/split/flipped-octets", test_flipped_octets);
    g_test_add_func("/split/none-and-far-too-long", test_none_and_far_too_long);
    g_test_add_func("/split/no-trace-is-a-ticket", test_no_trace_is_a_ticket);
    g_test_add_func("/split/others", test_others);
    g_test_add_func("/split/others-are-signed", test_others_are_signed);
    g_test_add_func("/split/known-value", test_known_value);
    return g_test_run();
}
