/* SPDX-License-Identifier: BSD-2-Clause
 * control-state.h - what handlers about one group's state have in common
 */
#pragma once

#include "milter/control.h"

/* A group that somebody named. */
typedef struct {
    char   *identity, *name;
    Answer *answer; /* the preview of mail to it; NULL: no entry has the address now, or could not be found out, but the
                     * state knows it */
} ControlGroup;
void control_group_clear(ControlGroup *group);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ControlGroup, control_group_clear)

/* NULL: found. Else the error to answer with. A group that is gone, or cannot be looked up now, is still found by the
 * name that the state has of it. */
json_t *control_find_group(const ControlRequest *request, const char *address, ControlGroup *group, guint *status);

/* A text of the request's body, or NULL. Borrowed. */
const char *control_body_text(const ControlRequest *request, const char *name);
/* An array of what is NULL-terminated. */
json_t *control_names(char *const *texts);
