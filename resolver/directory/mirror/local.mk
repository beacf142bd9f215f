# SPDX-License-Identifier: BSD-2-Clause
# An image kept in step with a server.
libresolver_a_SOURCES += \
	resolver/directory/mirror/checksum.c \
	resolver/directory/mirror/checksum.h \
	resolver/directory/mirror/conveyor.c \
	resolver/directory/mirror/conveyor.h \
	resolver/directory/mirror/gate.c \
	resolver/directory/mirror/gate.h \
	resolver/directory/mirror/mirror-apply.c \
	resolver/directory/mirror/mirror-attributes.c \
	resolver/directory/mirror/mirror-disk.h \
	resolver/directory/mirror/mirror-keeper.c \
	resolver/directory/mirror/mirror-load.c \
	resolver/directory/mirror/mirror-naming.c \
	resolver/directory/mirror/mirror-places.c \
	resolver/directory/mirror/mirror-private.h \
	resolver/directory/mirror/mirror-rights.c \
	resolver/directory/mirror/mirror-save.c \
	resolver/directory/mirror/mirror-status.c \
	resolver/directory/mirror/mirror-view.c \
	resolver/directory/mirror/mirror.c \
	resolver/directory/mirror/store-file.c \
	resolver/directory/mirror/store-file.h \
	resolver/directory/mirror/store-private.h \
	resolver/directory/mirror/store-read.c \
	resolver/directory/mirror/store.c \
	resolver/directory/mirror/store.h \
	resolver/directory/mirror/stream-batch.c \
	resolver/directory/mirror/stream-dirsync.c \
	resolver/directory/mirror/stream-entry.c \
	resolver/directory/mirror/stream-note.c \
	resolver/directory/mirror/stream-passes.c \
	resolver/directory/mirror/stream-poll.c \
	resolver/directory/mirror/stream-presence.c \
	resolver/directory/mirror/stream-private.h \
	resolver/directory/mirror/stream-server.c \
	resolver/directory/mirror/stream-sync-info.c \
	resolver/directory/mirror/stream-sync-take.c \
	resolver/directory/mirror/stream-sync.h \
	resolver/directory/mirror/stream-syncrepl.c \
	resolver/directory/mirror/stream-thread.c \
	resolver/directory/mirror/stream.c \
	resolver/directory/mirror/stream.h

check_PROGRAMS += \
	tests/unit/test-gate \
	tests/unit/test-mirror \
	tests/unit/test-store \
	tests/unit/test-stream \
	tests/unit/test-stream-sync
TESTS += \
	tests/unit/test-gate \
	tests/unit/test-mirror \
	tests/unit/test-store \
	tests/unit/test-stream \
	tests/unit/test-stream-sync
tests_unit_test_gate_SOURCES = tests/unit/test-gate.c
tests_unit_test_gate_LDADD = $(RESOLVER_LIBS)
tests_unit_test_mirror_SOURCES = tests/unit/test-mirror.c
tests_unit_test_mirror_LDADD = $(RESOLVER_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_LDADD = $(RESOLVER_LIBS)
tests_unit_test_stream_SOURCES = tests/unit/test-stream.c
tests_unit_test_stream_LDADD = $(RESOLVER_LIBS)
tests_unit_test_stream_sync_SOURCES = tests/unit/test-stream-sync.c
tests_unit_test_stream_sync_LDADD = $(RESOLVER_LIBS)

check_PROGRAMS += tests/integration/stream-probe
tests_integration_stream_probe_SOURCES = tests/integration/stream-probe.c
tests_integration_stream_probe_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += \
	tests/integration/servers/stream_follower.py tests/integration/test_streams.py tests/integration/test_streams_ad.py \
	tests/integration/test_streams_scripted.py

# a long run, by hand
noinst_PROGRAMS += tests/drill/million
tests_drill_million_SOURCES = tests/drill/million.c
tests_drill_million_LDADD = $(RESOLVER_LIBS)
