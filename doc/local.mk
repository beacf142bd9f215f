# SPDX-License-Identifier: BSD-2-Clause
# Manual pages name the directories that configure decides on.
man_MANS = doc/rollcalld.8 doc/rollcall.1 doc/rollcall.conf.5
EXTRA_DIST += doc/rollcalld.8.in doc/rollcall.1.in doc/rollcall.conf.5.in
CLEANFILES += $(man_MANS)
dist_doc_DATA = doc/guide.md

$(man_MANS): Makefile
	$(AM_V_GEN)$(MKDIR_P) doc && $(SED) -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		-e 's|@localstatedir[@]|$(localstatedir)|g' -e 's|@runstatedir[@]|$(runstatedir)|g' \
		'$(srcdir)/$@.in' >$@.tmp && mv $@.tmp $@
doc/rollcalld.8: doc/rollcalld.8.in
doc/rollcall.1: doc/rollcall.1.in
doc/rollcall.conf.5: doc/rollcall.conf.5.in
