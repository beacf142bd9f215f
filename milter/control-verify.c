/* SPDX-License-Identifier: BSD-2-Clause
 * control-verify.c - the control socket has every group compared, as it is kept and as the server has it
 *
 * Promises: one comparison at a time, since each asks the servers for all groups.
 * Threads:  any.
 */
#include "milter/control.h"

#define MOST_TIME (60 * 60 * G_TIME_SPAN_SECOND)

static json_t *
one_difference(const ResolverDifference *difference)
{
    return json_pack("{s:o, s:i, s:i, s:o, s:o, s:o}", "group", control_text(difference->group), "mirror",
                     (int)difference->n_mirror, "live", (int)difference->n_live, "only_mirror",
                     control_texts(difference->only_mirror), "only_live", control_texts(difference->only_live), "error",
                     control_text(difference->error));
}

static json_t *
compare(const ControlRequest *request, guint *status)
{
    guint n_groups = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) differences =
        resolver_verify(request->runtime->resolver, &n_groups, g_get_monotonic_time() + MOST_TIME, &error);
    if (differences == NULL)
        return control_refuse(status, error);
    json_t *list = json_array();
    for (guint i = 0; i < differences->len; i++)
        json_array_append_new(list, one_difference(g_ptr_array_index(differences, i)));
    return json_pack("{s:i, s:o}", "groups", (int)n_groups, "differences", list);
}

json_t *
control_post_verify(const ControlRequest *request, guint *status)
{
    const char *kind = directory_kind(resolver_directory(request->runtime->resolver));
    if (!g_str_equal(kind, "mirror"))
        return control_error(status, 409, "a directory of kind %s keeps nothing to compare", kind);
    if (!g_atomic_int_compare_and_exchange(&request->house->verifying, FALSE, TRUE))
        return control_error(status, 409, "a comparison is under way");
    json_t *answer = compare(request, status);
    g_atomic_int_set(&request->house->verifying, FALSE);
    return answer;
}
