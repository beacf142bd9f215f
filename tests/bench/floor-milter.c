/* SPDX-License-Identifier: BSD-2-Clause
 * floor-milter.c - what any milter costs: the floor that rollcalld's figures stand beside
 *
 * `floor-milter SOCKET nothing` negotiates every event away. `floor-milter SOCKET DIRECTORY` replaces a recipient
 * NAME@domain by the addresses in the file DIRECTORY/NAME, one a line, read once at start: the edits of a group
 * expansion without looking anything up.
 *
 * Owns:     the lists, read before the first session.
 * Promises: nothing but the least work; it is no example of a good milter.
 * Threads:  libmilter's; the lists do not change after start.
 */
#include <libmilter/mfapi.h>

#include <glib.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* libmilter's callbacks get no user pointer. */
static GHashTable *lists; /* name -> char **, NULL in the mode `nothing` */

typedef struct {
    char  *recipient; /* as the client gave it */
    char **members;
} Expansion;

static void
expansion_clear(SMFICTX *context)
{
    Expansion *expansion = smfi_getpriv(context);
    if (expansion == NULL)
        return;
    g_free(expansion->recipient);
    g_free(expansion);
    (void)smfi_setpriv(context, NULL);
}

static sfsistat
on_recipient(SMFICTX *context, char **arguments)
{
    const char      *path = arguments[0] + (arguments[0][0] == '<');
    g_autofree char *name = g_strndup(path, strcspn(path, "@>"));
    char           **members = g_hash_table_lookup(lists, name);
    if (members == NULL)
        return SMFIS_CONTINUE;
    expansion_clear(context);
    Expansion *expansion = g_new0(Expansion, 1);
    expansion->recipient = g_strdup(arguments[0]);
    expansion->members = members;
    (void)smfi_setpriv(context, expansion);
    return SMFIS_CONTINUE;
}

static sfsistat
on_end_of_message(SMFICTX *context)
{
    Expansion *expansion = smfi_getpriv(context);
    if (expansion == NULL)
        return SMFIS_CONTINUE;
    int result = smfi_delrcpt(context, expansion->recipient);
    for (char **member = expansion->members; *member != NULL && result == MI_SUCCESS; member++)
        result = smfi_addrcpt(context, *member);
    expansion_clear(context);
    return result == MI_SUCCESS ? SMFIS_CONTINUE : SMFIS_TEMPFAIL;
}

static sfsistat
on_abort(SMFICTX *context)
{
    expansion_clear(context);
    return SMFIS_CONTINUE;
}

static sfsistat
on_negotiate(G_GNUC_UNUSED SMFICTX *context, unsigned long actions, unsigned long steps,
             G_GNUC_UNUSED unsigned long unused2, G_GNUC_UNUSED unsigned long unused3, unsigned long *want_actions,
             unsigned long *want_steps, unsigned long *want2, unsigned long *want3)
{
    const unsigned long no_events = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOMAIL | SMFIP_NOHDRS | SMFIP_NOEOH |
                                    SMFIP_NOBODY | SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NORCPT;
    *want_actions = lists == NULL ? 0 : actions & (SMFIF_ADDRCPT | SMFIF_DELRCPT);
    *want_steps = steps & (lists == NULL ? no_events : (no_events & ~(unsigned long)SMFIP_NORCPT) | SMFIP_NR_RCPT);
    *want2 = *want3 = 0;
    return SMFIS_CONTINUE;
}

static GHashTable *
read_lists(const char *directory)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
    for (const char *name = files != NULL ? g_dir_read_name(files) : NULL; name != NULL;
         name = g_dir_read_name(files)) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL))
            continue;
        g_hash_table_insert(table, g_strdup(name), g_strsplit(g_strchomp(text), "\n", -1));
    }
    return table;
}

int
main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: floor-milter SOCKET nothing|DIRECTORY\n");
        return 64;
    }
    lists = strcmp(argv[2], "nothing") == 0 ? NULL : read_lists(argv[2]);
    char            name[] = "floor-milter";
    struct smfiDesc milter = {
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDRCPT | SMFIF_DELRCPT,
        .xxfi_envrcpt = lists != NULL ? on_recipient : NULL,
        .xxfi_eom = on_end_of_message,
        .xxfi_abort = on_abort,
        .xxfi_close = on_abort,
        .xxfi_negotiate = on_negotiate,
    };
    umask(0);
    if (smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(milter) != MI_SUCCESS || smfi_opensocket(1) != MI_SUCCESS)
        return 1;
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
