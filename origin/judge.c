/* SPDX-License-Identifier: BSD-2-Clause
 * judge.c - what the administrator said about whom to believe
 *
 * Owns:     copies of the settings, the tenant's secret.
 * Promises: nothing here changes once it is made.
 * Threads:  any.
 */
#include "origin/judge.h"

G_DEFINE_QUARK(rollcall_origin_error, origin_error)

static GPtrArray *
domain_keys(const char *const *domains)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    for (; domains != NULL && *domains != NULL; domains++) {
        char *key = address_domain_to_key(*domains);
        if (key != NULL)
            g_ptr_array_add(keys, key);
    }
    return keys;
}

static char **
copy_of(const char *const *texts)
{
    return texts != NULL ? g_strdupv((char **)texts) : g_new0(char *, 1);
}

/* RFC 5322 section 2.2: printable ASCII but the colon. */
static gboolean
is_field_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++) {
        if (!g_ascii_isgraph(*at) || *at == ':')
            return FALSE;
    }
    return *name != '\0';
}

static gboolean
set_secret(OriginJudge *judge, const OriginSettings *settings, GError **error)
{
    const char *header = settings->tenant_header, *file = settings->tenant_secret_file;
    if (header == NULL || *header == '\0')
        return TRUE;
    if (!is_field_name(header) || file == NULL || *file == '\0') {
        g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_SECRET, "tenant-header: %s",
                    is_field_name(header) ? "needs tenant-secret-file" : "not the name of a header");
        return FALSE;
    }
    judge->tenant_header = g_strdup(header);
    judge->secret = secret_load(file, error);
    return judge->secret != NULL;
}

OriginJudge *
origin_judge_new(const OriginSettings *settings, Endpoints *endpoints, GError **error)
{
    g_autoptr(OriginJudge) judge = g_new0(OriginJudge, 1);
    judge->trusted = networks_new(settings->trusted_networks, error);
    if (judge->trusted == NULL || !set_secret(judge, settings, error))
        return NULL;
    judge->trust_local_submission = settings->trust_local_submission;
    judge->exchange_online = settings->exchange_online;
    judge->tls_names = copy_of(settings->tls_names);
    judge->tenant_ids = copy_of(settings->tenant_ids);
    judge->domain_keys = domain_keys(settings->domains);
    judge->strip = settings->strip;
    judge->endpoints = endpoints;
    return g_steal_pointer(&judge);
}

void
origin_judge_free(OriginJudge *judge)
{
    networks_free(judge->trusted);
    g_strfreev(judge->tls_names);
    g_strfreev(judge->tenant_ids);
    if (judge->domain_keys != NULL)
        g_ptr_array_unref(judge->domain_keys);
    g_clear_pointer(&judge->secret, secret_free);
    g_free(judge->tenant_header);
    g_free(judge);
}

gboolean
judge_has_domain(const OriginJudge *judge, const char *domain)
{
    g_autofree char *key = address_domain_to_key(domain);
    return key != NULL && g_ptr_array_find_with_equal_func(judge->domain_keys, key, g_str_equal, NULL);
}

const char *
origin_word(Origin origin)
{
    static const char *const words[] = {
        [ORIGIN_ANONYMOUS] = "anonymous",
        [ORIGIN_SASL] = "sasl",
        [ORIGIN_NETWORK] = "trusted-network",
        [ORIGIN_LOCAL] = "local-submission",
        [ORIGIN_EXCHANGE_ONLINE] = "exchange-online",
        [ORIGIN_FOREIGN_CLOUD] = "foreign-cloud",
    };
    return words[origin];
}
