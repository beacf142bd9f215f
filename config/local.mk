# SPDX-License-Identifier: BSD-2-Clause
libconfig_a_SOURCES += \
	config/config-file.c config/config-file.h \
	config/cross-check.c \
	config/keys.c \
	config/settings-private.h \
	config/open.c config/settings.c \
	config/unknown.c \
	config/value-group.c config/value-net.c \
	config/value-origin.c \
	config/value.c

check_PROGRAMS += tests/unit/test-settings
TESTS += tests/unit/test-settings
tests_unit_test_settings_SOURCES = tests/unit/test-settings.c
tests_unit_test_settings_LDADD = $(CONFIG_LIBS)

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz-config
FUZZ_TARGETS += tests/fuzz/fuzz-config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz-config.c
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = $(CONFIG_LIBS)
endif
