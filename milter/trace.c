/* SPDX-License-Identifier: BSD-2-Clause
 * trace.c - the header that tells us that a message was expanded for a group already
 *
 * Owns:     the key.
 * Promises: the key is wiped when it is freed, never logged, and compared with in constant time.
 * Threads:  any.
 */
#include "milter/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

enum { HASH_LENGTH = 32 };

/* The key is put in once: OpenSSL looks its algorithms up by name, which takes longer than the hash itself. */
struct TraceKey {
    EVP_MAC_CTX *keyed; /* is only ever copied */
};

G_DEFINE_QUARK(rollcall_trace_error, trace_error)

/* ---- the key file ---- */

static gboolean
key_file_error(const char *file, const char *what, GError **error)
{
    g_set_error(error, TRACE_ERROR, TRACE_ERROR_KEY_FILE, "key-file %s: %s", file, what);
    return FALSE;
}

static gboolean
write_random(int descriptor)
{
    guint8   octets[TRACE_KEY_LENGTH];
    gboolean good = RAND_priv_bytes(octets, sizeof octets) == 1 &&
                    write(descriptor, octets, sizeof octets) == (ssize_t)sizeof octets && fsync(descriptor) == 0;
    OPENSSL_cleanse(octets, sizeof octets);
    return good;
}

/* TRUE also if another process was faster: its key is as good. */
static gboolean
create_key_file(const char *file, GError **error)
{
    int descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (descriptor < 0)
        return errno == EEXIST || key_file_error(file, g_strerror(errno), error);
    /* The umask may have taken the group's right away. */
    gboolean good = fchmod(descriptor, 0640) == 0 && write_random(descriptor);
    close(descriptor);
    if (good)
        return TRUE;
    unlink(file);
    return key_file_error(file, "cannot be written", error);
}

static TraceKey *
read_key_file(int descriptor, const char *file, GError **error)
{
    guint8  octets[TRACE_KEY_LENGTH + 1];
    ssize_t length = read(descriptor, octets, sizeof octets);
    g_autoptr(TraceKey) key = length == TRACE_KEY_LENGTH ? trace_key_new(octets) : NULL;
    OPENSSL_cleanse(octets, sizeof octets);
    if (key == NULL)
        key_file_error(file, "not 32 octets long; restore it from another relay, or remove it for a new one", error);
    return g_steal_pointer(&key);
}

TraceKey *
trace_key_load(const char *file, gboolean may_create, GError **error)
{
    int descriptor = open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT && may_create) {
        if (!create_key_file(file, error))
            return NULL;
        descriptor = open(file, O_RDONLY | O_CLOEXEC);
    }
    if (descriptor < 0) {
        key_file_error(file, g_strerror(errno), error);
        return NULL;
    }
    TraceKey *key = read_key_file(descriptor, file, error);
    close(descriptor);
    return key;
}

TraceKey *
trace_key_new(const guint8 octets[static TRACE_KEY_LENGTH])
{
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
                                     OSSL_PARAM_construct_end()};
    TraceKey        *key = g_new(TraceKey, 1);
    EVP_MAC         *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    key->keyed = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    if (key->keyed == NULL || EVP_MAC_init(key->keyed, octets, TRACE_KEY_LENGTH, parameters) != 1)
        g_error("OpenSSL has no HMAC with SHA-256");
    return key;
}

void
trace_key_free(TraceKey *key)
{
    EVP_MAC_CTX_free(key->keyed); /* wipes the key */
    g_free(key);
}

/* ---- values ---- */

gint64
trace_day(gint64 now)
{
    return now / (24 * 60 * 60);
}

char *
trace_key_sign(const TraceKey *key, const char *purpose, const char *const *parts)
{
    /* None of the parts can hold a NUL, so no two sets of parts make the same text. */
    g_autoptr(GString) text = g_string_new(purpose);
    for (; *parts != NULL; parts++) {
        g_string_append_c(text, '\0');
        g_string_append(text, *parts);
    }
    guint8       hash[HASH_LENGTH];
    gsize        length = 0;
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(key->keyed);
    if (context == NULL || EVP_MAC_update(context, (const guint8 *)text->str, text->len) != 1 ||
        EVP_MAC_final(context, hash, &length, sizeof hash) != 1 || length != sizeof hash)
        g_error("OpenSSL made no HMAC"); /* no memory: as everywhere, the end of the process */
    EVP_MAC_CTX_free(context);
    return g_base64_encode(hash, sizeof hash);
}

char *
trace_value(const TraceKey *key, const char *group_identity, const char *message_id, gint64 day)
{
    g_autofree char  *stripped = g_strstrip(g_strdup(message_id != NULL ? message_id : ""));
    g_autofree char  *day_text = g_strdup_printf("%" G_GINT64_FORMAT, day);
    const char *const parts[] = {group_identity, stripped, day_text, NULL};
    return trace_key_sign(key, "rollcall trace 1", parts);
}

gboolean
trace_value_equal(const char *value, const char *expected)
{
    value += strspn(value, " \t\r\n");
    gsize length = strcspn(value, " \t\r\n");
    return length == TRACE_VALUE_LENGTH && CRYPTO_memcmp(value, expected, TRACE_VALUE_LENGTH) == 0;
}

gboolean
trace_is_present(const TraceKey *key, const char *group_identity, const char *message_id, gint64 today,
                 const char *const *values)
{
    if (*values == NULL)
        return FALSE;
    /* Tomorrow too: another relay's clock may be ahead around midnight. */
    for (gint64 day = today + 1; day >= today - TRACE_DAYS_ON_THE_WAY; day--) {
        g_autofree char *expected = trace_value(key, group_identity, message_id, day);
        for (const char *const *value = values; *value != NULL; value++) {
            if (trace_value_equal(*value, expected))
                return TRUE;
        }
    }
    return FALSE;
}
