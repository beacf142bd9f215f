/* SPDX-License-Identifier: BSD-2-Clause
 * image-private.h - what the files of the image share
 *
 * The tree: a node for each DN that an entry has, or that lies above one, or that a value names. A node knows its
 * parent and its own RDN, so that renaming a container touches one node. A node without an entry is glue. A node
 * without a parent (but for the root) is a stray: nothing leads to it from the root.
 *
 * The columns: one for each attribute, with its distinct values and what indexes it has. An entry is a Record: numbers
 * of values, column by column.
 *
 * Until the first image_install() nothing is indexed but links, and every question looks at every entry; from then on
 * each change keeps the indexes right.
 */
#pragma once

#include "image.h"

#include "dictionary.h"
#include "dn-parts.h"
#include "id-set.h"
#include "postings.h"
#include "record.h"
#include "room.h"

#include <pthread.h>

enum { NODE_ROOT = 0 };

typedef enum {
    NODE_HAS_ID = 1 << 0,
    NODE_DISPLACED = 1 << 1, /* an entry that lost its DN to another */
    NODE_EXPECTED = 1 << 2,  /* rows name it by id: it must be an entry in the end */
    NODE_FREE = 1 << 3,      /* none: to be used again; `parent` is the next */
    NODE_DIRTY = 1 << 4,     /* among Image.dirty */
    NODE_SPELLED = 1 << 5,   /* its RDN is spelled as in the DN of an entry, not as some value has it */
} NodeFlags;

typedef struct {
    guint32 parent;            /* ID_NONE: the root, or a stray */
    guint32 n_references : 24; /* columns in which a value means it */
    guint32 flags : 8;
    char   *name; /* its RDN as it is spelled, a NUL, the RDN's key, a NUL */
    Record *record;
    IdSet  *children; /* NULL: none */
} Node;

typedef struct Column          Column;
typedef struct ImageSelections ImageSelections;

/* Two attributes that mirror each other, as member and memberOf do; one type may be missing. */
typedef struct {
    const AttributeType *forward, *back;
    Column              *forward_column, *back_column; /* NULL while no entry has the attribute */
} LinkPair;

struct Column {
    guint32              index;
    const char          *key;
    const AttributeType *type; /* NULL: not in the schema */
    gboolean             is_dn;
    gboolean             is_address, is_proxy;
    LinkPair            *pair;      /* NULL: no link */
    pthread_mutex_t      rows_lock; /* while rows come: of the values, which two threads take */
    guint32              rows_seen; /* under it: in how many */
    Dictionary           values;
    IdSet               *presence; /* NULL: not yet indexed */
    gboolean             has_postings, has_keys, has_addresses;
    Postings             postings;
    IdTable              keys;      /* by hash of schema_value_key() */
    IdTable              addresses; /* by hash of the Address */
};

struct Image {
    Schema         *schema;
    gboolean        is_ad;
    char          **address_attributes;
    guint64         version;
    GPtrArray      *columns;       /* of Column */
    pthread_mutex_t columns_lock;  /* while rows come: who changes `column_of_key`, or is not the one who does */
    GHashTable     *column_of_key; /* AttributeType.key to Column */
    GPtrArray      *pairs;         /* of LinkPair */
    GHashTable     *pair_of_key;   /* AttributeType.key to LinkPair */

    Node    *nodes;
    EntryId *ids; /* by node */
    guint32  n_nodes, nodes_room, free_node;
    IdTable  paths; /* by parent and key */
    IdTable  by_id;
    IdSet   *entries; /* nodes with a record, without those displaced */
    guint    n_displaced;

    GArray     *dirty; /* of EntryId, perhaps twice */
    RecordDraft draft;
    guint32     rows_expected; /* when it is made of rows; 0: unknown */
    gboolean    is_indexed;
    GHashTable *wanted;          /* AttributeType to Want: what the indexes were chosen by */
    guint32     filters_version; /* of the filters then */

    pthread_mutex_t scopes_lock;
    GHashTable     *scopes; /* node to the IdSet of all below it, itself included; emptied by each change of the tree */

    ImageSelections *selections; /* has a lock of its own */
};

#define IMAGE_NODE(image, id) (&(image)->nodes[id])

/* ---- image-nodes.c: the tree ---- */

guint32 image_child(const Image *image, guint32 parent, const char *key, gsize key_length); /* ID_NONE: none */
guint32 image_node_at(const Image *image, const char *key); /* by DN key, from the root down; ID_NONE: none */
guint32 image_node_of_id(const Image *image, const EntryId *id);
void    image_prefetch_id(const Image *image, const EntryId *id); /* it will be asked for in a moment */
void    image_nodes_reserve(Image *image, guint32 n_nodes);       /* about so many entries will come */
/* A new stray. The name is copied. */
guint32 image_node_new(Image *image, const char *text, gsize text_length, const char *key, gsize key_length);
/* The node of these RDNs from `first` on; makes glue where there is nothing. `of_entry`: it is the DN of an entry,
 * whose spelling counts more than that of values. */
guint32 image_make_path(Image *image, const DnParts *parts, guint first, gboolean of_entry);
void    image_set_id(Image *image, guint32 node, const EntryId *id);
void    image_clear_id(Image *image, guint32 node);
void    image_set_name(Image *image, guint32 node, const DnPart *part); /* of a stray */
void    image_attach(Image *image, guint32 node, guint32 parent);
void    image_detach(Image *image, guint32 node);
/* Frees the node if nothing needs it, and then those above it. */
void        image_drop_if_idle(Image *image, guint32 node);
gboolean    image_is_below(const Image *image, guint32 node, guint32 base); /* or is it */
const char *image_key_of(const Image *image, guint32 node);                 /* of its RDN */
/* The DN, or its key, in `room`. */
Value image_compose(const Image *image, guint32 node, gboolean key, Room *room);
/* The children at this moment. Of guint32; caller: g_array_unref(). */
GArray *image_children(const Image *image, guint32 node);
void    image_nodes_clear(Image *image);
void    image_nodes_trim(Image *image);

/* ---- image-superiors.c: what stands behind the RDN in the names of entries ----
 *
 * Entries that are handed out one after the other mostly share the upper part of their names. Begin with all zero; the
 * image must not change between the first use and image_superiors_clear(). */

/* Text that grows at its front. */
typedef struct {
    char *text, *end; /* its room; the NUL is at `end` */
    gsize length;
} ImageTail;

typedef struct {
    guint32 node;
    gsize   dn_length, key_length; /* from the comma in front of its RDN to the end */
} ImageLevel;

typedef struct {
    GArray   *levels; /* of ImageLevel, from the top down */
    ImageTail dn, key;
} ImageSuperiors;
/* Those of an entry below `parent`: ID_NONE and the root have none. */
void image_superiors_set(ImageSuperiors *superiors, const Image *image, guint32 parent);
void image_superiors_clear(ImageSuperiors *superiors);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageSuperiors, image_superiors_clear)

/* ---- image-columns.c ---- */

Column *image_column(const Image *image, const char *key); /* an interned key; NULL: no entry ever had it */
Column *image_make_column(Image *image, const char *key);
void    image_column_free(gpointer column);
/* Counts the value once more. `node`: instead of octets. */
guint32 image_take_value(Image *image, Column *column, const char *data, gsize length, guint64 hash);
guint32 image_take_node(Image *image, Column *column, guint32 node);
void    image_release_value(Image *image, Column *column, guint32 value);
/* Gives `node` another record (NULL: none) and keeps presence and postings right. Takes over `record`, whose values are
 * counted already; those of the old one are released. */
void image_set_record(Image *image, guint32 node, Record *record);
/* Adds an attribute as it is to the draft, and counts its values. */
void image_draft_same(Image *image, const RecordWalk *walk);
/* Moves a record from one node to another that has none. */
void image_move_record(Image *image, guint32 from, guint32 to);
/* Moves all that values say of node `from` to node `to`. */
void image_move_references(Image *image, guint32 from, guint32 to);

/* ---- image-place.c, image-move.c: names of entries ---- */

/* The row of the entry, if `node` is one, differs from the one exported last. */
void image_mark_dirty(Image *image, guint32 node);
/* The same for all rows that name `node` as a name and not by id, or a name below it. */
void image_mark_dirty_names(Image *image, guint32 node);
/* The entry's own row, and those that name it by id. */
void image_mark_dirty_around(Image *image, guint32 node);
/* Takes its place from a node: an entry is displaced, glue becomes a stray. */
void image_displace(Image *image, guint32 node);
void image_undo_displaced(Image *image, guint32 node);
/* AD: the node of this id, under `parent` by this name; ID_NONE: `parent` lies below it. */
guint32 image_place(Image *image, const EntryId *id, guint32 parent, const DnPart *part);
/* RFC: the node at the DN, to which the entry with this id has moved with all below it. */
guint32 image_place_by_name(Image *image, const EntryId *id, const DnParts *parts);
/* An object that is not in the image: at `place` (ID_NONE: nobody knows where) if no other is there, else a stray of
 * that name (NULL: unknown). */
guint32 image_outside(Image *image, const EntryId *id, guint32 place, const DnPart *part);
/* The node that a value of DN syntax means; made if it is not there. ID_NONE: the value is no DN. */
guint32 image_node_of_value(Image *image, const Value *value);
/* The same without making it; ID_NONE: there is none, or no DN. */
guint32 image_find_node_of_value(const Image *image, const Value *value);
/* Where the DN starts in `<GUID=...>;<SID=...>;DN`; elsewhere the text itself. */
const char *image_after_extended(const char *dn);

/* image-keys.c: the hashes under which values are found. FALSE: there is nothing under which to find it. */
gboolean image_key_hash(const AttributeType *type, const Value *value, guint64 *hash);
void     image_column_add_keys(Column *column, guint32 value);
void     image_column_remove_keys(Column *column, guint32 value);
guint64  image_hash_for_keys(guint32 value, gconstpointer column);      /* IdHashFunc */
guint64  image_hash_for_addresses(guint32 value, gconstpointer column); /* IdHashFunc */

/* image-address.c: whether the value of an address attribute is one, and its address_hash(). *malformed: it is none,
 * though it says so. */
gboolean image_address_hash(const Column *column, const Value *value, guint *hash, gboolean *malformed);

/* ---- image-links.c: pairs, and what follows from them ---- */

void image_find_pairs(Image *image);
/* The column of whose turned values the back link `type` is made; NULL: it is no back link, or nobody links. */
const Column *image_forward_of(const Image *image, const AttributeType *type);
/* Appends, of guint32: the nodes whose values in `column` mean `node`. */
void image_append_sources(const Column *column, guint32 node, GArray *sources);
/* Nodes that a back link of theirs names `node`: carried and worked out. */
IdSet *image_bearers(const Image *image, const AttributeType *type, guint32 node);
IdSet *image_with_back_link(const Image *image, const AttributeType *type);
/* All nodes from which one or more steps along `type` lead to the DN key. NULL: `type` is no link. */
IdSet *image_chain(const Image *image, const AttributeType *type, const char *target);

/* ---- image-selection.c ---- */

/* Which attributes entries are handed out with. Immutable once made; any thread. */
typedef struct {
    guint8    *wanted;             /* by column: stored values; NULL: all */
    GPtrArray *extra;              /* of AttributeType: worked out; back links, the own DN */
    char     **names;              /* what it was made for; NULL: all */
    guint      n_names, n_columns; /* so many columns there were */
    gint       reference_count;
} ImageSelection;

/* What the names, NULL-terminated, mean in the image as it is; NULL: all attributes. Not to be kept while the image
 * changes. Caller: image_selection_unref(). */
ImageSelection *image_select_attributes(const Image *image, const char *const *attributes);
void            image_selection_unref(ImageSelection *selection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageSelection, image_selection_unref)

ImageSelections *image_selections_new(void);
void             image_selections_free(ImageSelections *selections);

/* ---- image-values.c ---- */

/* Whether the attribute holds an entry's own DN: Active Directory's, or that of RFC 5020. Often it is left out. */
gboolean image_is_own_dn(const Image *image, const AttributeType *type);
/* The values of an attribute as filters see them: back links and the DN itself included. In `room`. */
guint image_values(const Image *image, guint32 node, const AttributeType *type, Room *room, const Value **values);
/* A copy. `room` is emptied. */
const Entry *image_hand_out(const Image *image, guint32 node, const ImageSelection *selection,
                            ImageSuperiors *superiors, Room *room);

/* ---- image-scope.c ---- */

typedef struct {
    const Image   *image;
    DirectoryScope scope;
    gboolean       is_whole; /* no base */
    guint32        base;
    gboolean       is_all; /* a subtree that leaves out nothing */
} ImageScope;
gboolean image_scope_init(ImageScope *scope, const Image *image, const DirectorySearch *search, GError **error);
gboolean image_in_scope(const ImageScope *scope, guint32 node);
/* About how many nodes are in scope, and the set of them: at least the entries. Caller: id_set_free(). */
IdSet *image_scope_set(const ImageScope *scope);
void   image_scopes_forget(Image *image);

/* ---- image-eval.c ---- */

/* What a filter selects, by indexes alone. */
typedef struct {
    IdSet        *set;        /* nodes; owned */
    gboolean      complement; /* all entries but these */
    const Filter *rest;       /* what remains to be matched of these entries; NULL: nothing. Owned */
} ImageSelected;
/* FALSE: time is over. Otherwise image_selected_clear(). */
gboolean image_select(const Image *image, const Filter *folded, gint64 deadline, ImageSelected *selected);
void     image_selected_clear(ImageSelected *selected);

/* ---- image-filters.c ---- */

typedef enum { WANT_POSTINGS = 1 << 0, WANT_KEYS = 1 << 1, WANT_NAMED = 1 << 2 } Want;
/* What the filters of groups ask of attributes: AttributeType to Want. Caller: g_hash_table_unref(). */
GHashTable *image_wanted(const Image *image);
/* Differs when filters have come or gone. */
guint32 image_filters_version(const Image *image);
