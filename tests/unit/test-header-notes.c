/* SPDX-License-Identifier: BSD-2-Clause
 * test-header-notes.c - what is kept of a message's headers
 */
#include "milter/edit-list.h"
#include "milter/header-notes.h"
#include "milter/split.h"
#include "milter/trace.h"

#include <string.h>

static const struct {
    const char *value;
    gboolean    report;
} types[] = {
    {"multipart/report; report-type=delivery-status; boundary=x", TRUE},
    {"Multipart/Report;\n boundary=\"x;y\"; REPORT-TYPE=\"Delivery-Status\"", TRUE},
    {" multipart/report ; report-type = delivery-status", TRUE},
    {"multipart/report; report-type=disposition-notification", FALSE},
    {"multipart/report; x-report-type=delivery-status", FALSE},
    {"multipart/report", FALSE},
    {"multipart/reporting; report-type=delivery-status", FALSE},
    {"multipart/mixed; report-type=delivery-status", FALSE},
    {"multipart/report; boundary=\"report-type=delivery-status\"", FALSE},
    {"text/plain", FALSE},
    {"", FALSE},
};

static void
test_delivery_report(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        HeaderNotes notes = {0};
        header_notes_read(&notes, "content-TYPE", types[i].value);
        if (notes.delivery_report != types[i].report)
            g_error("%s", types[i].value);
        header_notes_clear(&notes);
    }
}

/* Two types make none: readers differ about which counts. */
static void
test_two_types(void)
{
    HeaderNotes notes = {0};
    header_notes_read(&notes, "Content-Type", "text/plain");
    header_notes_read(&notes, "Content-Type", types[0].value);
    g_assert_false(notes.delivery_report);
    header_notes_clear(&notes);
}

static void
test_kept(void)
{
    HeaderNotes notes = {0};
    header_notes_read(&notes, "Subject", "x");
    header_notes_read(&notes, "message-id", "<m@n.org>");
    header_notes_read(&notes, "Message-ID", "<second@n.org>");
    header_notes_read(&notes, "x-rollcall-trace", "\n one");
    header_notes_read(&notes, TRACE_HEADER, "two");
    header_notes_read(&notes, SPLIT_HEADER, " ticket");
    header_notes_read(&notes, SPLIT_HEADER, "another");
    header_notes_read(&notes, OOF_HEADER, "DR");
    header_notes_read(&notes, OOF_HEADER, "OOF");
    g_assert_cmpstr(notes.message_id, ==, "<m@n.org>");
    g_assert_cmpuint(notes.traces->len, ==, 3);
    g_assert_cmpstr(g_ptr_array_index(notes.traces, 0), ==, "one");
    g_assert_cmpstr(g_ptr_array_index(notes.traces, 1), ==, "two");
    g_assert_null(g_ptr_array_index(notes.traces, 2));
    g_assert_cmpstr(notes.ticket, ==, "ticket");
    g_assert_cmpuint(notes.tickets, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(notes.suppress, 0), ==, "DR");
    g_assert_cmpstr(g_ptr_array_index(notes.suppress, 1), ==, "OOF");
    header_notes_clear(&notes);
    header_notes_clear(&notes);
    g_assert_null(notes.message_id);
    g_assert_cmpuint(notes.tickets, ==, 0);
}

static void
test_bounds(void)
{
    HeaderNotes      notes = {0};
    g_autofree char *endless = g_strnfill(100000, 'x');
    header_notes_read(&notes, "Message-ID", endless);
    header_notes_read(&notes, SPLIT_HEADER, endless);
    for (int i = 0; i < 1000; i++)
        header_notes_read(&notes, TRACE_HEADER, endless);
    g_assert_cmpuint(notes.traces->len, <=, 101);
    g_assert_cmpuint(strlen(g_ptr_array_index(notes.traces, 0)), <, 100);
    g_assert_cmpuint(strlen(notes.message_id), <=, 2000);
    g_assert_cmpuint(strlen(notes.ticket), <=, 2000);
    /* Headers that cannot all be changed are too many; surplus traces are not needed. */
    g_assert_false(notes.watched.overflow);
    for (int i = 0; i < 1000; i++)
        header_notes_read(&notes, OOF_HEADER, endless);
    g_assert_true(notes.watched.overflow);
    header_notes_clear(&notes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/header-notes/delivery-report", test_delivery_report);
    g_test_add_func("/header-notes/two-types", test_two_types);
    g_test_add_func("/header-notes/kept", test_kept);
    g_test_add_func("/header-notes/bounds", test_bounds);
    return g_test_run();
}
