/* SPDX-License-Identifier: BSD-2-Clause
 * test-image-property.c - what holds for every image, tried on random ones that change
 *
 *   - it holds what a naive model beside it holds, under the names of now, in whatever order changes were reported;
 *   - indexes never change an answer: a search finds what looking at every entry finds;
 *   - rows of what is dirty, batch by batch, are the image: one made of them is the same.
 * A failure prints the seed (run again with --seed).
 */
#include "tests/unit/image-model.h"

#include "rollcall/dn.h"

enum { N_FILTERS = 60 };

/* Small ones change much; in large ones sets are bitmaps, and costs decide. */
typedef struct {
    SchemaRules rules;
    int         n_rounds, n_batches, n_objects;
} Case;

static const char *const address_attributes[] = {"proxyaddresses", "mail", NULL};
static const char *const texts[] = {"department",         "title",       "cn",          "displayname", "mail",
                                    "useraccountcontrol", "whenchanged", "objectclass", "employeeid"};
static const char *const links[] = {"member", "manager"};
static const char *const words[] = {"Sales",
                                    "sales",
                                    " Sales  Team",
                                    "sales team",
                                    "S\xc3\xa1les",
                                    "Board",
                                    "bo\001ard",
                                    "x",
                                    "12",
                                    "514",
                                    "66050",
                                    "-3",
                                    "20260101000000.0Z",
                                    "20270101000000Z",
                                    "20260229000000.0Z",
                                    "20251231235959.0Z",
                                    "20260131235959.0Z",
                                    "TRUE",
                                    "user",
                                    "group",
                                    "contact",
                                    "a@example.com",
                                    "SALESMAN of the year 2026"};

static int
below(int n)
{
    return g_test_rand_int_range(0, n);
}

#define PICK(list) (list)[below((int)G_N_ELEMENTS(list))]

/* One among those alive; -1: none fits. */
static int
pick_object(const Model *model, gboolean container)
{
    for (int tries = 0; tries < 50 && model->objects->len > 0; tries++) {
        int index = below((int)model->objects->len);
        if (model_object(model, index)->alive && model_object(model, index)->is_container == container)
            return index;
    }
    return -1;
}

/* ---- changing the model ---- */

static void
add_random_value(Model *model, int index)
{
    const char *link = PICK(links);
    int         target = pick_object(model, below(8) == 0);

    if (below(3) != 0 || target < 0)
        model_add_value(model, index, PICK(texts), g_strdup(PICK(words)), -1);
    else if (model->rules == SCHEMA_RULES_AD)
        model_add_value(model, index, link, NULL, target);
    else
        model_add_value(model, index, link, model_dn(model, target), -1);
}

static int
create(Model *model)
{
    int index = model_add_object(model, below(3) == 0 ? -1 : pick_object(model, TRUE), below(4) == 0);

    for (int n = below(10); n > 0; n--)
        add_random_value(model, index);
    return index;
}

static void
rename_object(Model *model, int index)
{
    ModelObject *object = model_object(model, index);
    int          parent = below(4) == 0 ? -1 : pick_object(model, TRUE);

    g_free(object->rdn);
    object->rdn = g_strdup_printf(object->is_container ? "OU=New %u" : "CN=new %u", model->n_names++);
    if (below(2) == 0 && !model_is_below(model, parent, index))
        object->parent = parent;
}

static void
swap_names(Model *model, int a, int b)
{
    ModelObject *x = model_object(model, a), *y = model_object(model, b), kept = *x;

    if (model_is_below(model, a, b) || model_is_below(model, b, a))
        return;
    x->rdn = y->rdn;
    x->parent = y->parent;
    y->rdn = kept.rdn;
    y->parent = kept.parent;
}

/* ---- reporting it ---- */

/* A link as servers write it: under AD rules by GUID, with a name that may be an old one. */
static char *
reported_text(const Model *model, const ModelValue *value)
{
    g_autofree char *text = model_text(model, value);

    if (value->text != NULL || (below(4) == 0 && model_object(model, value->target)->alive))
        return g_steal_pointer(&text);
    GString *extended = g_string_new("<GUID=");
    for (guint i = 0; i < sizeof(EntryId); i++)
        g_string_append_printf(extended, "%02x", model_object(model, value->target)->id.octets[i]);
    g_string_append_printf(extended, ">;<SID=S-1-5-21-7>;%s", text);
    return g_string_free(extended, FALSE);
}

static void
report(const Model *model, int index, gboolean by_guid_only, Image *image)
{
    const ModelObject *object = model_object(model, index);
    g_autofree char   *dn = model_dn(model, index);
    EntryBuilder      *builder = entry_builder_new(dn);

    if (!object->alive) {
        entry_builder_free(builder);
        image_remove(image, &object->id);
        return;
    }
    for (guint i = 0; i < object->values->len; i++) {
        const ModelValue *value = g_ptr_array_index(object->values, i);
        g_autofree char  *text = NULL;
        do {
            g_free(text);
            text = reported_text(model, value);
        } while (by_guid_only && value->text == NULL && *text != '<');
        entry_builder_add(builder, value->attribute, text, strlen(text));
    }
    g_autoptr(EntryRef) entry = entry_builder_finish(builder);
    g_assert_true(image_put(image, &object->id, entry));
}

/* Changes one attribute by a patch; the model follows. */
static void
patch(Model *model, int index, Image *image)
{
    const char  *attribute = PICK(texts), *word = PICK(words);
    Value        value = {.data = word, .length = strlen(word)};
    ImageChange  change = {.kind = (ImageChangeKind)below(3), .attribute = attribute, .values = &value, .n_values = 1};
    ModelObject *object = model_object(model, index);
    g_autofree char *dn = below(2) == 0 ? model_dn(model, index) : NULL;

    if (change.kind == IMAGE_SET)
        model_drop_values(model, index, attribute);
    if (change.kind != IMAGE_DELETE)
        model_add_value(model, index, attribute, g_strdup(word), -1);
    for (guint i = object->values->len; change.kind == IMAGE_DELETE && i > 0; i--) {
        const ModelValue *own = g_ptr_array_index(object->values, i - 1);
        if (own->attribute == attribute && g_strcmp0(own->text, word) == 0)
            g_ptr_array_remove_index(object->values, i - 1);
    }
    g_assert_true(image_patch(image, &object->id, dn, &change, 1));
}

static gboolean
is_among(const GArray *indexes, int index)
{
    for (guint i = 0; i < indexes->len; i++)
        if (g_array_index(indexes, int, i) == index)
            return TRUE;
    return FALSE;
}

/* What is removed keeps the name that was reported last, so that it must not have changed before in the same batch. */
static int
change_one(Model *model, const GArray *changed, gboolean *swapped, int *other)
{
    int index = pick_object(model, below(4) == 0);

    *other = -1;
    if (index < 0 || below(4) == 0)
        return create(model);
    switch (below(6)) {
    case 0:
        model_object(model, index)->alive = is_among(changed, index);
        break;
    case 1:
    case 2:
        rename_object(model, index);
        break;
    case 3:
        *other = pick_object(model, model_object(model, index)->is_container);
        if (*other >= 0)
            swap_names(model, index, *other);
        *swapped = TRUE;
        break;
    default:
        add_random_value(model, index);
    }
    return index;
}

static int
compare_depths(gconstpointer a, gconstpointer b, gpointer model)
{
    return model_depth(model, *(const int *)a) - model_depth(model, *(const int *)b);
}

/* AD tells the state at the end, in any order; where names were exchanged, ancestors first. Elsewhere changes come one
 * after the other. */
static void
change_batch(Model *model, Image *image)
{
    g_autoptr(GArray) changed = g_array_new(FALSE, FALSE, sizeof(int));
    gboolean swapped = FALSE;

    for (int n = below(12); n > 0; n--) {
        int other, index = change_one(model, changed, &swapped, &other);
        g_array_append_val(changed, index);
        if (other >= 0)
            g_array_append_val(changed, other);
        if (model->rules == SCHEMA_RULES_AD)
            continue;
        report(model, index, FALSE, image);
        if (other >= 0)
            report(model, other, FALSE, image);
    }
    if (model->rules == SCHEMA_RULES_AD) {
        for (guint i = 0; i < changed->len; i++) {
            guint j = (guint)below((int)changed->len);
            int   kept = g_array_index(changed, int, i);
            g_array_index(changed, int, i) = g_array_index(changed, int, j);
            g_array_index(changed, int, j) = kept;
        }
        if (swapped)
            g_array_sort_with_data(changed, compare_depths, model);
        for (guint i = 0; i < changed->len; i++)
            report(model, g_array_index(changed, int, i), TRUE, image);
    }
    for (int n = below(4), index; n > 0; n--)
        if ((index = pick_object(model, FALSE)) >= 0)
            patch(model, index, image);
    if (below(3) != 0)
        image_install(image, image_prepare(image));
}

/* ---- comparing ---- */

static void
append_values(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    for (guint i = 0; i < n_values; i++)
        g_ptr_array_add(user_data, g_strdup_printf("%s=%s", key, values[i].data));
}

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
join(GPtrArray *lines)
{
    g_ptr_array_sort(lines, compare_texts);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* Attributes of known types of DN show DNs as the image composes them: they are compared by key. */
static char *
model_lines(const Model *model, int index)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    const ModelObject *object = model_object(model, index);

    for (guint i = 0; i < object->values->len; i++) {
        const ModelValue *value = g_ptr_array_index(object->values, i);
        g_autofree char  *text = model_text(model, value);
        g_ptr_array_add(lines, g_strdup_printf("%s=%s", value->attribute, text));
    }
    return join(lines);
}

static void
check_against_model(const Model *model, const Image *image)
{
    guint n_alive = 0;

    g_assert_cmpuint(image_n_displaced(image), ==, 0);
    for (int i = 0; i < (int)model->objects->len; i++) {
        const ModelObject *object = model_object(model, i);
        g_autofree char   *dn = image_dn(image, &object->id), *expected = model_dn(model, i);
        g_assert_true(image_has(image, &object->id) == object->alive);
        if (!object->alive)
            continue;
        n_alive++;
        g_assert_cmpstr(dn, ==, expected);
        g_autoptr(EntryRef) entry = image_read(image, expected, NULL);
        g_assert_nonnull(entry);
        g_autofree char *key = dn_key(expected), *lines = model_lines(model, i);
        g_assert_cmpstr(entry_key(entry), ==, key);
        g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
        entry_foreach(entry, append_values, values);
        g_autofree char *found = join(values);
        g_assert_cmpstr(found, ==, lines);
    }
    g_assert_cmpuint(image_size(image), ==, n_alive);
}

static gboolean
append_dn(const Entry *entry, gpointer user_data, G_GNUC_UNUSED GError **error)
{
    g_ptr_array_add(user_data, g_strdup(entry_dn(entry)));
    return TRUE;
}

typedef gboolean (*SearchFunc)(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func,
                               gpointer user_data, gint64 deadline, GError **error);

static char *
search(const Image *image, const DirectorySearch *asked, SearchFunc func)
{
    g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    if (!func(image, asked, append_dn, dns, G_MAXINT64, &error)) {
        g_assert_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NO_BASE);
        return g_strdup("no base");
    }
    return join(dns);
}

/* ---- filters ---- */

static void
append_random_leaf(GString *text, const Model *model)
{
    static const char *const operators[] = {"=", "=", ">=", "<=", "~="};
    static const char *const odd[] = {"noSuchAttribute", "anr", "objectCategory", "company"};
    static const char *const of_dns[] = {"member",        "memberOf",          "manager",
                                         "directReports", "distinguishedName", "entryDN"};
    const char      *attribute = below(12) == 0 ? PICK(odd) : PICK(texts), *word = PICK(words), *second = PICK(words);
    g_autofree char *dn = below(9) == 0 || model->objects->len == 0 ? g_strdup("CN=nobody,DC=example,DC=com")
                                                                    : model_dn(model, below((int)model->objects->len));
    g_auto(GStrv) pieces = g_strsplit(dn, "\\", -1);
    g_autofree char *value = g_strjoinv("\\5c", pieces);

    switch (below(9)) {
    case 0:
        g_string_append_printf(text, "(%s=*)", below(2) == 0 ? attribute : PICK(of_dns));
        return;
    case 1:
        g_string_append_printf(text, "(%s=%s)", PICK(of_dns), value);
        return;
    case 2:
        g_string_append_printf(text, "(%s:1.2.840.113556.1.4.1941:=%s)", PICK(of_dns), value);
        return;
    case 3:
        g_string_append_printf(text, "(useraccountcontrol:1.2.840.113556.1.4.80%d:=%d)", 3 + below(2), 1 << below(4));
        return;
    case 4:
        g_string_append_printf(text, "(%s=%.*s*)", attribute, 1 + below(5), word);
        return;
    case 5:
        g_string_append_printf(text, "(%s=*%s*)", attribute, word + below((int)strlen(word)));
        return;
    case 6:
        g_string_append_printf(text, "(%s=%.1s*%.2s*%s)", attribute, word, second, word + strlen(word) - 1);
        return;
    default:
        g_string_append_printf(text, "(%s%s%s)", attribute, PICK(operators), word);
    }
}

static void
append_random_filter(GString *text, const Model *model, int depth)
{
    int kind = depth == 0 ? 0 : below(7);

    if (kind < 2) {
        append_random_leaf(text, model);
        return;
    }
    g_string_append_printf(text, "(%c", kind == 2 ? '!' : kind < 5 ? '|' : '&');
    for (int n = kind == 2 ? 1 : 1 + below(4); n > 0; n--)
        append_random_filter(text, model, depth - 1);
    g_string_append_c(text, ')');
}

static int
check_searches(const Model *model, const Image *image)
{
    int n_hits = 0;

    for (int i = 0; i < N_FILTERS; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        append_random_filter(text, model, 3);
        g_autoptr(FilterRef) filter = filter_parse(text->str, NULL, NULL);
        int              unit = pick_object(model, TRUE);
        g_autofree char *dn = unit >= 0 ? model_dn(model, unit) : NULL;
        const char      *base = below(2) == 0 ? NULL : below(3) == 0 ? "DC=com" : dn;
        DirectorySearch  asked = {.base = base, .scope = (DirectoryScope)below(3), .filter = filter};
        if (filter == NULL) /* a word cut in the middle of a letter */
            continue;
        if (below(2) == 0)
            asked.scope = SCOPE_SUBTREE;
        g_autofree char *plain = search(image, &asked, image_search_plain);
        g_autofree char *found = search(image, &asked, image_search);
        if (strcmp(plain, found) != 0)
            g_error("%s below %s, scope %d: expected\n%s\nfound\n%s", text->str, base, (int)asked.scope, plain, found);
        n_hits += *found != '\0';
    }
    return n_hits;
}

/* ---- rows ---- */

static void
store_dirty(Image *image, GHashTable *rows)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(EntryId));

    image_take_dirty(image, ids);
    for (guint i = 0; i < ids->len; i++) {
        const EntryId   *id = &g_array_index(ids, EntryId, i);
        GByteArray      *row = g_byte_array_new();
        g_autofree char *key = g_base64_encode(id->octets, sizeof id->octets);
        if (image_export(image, id, row)) {
            g_hash_table_insert(rows, g_steal_pointer(&key), row);
        } else {
            g_byte_array_unref(row);
            g_hash_table_remove(rows, key);
        }
    }
}

static void
import(Image *image, ImageRows *some)
{
    g_autoptr(GError) error = NULL;

    for (int n = below(8); n > 0 && image_import_ahead(image, some); n--)
        continue;
    gboolean good = image_import_rows(image, some, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    image_rows_free(some);
}

static Image *
load(GHashTable *rows, Schema *schema)
{
    g_autoptr(GError) error = NULL;
    Image         *image = image_new(schema, address_attributes);
    ImageRows     *some = image_rows_new(schema, 0);
    GHashTableIter iter;
    gpointer       key, value;

    image_import_begin(image, g_hash_table_size(rows));
    g_hash_table_iter_init(&iter, rows);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        GByteArray        *row = value;
        gsize              length;
        g_autofree guchar *octets = g_base64_decode(key, &length);
        EntryId            id;
        memcpy(id.octets, octets, sizeof id.octets);
        g_assert_true(image_rows_add(some, &id, row->data, row->len, &error));
        if (below(10) > 0)
            continue;
        import(image, some);
        some = image_rows_new(schema, 0);
    }
    import(image, some);
    gboolean good = image_import_end(image, &error);
    g_assert_no_error(error);
    g_assert_true(good);
    return image;
}

static void
test_changes(gconstpointer data)
{
    const Case *test = data;
    int         n_hits = 0;

    for (int round = 0; round < test->n_rounds; round++) {
        g_autoptr(Schema) schema = test->rules == SCHEMA_RULES_AD ? schema_new_ad() : schema_new_rfc();
        g_autoptr(Image) image = image_new(schema, address_attributes);
        g_autoptr(GPtrArray) objects = g_ptr_array_new_with_free_func(model_object_free);
        g_autoptr(GHashTable) rows =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_byte_array_unref);
        Model model = {.rules = test->rules, .objects = objects};

        for (int i = 0; i < test->n_objects; i++)
            report(&model, create(&model), FALSE, image);
        for (int batch = 0; batch < test->n_batches; batch++) {
            change_batch(&model, image);
            check_against_model(&model, image);
            n_hits += check_searches(&model, image);
            store_dirty(image, rows);
            g_assert_cmpuint(g_hash_table_size(rows), ==, image_size(image));
            g_autoptr(Image) again = load(rows, schema);
            check_against_model(&model, again);
            if (batch % 4 == 0) {
                image_install(again, image_prepare(again));
                check_searches(&model, again);
            }
        }
    }
    g_assert_cmpint(n_hits, >, test->n_rounds * test->n_batches * N_FILTERS / 10); /* or the filters say nothing */
}

int
main(int argc, char **argv)
{
    static const Case small_ad = {SCHEMA_RULES_AD, 4, 12, 60}, small_rfc = {SCHEMA_RULES_RFC, 4, 12, 60};
    static const Case large_ad = {SCHEMA_RULES_AD, 1, 3, 1500}, large_rfc = {SCHEMA_RULES_RFC, 1, 3, 1500};

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/image/property/ad", &small_ad, test_changes);
    g_test_add_data_func("/image/property/rfc", &small_rfc, test_changes);
    g_test_add_data_func("/image/property/ad-large", &large_ad, test_changes);
    g_test_add_data_func("/image/property/rfc-large", &large_rfc, test_changes);
    return g_test_run();
}
