/* SPDX-License-Identifier: BSD-2-Clause
 * test-command.c - rollcall as an administrator calls it, with an LDIF file: output, messages, exit status
 *
 * Runs the program that was built (./rollcall, or $ROLLCALL).
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#define CLASSES_OF_DYNAMIC "objectClass: top\nobjectClass: msExchDynamicDistributionList\n"
#define CLASSES_OF_USER "objectClass: top\nobjectClass: person\nobjectClass: organizationalPerson\nobjectClass: user\n"

static const char company[] =
    "version: 1\n\n"
    "dn: DC=example,DC=com\nobjectClass: domain\n\n"
    "dn: CN=Ann,DC=example,DC=com\n" CLASSES_OF_USER "department: Sales\nmail: ann@example.com\n"
    "proxyAddresses: SMTP:ann@example.com\n\n"
    "dn: CN=Bob,DC=example,DC=com\n" CLASSES_OF_USER "department: Sales\nproxyAddresses: smtp:bob@example.com\n"
    "proxyAddresses: SMTP:Bob.B@example.com\n\n"
    "dn: CN=Cid,DC=example,DC=com\n" CLASSES_OF_USER "department: Sales\n\n"
    "dn: CN=Dot,DC=example,DC=com\n" CLASSES_OF_USER "department: Law\nproxyAddresses: SMTP:dot@example.com\n\n"
    "dn: CN=sales,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:sales@example.com\n"
    "msExchDynamicDLFilter: (&(objectClass=user)(department=Sales))\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n"
    "dn: CN=law,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:law@example.com\n"
    "msExchDynamicDLFilter: (&(objectClass=user)(!department=Sales))\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n";

static const char empty_group[] =
    "dn: CN=none,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:none@example.com\n"
    "msExchDynamicDLFilter: (department=Cid)\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n";

static const char broken_group[] =
    "dn: CN=broken,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:broken@example.com\n"
    "msExchDynamicDLFilter: (&(department=Sales)\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n";

static const char baseless_group[] =
    "dn: CN=lost,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:lost@example.com\n"
    "msExchDynamicDLFilter: (department=Sales)\nmsExchDynamicDLBaseDN: OU=Gone,DC=example,DC=com\n\n";

static const char twin[] =
    "dn: CN=twin,DC=example,DC=com\n" CLASSES_OF_USER "proxyAddresses: smtp:Sales@example.com\n\n";

static const char asking_group[] =
    "dn: CN=ask,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:ask@example.com\n"
    "msExchRequireAuthToSendTo: TRUE\ndelivContLength: 100\nauthOrig: CN=Ann,DC=example,DC=com\n"
    "dLMemRejectPerms: CN=law,DC=example,DC=com\nreportToOriginator: FALSE\nreportToOwner: TRUE\n"
    "managedBy: CN=Bob,DC=example,DC=com\noOFReplyToOriginator: FALSE\n"
    "msExchDynamicDLFilter: (department=Law)\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n";

typedef struct {
    int   status;
    char *out, *err;
} Run;

static void
run_clear(Run *run)
{
    g_free(run->out);
    g_free(run->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* `arguments` up to a NULL. */
static Run
run_rollcall(const char *const *arguments)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    const char *program = g_getenv("ROLLCALL") != NULL ? g_getenv("ROLLCALL") : "./rollcall";
    Run         run = {0};
    int         wait_status;

    g_ptr_array_add(argv, (gpointer)program);
    for (gsize i = 0; arguments[i] != NULL; i++)
        g_ptr_array_add(argv, (gpointer)arguments[i]);
    g_ptr_array_add(argv, NULL);
    g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &run.out, &run.err, &wait_status,
                 &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(wait_status));
    run.status = WEXITSTATUS(wait_status);
    return run;
}

/* The name of a file with `text`. Caller: forget_file(). */
static char *
write_file(const char *text)
{
    g_autoptr(GError) error = NULL;
    char *name = NULL;
    int   descriptor = g_file_open_tmp("rollcall-XXXXXX", &name, &error);

    g_assert_no_error(error);
    g_close(descriptor, NULL);
    g_assert_true(g_file_set_contents(name, text, -1, NULL));
    return name;
}

static void
forget_file(char *name)
{
    g_unlink(name);
    g_free(name);
}

/* `arguments` after `--ldif FILE`. `err`: "" for silence, else what standard error contains. */
static const struct {
    const char *name, *more, *arguments[6];
    int         status;
    const char *out, *err;
} cases[] = {
    {"addresses",
     "",
     {"members", "sales@example.com", "--format", "addresses"},
     0,
     "Bob.B@example.com\nann@example.com\n",
     ""},
    {"table",
     "",
     {"members", "SALES@example.com"},
     0,
     "ROUTE              DN                        VIA\n"
     "ann@example.com    CN=Ann,DC=example,DC=com  CN=sales,DC=example,DC=com\n"
     "Bob.B@example.com  CN=Bob,DC=example,DC=com  CN=sales,DC=example,DC=com\n"
     "\n"
     "SKIPPED     DN                        VIA\n"
     "no-address  CN=Cid,DC=example,DC=com  CN=sales,DC=example,DC=com\n"
     "\n"
     "2 members, 1 skipped\n",
     ""},
    {"asks-something",
     asking_group,
     {"members", "ask@example.com"},
     0,
     "ROUTE            DN                        VIA\n"
     "dot@example.com  CN=Dot,DC=example,DC=com  CN=ask,DC=example,DC=com\n"
     "\n"
     "1 members, 0 skipped\n"
     "\n"
     "RULE                   VALUE\n"
     "authenticated          only\n"
     "size                   at most 102400 octets\n"
     "accept                 CN=Ann,DC=example,DC=com\n"
     "reject members of      CN=law,DC=example,DC=com\n"
     "reports                to the manager, <Bob.B@example.com>\n"
     "out-of-office replies  suppressed\n",
     "rollcall: ask@example.com: the group is restricted; this is what a sender whom it admits would reach"},
    {"asks-something-for-a-script",
     asking_group,
     {"members", "ask@example.com", "--format", "addresses"},
     0,
     "dot@example.com\n",
     "the group is restricted"},
    {"leads-on",
     "dn: CN=far,DC=example,DC=com\nobjectClass: contact\nproxyAddresses: SMTP:far@example.com\n"
     "targetAddress: SMTP:dot@example.com\n\n"
     "dn: CN=two,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:two@example.com\n"
     "msExchDynamicDLFilter: (objectClass=contact)\nmsExchDynamicDLBaseDN: DC=example,DC=com\n\n",
     {"members", "two@example.com"},
     0,
     "ROUTE            DN                        VIA\n"
     "dot@example.com  CN=Dot,DC=example,DC=com  CN=two,DC=example,DC=com\n"
     "\n"
     "LEADS ON                  TO                        VIA\n"
     "CN=far,DC=example,DC=com  CN=Dot,DC=example,DC=com  CN=two,DC=example,DC=com\n"
     "\n"
     "1 members, 0 skipped\n",
     ""},
    {"repaired-filter",
     "",
     {"members", "law@example.com", "--format", "addresses"},
     0,
     "dot@example.com\n",
     "rollcall: repaired: CN=law,DC=example,DC=com: position 22: "},
    {"unknown",
     "",
     {"members", "nobody@example.com"},
     1,
     "",
     "rollcall: nobody@example.com: no entry has this address\n"},
    {"no-group",
     "",
     {"members", "ann@example.com"},
     1,
     "",
     "rollcall: ann@example.com: not a group that is expanded, mail passes untouched\n"},
    {"empty", empty_group, {"members", "none@example.com", "--format", "addresses"}, 1, "", "rollcall: 550 5.2.4 "},
    {"broken-is-temporary", broken_group, {"members", "broken@example.com"}, 75, "", "rollcall: 451 4.3.5 "},
    {"base-is-gone", baseless_group, {"members", "lost@example.com"}, 75, "", "rollcall: 451 4.3.5 "},
    {"no-address", "", {"members", "sales"}, 64, "", "rollcall: sales: "},
    {"format",
     "",
     {"members", "sales@example.com", "--format", "xml"},
     64,
     "",
     "rollcall: --format: got 'xml', expected table | addresses | json\n"},
    {"no-argument", "", {"members"}, 64, "", "rollcall: members: got 0 arguments, expected ADDRESS"},
    {"match-dn",
     "",
     {"match", "(department=sales)", "--format", "dn"},
     0,
     "CN=Ann,DC=example,DC=com\nCN=Bob,DC=example,DC=com\nCN=Cid,DC=example,DC=com\n",
     ""},
    {"match-table",
     "",
     {"match", "(&(department=sales)(!(mail=*)))"},
     0,
     "ROUTE              DN\nBob.B@example.com  CN=Bob,DC=example,DC=com\n(no-address)       "
     "CN=Cid,DC=example,DC=com\n\n"
     "2 entries\n",
     ""},
    {"match-under-a-base",
     "",
     {"match", "(objectClass=*)", "--base", "cn=ann,dc=example,dc=com", "--format", "dn"},
     0,
     "CN=Ann,DC=example,DC=com\n",
     ""},
    {"match-nothing", "", {"match", "(department=none)", "--format", "dn"}, 0, "", ""},
    {"match-repairs",
     "",
     {"match", "department=Law", "--format", "dn"},
     0,
     "CN=Dot,DC=example,DC=com\n",
     "position 0: "},
    {"match-undefined",
     "",
     {"match", "(|(noSuchThing=1)(department=Law))", "--format", "dn"},
     0,
     "CN=Dot,DC=example,DC=com\n",
     "undefined: noSuchThing: "},
    {"match-unreadable", "", {"match", "(department=Law"}, 1, "", "rollcall: position "},
    {"match-base-is-no-dn",
     "",
     {"match", "(a=b)", "--base", "example"},
     64,
     "",
     "--base: got 'example', expected a DN"},
    {"match-base-is-gone", "", {"match", "(a=b)", "--base", "DC=gone"}, 1, "", "rollcall: "},
    {"filter-undefined", "", {"filter", "(noSuchThing=1)"}, 0, "(noSuchThing=1)\n", "no entry can match"},
    {"check-good", "", {"check"}, 0, NULL, ""},
    {"check-broken", broken_group, {"check"}, 1, NULL, ""},
    {"check-address-twice", twin, {"check"}, 1, NULL, ""},
    {"check-baseless", baseless_group, {"check"}, 1, NULL, ""},
};

static void
test_with_ldif(gconstpointer data)
{
    gsize            i = GPOINTER_TO_SIZE(data);
    g_autofree char *text = g_strconcat(company, cases[i].more, NULL);
    char            *file = write_file(text);
    const char      *arguments[10] = {"--ldif", file};

    for (gsize k = 0; k < G_N_ELEMENTS(cases[i].arguments) && cases[i].arguments[k] != NULL; k++)
        arguments[k + 2] = cases[i].arguments[k];
    g_auto(Run) run = run_rollcall(arguments);
    if (*cases[i].err == '\0')
        g_assert_cmpstr(run.err, ==, "");
    else if (strstr(run.err, cases[i].err) == NULL)
        g_assert_cmpstr(run.err, ==, cases[i].err);
    if (cases[i].out != NULL)
        g_assert_cmpstr(run.out, ==, cases[i].out);
    g_assert_cmpint(run.status, ==, cases[i].status);
    forget_file(file);
}

/* Without a configuration or a directory. */
static const struct {
    const char *name, *arguments[4];
    int         status;
    const char *out, *err;
} bare[] = {
    {"canonical", {"filter", "(&(objectClass=user)(cn=a*))"}, 0, "(&(objectClass=user)(cn=a*))\n", ""},
    {"repaired", {"filter", "(!a=b)"}, 0, "(!(a=b))\n", "position "},
    {"unreadable", {"filter", "(a=b"}, 1, "", "rollcall: position 4: "},
    {"after-two-dashes", {"filter", "--", "-a=b"}, 1, "", "rollcall: position "},
    {"version", {"--version"}, 0, NULL, ""},
    {"unknown-subcommand",
     {"member"},
     64,
     "",
     "rollcall: unknown subcommand 'member', expected members, match, filter, check, mta-config, origin, status, "
     "reload, mirror, history, diff, approve or forget\n"},
    {"no-subcommand", {NULL}, 64, "", "rollcall: expected a subcommand"},
    {"unknown-option", {"filter", "--colour", "(a=b)"}, 64, "", "rollcall: filter: "},
    {"both-sources", {"--ldif=a", "--config=b", "check"}, 64, "", "exclude each other"},
    {"no-such-configuration",
     {"--config", "/nowhere/rollcall.conf", "members", "a@example.com"},
     78,
     "",
     "rollcall: /nowhere/rollcall.conf: cannot be read: "},
    {"no-such-ldif",
     {"--ldif", "/nowhere/company.ldif", "members", "a@example.com"},
     78,
     "",
     "rollcall: /nowhere/company.ldif: "},
};

static void
test_bare(gconstpointer data)
{
    gsize       i = GPOINTER_TO_SIZE(data);
    const char *arguments[5] = {NULL};

    for (gsize k = 0; k < G_N_ELEMENTS(bare[i].arguments); k++)
        arguments[k] = bare[i].arguments[k];
    g_auto(Run) run = run_rollcall(arguments);
    if (*bare[i].err == '\0')
        g_assert_cmpstr(run.err, ==, "");
    else if (strstr(run.err, bare[i].err) == NULL)
        g_assert_cmpstr(run.err, ==, bare[i].err);
    if (bare[i].out != NULL)
        g_assert_cmpstr(run.out, ==, bare[i].out);
    g_assert_cmpint(run.status, ==, bare[i].status);
}

static json_t *
load_json(const char *text)
{
    json_error_t error;
    json_t      *value = json_loads(text, 0, &error);

    g_assert_nonnull(value);
    return value;
}

static const char *
text_at(const json_t *array, gsize index, const char *key)
{
    return json_string_value(json_object_get(json_array_get(array, index), key));
}

static void
test_members_json(void)
{
    char       *file = write_file(company);
    const char *arguments[] = {"--ldif", file, "members", "--format=json", "sales@example.com", NULL};
    g_auto(Run) run = run_rollcall(arguments);
    json_t *value = load_json(run.out);
    json_t *members = json_object_get(value, "members");
    json_t *skipped = json_object_get(value, "skipped");

    g_assert_cmpint(run.status, ==, 0);
    g_assert_cmpstr(json_string_value(json_object_get(value, "dn")), ==, "CN=sales,DC=example,DC=com");
    g_assert_cmpuint(json_array_size(members), ==, 2);
    g_assert_cmpstr(text_at(members, 1, "route"), ==, "Bob.B@example.com");
    json_t *path = json_object_get(json_array_get(members, 1), "path");
    g_assert_cmpstr(json_string_value(json_array_get(path, 0)), ==, "CN=sales,DC=example,DC=com");
    g_assert_cmpstr(text_at(skipped, 0, "reason"), ==, "no-address");
    g_assert_cmpstr(text_at(skipped, 0, "dn"), ==, "CN=Cid,DC=example,DC=com");
    g_assert_true(json_is_false(json_object_get(value, "restricted")));
    json_decref(value);
    forget_file(file);
}

static void
test_members_json_rules(void)
{
    g_autofree char *text = g_strconcat(company, asking_group, NULL);
    char            *file = write_file(text);
    const char      *arguments[] = {"--ldif", file, "members", "--format=json", "ask@example.com", NULL};
    g_auto(Run) run = run_rollcall(arguments);
    json_t *value = load_json(run.out);
    json_t *rules = json_object_get(value, "restrictions");

    g_assert_cmpint(run.status, ==, 0);
    g_assert_true(json_is_true(json_object_get(value, "restricted")));
    g_assert_true(json_is_true(json_object_get(rules, "authenticated")));
    g_assert_true(json_is_false(json_object_get(rules, "moderated")));
    g_assert_cmpint(json_integer_value(json_object_get(rules, "max_size")), ==, 102400);
    g_assert_cmpstr(json_string_value(json_array_get(json_object_get(rules, "accept"), 0)), ==,
                    "CN=Ann,DC=example,DC=com");
    g_assert_cmpuint(json_array_size(json_object_get(rules, "accept_groups")), ==, 0);
    g_assert_cmpstr(json_string_value(json_array_get(json_object_get(rules, "reject_groups"), 0)), ==,
                    "CN=law,DC=example,DC=com");
    g_assert_cmpstr(json_string_value(json_object_get(value, "reports")), ==, "manager");
    g_assert_cmpstr(json_string_value(json_object_get(value, "report_to")), ==, "Bob.B@example.com");
    g_assert_true(json_is_true(json_object_get(value, "suppress_oof")));
    json_decref(value);
    forget_file(file);
}

/* A group that cannot share a message needs the split, and a filter that tests for a server misses whoever moved. */
static void
test_check_notes_what_groups_ask(void)
{
    static const char moved[] =
        "dn: CN=Eve,DC=example,DC=com\n" CLASSES_OF_USER
        "proxyAddresses: SMTP:eve@example.com\nmsExchRecipientTypeDetails: 2147483648\n\n"
        "dn: CN=boxes,DC=example,DC=com\n" CLASSES_OF_DYNAMIC "proxyAddresses: SMTP:boxes@example.com\n"
        "msExchDynamicDLFilter: (msExchHomeServerName=*)\n"
        "msExchDynamicDLBaseDN: DC=example,DC=com\n\n";
    g_autofree char *text = g_strconcat(company, asking_group, moved, NULL);
    char            *file = write_file(text);
    const char      *arguments[] = {"--ldif", file, "check", NULL};
    g_auto(Run) run = run_rollcall(arguments);

    g_assert_nonnull(strstr(run.out, "\nnote  groups: reports redirected by 1, out-of-office replies suppressed by 1, "
                                     "moderated 0; without split-domain "));
    g_assert_nonnull(strstr(run.out, "\nnote  groups: a filter tests msExchHomeServerName, "));
    const char *members[] = {"--ldif", file, "members", "boxes@example.com", NULL};
    g_auto(Run) told = run_rollcall(members);
    g_assert_nonnull(strstr(told.err, "note: mailboxes-include-remote = yes would add 1 members\n"));
    g_assert_nonnull(strstr(told.err, "note: would be added: eve@example.com\n"));
    g_assert_null(strstr(told.err, "repaired: "));
    const char *for_script[] = {"--ldif", file, "members", "--format=json", "boxes@example.com", NULL};
    g_auto(Run) missed = run_rollcall(for_script);
    json_t *value = load_json(missed.out);
    g_assert_cmpstr(json_string_value(json_array_get(json_object_get(value, "missed_remote"), 0)), ==,
                    "eve@example.com");
    json_decref(value);
    forget_file(file);
    file = write_file(company);
    const char *again[] = {"--ldif", file, "check", NULL};
    g_auto(Run) plain = run_rollcall(again);
    g_assert_null(strstr(plain.out, "split-domain"));
    g_assert_null(strstr(plain.out, "mailboxes-include-remote"));
    forget_file(file);
}

static void
test_match_json(void)
{
    char       *file = write_file(company);
    const char *arguments[] = {"--ldif", file, "match", "--format=json", "(!department=Law)", NULL};
    g_auto(Run) run = run_rollcall(arguments);
    json_t *value = load_json(run.out);
    json_t *entries = json_object_get(value, "entries");

    g_assert_cmpint(run.status, ==, 0);
    g_assert_cmpstr(json_string_value(json_object_get(value, "filter")), ==, "(!(department=Law))");
    g_assert_cmpstr(text_at(entries, 0, "dn"), ==, "CN=Ann,DC=example,DC=com");
    g_assert_cmpstr(text_at(entries, 0, "route"), ==, "ann@example.com");
    json_decref(value);
    forget_file(file);
}

/* What check finds is told apart by its first word. */
static void
test_check_names_the_fault(void)
{
    g_autofree char *text = g_strconcat(company, broken_group, baseless_group, twin, NULL);
    char            *file = write_file(text);
    const char      *arguments[] = {"--ldif", file, "check", NULL};
    g_auto(Run) run = run_rollcall(arguments);

    g_assert_cmpint(run.status, ==, 1);
    g_assert_nonnull(strstr(run.out, "\nbad   CN=broken,DC=example,DC=com: "));
    g_assert_nonnull(
        strstr(run.out, "\nbad   CN=lost,DC=example,DC=com: base OU=Gone,DC=example,DC=com does not exist"));
    g_assert_nonnull(strstr(run.out, "\nnote  CN=law,DC=example,DC=com: filter repaired: position 22: "));
    g_assert_nonnull(strstr(run.out, "\nbad   address sales@example.com is in 2 entries: "));
    forget_file(file);
}

static void
test_full_disk(void)
{
    const char      *program = g_getenv("ROLLCALL") != NULL ? g_getenv("ROLLCALL") : "./rollcall";
    g_autofree char *command = g_strdup_printf("%s filter '(a=b)' >/dev/full", program);
    const char      *argv[] = {"/bin/sh", "-c", command, NULL};
    g_autofree char *err = NULL;
    g_autoptr(GError) error = NULL;
    int status;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &err, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(WEXITSTATUS(status), ==, 74);
    g_assert_true(g_str_has_prefix(err, "rollcall: standard output: "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/command/ldif/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_with_ldif);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bare); i++) {
        g_autofree char *path = g_strconcat("/command/bare/", bare[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_bare);
    }
    g_test_add_func("/command/members-json", test_members_json);
    g_test_add_func("/command/members-json-rules", test_members_json_rules);
    g_test_add_func("/command/check-notes-what-groups-ask", test_check_notes_what_groups_ask);
    g_test_add_func("/command/match-json", test_match_json);
    g_test_add_func("/command/check-names-the-fault", test_check_names_the_fault);
    g_test_add_func("/command/full-disk", test_full_disk);
    return g_test_run();
}
