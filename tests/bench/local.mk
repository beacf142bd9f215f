# SPDX-License-Identifier: BSD-2-Clause
EXTRA_PROGRAMS = tests/bench/floor-milter tests/bench/roster
tests_bench_floor_milter_SOURCES = tests/bench/floor-milter.c
tests_bench_floor_milter_LDADD = $(MILTER_LIBS) $(GLIB_LIBS)
tests_bench_roster_SOURCES = tests/bench/roster.c
tests_bench_roster_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += tests/bench/run tests/bench/clauses.py tests/bench/crowd.py tests/bench/measure.py tests/bench/mirror.py
CLEANFILES += tests/bench/floor-milter tests/bench/roster

# What it costs, each figure beside its floor; about an hour, BENCH='--only d --entries 10000' chooses.
bench: rollcalld rollcall tests/bench/floor-milter tests/bench/roster tests/drill/million
	ROLLCALL_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/run $(BENCH)
.PHONY: bench
