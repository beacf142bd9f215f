/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-tls.c - TLS of one handle: a certificate that does not verify is an error
 *
 * libldap takes defaults from ldap.conf, ~/.ldaprc and LDAPTLS_* of the environment: LDAPTLS_REQCERT=never there would
 * switch the check off, LDAPTLS_CACERTDIR add authorities. So each option is set on the handle, also to "none".
 *
 * Threads: any, one a handle.
 */
#include "ldap-private.h"

#include <unistd.h>

/* libldap has no notion of the system's authorities: the bundle is set by name. Debian, Ubuntu; RHEL, Fedora; SUSE. */
static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                      "/etc/ssl/ca-bundle.pem"};

const char *
ldap_tls_system_bundle(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bundles); i++)
        if (access(bundles[i], R_OK) == 0)
            return bundles[i];
    return NULL;
}

static gboolean
set_number(LDAP *ld, int option, int value)
{
    return ldap_set_option(ld, option, &value) == LDAP_OPT_SUCCESS;
}

static gboolean
set_text(LDAP *ld, int option, const char *value)
{
    return ldap_set_option(ld, option, value) == LDAP_OPT_SUCCESS;
}

static gboolean
is_readable(const char *what, const char *file, GError **error)
{
    if (file == NULL || access(file, R_OK) == 0)
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "TLS: cannot read %s %s", what, file);
    return FALSE;
}

gboolean
ldap_tls_set_up(LDAP *ld, const LdapSettings *settings, GError **error)
{
    const char *authorities = settings->ca_file != NULL ? settings->ca_file : ldap_tls_system_bundle();

    if (authorities == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                    "TLS: the system has no bundle of authorities; name one as ca-file");
        return FALSE;
    }
    if (!is_readable("ca-file", authorities, error) || !is_readable("cert-file", settings->cert_file, error) ||
        !is_readable("key-file", settings->key_file, error))
        return FALSE;

    /* TRY for the subjectAltName is RFC 4513 section 3.1.3: the common name counts only where there is none.
     * NEWCTX comes last: it builds the context from all the others. */
    gboolean set =
        set_number(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
        set_number(ld, LDAP_OPT_X_TLS_REQUIRE_SAN, LDAP_OPT_X_TLS_TRY) &&
        set_number(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
        set_number(ld, LDAP_OPT_X_TLS_PROTOCOL_MAX, 0) && set_text(ld, LDAP_OPT_X_TLS_CACERTFILE, authorities) &&
        set_text(ld, LDAP_OPT_X_TLS_CACERTDIR, NULL) && set_text(ld, LDAP_OPT_X_TLS_CERTFILE, settings->cert_file) &&
        set_text(ld, LDAP_OPT_X_TLS_KEYFILE, settings->key_file) && set_text(ld, LDAP_OPT_X_TLS_CIPHER_SUITE, NULL) &&
        set_text(ld, LDAP_OPT_X_TLS_PEERKEY_HASH, NULL);
    /* GnuTLS has the first, OpenSSL the others; the one that is missing has nothing to switch off */
    set_text(ld, LDAP_OPT_X_TLS_CRLFILE, NULL);
    set_number(ld, LDAP_OPT_X_TLS_CRLCHECK, LDAP_OPT_X_TLS_CRL_NONE);
    set_text(ld, LDAP_OPT_X_TLS_DHFILE, NULL);
    set_text(ld, LDAP_OPT_X_TLS_ECNAME, NULL);
    if (set && set_number(ld, LDAP_OPT_X_TLS_NEWCTX, 0))
        return TRUE;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE,
                "TLS: cannot use %s%s%s (not PEM, or the key does not belong to the certificate)", authorities,
                settings->cert_file != NULL ? " with " : "", settings->cert_file != NULL ? settings->cert_file : "");
    return FALSE;
}
