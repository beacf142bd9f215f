/* SPDX-License-Identifier: BSD-2-Clause
 * control-answer.c - pieces of the control socket's answers
 *
 * Promises: whatever octets a text has, the answer is JSON.
 * Threads:  any.
 */
#include "milter/control.h"

json_t *
control_text(const char *text)
{
    if (text == NULL)
        return json_null();
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

json_t *
control_texts(const GPtrArray *texts)
{
    json_t *list = json_array();
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        json_array_append_new(list, control_text(g_ptr_array_index(texts, i)));
    return list;
}

json_t *
control_seconds(gint64 microseconds)
{
    return microseconds < 0 ? json_null() : json_real((double)microseconds / G_USEC_PER_SEC);
}

json_t *
control_error(guint *status, guint code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    *status = code;
    return json_pack("{s:o}", "error", control_text(text));
}

json_t *
control_refuse(guint *status, const GError *error)
{
    gboolean refused = g_error_matches(error, DIRECTORY_ERROR, DIRECTORY_ERROR_REFUSED);
    return control_error(status, refused ? 409 : 503, "%s", error->message);
}
