/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-reason.c - why a host could not be reached
 *
 * libldap closes its socket before we can ask, and the errno of the failure is gone with it. So a second, short attempt
 * asks the system itself; it sends nothing.
 *
 * Threads: any that may wait for a moment.
 */
#include "ldap-private.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE = 250 }; /* milliseconds: what failed a moment ago fails again at once, or we do without */

/* The errno of one attempt, 0 if it succeeded this time. */
static int
attempt(const struct addrinfo *address)
{
    int       number = 0;
    socklen_t length = sizeof number;
    int       fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0)
        number = errno;
    if (number == EINPROGRESS) {
        struct pollfd state = {.fd = fd, .events = POLLOUT};
        if (poll(&state, 1, PATIENCE) <= 0)
            number = ETIMEDOUT;
        else
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &length);
    }
    close(fd);
    return number;
}

char *
ldap_reason(const LdapUri *uri)
{
    g_autofree char *port = g_strdup_printf("%d", uri->port);
    gboolean         bracketed = uri->host[0] == '[';
    g_autofree char *host = bracketed ? g_strndup(uri->host + 1, strlen(uri->host) - 2) : g_strdup(uri->host);
    struct addrinfo  hints = {.ai_socktype = SOCK_STREAM}, *addresses = NULL;

    int result = getaddrinfo(host, port, &hints, &addresses);
    if (result != 0)
        return g_ascii_strdown(gai_strerror(result), -1);
    int number = 0;
    for (const struct addrinfo *address = addresses; address != NULL && number == 0; address = address->ai_next)
        number = attempt(address);
    freeaddrinfo(addresses);
    return number != 0 ? g_ascii_strdown(g_strerror(number), -1) : g_strdup("cannot connect");
}
