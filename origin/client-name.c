/* SPDX-License-Identifier: BSD-2-Clause
 * client-name.c - the name in the certificate that a TLS client showed
 *
 * Owns:     nothing.
 * Promises: a subject that can be read in two ways gives no name. X509_NAME_oneline() puts a backslash before a slash
 *           inside a value, but not before a backslash (tried, OpenSSL 3.0), and older ones put none at all: so a
 *           subject with any backslash is ambiguous, and one with a slash inside a value shows a second CN, a piece
 *           without a type, or a name that differs from {cn_subject}.
 * Threads:  any.
 */
#include "origin/client-name.h"

#include <string.h>

/* More than Sendmail gives (MAXNAME, 256, grown by xtext). */
enum { LONGEST_SUBJECT = 1024 };

static gboolean
said(const char *text)
{
    return text != NULL && *text != '\0';
}

/* The length of the attribute type before '=' in one piece of a subject, 0 if there is none. */
static gsize
type_length(const char *piece)
{
    gsize length = 0;
    while (g_ascii_isalnum(piece[length]) || piece[length] == '.')
        length++;
    return piece[length] == '=' ? length : 0;
}

/* The one CN of "/C=US/O=Example/CN=name"; NULL if it is not exactly one. */
static char *
common_name(const char *subject)
{
    if (*subject != '/' || strchr(subject, '\\') != NULL || strnlen(subject, LONGEST_SUBJECT + 1) > LONGEST_SUBJECT)
        return NULL;
    g_auto(GStrv) pieces = g_strsplit(subject + 1, "/", -1);
    const char *name = NULL;
    for (gsize i = 0; pieces[i] != NULL; i++) {
        gsize length = type_length(pieces[i]);
        if (length == 0)
            return NULL;
        if (length != 2 || g_ascii_strncasecmp(pieces[i], "CN", 2) != 0)
            continue;
        if (name != NULL || pieces[i][3] == '\0')
            return NULL;
        name = pieces[i] + 3;
    }
    return g_strdup(name);
}

static char *
sendmail_name(const OriginFacts *facts, const char **doubt)
{
    char *name = common_name(facts->cert_subject);
    if (name == NULL)
        *doubt = "its subject does not name exactly one CN without ambiguity";
    else if (said(facts->cert_name) && !g_str_equal(facts->cert_name, name))
        *doubt = "{cert_subject} and {cn_subject} disagree";
    else if (facts->verify == NULL || !g_str_equal(facts->verify, "OK"))
        *doubt = "the MTA could not verify it ({verify} is not OK)";
    return name;
}

char *
client_name(const OriginFacts *facts, const char **doubt)
{
    *doubt = NULL;
    if (!said(facts->cert_subject))
        return NULL;
    if (!said(facts->tls_version))
        *doubt = "the MTA says nothing of TLS";
    if (facts->sendmail) {
        const char *worse = NULL;
        char       *name = sendmail_name(facts, &worse);
        *doubt = worse != NULL ? worse : *doubt;
        return name;
    }
    /* Postfix has no {verify}; should there be one, it must not say no. */
    if (facts->verify != NULL && !g_str_equal(facts->verify, "OK"))
        *doubt = "the MTA could not verify it ({verify} is not OK)";
    return g_strdup(facts->cert_subject);
}

/* One label before the rest; "*" is one, for whoever has the certificate for all names there. */
static gboolean
is_one_label_under(const char *name, const char *parent)
{
    const char *dot = strchr(name, '.');
    if (dot == NULL || dot == name || g_ascii_strcasecmp(dot + 1, parent) != 0)
        return FALSE;
    if (dot == name + 1 && *name == '*')
        return TRUE;
    for (const char *at = name; at < dot; at++) {
        if (!g_ascii_isalnum(*at) && *at != '-' && *at != '_')
            return FALSE;
    }
    return TRUE;
}

gboolean
client_name_is_listed(const char *name, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++) {
        if (g_str_has_prefix(*names, "*.") ? is_one_label_under(name, *names + 2)
                                           : **names != '\0' && g_ascii_strcasecmp(name, *names) == 0)
            return TRUE;
    }
    return FALSE;
}
