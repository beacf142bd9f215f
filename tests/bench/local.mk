# SPDX-License-Identifier: BSD-2-Clause
EXTRA_PROGRAMS = tests/bench/floor-milter
tests_bench_floor_milter_SOURCES = tests/bench/floor-milter.c
tests_bench_floor_milter_LDADD = $(MILTER_LIBS) $(GLIB_LIBS)
EXTRA_DIST += tests/bench/run tests/bench/measure.py
CLEANFILES += tests/bench/floor-milter

# What it costs, each figure beside its floor; about half an hour.
bench: rollcalld rollcall tests/bench/floor-milter
	ROLLCALL_BUILD='$(abs_builddir)' $(srcdir)/tests/bench/run
.PHONY: bench
