/* SPDX-License-Identifier: BSD-2-Clause
 * test-orcpt.c - the original recipient: reading the client's, writing our own
 */
#include "milter/orcpt.h"

#include <string.h>

static const struct {
    const char *parameter; /* NULL: none */
    const char *read;
} readings[] = {
    {NULL, NULL},
    {"NOTIFY=NEVER", NULL},
    {"ORCPT=rfc822;sales@example.com", "rfc822;sales@example.com"},
    {"orcpt=RFC822;sales@example.com", "RFC822;sales@example.com"},
    {"ORCPT=rfc822;a+2Bb+3Dc@example.com", "rfc822;a+2Bb+3Dc@example.com"},
    {"ORCPT=utf-8;jos\\x{E9}@example.com", "utf-8;jos\\x{E9}@example.com"},
    {"ORCPT=x400;/G=Ann/S=Example", NULL}, /* "=" must be written +3D */
    {"ORCPT=", NULL},
    {"ORCPT=rfc822;", NULL},
    {"ORCPT=;sales@example.com", NULL},
    {"ORCPT=sales@example.com", NULL},
    {"ORCPT=rfc822;a+b@example.com", NULL},
    {"ORCPT=rfc822;a+2b@example.com", NULL},
    {"ORCPT=rfc822;a+2", NULL},
    {"ORCPT=rfc822;a b@example.com", NULL},
    {"ORCPT=rfc822;a\r\nb@example.com", NULL},
    {"ORCPT=rfc822;jos\xC3\xA9@example.com", NULL},
    {"ORCPT=rfc 822;sales@example.com", NULL},
};

static void
test_reading(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(readings); i++) {
        const char *const parameters[] = {readings[i].parameter, NULL};
        g_assert_cmpstr(orcpt_of_parameters(parameters), ==, readings[i].read);
    }
    const char *const second[] = {"NOTIFY=DELAY", "ORCPT=rfc822;a@e.org", NULL};
    g_assert_cmpstr(orcpt_of_parameters(second), ==, "rfc822;a@e.org");
}

static void
test_length(void)
{
    for (gsize length = 499; length <= 502; length++) {
        g_autofree char  *long_one = g_strnfill(length - strlen("rfc822;"), 'a');
        g_autofree char  *parameter = g_strconcat("ORCPT=rfc822;", long_one, NULL);
        const char *const parameters[] = {parameter, NULL};
        g_assert_cmpint(orcpt_of_parameters(parameters) != NULL, ==, length <= 500);
    }
}

static const struct {
    const char *address, *orcpt;
} writings[] = {
    {"Sales@Example.com", "rfc822;Sales@example.com"},
    {"a+b=c@example.com", "rfc822;a+2Bb+3Dc@example.com"},
    {"\"a b\\\\\"@example.com", "rfc822;\"a+20b\\\\\"@example.com"},
    {"sales@b\xC3\xBC"
     "cher.example",
     "rfc822;sales@xn--bcher-kva.example"},
    {"jos\xC3\xA9@example.com", "utf-8;jos\\x{E9}@example.com"},
    {"\xF0\x9F\x93\xAE+x@b\xC3\xBC"
     "cher.example",
     "utf-8;\\x{1F4EE}\\x{2B}x@xn--bcher-kva.example"},
};

/* What we write is what we would take from a client. */
static void
test_writing(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(writings); i++) {
        g_autoptr(Address) address = address_new(writings[i].address, NULL);
        g_autofree char *orcpt = orcpt_of_address(address);
        g_assert_cmpstr(orcpt, ==, writings[i].orcpt);
        g_autofree char  *parameter = g_strconcat("ORCPT=", orcpt, NULL);
        const char *const parameters[] = {parameter, NULL};
        g_assert_cmpstr(orcpt_of_parameters(parameters), ==, orcpt);
    }
}

static void
test_too_long_to_write(void)
{
    g_autofree char *local = g_strnfill(300, '+');
    g_autofree char *text = g_strconcat(local, "@example.com", NULL);
    g_autoptr(Address) address = address_new(text, NULL);
    g_assert_nonnull(address);
    g_assert_null(orcpt_of_address(address));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/orcpt/reading", test_reading);
    g_test_add_func("/orcpt/length", test_length);
    g_test_add_func("/orcpt/writing", test_writing);
    g_test_add_func("/orcpt/too-long-to-write", test_too_long_to_write);
    return g_test_run();
}
