/* SPDX-License-Identifier: BSD-2-Clause
 * keys.c - the one table of keys: name, default, meaning, and how the value is read
 *
 * Owns:     nothing but the table.
 * Promises: the manual page and the sample configuration name these keys and no others (tests/unit/test-settings.c).
 * Threads:  constant.
 */
#include "config/settings-private.h"

/* How a value is read: reader, field, bounds, source, empty. Compound literals, so that a key's row is whole. */
#define FIELD(field) G_STRUCT_OFFSET(Settings, field)
#define READ(...) (&(const SettingsReading){__VA_ARGS__})
#define SECONDS(n) ((n)*G_TIME_SPAN_SECOND)

typedef struct SettingsReading SettingsReading;

#define NO_LIMITS 0, 0

/* clang-format off */
const SettingsKey settings_keys[] = {
    /* ---- [milter] ---- */
    {"milter", "socket", "socket", "unix:/var/spool/postfix/rollcall/milter.sock",
     "where the MTA reaches rollcalld: unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST",
     READ(read_socket, FIELD(milter.socket))},
    {"milter", "socket-group", "name", "postfix",
     "group that may connect to a unix socket (its mode is 0660); empty leaves the daemon's own",
     READ(read_name, FIELD(milter.socket_group), NO_LIMITS, USED_ALWAYS, MAY_BE_EMPTY)},
    {"milter", "domains", "domains", NULL,
     "domains whose recipients are looked up; all others pass untouched",
     READ(read_domains, FIELD(milter.domains))},
    {"milter", "trusted-networks", "networks", "",
     "networks whose mail counts as sent by an authenticated sender",
     READ(read_networks, FIELD(milter.trusted_networks), NO_LIMITS, USED_ALWAYS, MAY_BE_EMPTY)},
    {"milter", "unknown-recipients", "pass | refuse", "pass",
     "what happens to a recipient in domains that no entry has",
     READ(read_choice, FIELD(milter.refuse_unknown))},
    {"milter", "empty-group", "reject | accept", "reject",
     "what happens to mail for a group without any member to deliver to",
     READ(read_choice, FIELD(milter.accept_empty))},
    {"milter", "mode", "expand | observe", "expand",
     "observe works everything out and logs it, and changes nothing",
     READ(read_choice, FIELD(milter.observe))},
    {"milter", "mta-message-size-limit", "number", "10240000",
     "octets of the MTA's largest queue file (message_size_limit of Postfix); 0 if it has no limit",
     READ(read_guint64, FIELD(milter.mta_message_size_limit), 0, G_MAXINT64)},
    {"milter", "max-sendmail-members", "number", "5000",
     "most recipients added to one message on Sendmail, whose cost grows with their square",
     READ(read_gsize, FIELD(milter.max_sendmail_members), 1, 1000000)},
    {"milter", "key-file", "path", LOCALSTATEDIR "/lib/rollcall/trace.key",
     "key of the trace header, made at the first start; the same file on all relays",
     READ(read_path, FIELD(milter.key_file))},
    {"milter", "user", "name", "rollcall",
     "whom the daemon becomes once its socket is bound; empty stays",
     READ(read_name, FIELD(milter.user), NO_LIMITS, USED_ALWAYS, MAY_BE_EMPTY)},
    {"milter", "lock-file", "path", RUNSTATEDIR "/rollcall/rollcalld.lock",
     "held while the daemon runs, so that there is one of it",
     READ(read_path, FIELD(milter.lock_file))},
    {"milter", "drain-time", "time", "20 s",
     "how long a stopping daemon waits for messages under way",
     READ(read_time, FIELD(milter.drain_time), 0, SECONDS(600))},

    /* ---- [directory] ---- */
    {"directory", "source", "ldif | ldap", "ldap",
     "where entries come from: a file held in memory, or live searches",
     READ(read_choice, FIELD(is_live))},
    {"directory", "address-attributes", "attributes", "proxyAddresses",
     "attributes that hold the addresses of an entry",
     READ(read_attributes, FIELD(address_attributes))},
    {"directory", "file", "path", NULL,
     "the LDIF file of source = ldif",
     READ(read_path, FIELD(ldif.file), NO_LIMITS, USED_BY_LDIF)},
    {"directory", "rules", "ad | rfc", "ad",
     "how values of the LDIF file compare: as in Active Directory, or by RFC 4517",
     READ(read_choice, FIELD(ldif.rules), NO_LIMITS, USED_BY_LDIF)},
    {"directory", "uri", "URIs", NULL,
     "the servers of source = ldap, in order of preference",
     READ(read_uris, FIELD(ldap.uris), NO_LIMITS, USED_BY_LDAP)},
    {"directory", "base", "DNs", NULL,
     "naming contexts that hold recipients; several with ; between them",
     READ(read_dns, FIELD(ldap.bases), NO_LIMITS, USED_BY_LDAP)},
    {"directory", "schema", "auto | ad | rfc", "auto",
     "auto reads the server's own schema and takes the built-in table that fits if it cannot",
     READ(read_choice_text, FIELD(ldap.schema), NO_LIMITS, USED_BY_LDAP)},
    {"directory", "bind", "anonymous | simple | external | gssapi", "anonymous",
     "how rollcall authenticates to the servers",
     READ(read_choice, FIELD(ldap.bind), NO_LIMITS, USED_BY_LDAP)},
    {"directory", "bind-dn", "DN or name", "",
     "the account of bind = simple",
     READ(read_bind_name, FIELD(ldap.bind_dn), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "password-file", "path", "",
     "file whose first line is the password of bind = simple",
     READ(read_path, FIELD(ldap.password_file), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "keytab", "path", "",
     "keytab of bind = gssapi; empty takes the default client keytab",
     READ(read_path, FIELD(ldap.keytab), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "principal", "name", "",
     "Kerberos principal of bind = gssapi; empty takes the first of the keytab",
     READ(read_name, FIELD(ldap.principal), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "tls", "required | none", "required",
     "required means ldaps, or StartTLS, with a certificate that verifies",
     READ(read_choice, FIELD(ldap.tls), NO_LIMITS, USED_BY_LDAP)},
    {"directory", "tls-ca-file", "path", "",
     "certificate authorities that servers may be signed by; empty takes the system's",
     READ(read_path, FIELD(ldap.ca_file), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "tls-cert-file", "path", "",
     "client certificate, for bind = external over TLS",
     READ(read_path, FIELD(ldap.cert_file), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "tls-key-file", "path", "",
     "private key of the client certificate",
     READ(read_path, FIELD(ldap.key_file), NO_LIMITS, USED_BY_LDAP, MAY_BE_EMPTY)},
    {"directory", "connections", "number", "4",
     "most connections open at once",
     READ(read_guint, FIELD(ldap.connections), 1, 64, USED_BY_LDAP)},
    {"directory", "page-size", "number", "1000",
     "entries asked for in one page of a search; Active Directory gives 1000 at most",
     READ(read_guint, FIELD(ldap.page_size), 1, 10000, USED_BY_LDAP)},
    {"directory", "max-waiting", "number", "4",
     "requests that may wait while no server answers; the rest are deferred at once",
     READ(read_guint, FIELD(ldap.max_waiting), 1, 1000, USED_BY_LDAP)},
    {"directory", "connect-timeout", "time", "5 s",
     "longest time from connecting to bound, TLS included",
     READ(read_time, FIELD(ldap.connect_timeout), SECONDS(1), SECONDS(60), USED_BY_LDAP)},
    {"directory", "answer-timeout", "time", "5 s",
     "longest silence of a server that owes an answer",
     READ(read_time, FIELD(ldap.answer_timeout), SECONDS(1), SECONDS(60), USED_BY_LDAP)},
    {"directory", "retry-interval", "time", "10 s",
     "time between probes of a server that failed",
     READ(read_time, FIELD(ldap.retry_interval), SECONDS(1), SECONDS(3600), USED_BY_LDAP)},

    /* ---- [limits] ---- */
    {"limits", "max-members", "number", "100000",
     "most members of one group",
     READ(read_gsize, FIELD(limits.max_members), 1, 10000000)},
    {"limits", "max-depth", "number", "32",
     "deepest nesting of groups in groups; the addressed group is 1",
     READ(read_guint, FIELD(limits.max_depth), 1, 1000)},
    {"limits", "max-time", "time", "20 s",
     "longest time for one address: looking it up and expanding it",
     READ(read_time, FIELD(limits.max_time), SECONDS(1), SECONDS(600))},

    /* ---- [group ADDRESS] ---- */
    {SETTINGS_GROUP_SECTION, "max-members", "number", NULL,
     "most members of this group, in place of the common limit",
     READ(read_group_members, 0, 1, 10000000)},

    {NULL, NULL, NULL, NULL, NULL, NULL},
};
/* clang-format on */
