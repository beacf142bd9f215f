/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-address.c - any text: no crash, and what was read can be printed and read again; what is plain is read as any
 *                  other
 */
#include "resolver/address/mailbox.h"
#include "rollcall/address.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const Address *address)
{
    const char *texts[] = {address_text(address), address_key(address)};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Address) again = address_new(texts[i], NULL);
        if (again == NULL)
            g_assert_cmpuint(strlen(texts[i]), >, 315); /* a key may grow beyond the limits */
        else
            g_assert_cmpstr(address_key(again), ==, address_key(address));
    }
    for (const char *at = address_text(address); *at != '\0'; at++)
        g_assert_false(g_ascii_iscntrl(*at));
}

static void
check_plain(const char *text)
{
    char  key[MAILBOX_PLAIN];
    gsize length = strlen(text), local = mailbox_plain(text, length, key);
    g_auto(Mailbox) mailbox = {0};
    g_autoptr(GString) general = g_string_new(NULL);

    if (local == 0)
        return;
    g_assert_true(mailbox_read(&mailbox, text, MAILBOX_PATH, NULL));
    mailbox_append_local_key(&mailbox, general);
    g_string_append_printf(general, "@%s", mailbox.domain_key);
    g_assert_cmpmem(key, length, general->str, general->len);
    g_assert_cmpstr(mailbox.text->str, ==, text);
    g_assert_cmpmem(mailbox.local->str, mailbox.local->len, text, local);
    g_assert_cmpuint(mailbox.domain_offset, ==, local + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    check_plain(text);
    g_autoptr(Address) address = address_new(text, NULL);
    g_autoptr(Address) proxy = address_from_proxy(text, NULL, NULL);
    g_autoptr(Address) routing = address_from_routing(text, NULL);
    if (address != NULL)
        check(address);
    if (proxy != NULL)
        check(proxy);
    if (routing != NULL)
        check(routing);
    return 0;
}
