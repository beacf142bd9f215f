# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets register themselves in FUZZ_TARGETS (from the local.mk of what they test).
EXTRA_DIST += tests/fuzz/run
FUZZ_SECONDS = 60

# Each target for FUZZ_SECONDS, two at a time; a crash leaves its input in the build directory.
fuzz: $(FUZZ_TARGETS)
	$(srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(srcdir)/tests/fuzz/corpus $(FUZZ_TARGETS)
.PHONY: fuzz
