/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-endpoints.c - any answer of the web service: a list that can be printed and read again, or an error; never one
 * that takes in everybody
 */
#include "origin/endpoints-list.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(EndpointsList *list)
{
    if (list == NULL)
        return;
    g_assert_cmpuint(list->n, >, 0);
    if (g_str_equal(list->version, "offline"))
        return;
    g_assert_false(networks_contain(list->networks, "127.0.0.1"));
    g_assert_false(networks_contain(list->networks, "::1"));
    g_autofree char *printed = endpoints_list_print(list);
    g_autoptr(EndpointsList) again = endpoints_list_parse_file(printed, strlen(printed), NULL);
    g_assert_cmpuint(again->n, ==, list->n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    g_autoptr(EndpointsList) answer = endpoints_list_parse_answer(text, size, "2026110100", "Worldwide", NULL);
    g_autoptr(EndpointsList) file = endpoints_list_parse_file(text, size, NULL);
    g_autofree char *latest = endpoints_list_latest(text, size, NULL);
    check(answer);
    check(file);
    if (latest != NULL)
        g_assert_cmpuint(strlen(latest), ==, ENDPOINTS_VERSION_LENGTH);
    return 0;
}
