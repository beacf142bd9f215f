/* SPDX-License-Identifier: BSD-2-Clause
 * control-clients.h - the connections of the control socket, none of which may dawdle
 */
#pragma once

#include <glib.h>

/* Cuts off who takes longer than `patience` microseconds to send a request or to take an answer, however busily he
 * sends and reads meanwhile. Any thread. */
typedef struct ControlClients ControlClients;
typedef struct ControlClient  ControlClient;
ControlClients               *control_clients_new(gint64 patience);          /* starts its thread */
void                          control_clients_free(ControlClients *clients); /* when all have been removed */

/* NULL: no more descriptors; such a client is cut off at once. */
ControlClient *control_clients_add(ControlClients *clients, int descriptor);
void           control_clients_remove(ControlClients *clients, ControlClient *client); /* NULL: nothing to do */
/* Whether it is we who are to act. His time begins anew when we are done. */
void control_clients_set_busy(ControlClients *clients, ControlClient *client, gboolean busy);
