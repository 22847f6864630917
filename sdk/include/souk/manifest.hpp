// The manifest: what a library says of itself, made at compile time from the plugin's class and put
// into the library as an ELF note, so that it is read without running any of the library's code.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "souk/detail/manifest_bytes.hpp"
#include "souk/detail/traits.hpp"
#include "souk/version.hpp"

namespace souk {
inline namespace abi1 {
namespace detail {

#if defined(__clang__)
inline constexpr std::string_view kCompiler = ", " __VERSION__;
#else
inline constexpr std::string_view kCompiler = ", gcc " __VERSION__;
#endif

template <class... M>
constexpr void write_names(WireWriter& out, [[maybe_unused]] std::uint32_t field, Types<M...>) {
  (out.text(field, MessageTraits<M>::name), ...);
}
template <class... S>
constexpr void write_services(WireWriter& out, [[maybe_unused]] std::uint32_t field, Types<S...>) {
  (out.text(field, S::name), ...);
}

/// The id is what YAML, metrics and folders are named after.
constexpr bool is_plugin_id(std::string_view id) {
  if (id.size() < 2 || id.size() > 64 || id.front() == '-' || id.back() == '-') return false;
  for (const char c : id) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') return false;
  }
  return true;
}

template <class P>
constexpr std::size_t write_manifest(WireWriter out) {
  static_assert(is_plugin_id(P::identity.id), "identity.id: 2 to 64 of a-z, 0-9 and '-'");
  static_assert(!P::identity.version.empty(), "identity.version: say one, e.g. \"1.0.0\"");
  out.text(manifest_field::kId, P::identity.id);
  out.text(manifest_field::kVersion, P::identity.version);
  out.text(manifest_field::kDescription, P::identity.description);
  out.number(manifest_field::kAbiMajor, SOUK_ABI_MAJOR);
  out.number(manifest_field::kAbiMinor, SOUK_TARGET_MINOR);
  if constexpr (HasTimers<P>) out.text(manifest_field::kExtensionsRequired, SOUK_EXT_TIMERS);
  if constexpr (HasEffects<P>) out.text(manifest_field::kExtensionsRequired, SOUK_EXT_OUTBOX);
  if constexpr (HasRequiredExtensions<P>) {
    for (const std::string_view id : P::required_extensions) {
      out.text(manifest_field::kExtensionsRequired, id);
    }
  }
  if constexpr (HasOptionalExtensions<P>) {
    for (const std::string_view id : P::optional_extensions) {
      out.text(manifest_field::kExtensionsOptional, id);
    }
  }
  write_services(out, manifest_field::kServices, typename P::Services{});
  write_names(out, manifest_field::kReads, typename EventsOf<P>::type{});
  write_names(out, manifest_field::kPublishes, typename P::Publishes{});
  if constexpr (HasSettings<P>) {
    out.text(manifest_field::kSettingsMessage, MessageTraits<typename P::Settings>::name);
  }
  write_services(out, manifest_field::kCalls, typename P::Calls{});
  out.text(manifest_field::kLicense, P::identity.license);
  out.text(manifest_field::kSdkBuild, "souk-sdk " SOUK_SDK_VERSION, kCompiler);
  out.text(manifest_field::kVendor, P::identity.vendor);
  return out.size();
}

template <class P>
constexpr auto manifest_note() {
  constexpr std::size_t kSize = write_manifest<P>(WireWriter());
  ElfNote<kSize> note;
  note.type = SOUK_NOTE_MANIFEST;
  write_manifest<P>(WireWriter(note.bytes, kSize));
  return note;
}

}  // namespace detail
}  // namespace abi1
}  // namespace souk
