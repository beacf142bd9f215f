/* SPDX-License-Identifier: BSD-2-Clause
 * filter-sanitizer.h - what the filter tests must know about the build they run in
 *
 * Owns:     nothing.
 * Promises: HAS_SANITIZER is defined under the address, thread and memory sanitizers of gcc and clang.
 * Threads:  any.
 */
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

/* The stack that must do for the deepest filter. A sanitizer widens every frame, and keeps data of its own on the
 * stack of each thread. */
#ifdef HAS_SANITIZER
enum { SMALL_STACK = 1024 * 1024 };
#else
enum { SMALL_STACK = 256 * 1024 };
#endif
