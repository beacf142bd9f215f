/* SPDX-License-Identifier: BSD-2-Clause
 * postfix.h - an installed Postfix, as postconf(1) and postmap(1) show it
 *
 * Immutable once read; for one thread.
 */
#pragma once

#include "rollcall/settings.h"

#include <glib.h>

/* $queue_directory where there is no Postfix to ask. */
#define POSTFIX_QUEUE "/var/spool/postfix"
/* The service of master.cf that hands split messages to the second listener, and that listener's {daemon_name}. */
#define POSTFIX_SPLIT "rollcall-split"

typedef struct Postfix Postfix;
/* `folder`: where main.cf is, NULL for Postfix's own default. `expand`: values with their $names put in.
 * NULL without an error: no Postfix here. Caller: postfix_free(). */
Postfix *postfix_read(const char *folder, gboolean expand, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void     postfix_free(Postfix *postfix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Postfix, postfix_free)

/* A parameter of main.cf or its default; "" if there is none of that name. Borrowed. */
const char *postfix_parameter(const Postfix *postfix, const char *name);
/* The same for one service ("smtp/inet"), whose -o options come first. */
const char *postfix_service_parameter(const Postfix *postfix, const char *service, const char *name);
/* The program that serves it, without options: "smtpd". NULL: no such service. Borrowed. */
const char *postfix_program(const Postfix *postfix, const char *service);
/* Names of the services, sorted; borrowed strings. Caller: g_ptr_array_unref(). */
GPtrArray *postfix_services(const Postfix *postfix);
/* Where transport_maps sends mail for this domain; NULL without an error: nowhere special. Caller: g_free(). */
char *postfix_transport(const Postfix *postfix, const char *domain, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The items of a list such as smtpd_milters or transport_maps: at blanks and commas outside of braces.
 * Caller: g_ptr_array_unref(). */
GPtrArray *postfix_items(const char *list);
/* The milter's socket as Postfix names it: relative to its queue directory, which is right with and without chroot.
 * Caller: g_free(). */
char *postfix_milter_name(const char *socket, const char *queue_directory);
/* [HOST]:PORT of the second listener, and as the service of master.cf is called. Caller: g_free(). */
char *postfix_split_nexthop(const char *split_listener);
char *postfix_split_service(const char *split_listener);
