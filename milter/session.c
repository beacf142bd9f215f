/* SPDX-License-Identifier: BSD-2-Clause
 * session.c - one connection of the MTA: what was agreed on with it, and the message that is under way
 *
 * Owns:     both.
 * Threads:  one at a time; libmilter's workers take turns, so nothing here belongs to a thread.
 */
#include "milter/session.h"

Session *
session_new(House *house, const Terms *terms)
{
    Session *session = g_new0(Session, 1);
    session->terms = *terms;
    transaction_init(&session->transaction, house);
    return session;
}

void
session_free(Session *session)
{
    transaction_destroy(&session->transaction);
    g_free(session);
}
