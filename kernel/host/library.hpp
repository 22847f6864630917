// Library: a plugin's shared library in memory.
//
// Everything that can be known without running the library's code is checked before dlopen(),
// because constructors run inside it: the notes, the ABI, the extensions, the file's SHA-256. What
// is loaded stays mapped for the life of the process: unmapping code that some thread may still
// return into is the source of use-after-unload crashes.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <souk/abi.h>

#include "kernel/base/status.hpp"
#include "kernel/config/plugin_catalog.hpp"

namespace souk::host {

/// Ids of the extensions that this host offers to plugins.
[[nodiscard]] std::span<const std::string_view> host_extensions() noexcept;

/// Immutable; any thread.
class Library {
 public:
  /// Checks and loads. FAILED_PRECONDITION: the ABI, a required extension, a file that is not the
  /// one whose notes were read, or an entry that contradicts the notes; each sentence says what and
  /// what is allowed. UNAVAILABLE: the file cannot be read or the loader refuses it.
  static Result<std::shared_ptr<const Library>> load(const config::PluginInfoPtr& info);

  [[nodiscard]] const souk_entry& entry() const noexcept { return *entry_; }
  [[nodiscard]] const config::PluginInfo& info() const noexcept { return *info_; }

 private:
  Library(config::PluginInfoPtr info, const souk_entry* entry);
  config::PluginInfoPtr info_;
  const souk_entry* entry_;
};

/// OK when a plugin with this manifest can run here.
Status check_manifest(const souk::v1::PluginManifest& manifest);

}  // namespace souk::host
