/* SPDX-License-Identifier: BSD-2-Clause
 * mta-config.h - what an administrator pastes into the configuration of the MTA
 */
#pragma once

#include "admin/postfix.h"

/* One file of the MTA, and the lines for it. */
typedef struct {
    const char *name; /* "main.cf": as --part takes it */
    const char *path; /* where it usually is, for the heading */
    GString    *text; /* whole lines; empty: this file needs none */
} MtaPart;

/* GArray of MtaPart. Caller: mta_parts_free(). */
GArray *mta_parts_new(void);
void    mta_parts_free(GArray *parts);
/* Appends a part; the text to fill is borrowed. */
GString *mta_parts_add(GArray *parts, const char *name, const char *path);

/* `installed`: what Postfix is told now, which the new lines keep; NULL: not known. mta-postfix.c */
GArray *mta_config_postfix(const Settings *settings, const Postfix *installed);
/* mta-sendmail.c */
GArray *mta_config_sendmail(const Settings *settings);
