/* SPDX-License-Identifier: BSD-2-Clause
 * endpoints-list.c - one list of the addresses that Microsoft publishes
 *
 * Owns:     the networks of the list.
 * Promises: a list is taken as a whole or not at all; text of an answer is never part of an error.
 * Threads:  any; a list never changes.
 */
#include "origin/endpoints-list.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The real lists name about ten networks, the widest a /14. */
enum { MOST_NETWORKS = 4096, WIDEST_V4 = 8, WIDEST_V6 = 24 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

static void
broken(const char *what, GError **error)
{
    g_set_error(error, ORIGIN_ERROR, ORIGIN_ERROR_ADDRESSES, "not a list of addresses: %s", what);
}

static json_t *
load(const char *text, gsize length, GError **error)
{
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL)
        broken("no JSON", error);
    return root;
}

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* ---- rows ---- */

static gboolean
has_port_25(const char *ports)
{
    g_auto(GStrv) words = g_strsplit(ports, ",", -1);
    for (gsize i = 0; words[i] != NULL; i++) {
        if (g_str_equal(g_strstrip(words[i]), "25"))
            return TRUE;
    }
    return FALSE;
}

static gboolean
is_narrow(const char *network)
{
    const char *slash = strchr(network, '/');
    gboolean    v6 = strchr(network, ':') != NULL;
    return slash == NULL || atoi(slash + 1) >= (v6 ? WIDEST_V6 : WIDEST_V4);
}

/* FALSE with an error. The same network may stand in several rows. */
static gboolean
take_networks(GPtrArray *texts, const json_t *networks, GError **error)
{
    gsize   i;
    json_t *value;
    json_array_foreach(networks, i, value)
    {
        const char *text = json_string_value(value);
        if (text == NULL || !is_narrow(text) || texts->len == MOST_NETWORKS) {
            broken(text == NULL       ? "an address that is no string"
                   : !is_narrow(text) ? "a network that is too wide"
                                      : "too many networks",
                   error);
            return FALSE;
        }
        if (!g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL))
            g_ptr_array_add(texts, g_strdup(text));
    }
    return TRUE;
}

static gboolean
take_rows(GPtrArray *texts, const json_t *rows, GError **error)
{
    gsize   i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        if (g_str_equal(text_of(row, "serviceArea"), "Exchange") && has_port_25(text_of(row, "tcpPorts")) &&
            !take_networks(texts, json_object_get(row, "ips"), error))
            return FALSE;
    }
    return TRUE;
}

/* ---- lists ---- */

/* Whether one of them lies in a network that no service has which the world reaches (RFC 6890). */
static gboolean
lies_in_private(char *const *texts)
{
    static const char *const ranges[] = {
        "0.0.0.0/8",     "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",   "169.254.0.0/16",
        "172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3",
        "::1",           "fc00::/7",     "fe80::/10",      "ff00::/8",      NULL};
    g_autoptr(Networks) private = networks_new(ranges, NULL);
    gboolean lies = FALSE;
    for (; *texts != NULL; texts++) {
        g_autofree char *address = g_strndup(*texts, strcspn(*texts, "/"));
        lies = lies || networks_contain(private, address);
    }
    return lies;
}

/* Whether they take such a network in, and strangers with it. */
static gboolean
takes_in_private(const Networks *networks)
{
    static const char *const addresses[] = {"127.0.0.1",   "10.0.0.1", "172.16.0.1", "192.168.0.1",
                                            "169.254.0.1", "::1",      "fd00::1",    "fe80::1"};
    for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++) {
        if (networks_contain(networks, addresses[i]))
            return TRUE;
    }
    return FALSE;
}

static EndpointsList *
list_from(GPtrArray *texts, const char *version, const char *instance, gboolean may_be_private, GError **error)
{
    if (texts->len == 0) {
        broken("no network of Exchange with TCP port 25", error);
        return NULL;
    }
    g_ptr_array_add(texts, NULL);
    g_autoptr(Networks) networks = networks_new((const char *const *)texts->pdata, NULL);
    if (networks == NULL) {
        broken("an address that is none", error);
        return NULL;
    }
    if (!may_be_private && (lies_in_private((char **)texts->pdata) || takes_in_private(networks))) {
        broken("a private network", error);
        return NULL;
    }
    EndpointsList *list = g_new0(EndpointsList, 1);
    list->version = g_strdup(version);
    list->instance = g_strdup(instance);
    list->texts = g_strdupv((char **)texts->pdata);
    list->n = texts->len - 1;
    list->networks = g_steal_pointer(&networks);
    return list;
}

static gboolean
is_version(const char *text)
{
    return strlen(text) == ENDPOINTS_VERSION_LENGTH && strspn(text, "0123456789") == ENDPOINTS_VERSION_LENGTH;
}

static EndpointsList *
list_from_rows(const json_t *rows, const char *version, const char *instance, gboolean may_be_private, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    return take_rows(texts, rows, error) ? list_from(texts, version, instance, may_be_private, error) : NULL;
}

static EndpointsList *
list_from_cache(const json_t *root, GError **error)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const char *version = text_of(root, "version");
    if (!is_version(version)) {
        broken("no version", error);
        return NULL;
    }
    if (!take_networks(texts, json_object_get(root, "networks"), error))
        return NULL;
    return list_from(texts, version, text_of(root, "instance"), FALSE, error);
}

EndpointsList *
endpoints_list_parse_answer(const char *text, gsize length, const char *version, const char *instance, GError **error)
{
    g_autoptr(json_t) root = load(text, length, error);
    return root != NULL ? list_from_rows(root, version, instance, FALSE, error) : NULL;
}

EndpointsList *
endpoints_list_parse_file(const char *text, gsize length, GError **error)
{
    g_autoptr(json_t) root = load(text, length, error);
    if (root == NULL)
        return NULL;
    return json_is_array(root) ? list_from_rows(root, "offline", "", TRUE, error) : list_from_cache(root, error);
}

void
endpoints_list_free(EndpointsList *list)
{
    g_free(list->version);
    g_free(list->instance);
    g_strfreev(list->texts);
    networks_free(list->networks);
    g_free(list);
}

char *
endpoints_list_print(const EndpointsList *list)
{
    g_autoptr(json_t) networks = json_array();
    for (gsize i = 0; i < list->n; i++)
        json_array_append_new(networks, json_string(list->texts[i]));
    g_autoptr(json_t) root =
        json_pack("{s:s, s:s, s:O}", "version", list->version, "instance", list->instance, "networks", networks);
    char *printed = json_dumps(root, JSON_INDENT(1));
    char *text = g_strdup(printed);
    free(printed);
    return text;
}

char *
endpoints_list_latest(const char *text, gsize length, GError **error)
{
    g_autoptr(json_t) root = load(text, length, error);
    if (root == NULL)
        return NULL;
    const char *latest = text_of(root, "latest");
    if (is_version(latest))
        return g_strdup(latest);
    broken("no version", error);
    return NULL;
}
