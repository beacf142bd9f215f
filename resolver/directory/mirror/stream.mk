# SPDX-License-Identifier: BSD-2-Clause
# What keeps a mirror in step with a server.
libresolver_a_SOURCES += \
	resolver/directory/mirror/stream.h \
	resolver/directory/mirror/stream-private.h \
	resolver/directory/mirror/stream.c \
	resolver/directory/mirror/stream-batch.c \
	resolver/directory/mirror/stream-dirsync.c \
	resolver/directory/mirror/stream-entry.c \
	resolver/directory/mirror/stream-note.c \
	resolver/directory/mirror/stream-passes.c \
	resolver/directory/mirror/stream-poll.c \
	resolver/directory/mirror/stream-presence.c \
	resolver/directory/mirror/stream-server.c \
	resolver/directory/mirror/stream-sync.h \
	resolver/directory/mirror/stream-sync-info.c \
	resolver/directory/mirror/stream-sync-take.c \
	resolver/directory/mirror/stream-syncrepl.c \
	resolver/directory/mirror/stream-thread.c

check_PROGRAMS += tests/unit/test-stream tests/unit/test-stream-sync tests/integration/stream-probe
TESTS += tests/unit/test-stream tests/unit/test-stream-sync
tests_unit_test_stream_SOURCES = tests/unit/test-stream.c
tests_unit_test_stream_LDADD = $(RESOLVER_LIBS)
tests_unit_test_stream_sync_SOURCES = tests/unit/test-stream-sync.c
tests_unit_test_stream_sync_LDADD = $(RESOLVER_LIBS)
tests_integration_stream_probe_SOURCES = tests/integration/stream-probe.c
tests_integration_stream_probe_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += \
	tests/integration/servers/stream_follower.py tests/integration/test_streams.py tests/integration/test_streams_ad.py \
	tests/integration/test_streams_scripted.py
