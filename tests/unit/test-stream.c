/* SPDX-License-Identifier: BSD-2-Clause
 * test-stream.c - what a stream reads out of names, attribute descriptions, ids, and its own notes; what it hands over
 */
#include "resolver/directory/mirror/stream-private.h"

#include <string.h>

/* ---- extended DNs ---- */

static const struct {
    const char *name, *extended, *plain;
} names[] = {
    {"plain", "CN=a,DC=b", "CN=a,DC=b"},
    {"guid", "<GUID=63db4400-b491-421d-a29e-d4cee3407dfb>;CN=a,DC=b", "CN=a,DC=b"},
    {"guid-and-sid", "<GUID=63db4400-b491-421d-a29e-d4cee3407dfb>;<SID=S-1-5-21-1>;CN=a,DC=b", "CN=a,DC=b"},
    {"brackets-inside", "<GUID=1>;CN=a\\>\\;b,DC=c", "CN=a\\>\\;b,DC=c"},
    {"without-end", "<GUID=1", "<GUID=1"},
    {"nothing-after", "<GUID=1>;", ""},
    {"empty", "", ""},
};

static void
test_name(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);

    g_assert_cmpstr(stream_plain_dn(names[i].extended), ==, names[i].plain);
}

/* ---- attribute descriptions ---- */

static const struct {
    const char     *text;
    gboolean        good;
    const char     *name;
    ImageChangeKind kind;
    gboolean        partial;
} descriptions[] = {
    {"mail", TRUE, "mail", IMAGE_SET, FALSE},
    {"member;range=1-1", TRUE, "member", IMAGE_ADD, FALSE},
    {"member;range=0-0", TRUE, "member", IMAGE_DELETE, FALSE},
    {"member;Range=1-1", TRUE, "member", IMAGE_ADD, FALSE},
    {"member;range=0-1499", TRUE, "member", IMAGE_SET, TRUE},
    {"member;range=1500-*", TRUE, "member", IMAGE_SET, TRUE},
    {"member;range=0-*", TRUE, "member", IMAGE_SET, TRUE},
    {"cn;lang-de", TRUE, "cn", IMAGE_SET, FALSE},
    {"member;range=", FALSE, NULL, IMAGE_SET, FALSE},
    {"member;range=1-", FALSE, NULL, IMAGE_SET, FALSE},
};

static void
test_description(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *name = NULL;
    ImageChangeKind  kind;
    gboolean         partial;

    g_assert_cmpint(stream_description_read(descriptions[i].text, strlen(descriptions[i].text), &name, &kind, &partial),
                    ==, descriptions[i].good);
    if (!descriptions[i].good)
        return;
    g_assert_cmpstr(name, ==, descriptions[i].name);
    g_assert_cmpint(kind, ==, descriptions[i].kind);
    g_assert_cmpint(partial, ==, descriptions[i].partial);
}

/* ---- ids ---- */

static void
test_ids(void)
{
    const guint8 octets[16] = {0x63, 0xdb, 0x44, 0,    0xb4, 0x91, 0x42, 0x1d,
                               0xa2, 0x9e, 0xd4, 0xce, 0xe3, 0x40, 0x7d, 0xfb};
    const char  *text = "63DB4400-b491-421d-a29e-d4cee3407dfb";
    EntryId      id;

    g_assert_true(stream_id_parse(text, strlen(text), &id));
    g_assert_cmpmem(id.octets, sizeof id.octets, octets, sizeof octets);
    g_assert_false(stream_id_parse(text, strlen(text) - 1, &id));
    g_assert_false(stream_id_parse("63DB4400-b491-421d-a29e-d4cee3407dfb0", strlen(text) + 1, &id));
    g_assert_false(stream_id_parse("63DB4400-b491-421d-a29e-d4cee3407dfx", strlen(text), &id));
    g_assert_true(stream_id_read((const char *)octets, sizeof octets, &id));
    g_assert_false(stream_id_read((const char *)octets, sizeof octets - 1, &id));
}

static void
test_ids_of_entries(void)
{
    EntryBuilder *builder = entry_builder_new("CN=A,DC=b");
    EntryId       by_uuid, by_dn, by_other_dn;

    entry_builder_add(builder, "entryUUID", "63db4400-b491-421d-a29e-d4cee3407dfb", 36);
    entry_builder_add(builder, "cn", "x", 1);
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_autoptr(EntryRef) same = entry_builder_finish(entry_builder_new("cn=a, dc=B"));
    g_assert_true(stream_entry_id(entry, "entryUUID", &by_uuid));
    g_assert_false(stream_entry_id(entry, "objectGUID", &by_uuid));
    g_assert_false(stream_entry_id(entry, "cn", &by_uuid));
    g_assert_true(stream_entry_id(entry, NULL, &by_dn));
    g_assert_true(stream_entry_id(same, NULL, &by_other_dn));
    g_assert_cmpmem(by_dn.octets, sizeof by_dn.octets, by_other_dn.octets, sizeof by_other_dn.octets);
}

/* ---- notes ---- */

static StreamNote *
make_note(void)
{
    g_autoptr(GBytes) cookie = g_bytes_new("MSDS\0\n\n\xff", 8);
    StreamNote *note = stream_note_new("dirsync", "DC=example,\n DC=t\xc3\xa9st", cookie);
    EntryId     id = {{1, 2, 3}};

    stream_note_mark(note, "CN=NTDS Settings,CN=DC1/0a", 4249);
    stream_note_mark(note, "ldap://two\n words", G_MAXUINT64);
    g_hash_table_add(note->strangers, g_memdup2(&id, sizeof id));
    return note;
}

static void
test_note_comes_back(void)
{
    g_autoptr(StreamNote) note = make_note();
    g_autoptr(GBytes) octets = stream_note_write(note);
    g_autoptr(StreamNote) again = stream_note_read(octets, "dirsync", note->context);

    g_assert_nonnull(again);
    g_assert_true(g_bytes_equal(again->cookie, note->cookie));
    g_assert_true(stream_note_is_ahead(again, "CN=NTDS Settings,CN=DC1/0a", 4248));
    g_assert_false(stream_note_is_ahead(again, "CN=NTDS Settings,CN=DC1/0a", 4249));
    g_assert_false(stream_note_is_ahead(again, "CN=NTDS Settings,CN=DC1/0b", 1));
    g_assert_true(stream_note_is_ahead(again, "ldap://two\n words", 1));
    g_assert_cmpuint(g_hash_table_size(again->strangers), ==, 1);
}

static void
test_note_of_others(void)
{
    g_autoptr(StreamNote) note = make_note();
    g_autoptr(GBytes) octets = stream_note_write(note);

    g_assert_null(stream_note_read(octets, "syncrepl", note->context));
    g_assert_null(stream_note_read(octets, "dirsync", "DC=other"));
    for (gsize length = 0; length < g_bytes_get_size(octets) - 8; length++) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(octets, 0, length);
        g_assert_null(stream_note_read(part, "dirsync", note->context));
    }
}

static void
test_note_does_not_grow(void)
{
    g_autoptr(StreamNote) note = make_note();

    for (guint i = 0; i < 1000; i++) {
        g_autofree char *identity = g_strdup_printf("server %u", i);
        stream_note_mark(note, identity, i);
    }
    g_assert_cmpuint(g_hash_table_size(note->marks), <=, 32);
    g_assert_true(stream_note_is_ahead(note, "server 999", 998));
}

/* ---- batches ---- */

/* A batch is taken by another thread, which may come to it when the connection is gone that it came from. */
static void
test_batch_outlives_its_run(void)
{
    char      context[] = "DC=x";
    StreamRun run = {.context = context};

    stream_pass_begin(&run, STREAM_FULL);
    context[0] = '\0';
    g_assert_cmpstr(run.batch->top, ==, "DC=x");
    stream_pass_drop(&run);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("/stream/name/%s", names[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_name);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(descriptions); i++) {
        g_autofree char *path = g_strdup_printf("/stream/description/%s", descriptions[i].text);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_description);
    }
    g_test_add_func("/stream/ids", test_ids);
    g_test_add_func("/stream/ids-of-entries", test_ids_of_entries);
    g_test_add_func("/stream/note/comes-back", test_note_comes_back);
    g_test_add_func("/stream/note/of-others", test_note_of_others);
    g_test_add_func("/stream/note/does-not-grow", test_note_does_not_grow);
    g_test_add_func("/stream/batch-outlives-its-run", test_batch_outlives_its_run);
    return g_test_run();
}
