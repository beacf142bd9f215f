/* SPDX-License-Identifier: BSD-2-Clause
 * octets-hash.h - a hash of octets, eight at a time, for names and values of filters and schemas
 *
 * They are an administrator's and a server's, not a sender's, so it needs no seed. Any thread.
 */
#pragma once

#include <glib.h>
#include <string.h>

static inline guint64
octets_hash_mix(guint64 hash, guint64 octets)
{
    hash = (hash ^ octets) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

/* Goes on from `hash`. `mask`: bits that do not count, in each of eight octets. */
static inline guint64
octets_hash(guint64 hash, const char *data, gsize length, guint64 mask)
{
    guint64 octets;

    hash += length;
    for (; length >= sizeof octets; length -= sizeof octets, data += sizeof octets) {
        memcpy(&octets, data, sizeof octets);
        hash = octets_hash_mix(hash, octets | mask);
    }
    octets = 0;
    memcpy(&octets, data, length);
    return octets_hash_mix(hash, octets | mask);
}
