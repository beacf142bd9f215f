/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-kerberos.c - SASL GSSAPI with a keytab
 *
 * The credentials are acquired from the named keytab into a memory cache and handed to Cyrus SASL by pointer, because
 * the usual way, KRB5_CLIENT_KTNAME in the environment, is neither safe between threads nor able to hold two settings
 * while a reload is under way. Each bind has a cache of its own: MIT Kerberos empties one before it puts a new ticket
 * in, so that of two threads with one cache the other may find nothing there.
 *
 * Owns:    a cache while a bind is under way.
 * Threads: any, one a handle.
 */
#include "ldap-private.h"

#include <sasl/sasl.h>

#ifdef HAVE_GSSAPI
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <krb5.h>

gboolean
ldap_kerberos_available(void)
{
    return TRUE;
}

static void
append_status(GString *text, OM_uint32 status, int kind)
{
    OM_uint32       minor = 0, more = 0;
    gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;

    do {
        if (gss_display_status(&minor, status, kind, GSS_C_NO_OID, &more, &buffer) != GSS_S_COMPLETE)
            return;
        g_string_append_printf(text, ": %.*s", (int)buffer.length, (const char *)buffer.value);
        gss_release_buffer(&minor, &buffer);
    } while (more != 0);
}

static gboolean
fail(const char *what, OM_uint32 major, OM_uint32 minor, GError **error)
{
    g_autoptr(GString) text = g_string_new(what);

    append_status(text, major, GSS_C_GSS_CODE);
    if (minor != 0)
        append_status(text, minor, GSS_C_MECH_CODE);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "bind: %s", text->str);
    return FALSE;
}

/* Begin with all zero. */
typedef struct {
    krb5_context context;
    krb5_ccache  cache;
    char        *name; /* as GSSAPI takes it */
} Tickets;

static void
tickets_clear(Tickets *tickets)
{
    if (tickets->name != NULL)
        krb5_free_string(tickets->context, tickets->name);
    if (tickets->cache != NULL)
        krb5_cc_destroy(tickets->context, tickets->cache);
    if (tickets->context != NULL)
        krb5_free_context(tickets->context);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tickets, tickets_clear)

static gboolean
tickets_init(Tickets *tickets, GError **error)
{
    krb5_error_code code = krb5_init_context(&tickets->context);

    if (code == 0)
        code = krb5_cc_new_unique(tickets->context, "MEMORY", NULL, &tickets->cache);
    if (code == 0)
        code = krb5_cc_get_full_name(tickets->context, tickets->cache, &tickets->name);
    if (code == 0)
        return TRUE;
    const char *why = krb5_get_error_message(tickets->context, code);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "bind: Kerberos: %s", why);
    krb5_free_error_message(tickets->context, why);
    return FALSE;
}

static gboolean
acquire(const LdapSettings *settings, const char *cache, gss_cred_id_t *credentials, GError **error)
{
    const char                *keytab = settings->keytab != NULL ? settings->keytab : "";
    gss_key_value_element_desc elements[] = {{"ccache", cache}, {"client_keytab", keytab}};
    gss_key_value_set_desc     store = {.count = *keytab != '\0' ? 2 : 1, .elements = elements};
    gss_OID_set_desc           mechanisms = {.count = 1, .elements = (gss_OID)gss_mech_krb5};
    gss_name_t                 name = GSS_C_NO_NAME;
    OM_uint32                  minor = 0, ignored = 0;

    if (settings->principal != NULL) {
        gss_buffer_desc text = {.value = (char *)settings->principal, .length = strlen(settings->principal)};
        OM_uint32       major = gss_import_name(&minor, &text, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &name);
        if (major != GSS_S_COMPLETE)
            return fail("principal", major, minor, error);
    }
    OM_uint32 major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &store,
                                            credentials, NULL, NULL);
    gss_release_name(&ignored, &name);
    return major == GSS_S_COMPLETE || fail("Kerberos", major, minor, error);
}

/* GSSAPI asks for an authorization identity only: none, so the ticket's own. By then Cyrus has made the exchange's
 * context, and not before, so this is where the credentials go in. */
static int
interact(LDAP *ld, G_GNUC_UNUSED unsigned flags, void *credentials, void *prompts)
{
    for (sasl_interact_t *prompt = prompts; prompt->id != SASL_CB_LIST_END; prompt++) {
        prompt->result = "";
        prompt->len = 0;
    }
    return ldap_set_option(ld, LDAP_OPT_X_SASL_GSS_CREDS, credentials) == LDAP_OPT_SUCCESS ? LDAP_SUCCESS
                                                                                           : LDAP_LOCAL_ERROR;
}

static gboolean
set_security(LDAP *ld, gboolean encrypted)
{
    /* AD refuses a second layer inside TLS; without TLS, sealing is what keeps the answers whole and private.
     * 56 is the least that counts as encryption; AD and MIT agree on 256. */
    const char *properties = encrypted ? "noanonymous,noplain,minssf=0,maxssf=0,maxbufsize=65536"
                                       : "noanonymous,noplain,minssf=56,maxssf=65535,maxbufsize=65536";
    if (ldap_set_option(ld, LDAP_OPT_X_SASL_SECPROPS, properties) != LDAP_OPT_SUCCESS)
        return FALSE;
    /* no reverse look-up of the server's name: DNS must not choose whom we take for the server */
    if (ldap_set_option(ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) != LDAP_OPT_SUCCESS)
        return FALSE;
#ifdef LDAP_OPT_X_SASL_CBINDING
    int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
    if (encrypted && ldap_set_option(ld, LDAP_OPT_X_SASL_CBINDING, &binding) != LDAP_OPT_SUCCESS)
        return FALSE;
#endif
    return TRUE;
}

gboolean
ldap_bind_gssapi(LDAP *ld, const LdapSettings *settings, gboolean encrypted, GError **error)
{
    g_auto(Tickets) tickets = {0};
    gss_cred_id_t credentials = GSS_C_NO_CREDENTIAL;
    OM_uint32     minor = 0;

    if (!set_security(ld, encrypted)) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "bind: SASL options were not accepted");
        return FALSE;
    }
    if (!tickets_init(&tickets, error) || !acquire(settings, tickets.name, &credentials, error))
        return FALSE;
    int result = ldap_sasl_interactive_bind_s(ld, NULL, "GSSAPI", NULL, NULL, LDAP_SASL_QUIET, interact, credentials);
    gss_release_cred(&minor, &credentials);
    if (result == LDAP_SUCCESS)
        return TRUE;
    g_autofree char *why = ldap_connection_explain(ld, result);
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "bind: GSSAPI: %s", why);
    return FALSE;
}

#else

gboolean
ldap_kerberos_available(void)
{
    return FALSE;
}

gboolean
ldap_bind_gssapi(G_GNUC_UNUSED LDAP *ld, G_GNUC_UNUSED const LdapSettings *settings, G_GNUC_UNUSED gboolean encrypted,
                 GError **error)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_UNAVAILABLE, "bind: this build has no Kerberos");
    return FALSE;
}

#endif
