/* SPDX-License-Identifier: BSD-2-Clause
 * check-mta.h - what the files that look at the MTA share
 */
#pragma once

#include "admin/check.h"
#include "admin/postfix.h"

typedef struct {
    CheckTally     *tally;
    const Settings *settings;
    const Postfix  *postfix;
    const char     *milter; /* our socket, as Postfix names it */
} PostfixCheck;

/* Whether this service of master.cf asks us; findings about how. check-postfix.c */
gboolean check_listener(const PostfixCheck *check, const char *service);
/* Whether it is the second listener, or says it is. check-split.c */
gboolean check_is_split_listener(const PostfixCheck *check, const char *service);
/* The way of a group that becomes a message of its own: route, transport, listener. check-split.c */
void check_split(const PostfixCheck *check);
