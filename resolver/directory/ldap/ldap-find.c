/* SPDX-License-Identifier: BSD-2-Clause
 * ldap-find.c - entries by mail address: the filter, and the second look at what it found
 *
 * Servers compare more loosely than mail does (AD finds jose@ for josé@), so every hit is compared again as an address.
 *
 * Promises: text from mail reaches the server only as an escaped assertion value.
 * Threads:  any.
 */
#include "ldap-private.h"

#include <string.h>

static gboolean
is_proxy_attribute(const char *attribute)
{
    return g_ascii_strcasecmp(attribute, "proxyAddresses") == 0;
}

static void
add_term(GPtrArray *terms, const char *attribute, const char *prefix, const char *address)
{
    g_autofree char *value = g_strconcat(prefix, address, NULL);
    g_ptr_array_add(terms, (gpointer)filter_new_equal(attribute, value, -1));
}

/* With the domain in U-labels, which a MTA without SMTPUTF8 cannot send; NULL if it has none. */
static char *
unicode_spelling(const Address *address)
{
    const char      *text = address_text(address);
    g_autofree char *domain = address_domain_to_unicode(address_domain_key(address));
    gsize            length = strlen(text) - strlen(address_domain(address));
    return domain != NULL ? g_strdup_printf("%.*s%s", (int)length, text, domain) : NULL;
}

static gboolean
is_among(const char *const *spellings, guint n, const char *spelling, gboolean exact)
{
    for (guint i = 0; i < n; i++)
        if ((exact ? strcmp(spellings[i], spelling) : g_ascii_strcasecmp(spellings[i], spelling)) == 0)
            return TRUE;
    return FALSE;
}

/* As it was spelled; and as it is compared, if that differs in more than case: the domain in A-labels, needless quotes
 * gone; and the domain in U-labels. Where the server compares case, the spellings that are usual. */
static void
add_terms(GPtrArray *terms, const AttributeType *type, const char *attribute, const Address *address)
{
    g_autofree char *unicode = unicode_spelling(address);
    const char      *spellings[] = {address_text(address), address_key(address), unicode};
    gboolean         exact = type->equality == RULE_CASE_EXACT;

    for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
        if (spellings[i] == NULL || is_among(spellings, i, spellings[i], exact))
            continue;
        add_term(terms, attribute, is_proxy_attribute(attribute) ? "smtp:" : "", spellings[i]);
        if (exact && is_proxy_attribute(attribute))
            add_term(terms, attribute, "SMTP:", spellings[i]);
    }
}

const Filter *
ldap_find_filter(const GPtrArray *addresses, const char *const *attributes, const Schema *schema, GError **error)
{
    g_autoptr(GPtrArray) terms = g_ptr_array_new();

    for (guint i = 0; attributes[i] != NULL; i++) {
        const AttributeType *type = schema_attribute(schema, attributes[i]);
        for (guint k = 0; type != NULL && k < addresses->len; k++)
            add_terms(terms, type, attributes[i], g_ptr_array_index(addresses, k));
    }
    if (terms->len > 0)
        return filter_new_composite(FILTER_OR, (const Filter **)terms->pdata, terms->len);
    /* "nobody has this address" would bounce mail for everybody */
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED,
                "none of the address attributes is in the server's schema");
    return NULL;
}

static gboolean
is_address(const char *attribute, const Value *value, const Address *address)
{
    gboolean primary = FALSE;

    if (strlen(value->data) != value->length)
        return FALSE;
    g_autoptr(Address) stored = is_proxy_attribute(attribute) ? address_from_proxy(value->data, &primary, NULL)
                                                              : address_from_routing(value->data, NULL);
    return stored != NULL && address_equal(stored, address);
}

gboolean
ldap_find_is_hit(const Entry *entry, const Address *address, const char *const *attributes)
{
    for (guint i = 0; attributes[i] != NULL; i++) {
        const Value *values = NULL;
        guint        n_values = entry_all(entry, attributes[i], &values);
        for (guint k = 0; k < n_values; k++)
            if (is_address(attributes[i], &values[k], address))
                return TRUE;
    }
    return FALSE;
}
