/* SPDX-License-Identifier: BSD-2-Clause
 * octets.h - octets of text looked at eight or sixteen at a time
 *
 * Plain: printable ASCII. Any thread.
 */
#pragma once

#include <glib.h>
#include <string.h>

/* ---- eight, in a number ---- */

#define EACH(octet) (G_GUINT64_CONSTANT(0x0101010101010101) * (octet))

static inline guint64
eight_at(const guint8 *at)
{
    guint64 octets;
    memcpy(&octets, at, sizeof octets);
    return octets;
}

static inline gboolean
has_zero(guint64 octets)
{
    return ((octets - EACH(0x01)) & ~octets & EACH(0x80)) != 0;
}

/* 0: all eight lie between `lowest`, at least 1, and 0x7e. Octets without a high bit borrow from it and carry into it,
 * never across; one with it is beyond anyway. */
static inline guint64
beyond(guint64 octets, guint8 lowest)
{
    return (octets | (octets + EACH(0x01)) | ~((octets | EACH(0x80)) - EACH((guint64)lowest))) & EACH(0x80);
}

static inline gboolean
is_plain_eight(guint64 octets)
{
    return beyond(octets, ' ') == 0;
}

/* ---- sixteen, by the vector types of GCC and clang ---- */

typedef guint8  Octets __attribute__((vector_size(16)));
typedef guint64 Halves __attribute__((vector_size(16)));

static inline Octets
all_of(guint8 octet)
{
    return (Octets){octet, octet, octet, octet, octet, octet, octet, octet,
                    octet, octet, octet, octet, octet, octet, octet, octet};
}

static inline Octets
octets_at(const guint8 *at)
{
    Octets octets;
    memcpy(&octets, at, sizeof octets);
    return octets;
}

static inline gboolean
any_in(Octets octets)
{
    Halves halves = (Halves)octets;
    return (halves[0] | halves[1]) != 0;
}

/* Where it is not plain. */
static inline Octets
odd_ones(Octets octets)
{
    return (Octets)((octets < all_of(0x20)) | (octets > all_of(0x7e)));
}
