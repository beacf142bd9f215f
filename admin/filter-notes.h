/* SPDX-License-Identifier: BSD-2-Clause
 * filter-notes.h - what is to be said of a filter that an administrator typed
 */
#pragma once

#include "rollcall/directory.h"

#include <glib.h>

/* Parses; each repair goes to standard error as "position N: what". Caller: filter_unref(). */
const Filter *parse_and_report(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Names each assertion that is Undefined in the directory on standard error. FALSE: the directory's schema could not be
 * found out. */
gboolean report_undefined(const Filter *filter, Directory *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The schema once a server has been reached, which is waited for. Caller: schema_unref(). */
Schema *schema_of(Directory *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A point in time, `seconds` from now. */
gint64 deadline_in(guint seconds);
