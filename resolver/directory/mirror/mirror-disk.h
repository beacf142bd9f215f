/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-disk.h - what mirror-load.c and mirror-save.c share
 */
#pragma once

#include "resolver/directory/mirror/mirror-private.h"

/* Names of notes; a context's cookie has its key behind. */
#define NOTE_SCHEMA "schema"
#define NOTE_ATTRIBUTES "attributes"
#define NOTE_SEEN "seen"       /* real time of the state, microseconds since 1970 */
#define NOTE_PARTIAL "partial" /* "yes": a large change is on its way; else "no" */
#define NOTE_COOKIE "cookie "

#define STORE_RETRY (60 * G_TIME_SPAN_SECOND)
#define STORE_BUSY_RETRY (100 * G_TIME_SPAN_MILLISECOND)

/* Opens the store, reporting what was of no use; mirror->store stays NULL if there is none to be had. */
void mirror_open_store(Mirror *mirror);
/* NULL: it is well. */
void mirror_set_store_error(Mirror *mirror, const char *why);
