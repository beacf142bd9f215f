/* SPDX-License-Identifier: BSD-2-Clause
 * judge.h - what a judge knows, for the files of this folder
 */
#pragma once

#include "origin/secret.h"
#include "rollcall/origin.h"

struct OriginJudge {
    Networks         *trusted;
    gboolean          trust_local_submission;
    CloudRecognition  exchange_online;
    char            **tls_names;
    char             *tenant_header; /* NULL: no such proof */
    Secret           *secret;        /* NULL with it */
    char            **tenant_ids;    /* never NULL */
    GPtrArray        *domain_keys;   /* of our own, for advice */
    StripTrustHeaders strip;
    Endpoints        *endpoints; /* borrowed; NULL: no addresses are known */
};

/* Whether one of our own domains is meant. */
gboolean judge_has_domain(const OriginJudge *judge, const char *domain);
