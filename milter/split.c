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

static const char other_purpose[] = "rollcall split other 1";

enum { LONGEST_VALUE = 1000 };

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
    GString *stated = g_string_new(NULL);
    g_string_printf(stated, "%s %s %" G_GUINT64_FORMAT, origin_word(ticket->origin), trust_word(ticket->trust),
                    ticket->size);
    for (gsize i = 0; i < ticket->n_others; i++)
        g_string_append_printf(stated, " %s", ticket->others[i]);
    return g_string_free(stated, FALSE);
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

/* ---- others ---- */

/* The Message-ID is in it, so that nobody can tell from two messages that they went to the same person. */
static void
other_word(const TraceKey *key, const char *message_id, const Address *address,
           char word[static SPLIT_OTHER_LENGTH + 1])
{
    g_autofree char  *stripped = g_strstrip(g_strdup(message_id != NULL ? message_id : ""));
    const char *const parts[] = {stripped, address_key(address), NULL};
    g_autofree char  *hash = trace_key_sign(key, other_purpose, parts);
    memcpy(word, hash, SPLIT_OTHER_LENGTH);
    word[SPLIT_OTHER_LENGTH] = '\0';
}

void
split_ticket_add_others(SplitTicket *ticket, const TraceKey *key, const char *message_id, const GPtrArray *addresses)
{
    for (guint i = 0; addresses != NULL && i < addresses->len && ticket->n_others < SPLIT_MOST_OTHERS; i++)
        other_word(key, message_id, g_ptr_array_index(addresses, i), ticket->others[ticket->n_others++]);
}

gboolean
split_ticket_has_other(const Address *address, gconstpointer holder)
{
    const SplitHolder *held = holder;
    char               word[SPLIT_OTHER_LENGTH + 1];
    if (held->ticket->n_others == 0)
        return FALSE;
    other_word(held->key, held->message_id, address, word);
    for (gsize i = 0; i < held->ticket->n_others; i++) {
        if (strcmp(held->ticket->others[i], word) == 0)
            return TRUE;
    }
    return FALSE;
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

/* Three words, those of the others, and the hash; MTAs may fold between them. */
enum { WORD_ORIGIN, WORD_TRUST, WORD_SIZE, WORD_OTHERS, LEAST_WORDS = WORD_OTHERS + 1 };

static GPtrArray *
read_words(const char *value)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (value += strspn(value, blanks); *value != '\0'; value += strspn(value, blanks)) {
        gsize length = strcspn(value, blanks);
        g_ptr_array_add(words, g_strndup(value, length));
        value += length;
    }
    return words;
}

static gboolean
read_others(const GPtrArray *words, SplitTicket *ticket)
{
    if (words->len - LEAST_WORDS > SPLIT_MOST_OTHERS)
        return FALSE;
    for (guint i = WORD_OTHERS; i < words->len - 1; i++) {
        const char *word = g_ptr_array_index(words, i);
        if (strlen(word) != SPLIT_OTHER_LENGTH)
            return FALSE;
        memcpy(ticket->others[ticket->n_others++], word, SPLIT_OTHER_LENGTH + 1);
    }
    return TRUE;
}

static gboolean
read_stated(const GPtrArray *words, SplitTicket *ticket)
{
    return words->len >= LEAST_WORDS && read_origin(g_ptr_array_index(words, WORD_ORIGIN), &ticket->origin) &&
           read_trust(g_ptr_array_index(words, WORD_TRUST), &ticket->trust) &&
           g_ascii_string_to_unsigned(g_ptr_array_index(words, WORD_SIZE), 10, 0, G_MAXUINT64, &ticket->size, NULL) &&
           read_others(words, ticket);
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
    SplitTicket found = {0};
    if (value == NULL || strlen(value) > LONGEST_VALUE)
        return FALSE;
    g_autoptr(GPtrArray) words = read_words(value);
    if (!read_stated(words, &found) ||
        !was_made_for(key, &found, g_ptr_array_index(words, words->len - 1), message_id, sender, today))
        return FALSE;
    *ticket = found;
    return TRUE;
}
