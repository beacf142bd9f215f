/* SPDX-License-Identifier: BSD-2-Clause
 * test-control-verify.c - what a comparison by the control socket answers
 */
#include "milter/control.h"
#include "tests/unit/scripted-directory.h"

#include <string.h>

#define HOUR (3600 * G_TIME_SPAN_SECOND)

/* Keeps one group of one member, and has another at its server. */
typedef struct {
    Directory directory;
    Scripted *kept, *live;
} Mirror;

static Directory *
mirror_view(Directory *directory, DirectoryViewKind kind, G_GNUC_UNUSED GError **error)
{
    Mirror *mirror = (Mirror *)directory;
    return kind == VIEW_LIVE ? &mirror->live->directory : &mirror->kept->directory;
}

static void
mirror_view_end(G_GNUC_UNUSED Directory *directory, G_GNUC_UNUSED Directory *view)
{
}

static void
mirror_free(Directory *directory)
{
    Mirror *mirror = (Mirror *)directory;
    directory_free(&mirror->kept->directory);
    directory_free(&mirror->live->directory);
    g_free(mirror);
}

static const DirectoryClass mirror_class = {
    .kind = "mirror", .view = mirror_view, .view_end = mirror_view_end, .free = mirror_free};

static Scripted *
company(const char *member)
{
    Scripted        *scripted = scripted_new(SCHEMA_RULES_AD);
    g_autofree char *person = g_strdup_printf("objectClass=user\nl=a\nproxyAddresses=SMTP:%s@e.org", member);
    scripted_add(scripted, "O=x", "objectClass=organization");
    scripted_add(scripted, "CN=one,O=x", person);
    scripted_add(scripted, "CN=all,O=x",
                 "objectClass=msExchDynamicDistributionList\nmsExchDynamicDLBaseDN=O=x\n"
                 "msExchDynamicDLFilter=(l=a)\nproxyAddresses=SMTP:all@e.org");
    return scripted;
}

static Runtime
runtime_on(Directory *directory)
{
    static const char *const domains[] = {"e.org", NULL};
    const ResolverSettings   settings = {.domains = domains, .max_members = 10, .max_depth = 3, .max_time = HOUR};
    return (Runtime){.resolver = resolver_new(&settings, directory)};
}

/* Asks, and compares the answer as it is sent; status and answer as they should be. */
static void
ask(Directory *directory, int verifying, guint wanted, const char *should)
{
    Runtime          runtime = runtime_on(directory);
    ControlHouse     house = {.verifying = verifying};
    ControlRequest   request = {.house = &house, .runtime = &runtime};
    guint            status = 200;
    json_t          *answer = control_post_verify(&request, &status);
    json_t          *expected = json_loads(should, 0, NULL);
    g_autofree char *text = json_dumps(answer, JSON_SORT_KEYS);

    g_assert_cmpuint(status, ==, wanted);
    if (!json_equal(answer, expected))
        g_assert_cmpstr(text, ==, should);
    g_assert_cmpint(house.verifying, ==, verifying);
    json_decref(answer);
    json_decref(expected);
    resolver_unref(runtime.resolver);
}

static Directory *
mirror_of(const char *kept, const char *live)
{
    Mirror *mirror = g_new0(Mirror, 1);
    mirror->directory.class = &mirror_class;
    mirror->kept = company(kept);
    mirror->live = company(live);
    return &mirror->directory;
}

static void
test_same(void)
{
    ask(mirror_of("ann", "ann"), FALSE, 200, "{\"differences\": [], \"groups\": 1}");
}

static void
test_different(void)
{
    ask(mirror_of("ann", "bob"), FALSE, 200,
        "{\"differences\": [{\"error\": null, \"group\": \"all@e.org\", \"live\": 1, \"mirror\": 1, "
        "\"only_live\": [\"bob@e.org\"], \"only_mirror\": [\"ann@e.org\"]}], \"groups\": 1}");
}

static void
test_one_at_a_time(void)
{
    ask(mirror_of("ann", "bob"), TRUE, 409, "{\"error\": \"a comparison is under way\"}");
}

static void
test_nothing_kept(void)
{
    ask(&company("ann")->directory, FALSE, 409,
        "{\"error\": \"a directory of kind scripted keeps nothing to compare\"}");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control-verify/same", test_same);
    g_test_add_func("/control-verify/different", test_different);
    g_test_add_func("/control-verify/one-at-a-time", test_one_at_a_time);
    g_test_add_func("/control-verify/nothing-kept", test_nothing_kept);
    return g_test_run();
}
