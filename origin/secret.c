/* SPDX-License-Identifier: BSD-2-Clause
 * secret.c - the tenant's secret: what a mail-flow rule of our own tenant puts in a header
 *
 * Owns:     hashes of its values.
 * Promises: the values themselves are wiped once they are hashed, and neither logged nor quoted in an error; what a
 *           header says is compared with all of them in constant time.
 * Threads:  any.
 */
#include "origin/secret.h"

#include "rollcall/origin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { SHORTEST = 16, LONGEST = 256, MOST_VALUES = 2, LARGEST_FILE = 1024 };

struct Secret {
    guint  n;
    guint8 hashes[MOST_VALUES][SHA256_DIGEST_LENGTH];
};

static gboolean
refuse(const char *file, const char *why, GError **error)
{
    g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_SECRET, "tenant-secret-file %s: %s", file, why);
    return FALSE;
}

/* Who can read the secret can be our tenant; who can write the file, too. */
static gboolean
check_protection(int descriptor, const char *file, GError **error)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return refuse(file, g_strerror(errno), error);
    if (!S_ISREG(facts.st_mode))
        return refuse(file, "not a regular file", error);
    if ((facts.st_mode & S_IRWXO) != 0)
        return refuse(file, "open to everybody; chmod o= it, it must stay a secret", error);
    if ((facts.st_mode & S_IWGRP) != 0)
        return refuse(file, "its group may write it; chmod g-w it", error);
    return TRUE;
}

static gboolean
take_value(Secret *secret, const char *value, gsize length, const char *file, GError **error)
{
    if (secret->n == MOST_VALUES)
        return refuse(file, "more than two values; two are enough to change from one to the next", error);
    if (length < SHORTEST || length > LONGEST)
        return refuse(file, "a value must have 16 to 256 characters", error);
    for (gsize i = 0; i < length; i++) {
        if (!g_ascii_isgraph(value[i]))
            return refuse(file, "a value must be printable ASCII without blanks", error);
    }
    SHA256((const guint8 *)value, length, secret->hashes[secret->n++]);
    return TRUE;
}

static gboolean
take_lines(Secret *secret, const char *text, gsize length, const char *file, GError **error)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (gsize)(end - text));
        const char *stop = newline != NULL ? newline : end;
        gsize       used = (gsize)(stop - text);
        if (used > 0 && text[used - 1] == '\r')
            used--;
        if (used > 0 && !take_value(secret, text, used, file, error))
            return FALSE;
        text = stop + 1;
    }
    return secret->n > 0 || refuse(file, "holds no value", error);
}

static gboolean
read_values(Secret *secret, int descriptor, const char *file, GError **error)
{
    char     text[LARGEST_FILE + 1];
    ssize_t  length = read(descriptor, text, sizeof text);
    gboolean good = length < 0              ? refuse(file, g_strerror(errno), error)
                    : length > LARGEST_FILE ? refuse(file, "too large for a secret", error)
                                            : take_lines(secret, text, (gsize)length, file, error);
    OPENSSL_cleanse(text, sizeof text);
    return good;
}

Secret *
secret_load(const char *file, GError **error)
{
    /* A named pipe must not hold us up. */
    int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        refuse(file, g_strerror(errno), error);
        return NULL;
    }
    g_autoptr(Secret) secret = g_new0(Secret, 1);
    gboolean good = check_protection(descriptor, file, error) && read_values(secret, descriptor, file, error);
    close(descriptor);
    return good ? g_steal_pointer(&secret) : NULL;
}

void
secret_free(Secret *secret)
{
    OPENSSL_cleanse(secret, sizeof *secret);
    g_free(secret);
}

gboolean
secret_matches(const Secret *secret, const char *value, gsize length)
{
    guint8 hash[SHA256_DIGEST_LENGTH];
    guint  matches = 0;
    if (length > LONGEST)
        return FALSE;
    SHA256((const guint8 *)value, length, hash);
    for (guint i = 0; i < secret->n; i++)
        matches |= CRYPTO_memcmp(hash, secret->hashes[i], sizeof hash) == 0;
    OPENSSL_cleanse(hash, sizeof hash);
    return matches != 0;
}
