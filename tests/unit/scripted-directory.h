/* SPDX-License-Identifier: BSD-2-Clause
 * scripted-directory.h - a directory for tests that fails, counts and waits as told
 *
 * Answers equality and presence filters and ORs of them, letters compared without regard to case.
 */
#pragma once

#include "resolver/directory/directory-class.h"

typedef enum { CALL_FIND, CALL_READ, CALL_READ_MANY, CALL_SEARCH, N_CALLS } ScriptedCall;

typedef struct {
    Directory  directory;
    GPtrArray *entries;           /* of Entry */
    Schema    *schema;            /* NULL: not known */
    int        calls[N_CALLS];    /* so often each was called; atomic */
    guint64    version;           /* directory_view_version(); 0 unless a test sets it */
    GError    *failures[N_CALLS]; /* what a call fails with, after all its entries; NULL: nothing */
    /* called at the start of every search; may wait */
    void (*on_search)(gpointer user_data);
    gpointer on_search_data;
} Scripted;

/* `rules`: what its schema says. Caller: directory_free(). */
Scripted *scripted_new(SchemaRules rules);
/* One entry: its DN, then "name=value" lines. */
void scripted_add(Scripted *scripted, const char *dn, const char *attributes);
/* The call fails from now on; `entry` goes away. */
void scripted_fail(Scripted *scripted, ScriptedCall call, GQuark domain, int code, const char *message);
