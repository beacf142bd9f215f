/* SPDX-License-Identifier: BSD-2-Clause
 * test-control-clients.c - who takes too long at the control socket is cut off, and nobody else
 */
#include "milter/control-clients.h"

#include <sys/socket.h>
#include <unistd.h>

#define SOON (50 * G_TIME_SPAN_MILLISECOND)

/* A dawdler at both its ends, and one that is waiting for us. */
static void
test_dawdlers(void)
{
    int             slow[2], waiting[2];
    char            octet;
    ControlClients *clients = control_clients_new(SOON);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, slow), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, waiting), ==, 0);

    ControlClient *patient = control_clients_add(clients, waiting[0]);
    control_clients_set_busy(clients, patient, TRUE);
    ControlClient *dawdler = control_clients_add(clients, slow[0]);
    g_assert_cmpint(read(slow[1], &octet, 1), ==, 0); /* the end; it would wait for ever */
    g_assert_cmpint(write(waiting[0], "+", 1), ==, 1);
    g_assert_cmpint(read(waiting[1], &octet, 1), ==, 1);

    control_clients_set_busy(clients, patient, FALSE);
    g_assert_cmpint(read(waiting[1], &octet, 1), ==, 0);
    control_clients_remove(clients, dawdler);
    control_clients_remove(clients, patient);
    control_clients_free(clients);
    for (int i = 0; i < 2; i++) {
        close(slow[i]);
        close(waiting[i]);
    }
}

/* The place of a closed connection is taken by another, which is not cut off for the first. */
static void
test_own_descriptor(void)
{
    int             first[2], second[2];
    char            octet;
    ControlClients *clients = control_clients_new(SOON);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, first), ==, 0);
    ControlClient *client = control_clients_add(clients, first[0]);
    close(first[0]);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, second), ==, 0);
    g_assert_cmpint(read(first[1], &octet, 1), ==, 0);
    g_assert_cmpint(write(second[0], "+", 1), ==, 1);
    g_assert_cmpint(write(second[1], "+", 1), ==, 1);
    control_clients_remove(clients, client);
    control_clients_free(clients);
    close(first[1]);
    close(second[0]);
    close(second[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/control-clients/dawdlers", test_dawdlers);
    g_test_add_func("/control-clients/own-descriptor", test_own_descriptor);
    return g_test_run();
}
