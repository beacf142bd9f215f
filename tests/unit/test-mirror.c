/* SPDX-License-Identifier: BSD-2-Clause
 * test-mirror.c - what a mirror makes of batches, and which questions it does not answer
 *
 * Without streams, store and servers: the batches are made here.
 */
#include "resolver/directory/mirror/mirror-private.h"
#include "resolver/directory/mirror/stream-private.h"

#include "rollcall/dn.h"
#include "rollcall/group.h"

#include <string.h>

typedef struct {
    Mirror    *mirror;
    GPtrArray *events; /* of char * */
} Fixture;

static void
on_event(G_GNUC_UNUSED DirectoryEventKind kind, const char *event, gpointer events)
{
    g_ptr_array_add(events, g_strdup(event));
}

static void
add_context(Mirror *mirror, const char *dn)
{
    MirrorContext *context = g_new0(MirrorContext, 1);

    context->mirror = mirror;
    context->dn = g_strdup(dn);
    context->key = dn_key(dn);
    g_ptr_array_add(mirror->contexts, context);
}

static MirrorContext *
context_of(const Fixture *fixture, guint i)
{
    return g_ptr_array_index(fixture->mirror->contexts, i);
}

static const char *const addresses[] = {"proxyAddresses", NULL};

/* Takes over `schema`. */
static void
fixture_init(Fixture *fixture, Schema *schema, const char *first, const char *second)
{
    static const char *const uris[] = {"ldapi://%2Fnowhere", NULL}, *const bases[] = {"DC=x", NULL};
    LdapSettings ldap = {.uris = uris,
                         .bases = bases,
                         .address_attributes = addresses,
                         .schema = "ad",
                         .connections = 1,
                         .page_size = 10,
                         .max_waiting = 1,
                         .connect_timeout = G_TIME_SPAN_SECOND,
                         .answer_timeout = G_TIME_SPAN_SECOND,
                         .retry_interval = G_TIME_SPAN_SECOND,
                         .observer = on_event};
    Mirror      *mirror = g_new0(Mirror, 1);

    fixture->mirror = mirror;
    fixture->events = g_ptr_array_new_with_free_func(g_free);
    ldap.observer_data = fixture->events;
    g_autoptr(GError) error = NULL;
    mirror->ldap = ldap_config_new(&ldap, &error);
    g_assert_no_error(error);
    mirror->base_attributes = g_strdupv((GStrv)group_attributes);
    mirror->omit = g_strsplit("info", " ", -1);
    mirror->settings = (MirrorSettings){.max_shrink = 20, .max_shrink_entries = 50, .max_age = G_MAXINT64 / 2};
    mirror->gate = gate_new();
    pthread_mutex_init(&mirror->writing, NULL);
    pthread_mutex_init(&mirror->lock, NULL);
    pthread_cond_init(&mirror->wake, NULL);
    mirror->dirty = mirror_id_set_new();
    mirror->contexts = g_ptr_array_new();
    add_context(mirror, first);
    if (second != NULL)
        add_context(mirror, second);
    mirror->image = image_new(schema, addresses);
    mirror->asked = mirror_wanted(mirror, schema, NULL);
    schema_unref(schema);
    mirror_set_kept(mirror, mirror->asked);
}

static void
fixture_clear(Fixture *fixture)
{
    Mirror *mirror = fixture->mirror;

    for (guint i = 0; i < mirror->contexts->len; i++) {
        MirrorContext *context = context_of(fixture, i);
        mirror_context_forget_pass(context);
        g_clear_pointer(&context->missing, g_hash_table_unref);
        g_clear_pointer(&context->cookie, g_bytes_unref);
        g_free(context->dn);
        g_free(context->key);
        g_free(context->top_key);
        g_free(context);
    }
    g_ptr_array_unref(mirror->contexts);
    image_free(mirror->image);
    gate_free(mirror->gate);
    g_hash_table_unref(mirror->dirty);
    g_hash_table_unref(mirror->asked);
    g_hash_table_unref(mirror->kept);
    g_strfreev(mirror->base_attributes);
    g_strfreev(mirror->omit);
    ldap_config_free(mirror->ldap);
    pthread_mutex_destroy(&mirror->writing);
    pthread_mutex_destroy(&mirror->lock);
    pthread_cond_destroy(&mirror->wake);
    g_free(mirror->last_error);
    g_free(mirror);
    g_ptr_array_unref(fixture->events);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_clear)

static gboolean
said(const Fixture *fixture, const char *words)
{
    for (guint i = 0; i < fixture->events->len; i++)
        if (strstr(g_ptr_array_index(fixture->events, i), words) != NULL)
            return TRUE;
    return FALSE;
}

/* ---- batches ---- */

static EntryId
id_of(guint number)
{
    EntryId id = {{1}};
    memcpy(id.octets + 4, &number, sizeof number);
    return id;
}

static const Entry *
entry_of(guint number, const char *base)
{
    g_autofree char *dn = g_strdup_printf("CN=p%u,%s", number, base);
    g_autofree char *proxy = g_strdup_printf("SMTP:p%u@e.org", number);
    EntryBuilder    *builder = entry_builder_new(dn);

    entry_builder_add(builder, "objectClass", "user", 4);
    entry_builder_add(builder, "proxyAddresses", proxy, strlen(proxy));
    return entry_builder_finish(builder);
}

/* Changes of one kind for the numbers from `first` on. */
static void
add_changes(StreamBatch *batch, StreamChangeKind kind, guint first, guint n, const char *base)
{
    for (guint number = first; number < first + n; number++) {
        StreamChange *change = g_new0(StreamChange, 1);
        change->kind = kind;
        change->id = id_of(number);
        if (kind == STREAM_PUT || kind == STREAM_PATCH)
            change->entry = entry_of(number, base);
        g_ptr_array_add(batch->changes, change);
    }
}

static void
change_free(gpointer data)
{
    StreamChange *change = data;
    entry_unref(change->entry);
    g_free(change);
}

static StreamBatch *
batch_new(StreamPass pass, gboolean last)
{
    StreamBatch *batch = g_new0(StreamBatch, 1);

    batch->pass = pass;
    batch->first = TRUE;
    batch->last = last;
    batch->changes = g_ptr_array_new_with_free_func(change_free);
    batch->as_of = g_get_monotonic_time();
    return batch;
}

/* A whole pass in one batch. */
static gboolean
deliver(const Fixture *fixture, guint context, StreamPass pass, StreamChangeKind kind, guint first, guint n,
        const char *base)
{
    StreamBatch *batch = batch_new(pass, TRUE);

    add_changes(batch, kind, first, n, base);
    return mirror_deliver(batch, context_of(fixture, context));
}

static guint
size_of(const Fixture *fixture)
{
    return image_size(fixture->mirror->image);
}

/* ---- tests ---- */

static void
test_full_pass(void)
{
    g_auto(Fixture) fixture;
    gint64 as_of;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_false(mirror_as_of(fixture.mirror, TRUE, &as_of));
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    g_assert_true(mirror_as_of(fixture.mirror, FALSE, &as_of));
    g_assert_cmpuint(size_of(&fixture), ==, 40);
    g_assert_true(said(&fixture, "mirror filled"));
    /* another one: what it does not name is gone, and in the middle of it nothing is */
    StreamBatch *batch = batch_new(STREAM_FULL, FALSE);
    add_changes(batch, STREAM_PUT, 10, 20, "DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    mirror_context_drop_queue(context_of(&fixture, 0)); /* waits for it */
    g_assert_cmpuint(size_of(&fixture), ==, 40);
    batch = batch_new(STREAM_FULL, TRUE);
    batch->first = FALSE;
    add_changes(batch, STREAM_PUT, 30, 15, "DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    g_assert_cmpuint(size_of(&fixture), ==, 35);
    EntryId gone = id_of(3);
    g_assert_false(image_has(fixture.mirror->image, &gone));
}

static void
test_changes(void)
{
    g_auto(Fixture) fixture;
    gint64 as_of;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_false(deliver(&fixture, 0, STREAM_CHANGES, STREAM_PATCH, 7, 1, "DC=x")); /* nobody knows it */
    g_assert_true(said(&fixture, "does not fit"));
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_PATCH, 7, 1, "OU=y,DC=x"));
    EntryId          moved = id_of(7);
    g_autofree char *dn = image_dn(fixture.mirror->image, &moved);
    g_assert_cmpstr(dn, ==, "CN=p7,OU=y,DC=x");
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_REMOVE, 0, 5, NULL));
    g_assert_cmpuint(size_of(&fixture), ==, 35);
    /* two at one DN, and nothing said of the one that stood there */
    StreamBatch *batch = batch_new(STREAM_CHANGES, TRUE);
    add_changes(batch, STREAM_PUT, 8, 1, "DC=x");
    ((StreamChange *)g_ptr_array_index(batch->changes, 0))->id = id_of(1000);
    g_assert_false(mirror_deliver(batch, context_of(&fixture, 0)));
    g_assert_false(mirror_as_of(fixture.mirror, FALSE, &as_of));
    g_assert_false(mirror_as_of(fixture.mirror, TRUE, &as_of)); /* one is found nowhere */
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 5, 35, "DC=x"));
    g_assert_true(mirror_as_of(fixture.mirror, FALSE, &as_of));
    g_assert_cmpuint(size_of(&fixture), ==, 35);
}

static gboolean
patch_member(const Fixture *fixture, ImageChangeKind kind, const char *value)
{
    StreamBatch        *batch = batch_new(STREAM_CHANGES, TRUE);
    EntryId             id = id_of(1);
    StreamChange       *change = stream_change_new(STREAM_PATCH, &id);
    g_autofree char    *octets = g_strconcat(value, "x", NULL); /* on the wire something follows */
    const struct berval values[] = {{strlen(value), octets}, {0, NULL}};

    g_ptr_array_add(change->changes, stream_attribute_new(kind, "member", values));
    g_ptr_array_set_free_func(batch->changes, (GDestroyNotify)stream_change_free);
    g_ptr_array_add(batch->changes, change);
    return mirror_deliver(batch, context_of(fixture, 0));
}

static guint
n_members(const Fixture *fixture)
{
    const Value *values;
    g_autoptr(EntryRef) entry = image_read(fixture->mirror->image, "CN=p1,DC=x", NULL);

    return entry_all(entry, "member", &values);
}

/* Links come and go one by one, by the name of what they lead to. */
static void
test_links(void)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 4, "DC=x"));
    g_assert_true(patch_member(&fixture, IMAGE_ADD, "CN=p2,DC=x"));
    g_assert_true(patch_member(&fixture, IMAGE_ADD, "CN=p3,DC=x"));
    g_assert_cmpuint(n_members(&fixture), ==, 2);
    g_assert_true(patch_member(&fixture, IMAGE_DELETE, "CN=p2,DC=x"));
    g_assert_cmpuint(n_members(&fixture), ==, 1);
    /* of an object that is gone */
    g_assert_true(patch_member(&fixture, IMAGE_DELETE,
                               "<GUID=01020304-0506-0708-090a-0b0c0d0e0f10>;<SID=S-1-5-21-1-2-3-1104>;"
                               "CN=Somebody\\0ADEL:01020304-0506-0708-090a-0b0c0d0e0f10,CN=Deleted Objects,DC=x"));
    g_assert_cmpuint(n_members(&fixture), ==, 1);
}

/* Batches of a full pass are applied while the next ones are read: what is wrong in one of them is told at its end. */
static void
test_queue(void)
{
    g_auto(Fixture) fixture;
    guint    n_taken = 0;
    gboolean taken = TRUE;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    for (guint i = 0; i < 40; i++) {
        StreamBatch *batch = batch_new(STREAM_FULL, i == 39);
        batch->first = i == 0;
        add_changes(batch, STREAM_PUT, i * 10, 10, "DC=x");
        g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    }
    g_assert_cmpuint(size_of(&fixture), ==, 400);
    for (guint i = 0; i < 40 && taken; i++) {
        StreamBatch *batch = batch_new(STREAM_FULL, i == 39);
        batch->first = i == 0;
        add_changes(batch, i == 3 ? STREAM_PATCH : STREAM_PUT, i == 3 ? 5000 : i * 10, 10,
                    "DC=x"); /* nobody knows it */
        taken = mirror_deliver(batch, context_of(&fixture, 0));
        n_taken += taken;
    }
    g_assert_false(taken);
    g_assert_cmpuint(n_taken, >=, 3);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 400, "DC=x"));
    g_assert_cmpuint(size_of(&fixture), ==, 400);
}

static guint64
version_of(const Fixture *fixture)
{
    gate_read(fixture->mirror->gate);
    Directory *view = mirror_view_new(fixture->mirror, 0);
    guint64    version = directory_view_version(view);
    directory_free(view);
    return version;
}

/* By it others tell whether what they worked out still holds: it never comes back, whatever becomes of the image. */
static void
test_versions(void)
{
    g_auto(Fixture) fixture;
    guint64 versions[6];

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    mirror_set_image(fixture.mirror, image_new(image_schema(fixture.mirror->image), addresses));
    versions[0] = version_of(&fixture);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    versions[1] = version_of(&fixture);
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_PATCH, 7, 1, "OU=y,DC=x"));
    versions[2] = version_of(&fixture);
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_REMOVE, 7, 1, NULL));
    versions[3] = version_of(&fixture);
    mirror_set_image(fixture.mirror, image_new(image_schema(fixture.mirror->image), addresses));
    versions[4] = version_of(&fixture);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 1, "DC=x"));
    versions[5] = version_of(&fixture);
    g_assert_cmpuint(versions[0], >, 0);
    for (gsize i = 1; i < G_N_ELEMENTS(versions); i++)
        g_assert_cmpuint(versions[i], >, versions[i - 1]);
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_EXISTS, 0, 1, NULL)); /* says nothing new */
    g_assert_cmpuint(version_of(&fixture), ==, versions[5]);
}

/* Two swap their names, and the news of the second comes in a later batch of the pass: nobody reads in between. */
static void
test_swapped_names(void)
{
    g_auto(Fixture) fixture;
    gint64 as_of;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    for (int second = 0; second < 2; second++) {
        StreamBatch *batch = batch_new(STREAM_CHANGES, second);
        batch->first = !second;
        add_changes(batch, STREAM_PUT, second ? 8 : 7, 1, "DC=x");
        ((StreamChange *)g_ptr_array_index(batch->changes, 0))->id = id_of(second ? 7 : 8);
        g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
        g_assert_cmpint(mirror_as_of(fixture.mirror, FALSE, &as_of), ==, second);
        g_assert_cmpint(mirror_as_of(fixture.mirror, TRUE, &as_of), ==, second);
    }
    g_assert_cmpuint(size_of(&fixture), ==, 40);
}

/* `parent`: the number of the entry it is below. */
static void
add_at(StreamBatch *batch, StreamChangeKind kind, guint number, guint parent, const char *dn)
{
    StreamChange *change = g_new0(StreamChange, 1);
    EntryBuilder *builder = entry_builder_new(dn);

    entry_builder_add(builder, "objectClass", "user", 4);
    change->kind = kind;
    change->id = id_of(number);
    change->parent = id_of(parent);
    change->has_parent = TRUE;
    change->entry = entry_builder_finish(builder);
    g_ptr_array_add(batch->changes, change);
}

static void
assert_at(const Fixture *fixture, guint number, const char *dn)
{
    EntryId          id = id_of(number);
    g_autofree char *now = image_dn(fixture->mirror->image, &id);
    g_assert_cmpstr(now, ==, dn);
}

/* A container is renamed, another one made in its place, and two change theirs, while an entry moves into the new one:
 * its news comes first, when the names in its DN still are those of others. */
static void
test_names_of_others(void)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    StreamBatch *batch = batch_new(STREAM_FULL, TRUE);
    add_at(batch, STREAM_PUT, 1, 0, "DC=x");
    add_at(batch, STREAM_PUT, 2, 1, "OU=a,DC=x");
    add_at(batch, STREAM_PUT, 3, 1, "OU=b,DC=x");
    add_at(batch, STREAM_PUT, 10, 2, "CN=p,OU=a,DC=x");
    add_at(batch, STREAM_PUT, 11, 3, "CN=q,OU=b,DC=x");
    add_at(batch, STREAM_PUT, 12, 2, "CN=r,OU=a,DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    batch = batch_new(STREAM_CHANGES, TRUE);
    add_at(batch, STREAM_PATCH, 10, 4, "CN=p,OU=a,DC=x"); /* into the new one */
    add_at(batch, STREAM_PATCH, 12, 3, "CN=s,OU=c,DC=x"); /* into the one that was b */
    add_at(batch, STREAM_PATCH, 11, 3, "CN=q,OU=a,DC=x");
    ((StreamChange *)g_ptr_array_index(batch->changes, 2))->stays = TRUE;
    add_at(batch, STREAM_PUT, 4, 1, "OU=a,DC=x");
    add_at(batch, STREAM_PATCH, 2, 1, "OU=b,DC=x");
    add_at(batch, STREAM_PATCH, 3, 1, "OU=c,DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    assert_at(&fixture, 10, "CN=p,OU=a,DC=x");
    assert_at(&fixture, 11, "CN=q,OU=c,DC=x");
    assert_at(&fixture, 12, "CN=s,OU=c,DC=x");
    assert_at(&fixture, 2, "OU=b,DC=x");
    assert_at(&fixture, 4, "OU=a,DC=x");
    /* a container and one in it change places */
    batch = batch_new(STREAM_CHANGES, TRUE);
    add_at(batch, STREAM_PUT, 5, 4, "OU=d,OU=a,DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    batch = batch_new(STREAM_CHANGES, TRUE);
    add_at(batch, STREAM_PATCH, 4, 5, "OU=d,OU=a,DC=x");
    add_at(batch, STREAM_PATCH, 5, 1, "OU=a,DC=x");
    g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
    assert_at(&fixture, 10, "CN=p,OU=d,OU=a,DC=x");
    assert_at(&fixture, 5, "OU=a,DC=x");
}

/* The same by names alone: in one batch; and in two, when somebody goes along with another, which is noticed. */
static void
test_names_alone(gconstpointer in_two)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_rfc(), "DC=x", NULL);
    for (int pass = 0; pass < 2; pass++) {
        StreamBatch *batch = batch_new(pass == 0 ? STREAM_FULL : STREAM_CHANGES, pass == 0 || in_two == NULL);
        add_at(batch, STREAM_PUT, 11, 0, pass == 0 ? "CN=q,OU=b,DC=x" : "CN=q,OU=a,DC=x");
        if (!batch->last) {
            g_assert_true(mirror_deliver(batch, context_of(&fixture, 0)));
            batch = batch_new(STREAM_CHANGES, TRUE);
            batch->first = FALSE;
        }
        if (pass == 0)
            add_at(batch, STREAM_PUT, 10, 0, "CN=p,OU=a,DC=x");
        add_at(batch, STREAM_PUT, 1, 0, pass == 0 ? "OU=a,DC=x" : "OU=b,DC=x");
        add_at(batch, STREAM_PUT, 2, 0, pass == 0 ? "OU=b,DC=x" : "OU=a,DC=x");
        g_assert_cmpint(mirror_deliver(batch, context_of(&fixture, 0)), ==, pass == 0 || in_two == NULL);
    }
    if (in_two != NULL)
        return;
    assert_at(&fixture, 10, "CN=p,OU=b,DC=x");
    assert_at(&fixture, 11, "CN=q,OU=a,DC=x");
}

static void
test_presence(void)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    g_assert_true(deliver(&fixture, 0, STREAM_PRESENCE, STREAM_EXISTS, 4, 36, NULL));
    g_assert_cmpuint(size_of(&fixture), ==, 36);
    /* one more than is known: if it is reported next, all is well ... */
    g_assert_true(deliver(&fixture, 0, STREAM_PRESENCE, STREAM_EXISTS, 4, 37, NULL));
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_PUT, 40, 1, "DC=x"));
    /* ... and if not, it has never been reported */
    g_assert_true(deliver(&fixture, 0, STREAM_PRESENCE, STREAM_EXISTS, 4, 38, NULL));
    g_assert_false(deliver(&fixture, 0, STREAM_CHANGES, STREAM_PUT, 40, 1, "DC=x"));
    g_assert_true(said(&fixture, "never been reported"));
}

static const struct {
    const char      *name;
    StreamPass       pass; /* of what would remove too much */
    StreamChangeKind kind;
    guint            first, n;
} shrinking[] = {
    {"changes", STREAM_CHANGES, STREAM_REMOVE, 40, 60},
    {"presence", STREAM_PRESENCE, STREAM_EXISTS, 0, 40},
    {"full", STREAM_FULL, STREAM_PUT, 0, 40},
};

/* Held back, and done once a full pass says the same; or not, if that finds them all. */
static void
test_shrink(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);

    for (int confirmed = 0; confirmed < 2; confirmed++) {
        g_auto(Fixture) fixture;
        fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
        g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 100, "DC=x"));
        g_assert_false(
            deliver(&fixture, 0, shrinking[i].pass, shrinking[i].kind, shrinking[i].first, shrinking[i].n, "DC=x"));
        g_assert_cmpuint(size_of(&fixture), ==, 100);
        g_assert_true(said(&fixture, "mirror removal held back"));
        g_assert_cmpint(g_atomic_int_get(&context_of(&fixture, 0)->held_back), ==, 60);
        g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, confirmed ? 40 : 100, "DC=x"));
        g_assert_cmpuint(size_of(&fixture), ==, confirmed ? 40 : 100);
        g_assert_cmpint(said(&fixture, "mirror removal confirmed"), ==, confirmed);
        g_assert_cmpint(g_atomic_int_get(&context_of(&fixture, 0)->held_back), ==, 0);
    }
}

/* It finds even fewer: that is no confirmation. */
static void
test_shrinks_on(void)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 100, "DC=x"));
    g_assert_false(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 40, "DC=x"));
    g_assert_false(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 0, "DC=x"));
    g_assert_cmpuint(size_of(&fixture), ==, 100);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 0, "DC=x"));
    g_assert_cmpuint(size_of(&fixture), ==, 0);
}

static void
test_small_removals(void)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 60, "DC=x"));
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_REMOVE, 0, 49, NULL));
    g_assert_cmpuint(size_of(&fixture), ==, 11);
}

/* A pass of one context says nothing of another's entries, though they lie below it. */
static void
test_contexts(void)
{
    g_auto(Fixture) fixture;
    gint64 as_of;

    fixture_init(&fixture, schema_new_ad(), "DC=x", "DC=sub,DC=x");
    g_assert_true(deliver(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 10, "DC=x"));
    g_assert_false(mirror_as_of(fixture.mirror, FALSE, &as_of));
    g_assert_true(deliver(&fixture, 1, STREAM_FULL, STREAM_PUT, 100, 10, "DC=sub,DC=x"));
    g_assert_true(mirror_as_of(fixture.mirror, FALSE, &as_of));
    g_assert_cmpint(as_of, ==, context_of(&fixture, 0)->as_of);
    g_assert_true(deliver(&fixture, 0, STREAM_PRESENCE, STREAM_EXISTS, 0, 8, NULL));
    g_assert_cmpuint(size_of(&fixture), ==, 18);
    /* from one into the other: whichever reports first */
    g_assert_true(deliver(&fixture, 1, STREAM_CHANGES, STREAM_PUT, 3, 1, "DC=sub,DC=x"));
    g_assert_true(deliver(&fixture, 0, STREAM_CHANGES, STREAM_REMOVE, 3, 1, NULL));
    g_assert_cmpuint(size_of(&fixture), ==, 18);
    g_assert_true(deliver(&fixture, 1, STREAM_FULL, STREAM_PUT, 100, 10, "DC=sub,DC=x"));
    g_assert_cmpuint(size_of(&fixture), ==, 17);
}

/* ---- beyond the bases ---- */

/* DirSync brings a whole naming context. */
static gboolean
deliver_beyond(const Fixture *fixture, guint context, StreamPass pass, StreamChangeKind kind, guint first, guint n)
{
    StreamBatch *batch = batch_new(pass, TRUE);

    batch->top = g_strdup("DC=x");
    add_changes(batch, kind, first, n, "OU=c,DC=x");
    if (kind == STREAM_PUT) {
        add_changes(batch, kind, 100, 1, "OU=a,DC=x");
        add_changes(batch, kind, 200, 1, "OU=b,DC=x");
    } else {
        add_changes(batch, kind, 100, 1, NULL);
        add_changes(batch, kind, 200, 1, NULL);
    }
    return mirror_deliver(batch, context_of(fixture, context));
}

/* DirectoryEntryFunc */
static gboolean
count_entry(G_GNUC_UNUSED const Entry *entry, gpointer n, G_GNUC_UNUSED GError **error)
{
    ++*(guint *)n;
    return TRUE;
}

static guint
n_found(const Fixture *fixture, const char *text)
{
    static const char *const none[] = {NULL};
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)entry_unref);

    gate_read(fixture->mirror->gate);
    Directory *view = mirror_view_new(fixture->mirror, 0);
    g_assert_true(directory_find(view, address, none, entries, G_MAXINT64, NULL));
    directory_free(view);
    return entries->len;
}

static void
test_beyond_the_bases(void)
{
    static const char *const none[] = {NULL};
    g_auto(Fixture) fixture;
    g_autoptr(FilterRef) any = filter_parse("(objectClass=user)", NULL, NULL);
    DirectorySearch search = {.scope = SCOPE_SUBTREE, .filter = any, .attributes = none};
    guint           n = 0;

    fixture_init(&fixture, schema_new_ad(), "OU=a,DC=x", "OU=b,DC=x");
    g_assert_true(deliver_beyond(&fixture, 0, STREAM_FULL, STREAM_PUT, 0, 10));
    g_assert_true(deliver_beyond(&fixture, 1, STREAM_FULL, STREAM_PUT, 0, 10));
    g_assert_cmpuint(size_of(&fixture), ==, 12);
    g_assert_cmpuint(n_found(&fixture, "p100@e.org"), ==, 1);
    g_assert_cmpuint(n_found(&fixture, "p3@e.org"), ==, 0);
    gate_read(fixture.mirror->gate);
    Directory *view = mirror_view_new(fixture.mirror, 0);
    g_assert_true(directory_search(view, &search, count_entry, &n, G_MAXINT64, NULL));
    directory_free(view);
    g_assert_cmpuint(n, ==, 2);
    /* it goes all the same, or a group would go on having it as a member */
    g_assert_true(deliver_beyond(&fixture, 0, STREAM_PRESENCE, STREAM_EXISTS, 4, 6));
    g_assert_true(deliver_beyond(&fixture, 1, STREAM_PRESENCE, STREAM_EXISTS, 4, 6));
    g_assert_cmpuint(size_of(&fixture), ==, 8);
}

/* ---- which questions ---- */

static const struct {
    const char *filter, *base;
    gboolean    ad, rfc; /* whether it is answered */
} questions[] = {
    {"(objectClass=user)", NULL, TRUE, TRUE},
    {"(objectClass=user)", "OU=a,DC=x", TRUE, TRUE},
    {"(objectClass=user)", "DC=y", FALSE, FALSE},
    {"(objectClass=user)", "no dn", TRUE, TRUE},
    {"(department=Sales)", NULL, FALSE, FALSE},
    {"(!(department=Sales))", NULL, FALSE, FALSE},
    {"(noSuchAttribute=1)", NULL, TRUE, TRUE},
    {"(memberOf=CN=g,DC=x)", NULL, TRUE, FALSE},
    {"(memberOf:1.2.840.113556.1.4.1941:=CN=g,DC=x)", NULL, TRUE, FALSE},
    {"(managedObjects=CN=g,DC=x)", NULL, TRUE, FALSE},
    {"(directReports=CN=g,DC=x)", NULL, FALSE, FALSE},
    {"(canonicalName=x)", NULL, FALSE, FALSE},
    {"(whenChanged>=20260101000000.0Z)", NULL, FALSE, FALSE},
    {"(info=x)", NULL, FALSE, FALSE},
    {"(anr=ann)", NULL, FALSE, TRUE},
    {"(:2.5.13.5:=x)", NULL, TRUE, FALSE},
    {"(mail=*)", NULL, TRUE, TRUE},
};

static void
check_questions(Schema *schema, gboolean ad)
{
    g_auto(Fixture) fixture;

    fixture_init(&fixture, schema, "DC=x", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(questions); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(FilterRef) filter = filter_parse(questions[i].filter, NULL, NULL);
        gboolean kept = mirror_keeps_filter(fixture.mirror, filter, &error) &&
                        (questions[i].base == NULL || mirror_keeps_dn(fixture.mirror, questions[i].base, &error));
        g_test_message("%s under %s", questions[i].filter, questions[i].base);
        g_assert_cmpint(kept, ==, ad ? questions[i].ad : questions[i].rfc);
        if (!kept)
            g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NOT_KEPT);
    }
}

static void
test_questions(void)
{
    static const char *const other[] = {"mail", "department", NULL}, *const good[] = {"mail", "MEMBER", NULL};
    g_auto(Fixture) fixture;

    check_questions(schema_new_ad(), TRUE);
    check_questions(schema_new_rfc(), FALSE);
    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    g_assert_false(mirror_keeps_attributes(fixture.mirror, NULL, NULL));
    g_assert_false(mirror_keeps_attributes(fixture.mirror, other, NULL));
    g_assert_true(mirror_keeps_attributes(fixture.mirror, good, NULL));
    g_assert_true(mirror_keeps_attributes(fixture.mirror, group_attributes, NULL));
}

/* What groups' filters name is wanted, under the names by which it can be had. */
static void
test_wanted(void)
{
    g_auto(Fixture) fixture;
    EntryBuilder     *builder = entry_builder_new("CN=g,DC=x");
    static const char text[] = "(&(department=x)(directReports=CN=a)(info=y)(canonicalName=z)(nonsense=1)(objectGUID=*)"
                               "(distinguishedName=CN=a)(lastLogon=1)(replPropertyMetaData=*)(msFVE-KeyPackage=*))";
    EntryId           id = id_of(1);

    fixture_init(&fixture, schema_new_ad(), "DC=x", NULL);
    entry_builder_add(builder, "objectClass", "msExchDynamicDistributionList", 29);
    entry_builder_add(builder, "msExchDynamicDLFilter", text, strlen(text));
    g_autoptr(EntryRef) group = entry_builder_finish(builder);
    g_assert_true(image_put(fixture.mirror->image, &id, group));
    g_autoptr(GHashTable) wanted =
        mirror_wanted(fixture.mirror, image_schema(fixture.mirror->image), fixture.mirror->image);
    g_assert_true(g_hash_table_contains(wanted, schema_attribute_key("department")));
    g_assert_true(g_hash_table_contains(wanted, schema_attribute_key("manager")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("directReports")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("info")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("canonicalName")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("nonsense")));
    g_assert_true(g_hash_table_contains(wanted, schema_attribute_key("objectGUID")));
    g_assert_true(g_hash_table_contains(wanted, schema_attribute_key("distinguishedName")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("lastLogon")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("replPropertyMetaData")));
    g_assert_false(g_hash_table_contains(wanted, schema_attribute_key("msFVE-KeyPackage")));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mirror/full-pass", test_full_pass);
    g_test_add_func("/mirror/changes", test_changes);
    g_test_add_func("/mirror/links", test_links);
    g_test_add_func("/mirror/queue", test_queue);
    g_test_add_func("/mirror/versions", test_versions);
    g_test_add_func("/mirror/swapped-names", test_swapped_names);
    g_test_add_func("/mirror/names-of-others", test_names_of_others);
    g_test_add_data_func("/mirror/names-alone/in-one", NULL, test_names_alone);
    g_test_add_data_func("/mirror/names-alone/in-two", "", test_names_alone);
    g_test_add_func("/mirror/presence", test_presence);
    for (gsize i = 0; i < G_N_ELEMENTS(shrinking); i++) {
        g_autofree char *path = g_strdup_printf("/mirror/shrink/%s", shrinking[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_shrink);
    }
    g_test_add_func("/mirror/shrinks-on", test_shrinks_on);
    g_test_add_func("/mirror/small-removals", test_small_removals);
    g_test_add_func("/mirror/contexts", test_contexts);
    g_test_add_func("/mirror/beyond-the-bases", test_beyond_the_bases);
    g_test_add_func("/mirror/questions", test_questions);
    g_test_add_func("/mirror/wanted", test_wanted);
    return g_test_run();
}
