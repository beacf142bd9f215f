/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-sasl.c - binds: anonymous, simple, EXTERNAL, GSSAPI
 *
 * Promises: a password never leaves in the clear unless that was asked for by name; an empty one is never sent, since
 *           servers take that for an anonymous bind and say it succeeded (RFC 4513 section 5.1.2).
 * Threads:  any, one a handle.
 */
#include "ldap-private.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWORD_MAX = 4096 };

void
ldap_password_free(char *password)
{
    if (password == NULL)
        return;
    explicit_bzero(password, PASSWORD_MAX + 1);
    g_free(password);
}

static char *
refuse_password(char *password, const char *file, const char *why, GError **error)
{
    ldap_password_free(password);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "password-file %s: %s", file, why);
    return NULL;
}

/* A regular file: a FIFO that nobody writes would hold the worker for ever. Returns the octets read, -1 if none. */
static gssize
read_file(const char *file, char *buffer)
{
    struct stat status;
    int         fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    gssize      length = -1;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        length = read(fd, buffer, PASSWORD_MAX);
    close(fd);
    return length;
}

char *
ldap_password_read(const char *file, GError **error)
{
    char  *password = g_malloc0(PASSWORD_MAX + 1);
    gssize length = read_file(file, password);

    if (length < 0)
        return refuse_password(password, file, "cannot be read", error);
    char *newline = memchr(password, '\n', length);
    if (newline == NULL && length == PASSWORD_MAX)
        return refuse_password(password, file, "its first line is too long", error);

    gsize used = newline != NULL ? (gsize)(newline - password) : (gsize)length;
    if (used > 0 && password[used - 1] == '\r')
        used--;
    memset(password + used, 0, PASSWORD_MAX + 1 - used);
    if (strlen(password) != used)
        return refuse_password(password, file, "has a NUL in its first line", error);
    if (used == 0)
        return refuse_password(password, file, "its first line is empty", error);
    return password;
}

static gboolean
report_bind(LDAP *ld, int result, GError **error)
{
    if (result == LDAP_SUCCESS)
        return TRUE;
    g_autofree char *why = ldap_connection_explain(ld, result);
    g_set_error(error, DIRECTORY_ERROR,
                result == LDAP_INVALID_CREDENTIALS ? DIRECTORY_ERROR_REFUSED : DIRECTORY_ERROR_UNAVAILABLE, "bind: %s",
                why);
    return FALSE;
}

static gboolean
bind_simple(LDAP *ld, const LdapSettings *settings, const LdapUri *uri, gboolean encrypted, GError **error)
{
    if (!encrypted && !uri->local && settings->tls != TLS_NONE) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                    "bind: the password is not sent over a connection without TLS");
        return FALSE;
    }
    char *password = ldap_password_read(settings->password_file, error);
    if (password == NULL)
        return FALSE;
    struct berval credentials = {.bv_val = password, .bv_len = strlen(password)};
    int           result = ldap_sasl_bind_s(ld, settings->bind_dn, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);
    ldap_password_free(password);
    return report_bind(ld, result, error);
}

/* The identity is the socket's peer or the client certificate; empty credentials claim no other (RFC 4422 appendix A).
 */
static gboolean
bind_external(LDAP *ld, GError **error)
{
    struct berval  none = {.bv_val = (char[]){""}, .bv_len = 0};
    struct berval *reply = NULL;
    int            result = ldap_sasl_bind_s(ld, NULL, "EXTERNAL", &none, NULL, NULL, &reply);

    ber_bvfree(reply);
    return report_bind(ld, result, error);
}

gboolean
ldap_connection_bind(LDAP *ld, const LdapSettings *settings, const LdapUri *uri, gboolean encrypted, GError **error)
{
    switch (settings->bind) {
    case BIND_SIMPLE:
        return bind_simple(ld, settings, uri, encrypted, error);
    case BIND_EXTERNAL:
        return bind_external(ld, error);
    case BIND_GSSAPI:
        return ldap_bind_gssapi(ld, settings, encrypted, error);
    case BIND_ANONYMOUS:
        return TRUE; /* every LDAPv3 connection begins so (RFC 4511 section 4.2) */
    }
    return FALSE;
}
