/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-private.h - Endpoints at another pace, for tests
 */
#pragma once

#include "rollcall/origin.h"

typedef struct {
    gint64 interval; /* microseconds between two questions that were answered */
    gint64 retry;    /* after the first that no server heard; doubles up to the interval */
} EndpointsPace;

Endpoints *endpoints_new_paced(const EndpointsSettings *settings, const EndpointsPace *pace,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
