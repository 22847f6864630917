// Everything a plugin needs. Start with plugin.hpp, which lists what a plugin may have, or with the
// guide, sdk/README.md.
//
// Header-only, C++20, gcc 12 and clang 14 or newer. Only C types cross to the daemon (abi.h), so
// the plugin's compiler, standard library and flags are its own affair.
#pragma once

#include "souk/abi.h"
#include "souk/detail/instance.hpp"
#include "souk/manifest.hpp"
#include "souk/plugin.hpp"
#include "souk/result.hpp"
#include "souk/view.hpp"

// clang's AddressSanitizer would pad the note and so break it.
#if defined(__clang__)
#define SOUK_DETAIL_NOTE_ATTRIBUTES \
  __attribute__((section(".note.souk.manifest"), used, aligned(4), no_sanitize("address")))
#else
#define SOUK_DETAIL_NOTE_ATTRIBUTES \
  __attribute__((section(".note.souk.manifest"), used, aligned(4)))
#endif

/// Makes the library a plugin of this class. Once, at namespace scope, in one source file.
#define SOUK_PLUGIN(Class)                                                                        \
  namespace {                                                                                     \
  SOUK_DETAIL_NOTE_ATTRIBUTES constexpr auto souk_manifest_note =                                 \
      ::souk::detail::manifest_note<Class>();                                                     \
  }                                                                                               \
  extern "C" SOUK_EXPORT const souk_entry* souk_plugin_entry(void) {                              \
    static constexpr souk_entry kEntry{sizeof(souk_entry),                                        \
                                       SOUK_ABI_MAJOR,                                            \
                                       SOUK_TARGET_MINOR,                                         \
                                       0,                                                         \
                                       {souk_manifest_note.bytes, souk_manifest_note.bytes_size}, \
                                       &::souk::detail::Instance<Class>::create};                 \
    return &kEntry;                                                                               \
  }                                                                                               \
  static_assert(true, "SOUK_PLUGIN(Class) may end with a semicolon")
