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
	resolver/directory/mirror/stream-sync-info.c \
	resolver/directory/mirror/stream-syncrepl.c \
	resolver/directory/mirror/stream-thread.c

check_PROGRAMS += tests/integration/stream-probe
tests_integration_stream_probe_SOURCES = tests/integration/stream-probe.c
tests_integration_stream_probe_LDADD = $(RESOLVER_LIBS)
EXTRA_DIST += tests/integration/test_streams.py
