/* SPDX-License-Identifier: BSD-2-Clause
 * service.c - what systemd wants to know; nothing where it did not start us, or is not there
 *
 * Threads:  any.
 */
#include "milter/service.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

static void
notify(const char *state)
{
    sd_notify(0, state);
}

gint64
service_watchdog_interval(void)
{
    guint64 limit = 0;
    return sd_watchdog_enabled(0, &limit) > 0 ? (gint64)(limit / 2) : 0;
}

void
service_reloading(void)
{
    /* systemd.service(5), Type=notify-reload: the time at which the reload began comes with it. */
    g_autofree char *state = g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
    notify(state);
}
#else
static void
notify(G_GNUC_UNUSED const char *state)
{
}

gint64
service_watchdog_interval(void)
{
    return 0;
}

void
service_reloading(void)
{
}
#endif

void
service_ready(void)
{
    notify("READY=1");
}

void
service_stopping(void)
{
    notify("STOPPING=1");
}

void
service_alive(void)
{
    notify("WATCHDOG=1");
}

/* sd-daemon(3) and systemd.exec(5): JOURNAL_STREAM names the device and inode of the journal's stream. */
gboolean
service_has_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat ours;
    if (stream == NULL || fstat(STDERR_FILENO, &ours) != 0)
        return FALSE;
    g_autofree char *expected =
        g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64)ours.st_dev, (guint64)ours.st_ino);
    return g_str_equal(stream, expected);
}
