/* SPDX-License-Identifier: BSD-2-Clause
 * judge.c - what the administrator said about whom to believe
 *
 * Owns:     copies of the settings.
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

OriginJudge *
origin_judge_new(const OriginSettings *settings, Endpoints *endpoints, GError **error)
{
    g_autoptr(OriginJudge) judge = g_new0(OriginJudge, 1);
    judge->trusted = networks_new(settings->trusted_networks, error);
    if (judge->trusted == NULL)
        return NULL;
    judge->trust_local_submission = settings->trust_local_submission;
    judge->exchange_online = settings->exchange_online;
    judge->tls_names = copy_of(settings->tls_names);
    judge->tenant_ids = copy_of(settings->tenant_ids);
    judge->domain_keys = domain_keys(settings->domains);
    judge->strip = settings->strip;
    judge->endpoints = endpoints;
    if (settings->tenant_header != NULL && *settings->tenant_header != '\0')
        judge->tenant_header = g_strdup(settings->tenant_header);
    return g_steal_pointer(&judge);
}

void
origin_judge_free(OriginJudge *judge)
{
    g_clear_pointer(&judge->trusted, networks_free);
    g_strfreev(judge->tls_names);
    g_strfreev(judge->tenant_ids);
    g_clear_pointer(&judge->domain_keys, g_ptr_array_unref);
    g_free(judge->tenant_header);
    g_free(judge);
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
