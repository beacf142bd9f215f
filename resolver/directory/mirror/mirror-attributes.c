/* SPDX-License-Identifier: BSD-2-Clause
 * mirror-attributes.c - which attributes are mirrored, and whether a question can be answered from them
 *
 * Owns:     nothing.
 * Promises: what is answered from the image is answered as the server would: a question that names anything that is not
 *           mirrored, or that servers compute, is not.
 * Threads:  any, under the gate where the header says so.
 */
#include "resolver/directory/mirror/mirror-private.h"

#include "rollcall/dn.h"

#include <string.h>

/* Those that AD's schema does not mark as counted by each controller for itself, and that are all the same. */
static const char *const not_replicated[] = {"modifyTimeStamp", "uSNDSALastObjRemoved", NULL};
/* So marked, and reported nevertheless, or worked out by the image. */
static const char *const reported[] = {"distinguishedName", "objectGUID", NULL};
/* Computed by other servers; and what they note of binds, which is no change that they report. */
static const char *const not_stored[] = {"entryDN",
                                         "hasSubordinates",
                                         "numSubordinates",
                                         "subschemaSubentry",
                                         "name",
                                         "distinguishedName",
                                         "authTimestamp",
                                         "pwdLastSuccess",
                                         "pwdFailureTime",
                                         "pwdGraceUseTime",
                                         "lastLoginTime",
                                         "passwordRetryCount",
                                         "retryCountResetTime",
                                         "pwdAccountLockedTime",
                                         "accountUnlockTime",
                                         NULL};
static const char        anr[] = "anr";

static gboolean
is_named(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (g_ascii_strcasecmp(*names, name) == 0)
            return TRUE;
    return FALSE;
}

static gboolean
is_computed(const Schema *schema, const AttributeType *type, const char *key)
{
    if (schema_rules(schema) == SCHEMA_RULES_RFC)
        return is_named(not_stored, key);
    if (type == NULL)
        return is_named(not_replicated, key);
    /* to whom a confidential one is shown, and whom a filter on it hits, is a matter of rights to each object */
    if ((type->flags & (ATTRIBUTE_CONSTRUCTED | ATTRIBUTE_CONFIDENTIAL)) != 0 || is_named(not_replicated, key))
        return TRUE;
    return (type->flags & (ATTRIBUTE_LOCAL | ATTRIBUTE_BACK_LINK)) == ATTRIBUTE_LOCAL && !is_named(reported, key);
}

/* ---- back links are answered from the forward link ---- */

typedef struct {
    int         link_id;
    const char *key;
} LinkSearch;

static void
take_link(const AttributeType *type, gpointer user_data)
{
    LinkSearch *search = user_data;

    if (type->link_id == search->link_id)
        search->key = type->key;
}

/* The key under which an attribute's values are mirrored; NULL: they cannot be. */
static const char *
mirrored_key(const Schema *schema, const char *name)
{
    const AttributeType *type = schema_attribute(schema, name);
    const char          *key = type != NULL ? type->key : schema_attribute_key(name);

    if (is_computed(schema, type, key))
        return NULL;
    if (strcmp(key, "memberof") == 0) /* other servers than AD have no linkIDs */
        return schema_attribute_key("member");
    if (type == NULL || (type->flags & ATTRIBUTE_BACK_LINK) == 0 || type->link_id <= 0)
        return key;
    LinkSearch search = {type->link_id - 1, NULL};
    schema_foreach(schema, take_link, &search);
    return search.key;
}

/* ---- what is wanted ---- */

typedef struct {
    const Mirror *mirror;
    const Schema *schema;
    GHashTable   *keys;
} Wanting;

static void
want(Wanting *wanting, const char *name)
{
    const char *key = mirrored_key(wanting->schema, name);

    if (key != NULL && !is_named((const char *const *)wanting->mirror->omit, key) &&
        !is_named((const char *const *)wanting->mirror->omit, name))
        g_hash_table_add(wanting->keys, (gpointer)key);
}

static void
want_if_anr(const AttributeType *type, gpointer user_data)
{
    if ((type->flags & ATTRIBUTE_ANR) != 0)
        want(user_data, type->name);
}

/* Names beyond the schema are not asked for: whatever a server has there, a filter that names them is Undefined. */
static void
want_of_filter(Wanting *wanting, const char *name)
{
    if (g_ascii_strcasecmp(name, anr) == 0)
        schema_foreach(wanting->schema, want_if_anr, wanting);
    else if (schema_attribute(wanting->schema, name) != NULL)
        want(wanting, name);
}

GHashTable *
mirror_wanted(const Mirror *mirror, const Schema *schema, const Image *image)
{
    static const char *const always[] = {"objectClass", "legacyExchangeDN", "proxyAddresses"};
    Wanting                  wanting = {mirror, schema, g_hash_table_new(NULL, NULL)};

    for (gsize i = 0; i < G_N_ELEMENTS(always); i++)
        want(&wanting, always[i]);
    for (char **name = mirror->base_attributes; *name != NULL; name++)
        want(&wanting, *name);
    g_autoptr(GPtrArray) named = image != NULL ? image_filter_attributes(image) : NULL;
    for (guint i = 0; named != NULL && i < named->len; i++)
        want_of_filter(&wanting, g_ptr_array_index(named, i));
    return wanting.keys;
}

/* ---- what is kept ---- */

/* The first look is enough for nearly all: what is computed is never among those that are kept. */
static gboolean
keeps(const Mirror *mirror, const char *name)
{
    Schema              *schema = image_schema(mirror->image);
    const AttributeType *type = schema_attribute(schema, name);

    if (type != NULL && g_hash_table_contains(mirror->kept, type->key))
        return TRUE;
    const char *key = mirrored_key(schema, name);
    return key != NULL && g_hash_table_contains(mirror->kept, key);
}

static gboolean
not_kept(GError **error, const char *what, const char *name)
{
    g_set_error(error, DIRECTORY_ERROR, DIRECTORY_ERROR_NOT_KEPT, "%s is not mirrored: %s", what, name);
    return FALSE;
}

gboolean
mirror_keeps_attributes(const Mirror *mirror, const char *const *attributes, GError **error)
{
    if (attributes == NULL)
        return not_kept(error, "attribute", "all");
    for (gsize i = 0; i < G_N_ELEMENTS(mirror->kept_lists); i++)
        if (attributes == mirror->kept_lists[i])
            return TRUE;
    for (; *attributes != NULL; attributes++)
        if (!keeps(mirror, *attributes))
            return not_kept(error, "attribute", *attributes);
    return TRUE;
}

void
mirror_set_kept(Mirror *mirror, GHashTable *kept)
{
    const char *const *const *list = mirror->settings.usual;

    g_clear_pointer(&mirror->kept, g_hash_table_unref);
    mirror->kept = g_hash_table_ref(kept);
    memset(mirror->kept_lists, 0, sizeof mirror->kept_lists);
    for (gsize i = 0; list != NULL && list[i] != NULL && i < G_N_ELEMENTS(mirror->kept_lists); i++)
        if (mirror_keeps_attributes(mirror, list[i], NULL))
            mirror->kept_lists[i] = list[i];
}

typedef struct {
    const Mirror *mirror;
    const char   *lacking; /* NULL: nothing */
} Looking;

/* AD's back links follow from the links. Of other servers some nest them (389, FreeIPA, the dynlist overlay), and the
 * memberof overlay does not follow renamed containers. */
static gboolean
is_the_servers_own(const Mirror *mirror, const AttributeType *type)
{
    return schema_rules(image_schema(mirror->image)) == SCHEMA_RULES_RFC &&
           ((type->flags & ATTRIBUTE_BACK_LINK) != 0 || g_str_equal(type->key, "memberof"));
}

/* As keeps(), for what is compared and not handed out: the NOT of what nobody shows to us would be true. */
static gboolean
may_compare(const Mirror *mirror, const AttributeType *type)
{
    if ((type->flags & ATTRIBUTE_SUPERTYPE) != 0 || is_the_servers_own(mirror, type))
        return FALSE;
    return keeps(mirror, type->name) && (mirror->hidden == NULL || !g_hash_table_contains(mirror->hidden, type->key));
}

static void
look_if_anr(const AttributeType *type, gpointer user_data)
{
    Looking *looking = user_data;

    if ((type->flags & ATTRIBUTE_ANR) != 0 && !may_compare(looking->mirror, type))
        looking->lacking = type->name;
}

static void
look_for(const char *attribute, gpointer user_data)
{
    Looking             *looking = user_data;
    Schema              *schema = image_schema(looking->mirror->image);
    const AttributeType *type = schema_attribute(schema, attribute);

    if (g_ascii_strcasecmp(attribute, anr) == 0)
        schema_foreach(schema, look_if_anr, looking);
    else if (type != NULL && !may_compare(looking->mirror, type))
        looking->lacking = attribute;
}

/* `(:rule:=value)` asks all attributes of an entry; AD knows no such filter. */
static gboolean
names_none(const Filter *filter)
{
    if (filter->kind == FILTER_EXTENSIBLE)
        return filter->attribute == NULL;
    for (guint i = 0; i < filter->n_parts; i++)
        if (names_none(filter->parts[i]))
            return TRUE;
    return FALSE;
}

gboolean
mirror_keeps_filter(const Mirror *mirror, const Filter *filter, GError **error)
{
    Looking looking = {mirror, NULL};

    filter_foreach_attribute(filter, look_for, &looking);
    if (looking.lacking != NULL)
        return not_kept(error, "attribute of a filter", looking.lacking);
    if (schema_rules(image_schema(mirror->image)) == SCHEMA_RULES_RFC && names_none(filter))
        return not_kept(error, "attribute of a filter", "any");
    return TRUE;
}

gboolean
mirror_has_key(const Mirror *mirror, const char *key)
{
    for (guint i = 0; i < mirror->contexts->len; i++)
        if (dn_key_is_within(key, ((const MirrorContext *)g_ptr_array_index(mirror->contexts, i))->key))
            return TRUE;
    return FALSE;
}

gboolean
mirror_is_inner(const Mirror *mirror, const MirrorContext *inner)
{
    for (guint i = 0; i < mirror->contexts->len; i++) {
        const MirrorContext *context = g_ptr_array_index(mirror->contexts, i);
        if (context != inner && dn_key_is_within(inner->key, context->key))
            return TRUE;
    }
    return FALSE;
}

gboolean
mirror_keeps_dn(const Mirror *mirror, const char *dn, GError **error)
{
    g_autofree char *key = dn_key(dn);

    if (key == NULL || *key == '\0')
        return TRUE; /* names nobody, here as on the server */
    return mirror_has_key(mirror, key) || not_kept(error, "entry", dn);
}
