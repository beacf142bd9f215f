/* SPDX-License-Identifier: BSD-2-Clause
 * checksum.c - 64 bits by which damage shows
 *
 * Owns:     nothing.
 * Promises: some octets a nanosecond: the cryptographic hashes at hand would take longer than reading a store does.
 * Threads:  any.
 *
 * Sixteen octets at a time are multiplied into 128 bits whose halves are folded, as in Wang Yi's wyhash; the length
 * counts.
 */
#include "resolver/directory/mirror/checksum.h"

#include <string.h>

#define PRIME_1 G_GUINT64_CONSTANT(0xa0761d6478bd642f)
#define PRIME_2 G_GUINT64_CONSTANT(0xe7037ed1a0b428db)
#define PRIME_3 G_GUINT64_CONSTANT(0x8ebc6af09c88c6e3)

static guint64
load(const guint8 *octets)
{
    guint64 word;
    memcpy(&word, octets, sizeof word);
    return GUINT64_FROM_LE(word);
}

static guint64
mix(guint64 a, guint64 b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (guint64)product ^ (guint64)(product >> 64);
}

guint64
checksum(guint64 seed, const void *octets, gsize length)
{
    const guint8 *at = octets;
    guint64       state = seed ^ PRIME_1;
    guint8        rest[16] = {0};
    gsize         left = length;

    for (; left > sizeof rest; left -= sizeof rest, at += sizeof rest)
        state = mix(load(at) ^ PRIME_2, load(at + 8) ^ state) + PRIME_3;
    if (left > 0)
        memcpy(rest, at, left);
    state = mix(load(rest) ^ PRIME_2, load(rest + 8) ^ state) + PRIME_3;
    return mix(state ^ PRIME_2, length ^ PRIME_1);
}
