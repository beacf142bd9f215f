/* SPDX-License-Identifier: BSD-2-Clause
 * test-edit-list.c - the changes to a message as data: their order, and what a message asks of automatic answers
 */
#include "milter/auto-response.h"
#include "milter/edit-list.h"

/* "name:occurrence=value" for each change, "+name=value" for each insertion. */
static char *
edits_text(const Edits *edits)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; edits->changes != NULL && i < edits->changes->len; i++) {
        const HeaderChange *change = &g_array_index(edits->changes, HeaderChange, i);
        g_string_append_printf(text, "%s:%u=%s ", change->name, change->occurrence,
                               change->value != NULL ? change->value : "(removed)");
    }
    for (guint i = 0; edits->insertions != NULL && i < edits->insertions->len; i++) {
        const HeaderInsertion *insertion = &g_array_index(edits->insertions, HeaderInsertion, i);
        g_string_append_printf(text, "+%s=%s ", insertion->name, insertion->value);
    }
    return g_strstrip(g_string_free(text, FALSE));
}

static void
test_removals_go_down(void)
{
    g_auto(Edits) edits = {0};
    edits_remove(&edits, "X-None", 0);
    edits_remove(&edits, "X-A", 3);
    edits_remove(&edits, "X-B", 1);
    edits_insert(&edits, "X-A", "new");
    g_autofree char *text = edits_text(&edits);
    g_assert_cmpstr(text, ==, "X-A:3=(removed) X-A:2=(removed) X-A:1=(removed) X-B:1=(removed) +X-A=new");
}

static const struct {
    const char *name;
    Treatment   treatment; /* .sender is set by `sender` */
    const char *sender;
    const char *expected, *hold;
} treatments[] = {
    {"nothing", {0}, NULL, NULL, NULL},
    {"a-manager", {0}, "Boss@e.org", "<Boss@e.org>", NULL},
    {"a-quoted-one", {0}, "\"the boss\"@e.org", "<\"the boss\"@e.org>", NULL},
    {"empty", {.empty_sender = TRUE}, NULL, "<>", NULL},
    {"held", {.hold = TRUE}, NULL, NULL, "moderated"},
};

static void
test_treatments(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(treatments); i++) {
        g_autoptr(Address) sender = treatments[i].sender != NULL ? address_new(treatments[i].sender, NULL) : NULL;
        Plan plan = {.treatment = treatments[i].treatment};
        plan.treatment.sender = sender;
        g_auto(Edits) edits = {0};
        edits_set_plan(&edits, &plan, "moderated");
        g_assert_true(edits.plan == &plan);
        g_assert_cmpstr(edits.sender, ==, treatments[i].expected);
        g_assert_cmpstr(edits.hold, ==, treatments[i].hold);
    }
}

static const struct {
    const char *name;
    const char *values[4]; /* of the headers that are there */
    const char *edits;
} oofs[] = {
    {"none", {NULL}, "+X-Auto-Response-Suppress=OOF"},
    {"there-already", {"OOF"}, ""},
    {"among-others", {"DR, oof ,RN"}, ""},
    {"all", {"All"}, ""},
    {"all-as-a-number", {"-1"}, ""},
    {"all-as-an-unsigned-number", {"4294967295"}, ""},
    {"its-bit", {" 16\r\n"}, ""},
    {"its-bit-among-others", {"63"}, ""},
    {"another", {"AutoReply"}, "X-Auto-Response-Suppress:1=OOF, AutoReply"},
    {"several-others", {"NRN,DR"}, "X-Auto-Response-Suppress:1=DR, NRN, OOF"},
    {"another-bit", {"32"}, "X-Auto-Response-Suppress:1=OOF, AutoReply"},
    {"a-bit-without-a-name", {"64"}, "X-Auto-Response-Suppress:1=80"},
    {"none-of-them", {"None"}, "X-Auto-Response-Suppress:1=OOF"},
    {"empty", {""}, "X-Auto-Response-Suppress:1=OOF"},
    {"nonsense", {"OOFS; ,,\t16x, 99999999999"}, "X-Auto-Response-Suppress:1=OOF"},
    {"two-that-agree", {"OOF", "All"}, ""},
    {"two-that-do-not", {"DR", "OOF"}, "X-Auto-Response-Suppress:2=(removed) X-Auto-Response-Suppress:1=DR, OOF"},
    {"three",
     {"DR", "RN", "DR"},
     "X-Auto-Response-Suppress:3=(removed) X-Auto-Response-Suppress:2=(removed) "
     "X-Auto-Response-Suppress:1=DR, RN, OOF"},
};

static void
test_oof(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_auto(Edits) edits = {0};
    edits_suppress_oof(&edits, oofs[i].values);
    g_autofree char *text = edits_text(&edits);
    g_assert_cmpstr(text, ==, oofs[i].edits);
}

static void
test_oof_without_values(void)
{
    g_auto(Edits) edits = {0};
    edits_suppress_oof(&edits, NULL);
    g_autofree char *text = edits_text(&edits);
    g_assert_cmpstr(text, ==, "+X-Auto-Response-Suppress=OOF");
    edits_clear(&edits);
    g_assert_null(edits.insertions);
}

/* Whatever set is written is the set that is read. */
static void
test_texts_are_read_again(void)
{
    for (gint32 set = -1; set < 200; set++) {
        g_autofree char *text = auto_response_text(set);
        g_assert_cmpint(auto_response_read(text), ==, set);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/edit-list/removals-go-down", test_removals_go_down);
    g_test_add_func("/edit-list/treatments", test_treatments);
    for (gsize i = 0; i < G_N_ELEMENTS(oofs); i++) {
        g_autofree char *path = g_strconcat("/edit-list/oof/", oofs[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_oof);
    }
    g_test_add_func("/edit-list/oof-without-values", test_oof_without_values);
    g_test_add_func("/edit-list/texts-are-read-again", test_texts_are_read_again);
    return g_test_run();
}
