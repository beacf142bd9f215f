/* SPDX-License-Identifier: BSD-2-Clause
 * image.h - a directory held in memory, indexed, that answers filters itself
 *
 * An image is built once and then changed in batches. Reading functions may be entered by any number of threads at
 * once; a changing function by one thread, while nobody reads. Whoever owns an image that changes keeps the two apart
 * (mirror/); that of an LDIF file never changes once it is built, and needs no lock.
 *
 * Entries are handed out as copies (Entry), so that they outlive the next change.
 */
#pragma once

#include "resolver/directory/image/change.h"
#include "rollcall/directory.h"

#include <glib.h>

typedef struct Image Image;

/* `address_attributes` is NULL-terminated and copied. Caller: image_free(). */
Image *image_new(Schema *schema, const char *const *address_attributes);
void   image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

/* ---- changing ----
 *
 * Names. Under AD's rules a value of DN syntax means an object and not its name: when that object, or a container above
 * it, is renamed, the value shows the new name by itself (MS-ADTS 3.1.1.1.6), and entries below a renamed container
 * have moved with it. Such values may come as "<GUID=...>;<SID=...>;DN" (extended DN control): the GUID counts then,
 * the DN only for objects that are not in the image. Under RFC rules a value is a name and stays, and a renamed entry
 * takes those below it along (a modify DN operation of a subtree). Back links are never taken from a server but worked
 * out; those that an entry of a file carries itself are kept beside (an export of users alone has memberOf and no
 * groups). */

/* Adds the entry, or replaces the one with this id whole; `id` NULL: entries are known by DN alone (a file). Another
 * entry that stands at this DN loses its place and waits for the report of its own move or end: image_n_displaced().
 * FALSE: `id` is NULL and the DN is taken. */
gboolean image_put(Image *image, const EntryId *id, const Entry *entry) G_GNUC_WARN_UNUSED_RESULT;
/* The same below the object with the id `parent`, whatever its name is at present: the news that it has another one may
 * still come. NULL, and under RFC rules: as its DN says. */
gboolean image_put_below(Image *image, const EntryId *id, const EntryId *parent,
                         const Entry *entry) G_GNUC_WARN_UNUSED_RESULT;
/* It has this DN now; `parent` as above. FALSE: no entry has this id. */
gboolean image_move(Image *image, const EntryId *id, const EntryId *parent, const char *dn) G_GNUC_WARN_UNUSED_RESULT;

/* Changes some attributes; `dn`: as it is now, NULL if it is not reported. FALSE: no entry has this id. */
gboolean image_patch(Image *image, const EntryId *id, const char *dn, const ImageChange *changes,
                     guint n_changes) G_GNUC_WARN_UNUSED_RESULT;
/* FALSE: there is none. Entries below it lose nothing but their parent. */
gboolean image_remove(Image *image, const EntryId *id);
/* To be called before it when the object has been deleted, not when it only is out of sight: under AD's rules the links
 * to it end with it, and no server reports a change of those who had them. */
void image_unlink(Image *image, const EntryId *id);
/* Entries that lost their DN to another and have not been reported since: not 0 at the end of a batch means that the
 * stream and the image do not fit together. They are found by no search and no look-up. */
guint image_n_displaced(const Image *image);
/* The ids whose rows differ from those exported last, each once, removed ones too; and forgets them. Of EntryId. */
void image_take_dirty(Image *image, GArray *ids);

/* Which attributes have an index follows from the filters of the groups in the image. Building one takes up to a second
 * at a million entries, so it is done while others read: image_prepare() reads, image_install() changes and is short;
 * nothing may change in between. NULL: the indexes are those that are wanted. To be called after each batch. */
typedef struct ImagePlan ImagePlan;
ImagePlan               *image_prepare(const Image *image);
void                     image_install(Image *image, ImagePlan *plan); /* takes over `plan` */

/* ---- rows: an image on disk is made of these ---- */

/* Appends the entry's row to `row`: self-contained, in octets that do not depend on the machine; what it says of other
 * entries under AD's rules it says by id. FALSE: no entry has this id. Reading. */
gboolean image_export(const Image *image, const EntryId *id, GByteArray *row) G_GNUC_WARN_UNUSED_RESULT;
/* Rows on their way into an image with this schema, read as far as that can be done without it: by a thread of their
 * own, while the image takes others. A row may hold anything; FALSE with DIRECTORY_ERROR_INCOMPLETE: it cannot be read,
 * and the rows can only be freed. Caller: image_rows_free(). */
typedef struct ImageRows ImageRows;
ImageRows               *image_rows_new(Schema *schema, guint octets); /* room for about so many */
gboolean                 image_rows_add(ImageRows *rows, const EntryId *id, const guint8 *row, gsize length,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;
gsize                    image_rows_octets(const ImageRows *rows); /* how many all rows have */
void                     image_rows_free(ImageRows *rows);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageRows, image_rows_free)

/* Changing. Rows come in any order; after the last image_import_end() looks whether every id that a row names is there.
 * Then the image is as it was when it was exported; nothing is dirty. An image for which either failed, with
 * DIRECTORY_ERROR_INCOMPLETE, can only be freed. image_import_rows() uses `rows` up: they are to be freed. */
void     image_import_begin(Image *image, guint32 n_rows); /* about so many will come; need not be called */
gboolean image_import_rows(Image *image, ImageRows *rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A part of that work, by the thread that adds `rows`, while the image takes others. FALSE: there is no more of it. */
gboolean image_import_ahead(Image *image, ImageRows *rows);
gboolean image_import_end(Image *image, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- reading ---- */

Schema  *image_schema(const Image *image); /* borrowed */
guint    image_size(const Image *image);
guint64  image_version(const Image *image); /* one more with each change */
gboolean image_has(const Image *image, const EntryId *id);
/* What it takes in memory, indexes included, in octets: worked out from a sample of its entries, so that it is cheap to
 * ask. */
gsize image_bytes(const Image *image);
/* Names of the attributes that have an index for equality, sorted. Of char *; caller: g_ptr_array_unref(). */
GPtrArray *image_indexed(const Image *image);
/* Names of the attributes that the filters of groups name, keys of the schema, sorted, each once. Of char *. */
GPtrArray *image_filter_attributes(const Image *image);
typedef void (*ImageIdFunc)(const EntryId *id, gpointer user_data);
void image_foreach_id(const Image *image, ImageIdFunc func, gpointer user_data);
/* The entry's DN as it is now; NULL: no entry has this id. Caller: g_free(). */
char *image_dn(const Image *image, const EntryId *id);

/* By address, over the address attributes. Appends each entry once. `attributes` NULL-terminated, as in directory.h;
 * NULL: all. */
void image_find(const Image *image, const Address *address, const char *const *attributes, GPtrArray *entries);
/* By DN; NULL if there is none or `dn` is no DN. Caller: entry_unref(). */
const Entry *image_read(const Image *image, const char *dn, const char *const *attributes);

/* As directory_search(); the errors are UNAVAILABLE (time over), NO_BASE, and those of `func`. A base that is no entry
 * itself exists if an entry lies under it: files often begin below the top. The answer is that of image_search_plain(),
 * which matches every entry in scope and uses no index. */
gboolean image_search(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func, gpointer user_data,
                      gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean image_search_plain(const Image *image, const DirectorySearch *search, DirectoryEntryFunc func,
                            gpointer user_data, gint64 deadline, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Calls `func` with each address that more than one entry carries: its key, the DNs of the entries. */
typedef void (*ImageDuplicateFunc)(const char *address, const char *const *dns, guint n_dns, gpointer user_data);
void image_foreach_duplicate(const Image *image, ImageDuplicateFunc func, gpointer user_data);
/* How many addresses there are; one that an entry carries twice counts once. */
gsize image_count_addresses(const Image *image);
/* Values of address attributes that are no addresses, though they say so. */
gsize image_malformed_addresses(const Image *image);
