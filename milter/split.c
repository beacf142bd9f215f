/* SPDX-License-Identifier: BSD-2-Clause
 * split.c - handing one group of a message back to the MTA as a message of its own
 *
 * Promises: a ticket is no trace and a trace no ticket, though both are made with one key; hashes are compared in
 *           constant time. What is read is bounded: it may come from anybody.
 * Threads:  any.
 */
#include "milter/split.h"

#include <string.h>

static const char purpose[] = "rollcall split 1";
static const char blanks[] = " \t\r\n";

enum { LONGEST_VALUE = 256 };

/* ---- addresses ---- */

static void
append_quoted(GString *text, const char *local)
{
    g_string_append_c(text, '"');
    for (; *local != '\0'; local++) {
        if (*local == '"' || *local == '\\')
            g_string_append_c(text, '\\');
        g_string_append_c(text, *local);
    }
    g_string_append_c(text, '"');
}

/* The address with this local part, which is not quoted yet. */
static Address *
address_of_parts(const char *local, const char *domain)
{
    g_autoptr(GString) text = g_string_new(local);
    g_string_append_printf(text, "@%s", domain);
    g_autoptr(Address) plain = address_new(text->str, NULL);
    if (plain != NULL && strcmp(address_local(plain), local) == 0)
        return g_steal_pointer(&plain);
    g_string_truncate(text, 0);
    append_quoted(text, local);
    g_string_append_printf(text, "@%s", domain);
    return address_new(text->str, NULL);
}

Address *
split_address(const Address *group, const char *split_domain)
{
    g_autofree char *local = g_strconcat(address_local(group), "=", address_domain_key(group), NULL);
    return address_of_parts(local, split_domain);
}

Address *
split_original(const Address *address)
{
    /* A domain holds no "=", a local part may. */
    const char *local = address_local(address), *mark = strrchr(local, '=');
    if (mark == NULL)
        return NULL;
    g_autofree char *original = g_strndup(local, (gsize)(mark - local));
    return address_of_parts(original, mark + 1);
}

gboolean
split_is_reserved(const Address *address, const char *split_domain_key)
{
    return *split_domain_key != '\0' && strcmp(address_domain_key(address), split_domain_key) == 0;
}

char *
split_message_id(const char *domain)
{
    g_autofree char *unique = g_uuid_string_random();
    return g_strdup_printf("<%s@%s>", unique, domain);
}

/* ---- tickets ---- */

static const char *
trust_word(SenderTrust trust)
{
    return trust == SENDER_AUTHENTICATED ? "authenticated" : "external";
}

/* As the next MTA may spell it: without needless quotes, the domain in another case. */
static char *
sender_key(const char *sender)
{
    g_autoptr(Address) address = address_new(sender, NULL);
    return g_strdup(address != NULL ? address_key(address) : sender);
}

static char *
ticket_hash(const TraceKey *key, const char *stated, const char *message_id, const char *sender, gint64 day)
{
    g_autofree char  *stripped = g_strstrip(g_strdup(message_id != NULL ? message_id : ""));
    g_autofree char  *day_text = g_strdup_printf("%" G_GINT64_FORMAT, day);
    const char *const parts[] = {stated, stripped, sender, day_text, NULL};
    return trace_key_sign(key, purpose, parts);
}

static char *
ticket_stated(const SplitTicket *ticket)
{
    return g_strdup_printf("%s %s %" G_GUINT64_FORMAT, origin_word(ticket->origin), trust_word(ticket->trust),
                           ticket->size);
}

char *
split_ticket_value(const TraceKey *key, const SplitTicket *ticket, const char *message_id, const char *sender,
                   gint64 day)
{
    g_autofree char *from = sender_key(sender);
    g_autofree char *stated = ticket_stated(ticket);
    g_autofree char *hash = ticket_hash(key, stated, message_id, from, day);
    return g_strconcat(stated, " ", hash, NULL);
}

/* ---- reading a ticket ---- */

static gboolean
read_origin(const char *word, Origin *origin)
{
    for (Origin one = ORIGIN_ANONYMOUS; one <= ORIGIN_FOREIGN_CLOUD; one++) {
        if (strcmp(word, origin_word(one)) == 0) {
            *origin = one;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean
read_trust(const char *word, SenderTrust *trust)
{
    *trust = strcmp(word, trust_word(SENDER_AUTHENTICATED)) == 0 ? SENDER_AUTHENTICATED : SENDER_EXTERNAL;
    return strcmp(word, trust_word(*trust)) == 0;
}

/* Four words; MTAs may fold between them. */
enum { WORD_ORIGIN, WORD_TRUST, WORD_SIZE, WORD_HASH, N_WORDS };

static gboolean
read_words(const char *value, char *words[static N_WORDS])
{
    for (gsize i = 0; i < N_WORDS; i++) {
        value += strspn(value, blanks);
        gsize length = strcspn(value, blanks);
        if (length == 0)
            return FALSE;
        words[i] = g_strndup(value, length);
        value += length;
    }
    return value[strspn(value, blanks)] == '\0';
}

static gboolean
read_stated(char *const words[static N_WORDS], SplitTicket *ticket)
{
    return read_origin(words[WORD_ORIGIN], &ticket->origin) && read_trust(words[WORD_TRUST], &ticket->trust) &&
           g_ascii_string_to_unsigned(words[WORD_SIZE], 10, 0, G_MAXUINT64, &ticket->size, NULL);
}

static gboolean
was_made_for(const TraceKey *key, const SplitTicket *ticket, const char *hash, const char *message_id,
             const char *sender, gint64 today)
{
    g_autofree char *from = sender_key(sender);
    g_autofree char *stated = ticket_stated(ticket);
    /* Tomorrow too: another relay's clock may be ahead around midnight. */
    for (gint64 day = today + 1; day >= today - TRACE_DAYS_ON_THE_WAY; day--) {
        g_autofree char *expected = ticket_hash(key, stated, message_id, from, day);
        if (trace_value_equal(hash, expected))
            return TRUE;
    }
    return FALSE;
}

gboolean
split_ticket_read(const TraceKey *key, const char *value, const char *message_id, const char *sender, gint64 today,
                  SplitTicket *ticket)
{
    g_auto(GStrv) words = g_new0(char *, N_WORDS + 1);
    SplitTicket found = {0};
    if (value == NULL || strlen(value) > LONGEST_VALUE || !read_words(value, words) || !read_stated(words, &found))
        return FALSE;
    if (!was_made_for(key, &found, words[WORD_HASH], message_id, sender, today))
        return FALSE;
    *ticket = found;
    return TRUE;
}
