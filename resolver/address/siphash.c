/* SPDX-License-Identifier: BSD-2-Clause
 * siphash.c - SipHash-2-4, after the paper's description
 *
 * Owns:     nothing: the key of the process is the kernel's AT_RANDOM, so that no state needs to be set up.
 * Promises: without the key, nobody can find texts that collide on purpose.
 * Threads:  any.
 */
#include "resolver/address/siphash.h"

#include <string.h>
#include <sys/auxv.h>

typedef struct {
    guint64 v0, v1, v2, v3;
} SipState;

static inline guint64
rotate(guint64 word, guint bits)
{
    return word << bits | word >> (64 - bits);
}

static inline guint64
load(const guint8 *octets)
{
    guint64 word;
    memcpy(&word, octets, sizeof word);
    return GUINT64_FROM_LE(word);
}

static inline void
sip_rounds(SipState *s, guint rounds)
{
    for (; rounds > 0; rounds--) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 = rotate(s->v2, 32);
    }
}

static inline void
absorb(SipState *state, guint64 word)
{
    state->v3 ^= word;
    sip_rounds(state, 2);
    state->v0 ^= word;
}

guint64
siphash(const guint8 key[16], gconstpointer data, gsize length)
{
    guint64  k0 = load(key), k1 = load(key + 8);
    SipState state = {
        k0 ^ G_GUINT64_CONSTANT(0x736f6d6570736575),
        k1 ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
        k0 ^ G_GUINT64_CONSTANT(0x6c7967656e657261),
        k1 ^ G_GUINT64_CONSTANT(0x7465646279746573),
    };
    const guint8 *octets = data;
    gsize         whole = length & ~(gsize)7;
    for (gsize i = 0; i < whole; i += 8)
        absorb(&state, load(octets + i));

    guint8 rest[8] = {0};
    if (length > whole)
        memcpy(rest, octets + whole, length - whole);
    absorb(&state, load(rest) | (guint64)length << 56);

    state.v2 ^= 0xff;
    sip_rounds(&state, 4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

guint64
siphash_of_process(gconstpointer data, gsize length)
{
    static const guint8 none[16] = {0};
    const guint8       *key = (const guint8 *)getauxval(AT_RANDOM); /* getauxval(3): 16 random octets */
    return siphash(key != NULL ? key : none, data, length);
}
