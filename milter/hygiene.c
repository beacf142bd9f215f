/* SPDX-License-Identifier: BSD-2-Clause
 * hygiene.c - which header fields of a message are taken out
 *
 * Threads:  those of a transaction.
 */
#include "milter/hygiene.h"

static gboolean
goes(const Transaction *transaction, const char *name, gboolean expanded)
{
    const OriginJudge *judge = transaction->runtime->judge;
    if (transaction_observes(transaction)) {
        const char *secret = settings_origin(transaction->runtime->settings)->tenant_header;
        return secret != NULL && g_ascii_strcasecmp(name, secret) == 0;
    }
    if (transaction->second_pass)
        return origin_judge_removes(judge, transaction_origin(transaction), name, expanded);
    return origin_case_removes(transaction->origin, name, expanded);
}

gboolean
hygiene_is_needed(const Transaction *transaction, gboolean expanded)
{
    gsize              n;
    const HeaderCount *counts = header_table_items(&transaction->headers.watched, &n);
    for (gsize i = 0; i < n; i++) {
        if (goes(transaction, counts[i].name, expanded))
            return TRUE;
    }
    return FALSE;
}

void
hygiene_fill(const Transaction *transaction, gboolean expanded, Edits *edits)
{
    gsize              n;
    const HeaderCount *counts = header_table_items(&transaction->headers.watched, &n);
    for (gsize i = 0; i < n; i++) {
        if (goes(transaction, counts[i].name, expanded))
            edits_remove(edits, counts[i].name, counts[i].occurrences);
    }
}

gboolean
hygiene_is_beyond_counting(const Transaction *transaction)
{
    const OriginSettings *settings = settings_origin(transaction->runtime->settings);
    gboolean              has_secret = settings->tenant_header != NULL && *settings->tenant_header != '\0';
    return transaction->headers.watched.overflow &&
           (transaction_has_groups(transaction) || has_secret || settings->strip == STRIP_ALL);
}
