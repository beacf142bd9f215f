/* SPDX-License-Identifier: BSD-2-Clause
 * refusal.h - a reply to one recipient that is always the same, and the word for it in the log
 */
#pragma once

typedef struct {
    int         code;
    const char *enhanced, *reason, *text;
} Refusal;
