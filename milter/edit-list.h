/* SPDX-License-Identifier: BSD-2-Clause
 * edit-list.h - every change to one message, as data: what edits_make() then asks of the MTA
 *
 * Knows nothing of libmilter. For one thread at a time.
 */
#pragma once

#include "milter/plan.h"

#include <glib.h>

#define OOF_HEADER "X-Auto-Response-Suppress"

typedef struct {
    char *name;
    guint occurrence; /* counted from 1 among the message's headers of this name, as they were before any edit */
    char *value;      /* NULL: it is removed */
} HeaderChange;

typedef struct {
    char *name, *value;
} HeaderInsertion;

/* Zeroed: no change. */
typedef struct {
    const Plan *plan;       /* borrowed; NULL: the envelope's recipients stay */
    char       *sender;     /* "<ann@example.com>" or "<>"; NULL: it stays */
    GArray     *changes;    /* of HeaderChange, in the order in which they must be made; NULL: none */
    GArray     *insertions; /* of HeaderInsertion, each on top of the header; NULL: none */
    const char *hold;       /* static: why the message goes into the MTA's hold queue; NULL: it does not */
} Edits;

/* The plan, and of its treatment the sender and the hold. Its suppress_oof is the caller's: edits_suppress_oof() needs
 * what the message has already. */
void edits_set_plan(Edits *edits, const Plan *plan, const char *hold_reason);
/* Removes every header of this name, of which the message has `occurrences`. Once for a name. From the last one up:
 * MTAs count again after each removal. */
void edits_remove(Edits *edits, const char *name, guint occurrences);
void edits_insert(Edits *edits, const char *name, const char *value);
/* Lets the message ask that nobody's absence is answered. `values`: of all the OOF_HEADERs that it has, in their order,
 * NULL-terminated; NULL: none. Nothing if they ask it already; one that asks for something else asks for both then
 * (MS-OXCMAIL 2.1.3.2.20), and is the only one, because readers of several need not agree on which counts. */
void edits_suppress_oof(Edits *edits, const char *const *values);
/* Empty again; any number of times. */
void edits_clear(Edits *edits);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Edits, edits_clear)
