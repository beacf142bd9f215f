/* SPDX-License-Identifier: BSD-2-Clause
 * test-settings.c - rollcall.conf: what is read, what is refused and in which words, and that the manual names each key
 */
#include "rollcall/settings.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MILTER "[milter]\ndomains = example.com\n"
#define LDIF "[directory]\nsource = ldif\nfile = /srv/corp.ldif\n"
#define LDAP "[directory]\nuri = ldaps://dc1.example.com\nbase = DC=example,DC=com\n"
#define SRV_PLAIN "[directory]\nuri = srv:example.com\nbase = DC=example,DC=com\ntls = none\n"
#define SECRET "tenant-header = X-Example-Relay\ntenant-secret-file = /etc/s\n"
#define ORIGIN(text) MILTER LDIF "[origin]\n" text
#define HEADER_REFUSED(name)                                                                              \
    ORIGIN("tenant-header = " name "\ntenant-secret-file = /s\n"),                                        \
        "test.conf: line 7: [origin] tenant-header: got '" name "', expected a name of your own such as " \
        "X-Example-Relay, because it is removed from every message"
#define LOCAL "[directory]\nuri = ldapi://%2Frun%2Fldapi\nbase = DC=example,DC=com\n"

static Settings *
parse(const char *text, GError **error)
{
    return settings_parse("test.conf", text, strlen(text), error);
}

static const struct {
    const char *name, *text;
} good[] = {
    {"ldif", MILTER LDIF},
    {"ldap", MILTER LDAP},
    {"crlf", "[milter]\r\ndomains = example.com\r\n[directory]\r\nsource = ldif\r\nfile = /srv/corp.ldif\r\n"},
    {"comments-and-blanks", "# one\n\n   # two\n  [milter]  \n\tdomains\t=\texample.com\t\n" LDIF},
    {"no-blanks-around-equals", "[milter]\ndomains=example.com\n" LDIF},
    {"no-newline-at-end", MILTER "[directory]\nsource = ldif\nfile = /srv/corp.ldif"},
    {"directory-first", LDIF MILTER},
    {"hash-inside-a-value", MILTER "[directory]\nsource = ldif\nfile = /srv/corp#1.ldif\n"},
    {"hash-escaped-in-a-dn", MILTER "[directory]\nuri = ldaps://a\nbase = OU=Site \\#1,DC=example\n"},
    {"group", MILTER LDIF "[group board@example.com]\nmax-members = 5\n"},
    {"group-keeps-the-common", MILTER LDIF "[group board@example.com]\nmax-members =\n"},
    {"group-in-other-case", MILTER LDIF "[group board@EXAMPLE.COM]\nmax-members = 5\n"},
    {"simple", MILTER LDAP "bind = simple\nbind-dn = CN=r,DC=example,DC=com\npassword-file = /etc/p\n"},
    {"simple-upn", MILTER LDAP "bind = simple\nbind-dn = r@example.com\npassword-file = /etc/p\n"},
    {"gssapi", MILTER LDAP "bind = gssapi\nkeytab = /etc/k\nprincipal = rollcall/mx@EXAMPLE.COM\n"},
    {"external-with-certificate", MILTER LDAP "bind = external\ntls-cert-file = /etc/c\ntls-key-file = /etc/k\n"},
    {"external-over-a-local-socket", MILTER LOCAL "bind = external\n"},
    {"srv-sealed-by-kerberos", MILTER SRV_PLAIN "bind = gssapi\n"},
    {"plain-ldap-by-name", MILTER "[directory]\nuri = ldap://10.0.0.1:389\nbase = DC=e\ntls = none\n"},
    {"mirror",
     MILTER LDAP "mirror-file =\nmirror-method = poll\nomit-attributes = info, l\npresence-interval = 0 s\n"
                 "poll-interval = 100 ms\nmax-age = 1 min\nstale-limit = 2 d\nmax-shrink = 0\nverify = yes\n"},
    {"no-mirror", MILTER LDAP "mirror = no\ncache-time = 0 s\nstale-limit = 1 h\n"},
    {"split", "[milter]\ndomains = example.com\nsplit-domain = split.rollcall.invalid\n" LDIF},
    {"split-under-a-domain-of-ours", MILTER "split-domain = split.example.com\n" LDIF},
    {"listener-v6", MILTER "split-listener = inet6:10027@::1\n" LDIF},
    {"secret", MILTER LDIF "[origin]\n" SECRET},
    {"secret-without-exchange-online", MILTER LDIF "[origin]\nexchange-online = no\n" SECRET},
    {"published", MILTER LDIF "[origin]\nexchange-online = published-address\nendpoints-file = /e\n" SECRET},
    {"either", MILTER LDIF "[origin]\nexchange-online = either\ntls-names = *.example.org\n" SECRET},
    {"origin-empty", MILTER LDIF "[origin]\ntenant-header =\ntenant-secret-file =\ntenant-ids =\n"},
    {"empty-optional", "[milter]\ndomains = example.com\nuser =\nsocket-group =\ntrusted-networks =\n" LDIF},
};

static void
test_good(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(good[i].text, &error);

    g_assert_no_error(error);
    g_assert_nonnull(settings);
    g_assert_true((settings_ldap(settings) == NULL) != (settings_ldif(settings) == NULL));
}

/* `says`: the whole message. */
static const struct {
    const char *name, *text, *says;
} bad[] = {
    {"nothing", "", "test.conf: [milter] domains: missing, expected domains"},
    {"unknown-section", MILTER LDIF "[milters]\n",
     "test.conf: line 6: [milters]: unknown section, did you mean [milter]?"},
    {"far-section", MILTER LDIF "[cache]\n",
     "test.conf: line 6: [cache]: unknown section, expected [milter], [origin], [policy], [members], [directory], "
     "[limits], [control], [guard], [state] or [group ADDRESS]"},
    {"unknown-key-near", MILTER "trusted-network = 192.0.2.1\n" LDIF,
     "test.conf: line 3: [milter] trusted-network: unknown key, did you mean 'trusted-networks'?"},
    {"unknown-key-far", MILTER "colour = red\n" LDIF,
     "test.conf: line 3: [milter] colour: unknown key, see rollcall.conf(5)"},
    {"key-of-another-section", MILTER "uri = ldaps://a\n" LDIF,
     "test.conf: line 3: [milter] uri: unknown key, it belongs to [directory]"},
    {"mirror-of-a-file", MILTER LDIF "mirror = yes\n",
     "test.conf: line 6: [directory] mirror: only for source = ldap, but source = ldif"},
    {"age-without-mirror", MILTER LDAP "mirror = no\nmax-age = 1 min\n",
     "test.conf: line 7: [directory] max-age: only for mirror = yes"},
    {"cache-with-mirror", MILTER LDAP "cache-time = 1 min\n",
     "test.conf: line 6: [directory] cache-time: only for mirror = no"},
    {"stale-before-old", MILTER LDAP "stale-limit = 20 s\n",
     "test.conf: line 6: [directory] stale-limit: expected no less than max-age"},
    {"omit-class", MILTER LDAP "omit-attributes = info objectclass\n",
     "test.conf: line 6: [directory] omit-attributes: got objectclass, which no mirror can do without"},
    {"omit-addresses", MILTER LDAP "omit-attributes = proxyAddresses\n",
     "test.conf: line 6: [directory] omit-attributes: got proxyAddresses, which no mirror can do without"},
    {"shrink", MILTER LDAP "max-shrink = 101\n",
     "test.conf: line 6: [directory] max-shrink: got '101', expected a whole number from 0 to 100"},
    {"upper-case-key", "[milter]\nDomains = example.com\n",
     "test.conf: line 2: [milter] Domains: unknown key, did you mean 'domains'?"},
    {"section-twice", MILTER LDIF "[milter]\n", "test.conf: line 6: [milter]: section given twice, first on line 1"},
    {"key-twice", MILTER "domains = example.org\n" LDIF,
     "test.conf: line 3: [milter] domains: given twice, first on line 2"},
    {"key-before-section", "domains = example.com\n", "test.conf: line 1: domains: stands before the first [section]"},
    {"no-key", MILTER "= 1\n", "test.conf: line 3: got '', expected a key before the ="},
    {"locale-key", MILTER "mode[de] = expand\n", "test.conf: line 3: got 'mode[de]', expected a key before the ="},
    {"no-equals", MILTER "mode expand\n",
     "test.conf: line 3: got 'mode expand', expected [section], key = value, or # and a comment"},
    {"comment-with-semicolon", MILTER "; mode\n",
     "test.conf: line 3: got '; mode', expected [section], key = value, or # and a comment"},
    {"text-after-section", "[milter] # x\n",
     "test.conf: line 1: got '[milter] # x', expected [section] alone on the line"},
    {"bracket-in-section", "[a[b]\n", "test.conf: line 1: got 'a[b', expected a section's name without brackets"},
    {"comment-after-domains", "[milter]\ndomains = example.com # ours\n" LDIF,
     "test.conf: line 2: [milter] domains: got a # after the value, expected comments on lines of their own (in a DN, "
     "write \\#)"},
    {"comment-after-dn", MILTER "[directory]\nuri = ldaps://a\nbase = DC=com # all\n",
     "test.conf: line 5: [directory] base: got a # after the value, expected comments on lines of their own (in a DN, "
     "write \\#)"},
    {"comment-for-a-value", MILTER "user = # nobody\n" LDIF,
     "test.conf: line 3: [milter] user: got a # after the value, expected comments on lines of their own (in a DN, "
     "write \\#)"},
    {"empty-required", "[milter]\ndomains =\n" LDIF,
     "test.conf: line 2: [milter] domains: got nothing, expected domains"},
    {"only-commas", "[milter]\ndomains = , ,\n" LDIF,
     "test.conf: line 2: [milter] domains: got ', ,', expected domains such as example.com, without @ or *"},
    {"empty-choice", MILTER "mode =\n" LDIF,
     "test.conf: line 3: [milter] mode: got nothing, expected expand | observe"},
    {"address-for-a-domain", "[milter]\ndomains = ann@example.com\n" LDIF,
     "test.conf: line 2: [milter] domains: got 'ann@example.com', expected domains such as example.com, without @ or "
     "*"},
    {"domain-twice", "[milter]\ndomains = example.com, EXAMPLE.com\n" LDIF,
     "test.conf: line 2: [milter] domains: got EXAMPLE.com twice"},
    {"choice", MILTER "empty-group = bounce\n" LDIF,
     "test.conf: line 3: [milter] empty-group: got 'bounce', expected reject | accept"},
    {"choice-in-other-case", MILTER "mode = Observe\n" LDIF,
     "test.conf: line 3: [milter] mode: got 'Observe', expected expand | observe"},
    {"network-bits", MILTER "trusted-networks = 192.0.2.7/24\n" LDIF,
     "test.conf: line 3: [milter] trusted-networks: got '192.0.2.7/24', expected networks such as 192.0.2.0/24 or "
     "2001:db8::/32 (no bit set behind the prefix)"},
    {"network-prefix", MILTER "trusted-networks = 10.0.0.0/33\n" LDIF,
     "test.conf: line 3: [milter] trusted-networks: got '10.0.0.0/33', expected networks such as 192.0.2.0/24 or "
     "2001:db8::/32 (no bit set behind the prefix)"},
    {"socket-relative", MILTER "socket = unix:milter.sock\n" LDIF,
     "test.conf: line 3: [milter] socket: got 'unix:milter.sock', expected unix:/PATH of at most 107 octets, "
     "inet:PORT@HOST or inet6:PORT@HOST"},
    {"socket-port", MILTER "socket = inet:70000@localhost\n" LDIF,
     "test.conf: line 3: [milter] socket: got 'inet:70000@localhost', expected unix:/PATH of at most 107 octets, "
     "inet:PORT@HOST or inet6:PORT@HOST"},
    {"socket-group-on-tcp", MILTER "socket = inet:8890@localhost\nsocket-group = mail\n" LDIF,
     "test.conf: line 4: [milter] socket-group: only for a unix: socket"},
    {"relative-path", MILTER "[directory]\nsource = ldif\nfile = corp.ldif\n",
     "test.conf: line 5: [directory] file: got 'corp.ldif', expected a path that begins with /"},
    {"negative", MILTER LDIF "[limits]\nmax-depth = -1\n",
     "test.conf: line 7: [limits] max-depth: got '-1', expected a whole number from 1 to 1000"},
    {"zero", MILTER LDIF "[limits]\nmax-members = 0\n",
     "test.conf: line 7: [limits] max-members: got '0', expected a whole number from 1 to 10000000"},
    {"not-whole", MILTER LDIF "[limits]\nmax-members = 5k\n",
     "test.conf: line 7: [limits] max-members: got '5k', expected a whole number from 1 to 10000000"},
    {"time-without-unit", MILTER "drain-time = 20\n" LDIF,
     "test.conf: line 3: [milter] drain-time: got '20', expected a time with its unit (ms, s, min, h, d) from 0 s to "
     "600 s"},
    {"time-too-long", MILTER "drain-time = 11 min\n" LDIF,
     "test.conf: line 3: [milter] drain-time: got '11 min', expected a time with its unit (ms, s, min, h, d) from 0 s "
     "to 600 "
     "s"},
    {"time-beyond-64-bit", MILTER "drain-time = 99999999999999999999 s\n" LDIF,
     "test.conf: line 3: [milter] drain-time: got '99999999999999999999 s', expected a time with its unit (ms, s, min, "
     "h, d) "
     "from 0 s to 600 s"},
    {"file-missing", MILTER "[directory]\nsource = ldif\n", "test.conf: [directory] file: missing, expected path"},
    {"uri-missing", MILTER "[directory]\nbase = DC=e\n", "test.conf: [directory] uri: missing, expected URIs"},
    {"base-missing", MILTER "[directory]\nuri = ldaps://a\n", "test.conf: [directory] base: missing, expected DNs"},
    {"uri-with-path", MILTER "[directory]\nuri = ldaps://a/DC=e\nbase = DC=e\n",
     "test.conf: line 4: [directory] uri: got 'ldaps://a/DC=e', expected ldaps://HOST[:PORT], ldap://HOST[:PORT], "
     "ldapi://PATH or srv:DOMAIN"},
    {"uri-of-the-web", MILTER "[directory]\nuri = https://a\nbase = DC=e\n",
     "test.conf: line 4: [directory] uri: got 'https://a', expected ldaps://HOST[:PORT], ldap://HOST[:PORT], "
     "ldapi://PATH or srv:DOMAIN"},
    {"base-is-no-dn", MILTER "[directory]\nuri = ldaps://a\nbase = example.com\n",
     "test.conf: line 5: [directory] base: got 'example.com', expected a DN such as DC=example,DC=com, several with ; "
     "between them"},
    {"base-with-empty-part", MILTER "[directory]\nuri = ldaps://a\nbase = DC=e;\n",
     "test.conf: line 5: [directory] base: got '', expected a DN such as DC=example,DC=com, several with ; between "
     "them"},
    {"ldap-key-for-ldif", MILTER LDIF "uri = ldaps://a\n",
     "test.conf: line 6: [directory] uri: only for source = ldap, but source = ldif"},
    {"ldif-key-for-ldap", MILTER LDAP "file = /srv/x\n",
     "test.conf: line 6: [directory] file: only for source = ldif, but source = ldap"},
    {"simple-without-dn", MILTER LDAP "bind = simple\npassword-file = /p\n",
     "test.conf: [directory] bind-dn: missing, bind = simple needs it"},
    {"simple-without-password", MILTER LDAP "bind = simple\nbind-dn = CN=r\n",
     "test.conf: [directory] password-file: missing, bind = simple needs it"},
    {"dn-without-simple", MILTER LDAP "bind-dn = CN=r\n",
     "test.conf: line 6: [directory] bind-dn: only for bind = simple"},
    {"keytab-without-gssapi", MILTER LDAP "keytab = /k\n",
     "test.conf: line 6: [directory] keytab: only for bind = gssapi"},
    {"external-without-certificate", MILTER LDAP "bind = external\n",
     "test.conf: line 6: [directory] bind: external needs tls-cert-file, or only ldapi:// servers"},
    {"kerberos-over-a-local-socket", MILTER LOCAL "bind = gssapi\n",
     "test.conf: line 6: [directory] bind: gssapi needs a host name, but ldapi:// has none"},
    {"certificate-without-key", MILTER LDAP "tls-cert-file = /c\n",
     "test.conf: [directory] tls-key-file: missing, tls-cert-file needs it"},
    {"authority-without-tls", MILTER "[directory]\nuri = ldap://a\nbase = DC=e\ntls = none\ntls-ca-file = /c\n",
     "test.conf: line 7: [directory] tls-ca-file: only for tls = required"},
    {"ldaps-without-tls", MILTER LDAP "tls = none\n",
     "test.conf: line 6: [directory] tls: none, but a server of uri is ldaps://"},
    {"srv-without-proof", MILTER SRV_PLAIN,
     "test.conf: line 6: [directory] tls: none, but srv: needs tls = required or bind = gssapi"},
    {"group-without-key", MILTER LDIF "[group board@example.com]\n",
     "test.conf: line 6: [group board@example.com]: got no key, expected at least one"},
    {"group-action", MILTER LDIF "[group board@example.com]\nguard-action = stop\n",
     "test.conf: line 7: [group board@example.com] guard-action: got 'stop', expected defer | refuse | hold"},
    {"group-percent", MILTER LDIF "[group board@example.com]\nmax-change-percent = 20 %\n",
     "test.conf: line 7: [group board@example.com] max-change-percent: got '20 %', expected a whole number from 0 to "
     "10000"},
    {"group-elsewhere", MILTER LDIF "[group board@example.org]\nmax-members = 5\n",
     "test.conf: line 6: [group board@example.org]: example.org is not among domains, so this would never apply"},
    {"group-twice", MILTER LDIF "[group b@example.com]\nmax-members = 5\n[group B@example.com]\nmax-members = 6\n",
     "test.conf: line 8: [group B@example.com]: the same address has a section already"},
    {"split-among-domains", MILTER "split-domain = EXAMPLE.com\n" LDIF,
     "test.conf: line 3: [milter] split-domain: example.com is among domains, expected a domain that nobody's mail is "
     "in"},
    {"split-no-domain", MILTER "split-domain = a@b.invalid\n" LDIF,
     "test.conf: line 3: [milter] split-domain: got 'a@b.invalid', expected one domain in ASCII, such as "
     "split.rollcall.invalid"},
    {"split-two-domains", MILTER "split-domain = a.invalid b.invalid\n" LDIF,
     "test.conf: line 3: [milter] split-domain: got 'a.invalid b.invalid', expected one domain in ASCII, such as "
     "split.rollcall.invalid"},
    {"split-beyond-ascii", MILTER "split-domain = b\xc3\xbc.invalid\n" LDIF,
     "test.conf: line 3: [milter] split-domain: got 'b\xc3\xbc.invalid', expected one domain in ASCII, such as "
     "split.rollcall.invalid"},
    {"listener-for-all", MILTER "split-listener = inet:10027@0.0.0.0\n" LDIF,
     "test.conf: line 3: [milter] split-listener: got 'inet:10027@0.0.0.0', expected inet:PORT@127.0.0.1 or "
     "inet6:PORT@::1"},
    {"listener-by-name", MILTER "split-listener = inet:10027@localhost\n" LDIF,
     "test.conf: line 3: [milter] split-listener: got 'inet:10027@localhost', expected inet:PORT@127.0.0.1 or "
     "inet6:PORT@::1"},
    {"listener-of-the-other-family", MILTER "split-listener = inet:10027@::1\n" LDIF,
     "test.conf: line 3: [milter] split-listener: got 'inet:10027@::1', expected inet:PORT@127.0.0.1 or "
     "inet6:PORT@::1"},
    {"listener-unix", MILTER "split-listener = unix:/s\n" LDIF,
     "test.conf: line 3: [milter] split-listener: got 'unix:/s', expected inet:PORT@127.0.0.1 or inet6:PORT@::1"},
    {"published-without-header", ORIGIN("exchange-online = published-address\n"),
     "test.conf: [origin] tenant-header: missing, exchange-online = published-address or either needs it"},
    {"either-without-header", ORIGIN("exchange-online = either\n"),
     "test.conf: [origin] tenant-header: missing, exchange-online = published-address or either needs it"},
    {"either-without-secret", ORIGIN("exchange-online = either\ntenant-header = X-A\n"),
     "test.conf: [origin] tenant-secret-file: missing, tenant-header needs it"},
    {"header-without-secret", ORIGIN("tenant-header = X-A\n"),
     "test.conf: [origin] tenant-secret-file: missing, tenant-header needs it"},
    {"secret-without-header", ORIGIN("tenant-secret-file = /s\n"),
     "test.conf: [origin] tenant-header: missing, tenant-secret-file needs it"},
    {"header-with-colon", ORIGIN("tenant-header = X-A:\ntenant-secret-file = /s\n"),
     "test.conf: line 7: [origin] tenant-header: got 'X-A:', expected the name of a header without the colon, such as "
     "X-Example-Relay"},
    {"header-with-blank", ORIGIN("tenant-header = X A\ntenant-secret-file = /s\n"),
     "test.conf: line 7: [origin] tenant-header: got 'X A', expected the name of a header without the colon, such as "
     "X-Example-Relay"},
    {"header-beyond-ascii", ORIGIN("tenant-header = X-\xc3\xbc\ntenant-secret-file = /s\n"),
     "test.conf: line 7: [origin] tenant-header: got 'X-\xc3\xbc', expected the name of a header without the colon, "
     "such as X-Example-Relay"},
    {"header-from", HEADER_REFUSED("from")},
    {"header-received", HEADER_REFUSED("Received")},
    {"header-content", HEADER_REFUSED("Content-Anything")},
    {"header-of-exchange", HEADER_REFUSED("X-MS-Exchange-Organization-AuthAs")},
    {"header-of-ours", HEADER_REFUSED("X-Rollcall-Trace")},
    {"tenant-id", ORIGIN("tenant-ids = example.onmicrosoft.com\n"),
     "test.conf: line 7: [origin] tenant-ids: got 'example.onmicrosoft.com', expected tenant IDs such as "
     "01234567-89ab-cdef-0123-456789abcdef"},
    {"tenant-id-in-braces", ORIGIN("tenant-ids = {01234567-89ab-cdef-0123-456789abcdef}\n"),
     "test.conf: line 7: [origin] tenant-ids: got '{01234567-89ab-cdef-0123-456789abcdef}', expected tenant IDs such "
     "as 01234567-89ab-cdef-0123-456789abcdef"},
    {"tenant-id-with-a-wrong-digit", ORIGIN("tenant-ids = 01234567-89ab-cdef-0123-456789abcdeg\n"),
     "test.conf: line 7: [origin] tenant-ids: got '01234567-89ab-cdef-0123-456789abcdeg', expected tenant IDs such as "
     "01234567-89ab-cdef-0123-456789abcdef"},
    {"tenant-id-for-nothing", ORIGIN("exchange-online = no\ntenant-ids = 01234567-89ab-cdef-0123-456789abcdef\n"),
     "test.conf: line 8: [origin] tenant-ids: not with exchange-online = no"},
    {"tls-name-with-a-star-inside", ORIGIN("tls-names = mail.*.outlook.com\n"),
     "test.conf: line 7: [origin] tls-names: got 'mail.*.outlook.com', expected names such as "
     "mail.protection.outlook.com or *.example.com"},
    {"tls-name-for-everybody", ORIGIN("tls-names = *.com\n"),
     "test.conf: line 7: [origin] tls-names: got '*.com', expected names such as mail.protection.outlook.com or "
     "*.example.com"},
    {"tls-name-is-a-dn", ORIGIN("tls-names = CN=mail.protection.outlook.com\n"),
     "test.conf: line 7: [origin] tls-names: got 'CN=mail.protection.outlook.com', expected names such as "
     "mail.protection.outlook.com or *.example.com"},
    {"tls-names-for-nothing", ORIGIN("exchange-online = published-address\ntls-names = a.example\n" SECRET),
     "test.conf: line 8: [origin] tls-names: only for exchange-online = certificate or either"},
    {"endpoints-for-nothing", ORIGIN("endpoints-file = /e\n"),
     "test.conf: line 7: [origin] endpoints-file: only for exchange-online = published-address or either"},
    {"endpoints-in-the-clear", ORIGIN("exchange-online = either\nendpoints-url = http://a.example\n" SECRET),
     "test.conf: line 8: [origin] endpoints-url: got 'http://a.example', expected https://HOST[:PORT]"},
    {"system-sender", MILTER LDIF "[policy]\nsystem-senders = postmaster\n",
     "test.conf: line 7: [policy] system-senders: got 'postmaster', expected addresses such as ann@example.com"},
    {"not-utf-8", MILTER "user = \xff\n" LDIF, "test.conf: line 3: got octets that are not UTF-8, expected UTF-8 text"},
    {"byte-order-mark", "\xef\xbb\xbf" MILTER LDIF,
     "test.conf: line 1: got a byte order mark, expected UTF-8 without one"},
    {"control-without-socket", MILTER LDIF "[control]\nsocket =\nsocket-group = adm\n",
     "test.conf: line 8: [control] socket-group: only with a socket"},
    {"control-socket-is-the-mta's", MILTER "socket = unix:/run/m\n" LDIF "[control]\nsocket = /run/m\n",
     "test.conf: line 8: [control] socket: the MTA's socket is the same, expected another"},
    {"control-character", MILTER "user = a\x1b[2J\n" LDIF,
     "test.conf: line 3: got a control character (0x1b), expected printable text"},
};

static void
test_bad(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(bad[i].text, &error);

    g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE);
    g_assert_cmpstr(error->message, ==, bad[i].says);
    g_assert_null(settings);
}

/* What the daemon reads out: the address of the group is somebody else's word, so its syntax message is not pinned. */
static void
test_group_is_no_address(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(MILTER LDIF "[group board]\nmax-members = 5\n", &error);

    g_assert_null(settings);
    g_assert_true(g_str_has_prefix(error->message, "test.conf: line 6: [group board]: expected [group ADDRESS]: "));
}

static void
test_nul(void)
{
    static const char text[] = "[milter]\nuser = a\0b\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = settings_parse("test.conf", text, sizeof(text) - 1, &error);

    g_assert_null(settings);
    g_assert_cmpstr(error->message, ==, "test.conf: line 2: got a NUL octet, expected text");
}

static void
test_too_long(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strnfill(1024 * 1024 + 1, '\n');
    g_autoptr(Settings) settings = parse(text, &error);

    g_assert_null(settings);
    g_assert_cmpstr(error->message, ==, "test.conf: got 1048577 octets, expected at most 1048576");
}

static void
test_long_value_is_shortened(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *wide = g_strnfill(5000, 'x');
    g_autofree char *text = g_strdup_printf(MILTER "mode = \xc3\xa4%s\n", wide);
    g_autoptr(Settings) settings = parse(text, &error);

    g_assert_null(settings);
    g_assert_true(g_utf8_validate(error->message, -1, NULL));
    g_assert_cmpuint(strlen(error->message), <, 200);
    g_assert_nonnull(strstr(error->message, "xxx...', expected expand | observe"));
}

static void
test_defaults(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(MILTER LDAP, &error);
    g_assert_no_error(error);

    const MilterSettings *milter = settings_milter(settings);
    g_assert_cmpstr(milter->socket, ==, "unix:/var/spool/postfix/rollcall/milter.sock");
    g_assert_cmpstr(milter->socket_group, ==, "postfix");
    g_assert_cmpstr(milter->domains[0], ==, "example.com");
    g_assert_null(milter->domains[1]);
    g_assert_null(milter->trusted_networks[0]);
    g_assert_false(milter->refuse_unknown);
    g_assert_false(milter->accept_empty);
    g_assert_false(milter->observe);
    g_assert_cmpuint(milter->mta_message_size_limit, ==, 10240000);
    g_assert_cmpuint(milter->max_sendmail_members, ==, 5000);
    g_assert_cmpstr(milter->user, ==, "rollcall");
    g_assert_cmpint(milter->drain_time, ==, 20 * G_TIME_SPAN_SECOND);

    const LdapSettings *ldap = settings_ldap(settings);
    g_assert_cmpstr(ldap->address_attributes[0], ==, "proxyAddresses");
    g_assert_null(ldap->address_attributes[1]);
    g_assert_cmpstr(ldap->schema, ==, "auto");
    g_assert_cmpint(ldap->bind, ==, BIND_ANONYMOUS);
    g_assert_cmpint(ldap->tls, ==, TLS_REQUIRED);
    g_assert_null(ldap->bind_dn);
    g_assert_null(ldap->ca_file);
    g_assert_cmpuint(ldap->connections, ==, 4);
    g_assert_cmpint(ldap->retry_interval, ==, 10 * G_TIME_SPAN_SECOND);

    g_assert_cmpstr(milter->split_domain, ==, "");
    g_assert_cmpstr(milter->split_listener, ==, "inet:10027@127.0.0.1");
    const OriginSettings *origin = settings_origin(settings);
    g_assert_cmpint(origin->exchange_online, ==, CLOUD_CERTIFICATE);
    g_assert_false(origin->trust_local_submission);
    g_assert_cmpstr(origin->tls_names[0], ==, "mail.protection.outlook.com");
    g_assert_cmpuint(g_strv_length((char **)(gpointer)origin->tls_names), ==, 3);
    g_assert_null(origin->tenant_header);
    g_assert_null(origin->tenant_secret_file);
    g_assert_null(origin->tenant_ids[0]);
    g_assert_null(origin->trusted_networks[0]);
    g_assert_cmpstr(origin->domains[0], ==, "example.com");
    g_assert_cmpint(origin->strip, ==, STRIP_EXPANDED);
    g_assert_null(settings_endpoints(settings));

    ResolverSettings resolver = settings_resolver(settings);
    g_assert_cmpint(resolver.policy.identity, ==, IDENTITY_ENVELOPE);
    g_assert_false(resolver.policy.hold_moderated);
    g_assert_null(resolver.policy.system_senders[0]);
    g_assert_cmpint(resolver.check_members, ==, CHECK_MEMBERS_EXTERNAL);
    g_assert_false(resolver.follow_forwarding);
    g_assert_false(resolver.include_remote);
    g_assert_false(resolver.unset_reports_nobody);
    g_assert_false(resolver.unset_oof_suppress);

    g_assert_cmpuint(settings_limits(settings)->max_members, ==, 100000);
    g_assert_cmpuint(settings_limits(settings)->max_depth, ==, 32);
    g_assert_true(g_str_has_suffix(settings_control(settings)->socket, "/rollcall/control.sock"));
    g_assert_cmpstr(settings_control(settings)->socket_group, ==, "");
}

static void
test_control(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) none = parse(MILTER LDIF "[control]\nsocket =\n", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(settings_control(none)->socket, ==, "");
    g_autoptr(Settings) given = parse(MILTER LDIF "[control]\nsocket = /run/c\nsocket-group = adm\n", &error);
    g_assert_no_error(error);
    g_assert_cmpstr(settings_control(given)->socket, ==, "/run/c");
    g_assert_cmpstr(settings_control(given)->socket_group, ==, "adm");
}

/* What the command needs of a file that is being repaired. */
static void
test_control_of_a_bad_file(void)
{
    static const struct {
        const char *text, *socket;
    } files[] = {
        {"[milter]\nmode = expnad\n[control]\nsocket = /run/c\n", "/run/c"},
        {"[control]\nsocket =\n", ""},
        {"[control]\nsocket = c\n", NULL},
        {"[control\n", NULL},
    };
    g_autofree char *file = NULL;
    close(g_file_open_tmp("settings-XXXXXX", &file, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(g_file_set_contents(file, files[i].text, -1, NULL));
        g_autofree char *socket = settings_find_control_socket(file, &error);
        g_assert_cmpstr(socket, ==, files[i].socket);
        g_assert_cmpint(error != NULL, ==, socket == NULL);
    }
    g_unlink(file);
}

static void
test_every_value_arrives(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings =
        parse("[milter]\nsocket = inet:8890@127.0.0.1\nsocket-group =\ndomains = example.com, b\xc3\xbc"
              "cher.example d.e\n"
              "trusted-networks = 192.0.2.0/24 2001:db8::/32,198.51.100.7\nunknown-recipients = refuse\n"
              "empty-group = accept\nmode = observe\nmta-message-size-limit = 0\nuser =\ndrain-time = 1500 ms\n"
              "[directory]\nuri = ldap://a:3268, ldaps://[2001:db8::1]:636 srv:Site._sites.example.com\n"
              "base = OU=A\\;B\\, C\\\\,DC=example ; DC=two\nbind = gssapi\ntls = required\npage-size = 500\n"
              "answer-timeout = 1min\n[limits]\nmax-depth = 3\n",
              &error);
    g_assert_no_error(error);

    const MilterSettings *milter = settings_milter(settings);
    g_assert_cmpstr(milter->socket, ==, "inet:8890@127.0.0.1");
    g_assert_cmpstr(milter->socket_group, ==, "");
    g_assert_cmpstr(milter->domains[1], ==,
                    "b\xc3\xbc"
                    "cher.example");
    g_assert_cmpuint(g_strv_length(milter->domains), ==, 3);
    g_assert_cmpstr(milter->trusted_networks[2], ==, "198.51.100.7");
    g_assert_true(milter->refuse_unknown);
    g_assert_true(milter->accept_empty);
    g_assert_true(milter->observe);
    g_assert_cmpuint(milter->mta_message_size_limit, ==, 0);
    g_assert_cmpstr(milter->user, ==, "");
    g_assert_cmpint(milter->drain_time, ==, 1500 * G_TIME_SPAN_MILLISECOND);

    const LdapSettings *ldap = settings_ldap(settings);
    g_assert_cmpstr(ldap->uris[1], ==, "ldaps://[2001:db8::1]:636");
    g_assert_cmpstr(ldap->bases[0], ==, "OU=A\\;B\\, C\\\\,DC=example");
    g_assert_cmpstr(ldap->bases[1], ==, "DC=two");
    g_assert_null(ldap->bases[2]);
    g_assert_cmpint(ldap->bind, ==, BIND_GSSAPI);
    g_assert_cmpuint(ldap->page_size, ==, 500);
    g_assert_cmpint(ldap->answer_timeout, ==, 60 * G_TIME_SPAN_SECOND);
    g_assert_cmpuint(settings_limits(settings)->max_depth, ==, 3);
}

static void
test_guard_arrives(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(
        MILTER LDIF "[guard]\nmax-change-percent = 20\nmax-change-count = 5\naction = hold\n"
                    "[state]\nfile = /s\nhistory-days = 0\n"
                    "[group a@example.com]\nmax-members = 7\n"
                    "[group b@example.com]\nmax-change-percent = 0\nmax-change-count = 3\nguard-action = refuse\n",
        &error);
    g_assert_no_error(error);

    ResolverSettings resolver = settings_resolver(settings);
    g_assert_cmpuint(resolver.change_percent, ==, 20);
    g_assert_cmpuint(resolver.change_count, ==, 5);
    g_assert_cmpint(resolver.guard_action, ==, GUARD_HOLD);
    g_assert_cmpuint(resolver.n_groups, ==, 2);
    const GroupSettings *a = &resolver.groups[0], *b = &resolver.groups[1];
    g_assert_cmpuint(a->max_members, ==, 7);
    g_assert_false(a->has_percent || a->has_count || a->has_action);
    g_assert_cmpuint(b->max_members, ==, 0);
    g_assert_true(b->has_percent && b->has_count && b->has_action);
    g_assert_cmpuint(b->change_percent, ==, 0);
    g_assert_cmpuint(b->change_count, ==, 3);
    g_assert_cmpint(b->guard_action, ==, GUARD_REFUSE);
    g_assert_cmpstr(settings_history(settings)->file, ==, "/s");
    g_assert_cmpuint(settings_history(settings)->history_days, ==, 0);
}

static void
test_every_rule_arrives(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings =
        parse(MILTER "trusted-networks = 192.0.2.0/24\nsplit-domain = split.invalid\n"
                     "split-listener = inet:25@127.0.0.2\n" LDIF
                     "[origin]\ntrust-local-submission = yes\nexchange-online = either\ntls-names = *.example.org\n"
                     "tenant-header = X-Example-Relay\ntenant-secret-file = /s\n"
                     "tenant-ids = 01234567-89AB-cdef-0123-456789abcdef\nstrip-trust-headers = never\n"
                     "endpoints-url = https://proxy.example.com:8443/\nendpoints-instance = USGovDoD\n"
                     "endpoints-cache = /c\nendpoints-file = /f\nendpoints-ca-file = /a\n"
                     "[policy]\nsender-identity = both\nmoderated = hold\ncheck-members = all\n"
                     "system-senders = journal@example.com, postmaster@example.com\nreports-unset = nobody\n"
                     "oof-unset = suppress\n[members]\nforwarding = follow\nmailboxes-include-remote = yes\n",
              &error);
    g_assert_no_error(error);

    g_assert_cmpstr(settings_milter(settings)->split_domain, ==, "split.invalid");
    g_assert_cmpstr(settings_milter(settings)->split_listener, ==, "inet:25@127.0.0.2");
    const OriginSettings *origin = settings_origin(settings);
    g_assert_true(origin->trust_local_submission);
    g_assert_cmpint(origin->exchange_online, ==, CLOUD_EITHER);
    g_assert_cmpstr(origin->trusted_networks[0], ==, "192.0.2.0/24");
    g_assert_cmpstr(origin->tls_names[0], ==, "*.example.org");
    g_assert_cmpstr(origin->tenant_header, ==, "X-Example-Relay");
    g_assert_cmpstr(origin->tenant_secret_file, ==, "/s");
    g_assert_cmpstr(origin->tenant_ids[0], ==, "01234567-89AB-cdef-0123-456789abcdef");
    g_assert_cmpint(origin->strip, ==, STRIP_NEVER);

    const EndpointsSettings *endpoints = settings_endpoints(settings);
    g_assert_cmpstr(endpoints->url, ==, "https://proxy.example.com:8443");
    g_assert_cmpstr(endpoints->instance, ==, "USGovDoD");
    g_assert_cmpstr(endpoints->cache, ==, "/c");
    g_assert_cmpstr(endpoints->file, ==, "/f");
    g_assert_cmpstr(endpoints->ca_file, ==, "/a");

    ResolverSettings resolver = settings_resolver(settings);
    g_assert_cmpint(resolver.policy.identity, ==, IDENTITY_BOTH);
    g_assert_true(resolver.policy.hold_moderated);
    g_assert_cmpstr(resolver.policy.system_senders[1], ==, "postmaster@example.com");
    g_assert_cmpint(resolver.check_members, ==, CHECK_MEMBERS_ALL);
    g_assert_true(resolver.follow_forwarding);
    g_assert_true(resolver.include_remote);
    g_assert_true(resolver.unset_reports_nobody);
    g_assert_true(resolver.unset_oof_suppress);
    g_assert_cmpstr(resolver.domains[0], ==, "example.com");
    g_assert_cmpuint(resolver.max_members, ==, 100000);
}

static void
test_for_ldif(void)
{
    g_autoptr(Settings) settings = settings_for_ldif("corp.ldif");

    g_assert_null(settings_milter(settings)->domains);
    g_assert_null(settings_origin(settings)->domains);
    g_assert_null(settings_ldap(settings));
    g_assert_cmpstr(settings_ldif(settings)->file, ==, "corp.ldif");
    g_assert_cmpstr(settings_ldif(settings)->address_attributes[1], ==, "mail");
    g_assert_cmpint(settings_ldif(settings)->rules, ==, SCHEMA_RULES_AD);
}

static void
test_load(void)
{
    g_autofree char *directory = g_dir_make_tmp("settings-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(directory, "rollcall.conf", NULL);
    g_autoptr(GError) error = NULL;
    Settings *settings = settings_load(file, &error);
    g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_READ);
    g_assert_null(settings);
    g_clear_error(&error);

    g_assert_null(settings_load(directory, &error));
    g_assert_error(error, SETTINGS_ERROR, SETTINGS_ERROR_READ);
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(file, MILTER LDIF, -1, NULL));
    settings = settings_load(file, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(settings_ldif(settings)->file, ==, "/srv/corp.ldif");
    settings_unref(settings);
    g_unlink(file);
    g_rmdir(directory);
}

/* The default as the manual and the sample write it: "" if the key must be given, "none" if it is empty; directories
 * that configure decides on stand as @name@. */
static char *
written_default(const SettingsKey *key)
{
    const char *text = key->otherwise == NULL ? "" : *key->otherwise == '\0' ? "none" : key->otherwise;

    if (g_str_has_prefix(text, LOCALSTATEDIR "/lib/"))
        return g_strconcat("@localstatedir@", text + strlen(LOCALSTATEDIR), NULL);
    if (g_str_has_prefix(text, RUNSTATEDIR "/"))
        return g_strconcat("@runstatedir@", text + strlen(RUNSTATEDIR), NULL);
    return g_strdup(text);
}

static char *
source_file(const char *name)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

/* "section/key" to the default written there. */
static GHashTable *
keys_of_table(void)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (const SettingsKey *key = settings_keys; key->section != NULL; key++)
        g_hash_table_insert(keys, g_strdup_printf("%s/%s", key->section, key->key), written_default(key));
    return keys;
}

/* In the manual page: `.Ss [section]`, then for each key `.It Ic key type` and, unless it must be given, a line
 * `Default: value`. */
static GHashTable *
keys_of_manual(const char *text)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *section = NULL;
    char            *name = NULL;

    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, ".Ss [")) {
            g_free(section);
            section = g_strndup(*line + 5, strlen(*line) - 6);
        } else if (g_str_has_prefix(*line, ".It Ic ")) {
            g_auto(GStrv) words = g_strsplit(*line, " ", 4);
            name = g_strdup_printf("%s/%s", section, words[2]);
            g_hash_table_insert(keys, name, g_strdup(""));
        } else if (g_str_has_prefix(*line, "Default: ")) {
            g_hash_table_insert(keys, g_strdup(name), g_strdup(*line + strlen("Default: ")));
        }
    }
    return keys;
}

/* In the sample: [section] or #[section], and `#key = default`, or `key = value` if the key must be given. */
static GHashTable *
keys_of_sample(const char *text)
{
    GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *section = NULL;

    for (char **place = lines; *place != NULL; place++) {
        gboolean    commented = g_str_has_prefix(*place, "#") && !g_str_has_prefix(*place, "# ");
        const char *line = commented ? *place + 1 : *place;
        const char *equals = strstr(line, " =");
        if (*line == '[') {
            g_free(section);
            section = g_strdup(g_str_has_prefix(line, "[group ") ? "group ADDRESS" : line + 1);
            g_strdelimit(section, "]", '\0');
        } else if (*line != '#' && equals != NULL) {
            char       *name = g_strdup_printf("%s/%.*s", section, (int)(equals - line), line);
            const char *value = equals[2] == '\0' ? "none" : equals + 3;
            g_hash_table_insert(keys, name, g_strdup(commented ? value : ""));
        }
    }
    return keys;
}

/* A key without a default stands there with an example. */
static void
drop_examples(GHashTable *found)
{
    for (const SettingsKey *key = settings_keys; key->section != NULL; key++) {
        g_autofree char *name = g_strdup_printf("%s/%s", key->section, key->key);
        if (key->otherwise == NULL && g_hash_table_contains(found, name))
            g_hash_table_insert(found, g_steal_pointer(&name), g_strdup(""));
    }
}

/* Each of `expected` stands in `found` with its default, and nothing else does. */
static void
compare_keys(GHashTable *expected, GHashTable *found)
{
    GHashTableIter iter;
    gpointer       name, value;

    g_hash_table_iter_init(&iter, expected);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        g_autofree char *is = g_strdup_printf("%s = %s", (char *)name, (char *)g_hash_table_lookup(found, name));
        g_autofree char *should = g_strdup_printf("%s = %s", (char *)name, (char *)value);
        g_assert_cmpstr(is, ==, should);
        g_hash_table_remove(found, name);
    }
    g_hash_table_iter_init(&iter, found);
    if (g_hash_table_iter_next(&iter, &name, NULL))
        g_error("%s is described, but no key", (char *)name);
}

static void
test_manual_names_each_key(void)
{
    g_autofree char *text = source_file("doc/rollcall.conf.5.in");
    g_autoptr(GHashTable) expected = keys_of_table();
    g_autoptr(GHashTable) found = keys_of_manual(text);

    compare_keys(expected, found);
}

/* The sample is also a configuration that the reader accepts. */
static void
test_sample_names_each_key(void)
{
    g_autofree char *text = source_file("packaging/rollcall.conf.in");
    g_autoptr(GHashTable) expected = keys_of_table();
    g_autoptr(GHashTable) found = keys_of_sample(text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = parse(text, &error);

    drop_examples(found);
    compare_keys(expected, found);
    g_assert_no_error(error);
    g_assert_nonnull(settings);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *path = g_strconcat("/settings/good/", good[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_good);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *path = g_strconcat("/settings/bad/", bad[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_bad);
    }
    g_test_add_func("/settings/bad/group-is-no-address", test_group_is_no_address);
    g_test_add_func("/settings/bad/nul", test_nul);
    g_test_add_func("/settings/bad/too-long", test_too_long);
    g_test_add_func("/settings/bad/long-value-is-shortened", test_long_value_is_shortened);
    g_test_add_func("/settings/defaults", test_defaults);
    g_test_add_func("/settings/control", test_control);
    g_test_add_func("/settings/control-of-a-bad-file", test_control_of_a_bad_file);
    g_test_add_func("/settings/every-value-arrives", test_every_value_arrives);
    g_test_add_func("/settings/guard-arrives", test_guard_arrives);
    g_test_add_func("/settings/every-rule-arrives", test_every_rule_arrives);
    g_test_add_func("/settings/for-ldif", test_for_ldif);
    g_test_add_func("/settings/load", test_load);
    g_test_add_func("/settings/manual-names-each-key", test_manual_names_each_key);
    g_test_add_func("/settings/sample-names-each-key", test_sample_names_each_key);
    return g_test_run();
}
