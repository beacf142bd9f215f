/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-service.h - the web service that publishes the addresses
 */
#pragma once

#include "origin/endpoints-list.h"

typedef struct EndpointsService EndpointsService;
/* NULL with ORIGIN_ERROR_ADDRESSES. Caller: endpoints_service_free(). */
EndpointsService *endpoints_service_new(const EndpointsSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void              endpoints_service_free(EndpointsService *service);
/* Ends the question under way, and those to come at once. Any thread. */
void endpoints_service_stop(EndpointsService *service);

/* For one thread at a time. NULL with ORIGIN_ERROR_ADDRESSES; `status` as fetcher_get() has it. Caller: g_free(). */
char *endpoints_service_latest(EndpointsService *service, long *status, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The list, which is taken for that of `version`. Caller: endpoints_list_free(). */
EndpointsList *endpoints_service_list(EndpointsService *service, const char *version, long *status,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
