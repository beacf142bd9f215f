# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/drill/run tests/drill/changes.py tests/drill/house.py tests/drill/kill.py tests/drill/ledger.py tests/drill/load.py \
	tests/drill/million.py tests/drill/outage.py tests/drill/reload.py tests/drill/soak.py \
	tests/drill/store.py tests/drill/terminate.py

# The long runs, about an hour; DRILL='--only kill --kills 1000' chooses.
drill: rollcalld rollcall tests/drill/million
	ROLLCALL_BUILD='$(abs_builddir)' $(srcdir)/tests/drill/run $(DRILL)
.PHONY: drill
