/* SPDX-License-Identifier: BSD-2-Clause
 * filter-anr.h - ambiguous name resolution as plain assertions
 */
#pragma once

#include "rollcall/filter.h"

#define ANR_OID "1.2.840.113556.1.4.1208"
/* What an `anr` assertion stands for, in plain assertions all of which are defined. NULL with
 * SCHEMA_ERROR_UNDEFINED: a form of anr that is not documented. Caller: filter_unref(). */
const Filter *anr_expand(const Filter *filter, const Schema *schema, GError **error) G_GNUC_WARN_UNUSED_RESULT;
