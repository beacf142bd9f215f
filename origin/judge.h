/* SPDX-License-Identifier: BSD-2-Clause
 * judge.h - what a judge knows, for the files of this folder
 */
#pragma once

#include "rollcall/origin.h"

struct OriginJudge {
    Networks         *trusted;
    gboolean          trust_local_submission;
    CloudRecognition  exchange_online;
    char            **tls_names;
    char             *tenant_header; /* NULL: no such proof */
    char            **tenant_ids;    /* never NULL */
    GPtrArray        *domain_keys;   /* of our own, for advice */
    StripTrustHeaders strip;
    Endpoints        *endpoints; /* borrowed; NULL: no addresses are known */
};
