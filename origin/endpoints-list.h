/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-list.h - one list of the addresses that Microsoft publishes
 */
#pragma once

#include "rollcall/origin.h"

enum { ENDPOINTS_VERSION_LENGTH = 10 /* YYYYMMDDNN */ };

/* Immutable; any thread. */
typedef struct {
    char     *version;  /* "2026110100"; "offline" if the text did not say */
    char     *instance; /* "" if it did not say */
    char    **texts;    /* of the networks */
    gsize     n;        /* never 0 */
    Networks *networks;
} EndpointsList;

/* An answer of the web service (/endpoints/INSTANCE), which says neither version nor instance. The networks of the rows
 * with service area Exchange and TCP port 25 count: where mail goes to and comes from; the rows' ids differ from cloud
 * to cloud. NULL with ORIGIN_ERROR_ADDRESSES if the whole cannot be believed: one network that is none, or one that no
 * list of a single service can mean, because it is too wide or private. Caller: endpoints_list_free(). */
EndpointsList *endpoints_list_parse_answer(const char *text, gsize length, const char *version, const char *instance,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A file: such an answer, or what endpoints_list_print() gave. The former is the administrator's word, and may name
 * private networks, such as a relay's of his own. */
EndpointsList *endpoints_list_parse_file(const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void           endpoints_list_free(EndpointsList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(EndpointsList, endpoints_list_free)
/* For the cache. Caller: g_free(). */
char *endpoints_list_print(const EndpointsList *list) G_GNUC_WARN_UNUSED_RESULT;

/* The member `latest` of an answer of /version/INSTANCE; NULL with ORIGIN_ERROR_ADDRESSES if it is no version.
 * Versions compare as text. Caller: g_free(). */
char *endpoints_list_latest(const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
