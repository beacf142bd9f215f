/* SPDX-License-Identifier: BSD-2-Clause
 * test-message-size.c - the octets of a message as it went over the wire
 */
#include "milter/message-size.h"

#include <string.h>

static const struct {
    const char *name, *header, *value, *body;
    const char *wire; /* the same as one text */
} cases[] = {
    {"empty-body", "Subject", "x", "", "Subject: x\r\n\r\n"},
    {"body", "Subject", "x", "Hello.\r\n", "Subject: x\r\n\r\nHello.\r\n"},
    {"folded", "To", "a@e.org,\n\tb@e.org", "", "To: a@e.org,\r\n\tb@e.org\r\n\r\n"},
    {"folded-twice", "To", "a\n b\n c", "", "To: a\r\n b\r\n c\r\n\r\n"},
    {"folded-with-crlf", "To", "a\r\n b", "", "To: a\r\n b\r\n\r\n"},
    {"empty-value", "X", "", "", "X: \r\n\r\n"},
    {"begins-with-a-fold", "X", "\n y", "", "X: \r\n y\r\n\r\n"},
};

static void
test_octets(gconstpointer data)
{
    gsize       i = GPOINTER_TO_SIZE(data);
    MessageSize size;
    message_size_reset(&size);
    message_size_header(&size, cases[i].header, cases[i].value);
    for (const char *c = cases[i].body; *c != '\0'; c++)
        message_size_body(&size, 1);
    g_assert_cmpuint(message_size_octets(&size), ==, strlen(cases[i].wire));
}

static void
test_stopped(void)
{
    MessageSize size;
    message_size_reset(&size);
    message_size_body(&size, 65535);
    g_assert_cmpuint(message_size_octets(&size), ==, 65537);
    message_size_stop(&size);
    g_assert_cmpuint(message_size_octets(&size), ==, 0);
    message_size_reset(&size);
    g_assert_cmpuint(message_size_octets(&size), ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/message-size/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_octets);
    }
    g_test_add_func("/message-size/stopped", test_stopped);
    return g_test_run();
}
