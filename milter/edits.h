/* SPDX-License-Identifier: BSD-2-Clause
 * edits.h - the edits to one message, made through libmilter
 */
#pragma once

#include "milter/edit-list.h"
#include "milter/negotiate.h"

#include <libmilter/mfapi.h>

/* Every deletion, then every addition, the sender, the changes to headers, the new headers, and the hold last. FALSE at
 * the first that fails, and before any is made if the MTA did not offer what one of them needs (NOTIFY and ORCPT are
 * only left out then): the message must be deferred then, and the MTA drops the edits that it had. Only inside the
 * end-of-message callback. */
gboolean edits_make(SMFICTX *context, const Edits *edits, const Terms *terms) G_GNUC_WARN_UNUSED_RESULT;
