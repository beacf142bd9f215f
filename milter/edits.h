/* SPDX-License-Identifier: BSD-2-Clause
 * edits.h - the edits to one message, made through libmilter
 */
#pragma once

#include "milter/conclusion.h"
#include "milter/negotiate.h"

#include <libmilter/mfapi.h>

/* Every deletion, then every addition, then the trace headers. FALSE at the first that fails: the message must be
 * deferred then, and the MTA drops the edits that it had. Only inside the end-of-message callback. */
gboolean edits_make(SMFICTX *context, const Conclusion *conclusion, const Terms *terms) G_GNUC_WARN_UNUSED_RESULT;
