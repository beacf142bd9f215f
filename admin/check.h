/* SPDX-License-Identifier: BSD-2-Clause
 * check.h - what the parts of rollcall check share: findings
 */
#pragma once

#include "admin/check-user.h"
#include "admin/command.h"

#include "rollcall/group.h"

typedef enum { CHECK_GOOD, CHECK_NOTE, CHECK_BAD } CheckResult;

typedef struct {
    guint n_notes, n_bad;
} CheckTally;

/* One line to standard output, and counted. */
void check_say(CheckTally *tally, CheckResult result, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* Every group of the directory: counts, filters, bases, addresses, the attributes that filters name. check-groups.c */
void check_groups(CheckTally *tally, Directory *directory, const Settings *settings);

/* What the addresses of groups are checked against. */
typedef struct {
    CheckTally        *tally;
    Directory         *directory;  /* NULL: do not ask it, directory_check() has named those in several entries */
    const char *const *attributes; /* that hold addresses */
    char             **domains;    /* NULL: all */
    GHashTable        *seen;       /* keys of the addresses looked at already */
} AddressCheck;
/* Each address of the group: in this entry alone, and one at least in domains. check-addresses.c */
void check_addresses(const AddressCheck *check, const Entry *entry);

/* For each attribute of `attributes` (lower case as key, as written as value): known, and on any entry to be seen.
 * check-attributes.c */
void check_attributes(CheckTally *tally, Directory *directory, const Schema *schema, GHashTable *attributes);

/* Whether the filter selects any entry at all. FALSE with `error`: it could not be asked. check-attributes.c */
gboolean check_any_entry(Directory *directory, const Filter *filter, gint64 deadline, gboolean *any,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What groups ask for beyond members: how many of them. */
typedef struct {
    guint n_reports, n_quiet, n_moderated;
} CheckRules;
/* check-rules.c */
void check_count_rules(CheckRules *rules, const Settings *settings, const Group *group);
void check_rules(CheckTally *tally, const Settings *settings, Directory *directory, const CheckRules *rules,
                 GHashTable *attributes);

/* Who hands us messages: key, secret, published addresses. check-origin.c */
void check_origin(CheckTally *tally, const Settings *settings);
/* Is there a list of published addresses. check-endpoints.c */
void check_endpoints(CheckTally *tally, const EndpointsSettings *settings);
/* What outlives a restart: the state's file, and the mirror's. check-state.c */
void check_state(CheckTally *tally, const Settings *settings, const CheckUser *user);
/* The control socket: its place, and whether a daemon answers there. check-control.c */
void check_control(CheckTally *tally, const Source *source, const Settings *settings, const CheckUser *user);
/* Postfix, if it is installed; `folder`: where main.cf is, or NULL. check-postfix.c */
void check_postfix(CheckTally *tally, const Settings *settings, const char *folder);
/* Sendmail, by its configuration file. check-sendmail.c */
void check_sendmail(CheckTally *tally, const Settings *settings, const char *file);
/* The second listener of whatever MTA. check-split.c */
void check_split_answers(CheckTally *tally, const Settings *settings);
