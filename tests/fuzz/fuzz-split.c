/* SPDX-License-Identifier: BSD-2-Clause
 * fuzz-split.c - what anybody may put into our header, an address or RCPT parameters: no crash, no ticket that was not
 * made, and every address finds its way back
 *
 * The first octet chooses what the rest is.
 */
#include "milter/auto-response.h"
#include "milter/orcpt.h"
#include "milter/split.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TODAY = 20000 };

static void
check_ticket(const TraceKey *key, const char *text)
{
    static const SplitTicket given = {.origin = ORIGIN_SASL, .trust = SENDER_AUTHENTICATED, .size = 5};
    SplitTicket              found;
    g_assert_false(split_ticket_read(key, text, "<m@e.org>", "ann@e.org", TODAY, &found));
    /* Any Message-ID and any sender can be signed, and hold. */
    g_autofree char *value = split_ticket_value(key, &given, text, text, TODAY);
    g_assert_true(split_ticket_read(key, value, text, text, TODAY, &found));
    g_assert_cmpint(found.trust, ==, SENDER_AUTHENTICATED);
}

static void
check_address(const char *text)
{
    g_autoptr(Address) address = address_new(text, NULL);
    if (address == NULL)
        return;
    g_autoptr(Address) original = split_original(address);
    g_autoptr(Address) split = split_address(address, "split.invalid");
    if (original != NULL)
        g_assert_nonnull(strchr(address_local(address), '='));
    if (split == NULL) {
        g_assert_cmpuint(strlen(address_key(address)), >, 200);
        return;
    }
    g_autoptr(Address) back = split_original(split);
    g_assert_true(split_is_reserved(split, "split.invalid"));
    g_assert_nonnull(back);
    g_assert_true(address_equal(back, address));
}

static void
check_orcpt(const char *text)
{
    const char *const parameters[] = {text, NULL};
    const char       *orcpt = orcpt_of_parameters(parameters);
    g_autoptr(Address) address = address_new(text, NULL);
    g_autofree char *own = address != NULL ? orcpt_of_address(address) : NULL;
    if (orcpt != NULL)
        g_assert_null(strpbrk(orcpt, " \t\r\n"));
    if (own == NULL)
        return;
    g_autofree char  *parameter = g_strconcat("ORCPT=", own, NULL);
    const char *const again[] = {parameter, NULL};
    g_assert_cmpstr(orcpt_of_parameters(again), ==, own);
}

static void
check_auto_response(const char *text)
{
    gint32           set = auto_response_read(text);
    g_autofree char *printed = auto_response_text(set);
    g_assert_cmpint(auto_response_read(printed), ==, set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const guint8 octets[TRACE_KEY_LENGTH] = {1};
    g_autoptr(TraceKey) key = trace_key_new(octets);
    if (size == 0)
        return 0;
    g_autofree char *text = g_strndup((const char *)data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        check_ticket(key, text);
        break;
    case 1:
        check_address(text);
        break;
    case 2:
        check_orcpt(text);
        break;
    default:
        check_auto_response(text);
    }
    return 0;
}
