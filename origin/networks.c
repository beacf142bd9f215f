/* SPDX-License-Identifier: BSD-2-Clause
 * networks.c - sets of networks, read from their text form
 *
 * Owns:     the networks of a set.
 * Promises: an address in a form we do not know is in no network.
 * Threads:  any.
 */
#include "rollcall/origin.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* IPv4 is kept as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that a mapped address is in its network. */
typedef struct {
    guint8 octets[16];
    guint  bits;
} Network;

struct Networks {
    gsize   n;
    Network networks[];
};

static gboolean
read_address(const char *text, guint8 octets[static 16], gboolean *v4)
{
    static const guint8 mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (g_ascii_strncasecmp(text, "IPv6:", 5) == 0)
        text += 5;
    *v4 = inet_pton(AF_INET, text, octets + 12) == 1;
    if (*v4)
        memcpy(octets, mapped, sizeof mapped);
    return *v4 || inet_pton(AF_INET6, text, octets) == 1;
}

static gboolean
read_network(const char *text, Network *network, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    gboolean v4 = FALSE;
    guint64  bits = 0;
    gboolean good = parts[0] != NULL && read_address(parts[0], network->octets, &v4);
    guint    most = v4 ? 32 : 128;
    if (good && parts[1] == NULL)
        bits = most;
    else if (good)
        good = g_ascii_string_to_unsigned(parts[1], 10, 0, most, &bits, NULL);
    if (!good) {
        g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_NETWORK, "%s: a network such as 192.0.2.0/24 was expected", text);
        return FALSE;
    }
    network->bits = (guint)bits + (v4 ? 96 : 0);
    return TRUE;
}

Networks *
networks_new(const char *const *texts, GError **error)
{
    gsize n = texts != NULL ? g_strv_length((char **)texts) : 0;
    g_autoptr(Networks) networks = g_malloc0(sizeof(Networks) + n * sizeof(Network));
    for (; networks->n < n; networks->n++) {
        if (!read_network(texts[networks->n], &networks->networks[networks->n], error))
            return NULL;
    }
    return g_steal_pointer(&networks);
}

void
networks_free(Networks *networks)
{
    g_free(networks);
}

static gboolean
network_contains(const Network *network, const guint8 octets[static 16])
{
    guint whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->octets, octets, whole) != 0)
        return FALSE;
    guint8 mask = (guint8)(0xff00 >> rest);
    return rest == 0 || ((network->octets[whole] ^ octets[whole]) & mask) == 0;
}

gboolean
networks_contain(const Networks *networks, const char *address)
{
    guint8   octets[16];
    gboolean v4;
    if (networks->n == 0 || !read_address(address, octets, &v4))
        return FALSE;
    for (gsize i = 0; i < networks->n; i++) {
        if (network_contains(&networks->networks[i], octets))
            return TRUE;
    }
    return FALSE;
}
