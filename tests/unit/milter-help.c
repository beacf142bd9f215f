/* SPDX-License-Identifier: BSD-2-Clause
 * milter-help.c - a milter without an MTA: a scripted directory behind a real resolver, and the log in a file
 */
#include "tests/unit/milter-help.h"

#include "milter/admission.h"
#include "milter/maillog.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define PERSON(name) "objectClass=user\nproxyAddresses=SMTP:" name "@e.org\n"
#define GROUP(name) "objectClass=group\nproxyAddresses=SMTP:" name "@e.org\nproxyAddresses=smtp:" name "-too@e.org\n"

static void
fill(Scripted *directory)
{
    g_autofree char *local = g_strnfill(294, 'x');
    g_autofree char *far = g_strdup_printf("objectClass=user\nproxyAddresses=SMTP:%s@e.org\n", local);
    scripted_add(directory, "O=x", "objectClass=organization\n");
    scripted_add(directory, "CN=a,O=x", PERSON("a"));
    scripted_add(directory, "CN=b,O=x", PERSON("B"));
    scripted_add(directory, "CN=c,O=x", PERSON("c"));
    scripted_add(directory, "CN=p,O=x", PERSON("p"));
    scripted_add(directory, "CN=far,O=x", far);
    scripted_add(directory, "CN=mute,O=x", "objectClass=user\n");
    scripted_add(directory, "CN=g1,O=x", GROUP("g1") "member=CN=a,O=x\nmember=CN=b,O=x\n");
    scripted_add(directory, "CN=g2,O=x", GROUP("g2") "member=CN=b,O=x\nmember=CN=c,O=x\n");
    scripted_add(directory, "CN=long,O=x", GROUP("long") "member=CN=far,O=x\n");
    scripted_add(directory, "CN=empty,O=x", GROUP("empty"));
    scripted_add(directory, "CN=skips,O=x", GROUP("skips") "member=CN=mute,O=x\nmember=CN=a,O=x\n");
    scripted_add(directory, "CN=closed,O=x", GROUP("closed") "msExchRequireAuthToSendTo=TRUE\nmember=CN=a,O=x\n");
    scripted_add(directory, "CN=boss,O=x",
                 GROUP("boss") "managedBy=CN=p,O=x\nreportToOriginator=FALSE\nreportToOwner=TRUE\nmember=CN=a,O=x\n");
    scripted_add(directory, "CN=silent,O=x",
                 GROUP("silent") "reportToOriginator=FALSE\nreportToOwner=FALSE\nmember=CN=a,O=x\n");
    scripted_add(directory, "CN=quiet,O=x",
                 GROUP("quiet") "reportToOriginator=TRUE\noOFReplyToOriginator=FALSE\nmember=CN=b,O=x\n");
    scripted_add(directory, "CN=guarded,O=x",
                 GROUP("guarded") "msExchEnableModeration=TRUE\nmsExchModeratedByLink=CN=p,O=x\nmember=CN=c,O=x\n");
    scripted_add(directory, "CN=small,O=x", GROUP("small") "delivContLength=1\nmember=CN=a,O=x\n");
    scripted_add(directory, "CN=mixed,O=x", GROUP("mixed") "member=CN=c,O=x\nmember=CN=closed,O=x\n");
    scripted_add(directory, "CN=gruss,O=x", GROUP("grüß") "member=CN=a,O=x\n");
    scripted_add(directory, "CN=broken,O=x",
                 "objectClass=msExchDynamicDistributionList\nproxyAddresses=SMTP:broken@e.org\n"
                 "msExchDynamicDLBaseDN=O=x\nmsExchDynamicDLFilter=(l=\n");
}

Runtime *
help_runtime(const char *keys, Scripted **directory)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("[milter]\ndomains = e.org\n%s[directory]\nsource = ldif\nfile = /none\n", keys);
    Runtime *runtime = g_new0(Runtime, 1);
    guint8   key[TRACE_KEY_LENGTH] = {7};
    runtime->settings = settings_parse("test.conf", text, strlen(text), &error);
    g_assert_no_error(error);
    runtime->judge = origin_judge_new(settings_origin(runtime->settings), NULL, &error);
    g_assert_no_error(error);
    runtime->trace_key = trace_key_new(key);
    const char *split = settings_milter(runtime->settings)->split_domain;
    runtime->split_domain = *split != '\0' ? address_domain_to_key(split) : NULL;

    Scripted *scripted = scripted_new(SCHEMA_RULES_AD);
    fill(scripted);
    if (directory != NULL)
        *directory = scripted;
    StateSettings in_memory = {0};
    runtime->state = state_open(&in_memory);
    ResolverSettings settings = settings_resolver(runtime->settings);
    settings.state = runtime->state;
    runtime->resolver = resolver_new(&settings, &scripted->directory);
    return runtime;
}

void
help_setup(Help *help, const char *keys)
{
    help->log = g_file_open_tmp("milter-test-XXXXXX", &help->log_file, NULL);
    g_assert_cmpint(help->log, >=, 0);
    maillog_open_descriptor(help->log);
    help->house.runtimes = runtime_store_new(help_runtime(keys, &help->directory));
    help->house.notices = notices_new(100);
    atomic_init(&help->house.members_held, 0);
    transaction_init(&help->transaction, &help->house);
    help->resolved = NULL;
    help->facts = (MailFacts){.origin = {.client_address = "203.0.113.9"}, .mta = "Postfix 3.7.11"};
}

void
help_teardown(Help *help)
{
    transaction_destroy(&help->transaction);
    g_assert_false(runtime_store_is_held(help->house.runtimes));
    runtime_store_free(help->house.runtimes);
    notices_free(help->house.notices);
    maillog_open_descriptor(STDERR_FILENO);
    close(help->log);
    unlink(help->log_file);
    g_free(help->log_file);
}

void
help_mail(Help *help, const char *command)
{
    g_auto(GStrv) words = g_strsplit(command, " ", -1);
    MailFacts facts = help->facts;
    facts.argument = words[0];
    facts.parameters = (const char *const *)words + 1;
    transaction_begin(&help->transaction, &facts);
}

gboolean
help_recipient(Help *help, const char *command, Reply *reply)
{
    g_auto(GStrv) words = g_strsplit(command, " ", -1);
    return admit_recipient(&help->transaction, (const char *const *)words, help->resolved, reply);
}

void
help_take(Help *help, const char *command)
{
    g_auto(Reply) reply = {0};
    gboolean taken = help_recipient(help, command, &reply);
    g_assert_cmpstr(reply.text, ==, NULL);
    g_assert_true(taken);
}

void
help_take_all(Help *help, const char *list)
{
    g_auto(GStrv) recipients = g_strsplit(list, ",", -1);
    for (gsize i = 0; recipients[i] != NULL; i++)
        help_take(help, recipients[i]);
}

void
help_finish(Help *help, Conclusion *conclusion)
{
    transaction_set_queue_id(&help->transaction, "4bQx");
    transaction_end_headers(&help->transaction);
    conclude(&help->transaction, HELP_NOW, conclusion);
    conclusion_log(&help->transaction, conclusion);
}

/* From behind "rollcalld[PID]: ", with the one number that is never the same taken out. */
static void
append_line(GString *out, const char *line)
{
    const char *text = strstr(line, "]: ");
    g_assert_nonnull(text);
    text += 3;
    const char *time = strstr(text, " time=");
    if (time == NULL) {
        g_string_append_printf(out, "%s\n", text);
        return;
    }
    g_assert_true(g_str_has_suffix(time, "ms"));
    g_string_append_printf(out, "%.*s time=T\n", (int)(time - text), text);
}

char *
help_log(Help *help)
{
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(help->log_file, &text, NULL, NULL));
    g_assert_cmpint(ftruncate(help->log, 0), ==, 0);
    g_assert_cmpint(lseek(help->log, 0, SEEK_SET), ==, 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *out = g_string_new(NULL);
    for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
        append_line(out, lines[i]);
    return g_string_free(out, FALSE);
}
