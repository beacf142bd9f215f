/* SPDX-License-Identifier: BSD-2-Clause
 * test-imceaex.c - Exchange's addresses in a local part, and the domains of tenants
 */
#include "rollcall/address.h"

#include <string.h>

static const struct {
    const char *name, *address, *decoded;
} cases[] = {
    {"as-exchange-writes-it",
     "IMCEAEX-_O=EXAMPLE_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=ann@example.com",
     "/O=EXAMPLE/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=ann"},
    {"everything-escaped", "IMCEAEX-_o+3DOrg_cn+3Dann+2Dberg+2Ejr@example.com", "/o=Org/cn=ann-berg.jr"},
    {"literal-hyphen-and-dot", "IMCEAEX-_o=Org_cn=ann-berg.jr@example.com", "/o=Org/cn=ann-berg.jr"},
    {"hex-of-either-case", "imceaex-_o=Org_cn=a+2db+2Dc@example.com", "/o=Org/cn=a-b-c"},
    {"an-underscore", "IMCEAEX-_o=Org_cn=ann+5Fberg@example.com", "/o=Org/cn=ann_berg"},
    {"a-plus", "IMCEAEX-_o=Org_cn=a+2Bb@example.com", "/o=Org/cn=a+b"},
    {"quoted", "\"IMCEAEX-_o=My Org_cn=ann\"@example.com", "/o=My Org/cn=ann"},
    {"utf-8", "IMCEAEX-_o=Org_cn=jos+C3+A9@example.com", "/o=Org/cn=jos\xc3\xa9"},
    {"ordinary", "ann@example.com", NULL},
    {"prefix-without-hyphen", "IMCEAEX_o=Org@example.com", NULL},
    {"nothing-behind", "IMCEAEX-@example.com", NULL},
    {"no-slash-first", "IMCEAEX-o=Org_cn=ann@example.com", NULL},
    {"smtp", "IMCEASMTP-ann+40example.org@example.com", NULL},
    {"x500", "IMCEAX500-_o=Org_cn=ann@example.com", NULL},
    {"half-an-escape", "IMCEAEX-_o=Org_cn=ann+2@example.com", NULL},
    {"no-escape", "IMCEAEX-_o=Org_cn=ann+zz@example.com", NULL},
    {"sign-is-no-hex", "IMCEAEX-_o=Org_cn=ann+-1@example.com", NULL},
    {"nul", "IMCEAEX-_o=Org_cn=ann+00@example.com", NULL},
    {"line-feed", "IMCEAEX-_o=Org_cn=ann+0A@example.com", NULL},
    {"c1-control", "IMCEAEX-_o=Org_cn=ann+C2+85@example.com", NULL},
    {"latin-1", "IMCEAEX-_o=Org_cn=jos+E9@example.com", NULL},
};

static void
test_decode(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Address) address = address_new(cases[i].address, &error);
    g_assert_no_error(error);
    g_autofree char *decoded = address_to_legacy_dn(address);

    g_assert_cmpstr(decoded, ==, cases[i].decoded);
    if (decoded != NULL)
        g_assert_true(address_is_imceaex(address));
}

/* Exchange's limit of a local part ["Recipient resolution in Exchange Server"] ends what is decoded. */
static void
test_longest(void)
{
    for (gsize excess = 0; excess < 2; excess++) {
        g_autoptr(GString) text = g_string_new("IMCEAEX-_");
        while (text->len < 315 + excess)
            g_string_append_c(text, 'a');
        g_string_append(text, "@example.com");
        g_autoptr(Address) address = address_new(text->str, NULL);
        g_assert_true((address != NULL) == (excess == 0));
        if (address != NULL) {
            g_autofree char *decoded = address_to_legacy_dn(address);
            g_assert_cmpuint(strlen(decoded), ==, 315 - 8);
        }
    }
}

static void
test_tenant_routing(void)
{
    static const struct {
        const char *address;
        gboolean    is;
    } rows[] = {
        {"ann@example.onmicrosoft.com", TRUE},
        {"ann@Example.Mail.onMicrosoft.COM", TRUE},
        {"ann@example.onmicrosoft.us", TRUE},
        {"ann@example.partner.onmschina.cn", TRUE},
        {"ann@onmicrosoft.com", FALSE},
        {"ann@example.com", FALSE},
        {"ann@notonmicrosoft.com", FALSE},
        {"ann@example.onmicrosoft.com.example.org", FALSE},
        {"ann.onmicrosoft.com@example.com", FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Address) address = address_new(rows[i].address, NULL);
        if (address_is_tenant_routing(address) != rows[i].is)
            g_error("%s", rows[i].address);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/imceaex/", cases[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_decode);
    }
    g_test_add_func("/imceaex/longest", test_longest);
    g_test_add_func("/tenant/routing", test_tenant_routing);
    return g_test_run();
}
