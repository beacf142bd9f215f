/* SPDX-License-Identifier: BSD-2-Clause
 * notify.c - what a client asked to be told about a recipient (RFC 3461 section 4.1)
 *
 * Promises: nothing is allocated.
 * Threads:  any.
 */
#include "milter/notify.h"

#include <string.h>

/* RFC 3461 section 4.1: without NOTIFY the MTA does as it always did, which is to report failures and delays. */
static const Notify unsaid_means = NOTIFY_FAILURE | NOTIFY_DELAY;

static const struct {
    const char *word;
    Notify      notify;
} words[] = {
    {"NEVER", NOTIFY_NEVER},
    {"SUCCESS", NOTIFY_SUCCESS},
    {"FAILURE", NOTIFY_FAILURE},
    {"DELAY", NOTIFY_DELAY},
};

/* The word that `list` starts with, up to `length` octets. */
static gboolean
read_word(const char *list, gsize length, Notify *notify)
{
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i].word) == length && g_ascii_strncasecmp(words[i].word, list, length) == 0) {
            *notify |= words[i].notify;
            return TRUE;
        }
    }
    return FALSE;
}

static Notify
read_list(const char *list)
{
    Notify notify = NOTIFY_NEVER;
    for (;;) {
        gsize length = strcspn(list, ",");
        if (!read_word(list, length, &notify))
            return NOTIFY_DEFAULT;
        if (list[length] == '\0')
            return notify;
        list += length + 1;
    }
}

Notify
notify_of_parameters(const char *const *parameters)
{
    for (; *parameters != NULL; parameters++) {
        if (g_ascii_strncasecmp(*parameters, "NOTIFY=", 7) == 0)
            return read_list(*parameters + 7);
    }
    return NOTIFY_DEFAULT;
}

static Notify
meaning(Notify notify)
{
    return notify == NOTIFY_DEFAULT ? unsaid_means : notify;
}

Notify
notify_union(Notify a, Notify b)
{
    Notify   both = meaning(a) | meaning(b);
    gboolean unsaid = a == NOTIFY_DEFAULT || b == NOTIFY_DEFAULT;
    return unsaid && both == unsaid_means ? NOTIFY_DEFAULT : both;
}

Notify
notify_for_reports(Notify notify, GroupReports reports)
{
    switch (reports) {
    case REPORTS_NOBODY:
        return NOTIFY_NEVER;
    case REPORTS_MANAGER:
        return notify == NOTIFY_NEVER ? NOTIFY_NEVER : NOTIFY_FAILURE;
    case REPORTS_UNSET:
    case REPORTS_ORIGINATOR:
        break;
    }
    return notify;
}

const char *
notify_parameter(Notify notify)
{
    static const char *const parameters[] = {
        "NOTIFY=NEVER", "NOTIFY=SUCCESS",       "NOTIFY=FAILURE",       "NOTIFY=SUCCESS,FAILURE",
        "NOTIFY=DELAY", "NOTIFY=SUCCESS,DELAY", "NOTIFY=FAILURE,DELAY", "NOTIFY=SUCCESS,FAILURE,DELAY",
    };
    return notify == NOTIFY_DEFAULT ? NULL : parameters[notify];
}
