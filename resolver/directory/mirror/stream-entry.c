/* SPDX-License-Identifier: BSD-2-Clause
 * stream-entry.c - messages with entries, as changes
 *
 * DirSync sends of an object what has changed, and of a new one everything. Linked values (member, managedBy) come with
 * options: `member;range=1-1` are those added, `member;range=0-0` those removed [MS-ADTS 3.1.1.3.4.1.3]. That an object
 * is new is told by whenCreated, which never changes again.
 *
 * Promises: what one message cannot tell is said to be so, not guessed.
 * Threads:  the stream's.
 */
#include "stream-private.h"

#include <string.h>

/* Asked for in any case, and kept from the receiver unless it has asked too. */
static const char *const own[] = {"instanceType", "parentGUID", "name", "isDeleted", "whenCreated", "objectGUID", NULL};

typedef struct {
    struct berval   description;
    BerVarray       values;
    ImageChangeKind kind;
    char           *name; /* without options */
} Piece;

typedef struct {
    GArray  *pieces; /* of Piece */
    EntryId  id;
    EntryId  parent;
    gboolean known; /* it has an id */
    gboolean has_parent;
    gboolean fresh;   /* created, or everything sent for another reason */
    gboolean classed; /* objectClass is there */
    gboolean deleted, revived;
    gboolean partial; /* a range that is not a link's */
} Parts;

const char *
stream_plain_dn(const char *dn)
{
    while (*dn == '<') {
        const char *end = strstr(dn, ">;");
        if (end == NULL)
            return dn;
        dn = end + strlen(">;");
    }
    return dn;
}

gboolean
stream_entry_id(const Entry *entry, const char *attribute, EntryId *id)
{
    const Value *values = NULL;
    gsize        length = sizeof id->octets;

    if (attribute == NULL) {
        g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
        g_checksum_update(sum, (const guchar *)entry_key(entry), -1);
        g_checksum_get_digest(sum, id->octets, &length);
        return TRUE;
    }
    return entry_all(entry, attribute, &values) == 1 &&
           (stream_id_read(values->data, values->length, id) || stream_id_parse(values->data, values->length, id));
}

static void
piece_clear(gpointer data)
{
    Piece *piece = data;

    ber_memfree(piece->values);
    g_free(piece->name);
}

static gboolean
is_true(const Piece *piece)
{
    return piece->values != NULL && piece->values[0].bv_val != NULL &&
           g_ascii_strcasecmp(piece->values[0].bv_val, "TRUE") == 0;
}

/* What the attributes say of the object as a whole. */
static void
weigh(Parts *parts, const Piece *piece)
{
    if (g_ascii_strcasecmp(piece->name, "objectGUID") == 0)
        parts->known = piece->values != NULL && piece->values[0].bv_val != NULL &&
                       stream_id_read(piece->values[0].bv_val, piece->values[0].bv_len, &parts->id);
    else if (g_ascii_strcasecmp(piece->name, "parentGUID") == 0)
        parts->has_parent = piece->values != NULL && piece->values[0].bv_val != NULL &&
                            stream_id_read(piece->values[0].bv_val, piece->values[0].bv_len, &parts->parent);
    else if (g_ascii_strcasecmp(piece->name, "whenCreated") == 0)
        parts->fresh = TRUE;
    else if (g_ascii_strcasecmp(piece->name, "objectClass") == 0)
        parts->classed = TRUE;
    else if (g_ascii_strcasecmp(piece->name, "isDeleted") == 0) {
        parts->deleted = is_true(piece);
        parts->revived = !parts->deleted;
    }
}

gboolean
stream_description_read(const char *description, gsize length, char **name, ImageChangeKind *kind, gboolean *partial)
{
    LdapRange *range = NULL;

    *kind = IMAGE_SET;
    *partial = FALSE;
    if (!ldap_range_parse(description, length, name, &range))
        return FALSE;
    if (range != NULL && range->first == 1 && range->last == 1)
        *kind = IMAGE_ADD;
    else if (range != NULL && range->first == 0 && range->last == 0 && !range->final)
        *kind = IMAGE_DELETE;
    else
        *partial = range != NULL;
    ldap_range_free(range);
    return TRUE;
}

static gboolean
name_piece(Parts *parts, Piece *piece, GError **error)
{
    gboolean partial = FALSE;

    if (!stream_description_read(piece->description.bv_val, piece->description.bv_len, &piece->name, &piece->kind,
                                 &partial)) {
        g_autofree char *shown = g_strndup(piece->description.bv_val, piece->description.bv_len);
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent the attribute %s", shown);
        return FALSE;
    }
    parts->partial = parts->partial || partial;
    return TRUE;
}

static gboolean
take_apart(LDAP *ld, LDAPMessage *message, Parts *parts, GError **error)
{
    BerElement   *cursor = NULL;
    struct berval dn = {0};
    int           result = ldap_get_dn_ber(ld, message, &cursor, &dn);
    gboolean      good = TRUE;

    while (good && result == LDAP_SUCCESS) {
        Piece piece = {.kind = IMAGE_SET};
        result = ldap_get_attribute_ber(ld, message, cursor, &piece.description, &piece.values);
        if (result != LDAP_SUCCESS || piece.description.bv_val == NULL)
            break;
        good = name_piece(parts, &piece, error);
        if (good)
            weigh(parts, &piece);
        g_array_append_val(parts->pieces, piece);
    }
    ber_free(cursor, 0);
    if (!good || result == LDAP_SUCCESS)
        return good;
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent an entry that cannot be read");
    return FALSE;
}

static gboolean
is_among(const char *name, const char *const *names)
{
    for (guint i = 0; names[i] != NULL; i++)
        if (g_ascii_strcasecmp(names[i], name) == 0)
            return TRUE;
    return FALSE;
}

static gboolean
is_asked_for(const StreamRun *run, const char *name)
{
    return !is_among(name, own) || is_among(name, run->settings->attributes);
}

GPtrArray *
stream_attribute_names(const StreamRun *run, const char *const *more)
{
    const char *const *asked = run->settings->attributes;
    GPtrArray         *names = g_ptr_array_new();

    for (guint i = 0; asked[i] != NULL; i++)
        g_ptr_array_add(names, (gpointer)asked[i]);
    for (guint i = 0; more[i] != NULL; i++)
        if (!is_among(more[i], asked))
            g_ptr_array_add(names, (gpointer)more[i]);
    g_ptr_array_add(names, NULL);
    return names;
}

static const Piece *
find_piece(const Parts *parts, const char *name)
{
    for (guint i = 0; i < parts->pieces->len; i++)
        if (g_ascii_strcasecmp(g_array_index(parts->pieces, Piece, i).name, name) == 0)
            return &g_array_index(parts->pieces, Piece, i);
    return NULL;
}

/* The attribute that names the object (cn, ou) is not sent, its value is that of `name`. NULL: it is not missed. */
static char *
naming_attribute(const StreamRun *run, const Parts *parts, const char *dn)
{
    const Piece     *name = find_piece(parts, "name");
    g_autofree char *type = g_strndup(dn, strcspn(dn, "="));

    if (name == NULL || name->values == NULL || name->values[0].bv_val == NULL ||
        !is_among(type, run->settings->attributes) || find_piece(parts, type) != NULL)
        return NULL;
    return g_steal_pointer(&type);
}

static StreamChange *
make_put(const StreamRun *run, const Parts *parts, const char *dn, EntryBuilder *builder)
{
    StreamChange    *change = stream_change_new(STREAM_PUT, &parts->id);
    g_autofree char *naming = naming_attribute(run, parts, dn);

    for (guint i = 0; i < parts->pieces->len; i++) {
        const Piece *piece = &g_array_index(parts->pieces, Piece, i);
        if (piece->kind == IMAGE_DELETE || !is_asked_for(run, piece->name))
            continue; /* links that once were */
        for (BerVarray value = piece->values; value != NULL && value->bv_val != NULL; value++)
            entry_builder_add(builder, piece->name, value->bv_val, value->bv_len);
    }
    if (naming != NULL) {
        const struct berval *name = find_piece(parts, "name")->values;
        entry_builder_add(builder, naming, name->bv_val, name->bv_len);
    }
    change->entry = entry_builder_finish(builder);
    return change;
}

static StreamChange *
make_patch(const StreamRun *run, const Parts *parts, const char *dn, EntryBuilder *builder)
{
    StreamChange    *change = stream_change_new(STREAM_PATCH, &parts->id);
    g_autofree char *naming = naming_attribute(run, parts, dn);

    change->entry = entry_builder_finish(builder);
    for (guint i = 0; i < parts->pieces->len; i++) {
        const Piece *piece = &g_array_index(parts->pieces, Piece, i);
        if (is_asked_for(run, piece->name))
            g_ptr_array_add(change->changes, stream_attribute_new(piece->kind, piece->name, piece->values));
    }
    if (naming != NULL)
        g_ptr_array_add(change->changes, stream_attribute_new(IMAGE_SET, naming, find_piece(parts, "name")->values));
    return change;
}

static gboolean
make_change(const StreamRun *run, const Parts *parts, gboolean full, const char *dn, StreamChange **change,
            GError **error)
{
    /* a full pass may come back to an object for more of its links: those are changes like others */
    gboolean      whole = parts->fresh || (full && parts->classed);
    EntryBuilder *builder = entry_builder_new(dn);

    if (builder == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent an entry whose name is no DN");
        return FALSE;
    }
    *change = whole ? make_put(run, parts, dn, builder) : make_patch(run, parts, dn, builder);
    (*change)->parent = parts->parent;
    (*change)->has_parent = parts->has_parent;
    (*change)->stays = !whole && find_piece(parts, "name") == NULL && find_piece(parts, "parentGUID") == NULL;
    return TRUE;
}

static gboolean
judge(const StreamRun *run, const Parts *parts, gboolean full, const char *dn, StreamNews *news, GError **error)
{
    if (!parts->known)
        return TRUE; /* the account may see that it is there, and no more */
    if (parts->deleted) {
        news->change = stream_change_new(STREAM_REMOVE, &parts->id);
        return TRUE;
    }
    if (!parts->partial && (full || parts->fresh || (!parts->revived && !parts->classed)))
        return make_change(run, parts, full, dn, &news->change, error);
    news->id = parts->id;
    news->dn = g_strdup(dn);
    return TRUE;
}

gboolean
stream_dirsync_entry(const StreamRun *run, LDAPMessage *message, gboolean full, StreamNews *news, GError **error)
{
    LDAP            *ld = run->connection->ld;
    g_autofree char *extended = ldap_message_dn(ld, message, error);
    Parts            parts = {0};

    *news = (StreamNews){0};
    if (extended == NULL)
        return FALSE;
    parts.pieces = g_array_sized_new(FALSE, TRUE, sizeof(Piece), 32);
    g_array_set_clear_func(parts.pieces, piece_clear);
    gboolean good =
        take_apart(ld, message, &parts, error) && judge(run, &parts, full, stream_plain_dn(extended), news, error);
    g_array_unref(parts.pieces);
    return good;
}

void
stream_change_set_parent(StreamChange *change, const Entry *entry)
{
    change->has_parent = stream_entry_id(entry, "parentGUID", &change->parent);
}

typedef struct {
    const StreamRun *run;
    EntryBuilder    *builder;
} Wanted;

static void
add_wanted(const char *key, const Value *values, guint n_values, gpointer user_data)
{
    const Wanted *to = user_data;

    if (!is_among(key, to->run->settings->attributes) && !g_str_equal(key, "objectclass"))
        return;
    for (guint i = 0; i < n_values; i++)
        entry_builder_add(to->builder, key, values[i].data, values[i].length);
}

const Entry *
stream_wanted_entry(const StreamRun *run, const Entry *entry)
{
    Wanted to = {run, entry_builder_new(entry_dn(entry))};

    entry_foreach(entry, add_wanted, &to);
    return entry_builder_finish(to.builder);
}

/* A million entries of one kind come one after the other: their builder is kept. */
static EntryBuilder *
begin_entry(StreamRun *run, const char *dn)
{
    if (run->builder == NULL)
        run->builder = entry_builder_new(dn);
    else if (!entry_builder_reset(run->builder, dn))
        return NULL;
    return run->builder;
}

const Entry *
stream_whole_entry(StreamRun *run, LDAPMessage *message, GError **error)
{
    LDAP            *ld = run->connection->ld;
    g_autofree char *dn = ldap_message_dn(ld, message, error);
    EntryBuilder    *builder = dn != NULL ? begin_entry(run, dn) : NULL;
    g_autoptr(GPtrArray) ranges = g_ptr_array_new_with_free_func((GDestroyNotify)ldap_range_free);

    if (dn == NULL)
        return NULL;
    if (builder == NULL) {
        g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_INCOMPLETE, "the server sent an entry whose name is no DN");
        return NULL;
    }
    return ldap_message_add(ld, message, builder, ranges, error) ? entry_builder_build(builder) : NULL;
}
