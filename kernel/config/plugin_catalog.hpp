// PluginCatalog: the plugin libraries that can be found, read from their ELF notes without loading.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/file_digest.hpp"
#include "kernel/base/status.hpp"
#include "kernel/schema/pool.hpp"
#include "souk/v1/plugin.pb.h"

namespace souk::config {

/// A library and what it declares of itself. Immutable; shared by everyone who needs its schema.
struct PluginInfo {
  std::string path;      ///< absolute
  std::string sha256;    ///< of the file, lower-case hex
  base::FileState file;  ///< as it was then: see base::is_unchanged
  souk::v1::PluginManifest manifest;
  std::string manifest_bytes;                            ///< as in the note
  std::shared_ptr<const schema::DescriptorPool> schema;  ///< the plugin's private pool
};

using PluginInfoPtr = std::shared_ptr<const PluginInfo>;

/// A library that was found and cannot be used.
struct UnusableLibrary {
  std::string path;
  std::string reason;
};

/// Reads one library's notes. INVALID_ARGUMENT says what is wrong with it (not an ELF file,
/// truncated, no manifest, malformed manifest or schema); FAILED_PRECONDITION when its ABI is not
/// served here.
Result<PluginInfoPtr> read_plugin(const std::string& path);

/// What the folders of `plugins.path` hold. Value type.
class PluginCatalog {
 public:
  /// Scans the folders (not recursively) for *.so; a folder that is missing is an unusable entry.
  /// Of two libraries with one plugin id the one in the earlier folder counts.
  static PluginCatalog scan(std::span<const std::string> folders);

  /// nullptr when no usable library has this id.
  [[nodiscard]] PluginInfoPtr find(std::string_view plugin_id) const;
  [[nodiscard]] const std::vector<PluginInfoPtr>& plugins() const noexcept { return plugins_; }
  [[nodiscard]] const std::vector<UnusableLibrary>& unusable() const noexcept { return unusable_; }
  /// Adds a library that YAML names by path.
  void add(PluginInfoPtr plugin);

 private:
  std::vector<PluginInfoPtr> plugins_;
  std::vector<UnusableLibrary> unusable_;
};

}  // namespace souk::config
