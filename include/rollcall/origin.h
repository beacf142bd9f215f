/* SPDX-License-Identifier: BSD-2-Clause
 * origin.h - what is known about who handed us a message, and each factor that speaks for or against it
 *
 * The milter and `rollcall origin` ask the same functions. An OriginJudge is immutable but for the published addresses
 * it looks up, and any thread may use it; an OriginCase is one message's, for one thread at a time.
 */
#pragma once

#include "rollcall/policy.h"

#include <glib.h>

#define ORIGIN_ERROR origin_error_quark()
GQuark origin_error_quark(void);
typedef enum {
    ORIGIN_ERROR_NETWORK, /* no network; the message says what was expected */
    ORIGIN_ERROR_SECRET,  /* the file of the tenant's secret cannot be read, is too open or holds no usable value */
    ORIGIN_ERROR_ADDRESSES, /* no list of published addresses */
} OriginError;

/* ---- networks ---- */

/* A set of networks; immutable, any thread. */
typedef struct Networks Networks;
/* `texts`: NULL-terminated, or NULL for none; "192.0.2.0/24", "2001:db8::/32", "192.0.2.7". Caller: networks_free(). */
Networks *networks_new(const char *const *texts, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void      networks_free(Networks *networks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Networks, networks_free)
/* `address` as MTAs write it in {client_addr}: plain, or tagged "IPv6:". What is no address is in no network. */
gboolean networks_contain(const Networks *networks, const char *address);

/* ---- addresses that Microsoft publishes for Exchange Online ---- */

typedef struct {
    const char *url;      /* "https://endpoints.office.com"; the version is asked of URL/version/INSTANCE */
    const char *instance; /* "Worldwide", "China", "USGovDoD", "USGovGCCHigh" */
    const char *cache;    /* where the last list is kept for the next start; NULL: nowhere */
    const char *file;     /* offline: a list as /endpoints/INSTANCE gives it; nothing is fetched then; or NULL */
    const char *ca_file;  /* NULL: the system's */
    gboolean    offline;  /* nothing is fetched, without `file` either: the cache alone, if there is one */
    void (*observe)(gboolean good, const char *event, gpointer user_data); /* one line, escaped; may be NULL */
    gpointer observer_data;
} EndpointsSettings;

typedef struct Endpoints Endpoints;
/* Reads file or cache at once; without `file` starts a thread that asks for the version at most hourly and fetches the
 * list when it rose [Microsoft 365 IP address web service]. The strings are copied. `file` may also be a former cache.
 * NULL with ORIGIN_ERROR_ADDRESSES if `file` cannot be used. Caller: endpoints_free(), which joins the thread and does
 * not wait for a slow server. */
Endpoints *endpoints_new(const EndpointsSettings *settings, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void       endpoints_free(Endpoints *endpoints);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoints, endpoints_free)
/* Whether mail of Exchange Online may come from there, by the newest list that is known. No list: no address. */
gboolean endpoints_contain(Endpoints *endpoints, const char *client_address);
/* Whether there is a list at all. */
gboolean endpoints_is_known(Endpoints *endpoints);
/* For checks: the version ("2026110100"; "" if there is no list) and how many networks. Caller: g_free(). */
char *endpoints_version(Endpoints *endpoints, gsize *n_networks) G_GNUC_WARN_UNUSED_RESULT;

/* ---- judging ---- */

typedef enum {
    ORIGIN_ANONYMOUS,       /* nothing speaks for the sender */
    ORIGIN_SASL,            /* logged in at the MTA */
    ORIGIN_NETWORK,         /* came from one of trusted-networks */
    ORIGIN_LOCAL,           /* submitted on the MTA's own host */
    ORIGIN_EXCHANGE_ONLINE, /* recognised, and with proof of our tenant */
    ORIGIN_FOREIGN_CLOUD,   /* recognised as Exchange Online, without proof of our tenant: a stranger */
} Origin;
const char *origin_word(Origin origin); /* for the log: "anonymous", "exchange-online", ... */

typedef enum { CLOUD_NO, CLOUD_CERTIFICATE, CLOUD_PUBLISHED_ADDRESS, CLOUD_EITHER } CloudRecognition;
typedef enum { STRIP_EXPANDED, STRIP_ALL, STRIP_NEVER } StripTrustHeaders;

typedef struct {
    const char *const *trusted_networks; /* NULL: none */
    gboolean           trust_local_submission;
    CloudRecognition   exchange_online;
    const char *const *tls_names;     /* verified names of a TLS client that are Exchange Online's */
    const char        *tenant_header; /* name of the header with the secret; NULL: no such proof */
    const char        *tenant_secret_file; /* one value a line, at most two; at least 16 octets each */
    const char *const *tenant_ids; /* opt-in: values of X-MS-Exchange-CrossTenant-Id that are ours; NULL: none */
    const char *const *domains;    /* our own, for advice */
    StripTrustHeaders  strip;
} OriginSettings;

typedef struct OriginJudge OriginJudge;
/* Copies all and reads the secret. `endpoints` is borrowed and may be NULL. Caller: origin_judge_free(). */
OriginJudge *origin_judge_new(const OriginSettings *settings, Endpoints *endpoints, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void origin_judge_free(OriginJudge *judge); /* wipes the secret */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OriginJudge, origin_judge_free)

/* What the MTA said about the connection. Borrowed for the call; every pointer may be NULL. */
typedef struct {
    const char *sasl_user;      /* {auth_authen} */
    const char *client_address; /* {client_addr} */
    const char *tls_version;    /* {tls_version}; "" or NULL: no TLS */
    const char *cert_subject;   /* {cert_subject}: Postfix gives the CN, and only of a verified chain; Sendmail the DN */
    const char *cert_issuer;    /* {cert_issuer} */
    const char *cert_name;      /* {cn_subject}, Sendmail's only: the CN; if said, it must agree with the subject */
    const char *verify;         /* {verify}, Sendmail's only: "OK" */
    gboolean    sendmail;
    gboolean    submitted; /* on the MTA's host, not by SMTP */
} OriginFacts;

typedef struct OriginCase OriginCase;
/* `judge` stays the caller's and must outlive the case. Caller: origin_case_free(). */
OriginCase *origin_case_new(const OriginJudge *judge, const OriginFacts *facts);
void        origin_case_free(OriginCase *origin_case);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OriginCase, origin_case_free)
/* Each header field of the message, in its order. Allocates nothing for those that do not matter. */
void origin_case_header(OriginCase *origin_case, const char *name, const char *value);
/* After the last header. From here on nothing is undecided. */
void origin_case_close(OriginCase *origin_case);

Origin      origin_case_origin(const OriginCase *origin_case); /* FOREIGN_CLOUD until the proof was seen */
SenderTrust origin_case_trust(const OriginCase *origin_case);
/* Not NULL for a closed case that could be our tenant's, but it could not be found out: the published addresses were
 * asked for and no list has ever been fetched, and the message has the secret and came over TLS. The text says so. It
 * counts as EXTERNAL; a refusal on that ground must be a temporary one. */
const char *origin_case_unknown(const OriginCase *origin_case);
/* The From header's mailbox if there is exactly one; else NULL. Borrowed. */
const Address *origin_case_from(const OriginCase *origin_case);

/* Why: fixed words and values from outside, to be escaped by whoever prints them. In a fixed order, and valid until the
 * case is freed. Secrets are never among them. "tls-name"="mail.protection.outlook.com", "proof"="secret",
 * "auth-as"="Internal", "advice"="dkim-signature d=example.com, not verified", "warning"="...". */
typedef struct {
    const char *name, *value;
    gboolean    advice; /* was no part of the decision */
} OriginFactor;
const OriginFactor *origin_case_factors(const OriginCase *origin_case, gsize *n_factors);

/* ---- header hygiene ---- */

/* Whether the closed case wants the header field of this name removed. `expanded`: the message is one whose envelope
 * we change. The tenant's secret goes from every message; our own headers (X-Rollcall-*) from every one that we change,
 * but for the trace, which loop detection needs and nobody can forge; the trust headers as `strip` says, never from
 * proven Exchange Online. */
gboolean origin_case_removes(const OriginCase *origin_case, const char *header_name, gboolean expanded);
/* The same for a message whose origin is known otherwise: the second pass of a split reads it from the ticket. */
gboolean origin_judge_removes(const OriginJudge *judge, Origin origin, const char *header_name, gboolean expanded);
/* Whether it may be one that is ever removed, so that occurrences must be counted. */
gboolean origin_judge_watches(const OriginJudge *judge, const char *header_name);
