# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += packaging/quickstart packaging/packages.debian packaging/sample/company.ldif
EXTRA_DIST += tests/run tests/lsan.supp tests/tsan.supp .ci/run .clang-format

# The sample configuration. An installed configuration is never overwritten, and removed only while it is the sample.
rollcallconfdir = $(sysconfdir)/rollcall
nodist_rollcallconf_DATA = packaging/rollcall.conf.sample
EXTRA_DIST += packaging/rollcall.conf.in
CLEANFILES += packaging/rollcall.conf.sample

packaging/rollcall.conf.sample: packaging/rollcall.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging && $(SED) -e 's|@localstatedir[@]|$(localstatedir)|g' \
		-e 's|@runstatedir[@]|$(runstatedir)|g' '$(srcdir)/packaging/rollcall.conf.in' >$@.tmp && mv $@.tmp $@

install-data-hook: install-rollcall-conf
uninstall-hook: uninstall-rollcall-conf
.PHONY: install-rollcall-conf uninstall-rollcall-conf
install-rollcall-conf: packaging/rollcall.conf.sample
	$(MKDIR_P) '$(DESTDIR)$(rollcallconfdir)'
	test -e '$(DESTDIR)$(rollcallconfdir)/rollcall.conf' || \
		$(INSTALL_DATA) packaging/rollcall.conf.sample '$(DESTDIR)$(rollcallconfdir)/rollcall.conf'
uninstall-rollcall-conf:
	if cmp -s packaging/rollcall.conf.sample '$(DESTDIR)$(rollcallconfdir)/rollcall.conf'; then \
		rm -f '$(DESTDIR)$(rollcallconfdir)/rollcall.conf'; fi
