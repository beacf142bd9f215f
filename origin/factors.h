/* SPDX-License-Identifier: BSD-2-Clause
 * factors.h - why a message has the origin it has
 */
#pragma once

#include "rollcall/origin.h"

enum { MOST_FACTORS = 32, LONGEST_FACTOR = 200 };

/* Start from {0}. */
typedef struct {
    OriginFactor items[MOST_FACTORS];
    gsize        n;
} Factors;

void factors_clear(Factors *factors);
/* What spoke for or against. `name` must be a literal; of the text, LONGEST_FACTOR octets are kept. */
void factors_add(Factors *factors, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* What is worth knowing, and was no part of the decision. */
void factors_advise(Factors *factors, const char *name, const char *format, ...) G_GNUC_PRINTF(3, 4);
