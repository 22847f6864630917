#include "kernel/host/library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include <souk/ext/effect_events.h>
#include <souk/ext/entities.h>
#include <souk/ext/jobs.h>
#include <souk/ext/outbox.h>
#include <souk/ext/timers.h>

#include "kernel/base/file_digest.hpp"

namespace souk::host {
namespace {

constexpr std::array<std::string_view, 5> kExtensions{
    SOUK_EXT_TIMERS, SOUK_EXT_JOBS, SOUK_EXT_OUTBOX, SOUK_EXT_EFFECT_EVENTS, SOUK_EXT_ENTITIES};

Status refuse(const config::PluginInfo& info, const std::string& why) {
  return {Code::failed_precondition, info.path + ": " + why};
}

/// The digest of every file that was loaded, by path: a path is loaded once in a process, whatever
/// file stands there later.
struct Loaded {
  std::mutex mutex;
  std::map<std::string, std::string> sha256_of_path;
};
Loaded& loaded() {
  static Loaded instance;
  return instance;
}

Status check_file(const config::PluginInfo& info) {
  std::string digest = info.sha256;
  if (!base::is_unchanged(info.path, {info.sha256, info.file})) {
    auto read = base::sha256_of_file(info.path);
    if (!read.ok()) return read.status();
    digest = std::move(*read);
  }
  if (digest != info.sha256) {
    return refuse(info, "the file has SHA-256 " + digest + ", but " + info.sha256 +
                            " was verified; it was replaced meanwhile");
  }
  const std::lock_guard lock(loaded().mutex);
  const auto known = loaded().sha256_of_path.find(info.path);
  if (known != loaded().sha256_of_path.end() && known->second != digest) {
    return refuse(info,
                  "another build of this file is in memory; restart the daemon to run the new one");
  }
  return {};
}

Status check_entry(const config::PluginInfo& info, const souk_entry* entry) {
  if (entry == nullptr) return refuse(info, "souk_plugin_entry() returned NULL");
  if (entry->struct_size < offsetof(souk_entry, create) + sizeof entry->create) {
    return refuse(info, "its souk_entry has " + std::to_string(entry->struct_size) +
                            " bytes, too few for ABI " + std::to_string(SOUK_ABI_MAJOR));
  }
  if (entry->abi_major != SOUK_ABI_MAJOR || entry->abi_minor > SOUK_ABI_MINOR) {
    return refuse(info, "its entry asks for ABI " + std::to_string(entry->abi_major) + "." +
                            std::to_string(entry->abi_minor) + ", this host has " +
                            std::to_string(SOUK_ABI_MAJOR) + "." + std::to_string(SOUK_ABI_MINOR));
  }
  if (entry->create == nullptr) return refuse(info, "its souk_entry has no create()");
  const std::string_view manifest(entry->manifest.data,
                                  static_cast<std::size_t>(entry->manifest.size));
  if (manifest != info.manifest_bytes) {
    return refuse(info, "the manifest of its entry differs from the one in its ELF note");
  }
  return {};
}

}  // namespace

std::span<const std::string_view> host_extensions() noexcept { return kExtensions; }

Status check_manifest(const souk::v1::PluginManifest& manifest) {
  if (manifest.abi_major() != SOUK_ABI_MAJOR || manifest.abi_minor() > SOUK_ABI_MINOR) {
    return {Code::failed_precondition,
            "the plugin needs ABI " + std::to_string(manifest.abi_major()) + "." +
                std::to_string(manifest.abi_minor()) + ", this host has " +
                std::to_string(SOUK_ABI_MAJOR) + "." + std::to_string(SOUK_ABI_MINOR)};
  }
  for (const std::string& required : manifest.extensions_required()) {
    if (std::find(kExtensions.begin(), kExtensions.end(), required) != kExtensions.end()) continue;
    std::string offered;
    for (const std::string_view extension : kExtensions) {
      offered += (offered.empty() ? "" : ", ") + std::string(extension);
    }
    return {Code::failed_precondition,
            "the plugin requires the extension " + required + "; this host has " + offered};
  }
  return {};
}

Library::Library(config::PluginInfoPtr info, const souk_entry* entry)
    : info_(std::move(info)), entry_(entry) {}

Result<std::shared_ptr<const Library>> Library::load(const config::PluginInfoPtr& info) {
  if (info == nullptr) return Status(Code::failed_precondition, "the plugin has no library");
  if (Status manifest = check_manifest(info->manifest); !manifest.ok()) {
    return refuse(*info, manifest.message());
  }
  if (info->path.empty() || info->path.front() != '/') {
    return refuse(*info, "the library's path must be absolute");
  }
  if (Status file = check_file(*info); !file.ok()) return file;
  void* const handle = dlopen(info->path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == nullptr) {
    const char* const why = dlerror();
    return Status(Code::unavailable, std::string("the loader refuses the library: ") +
                                         (why == nullptr ? info->path.c_str() : why));
  }
  void* const symbol = dlsym(handle, "souk_plugin_entry");
  if (symbol == nullptr) return refuse(*info, "it does not export souk_plugin_entry");
  const auto entry_function = reinterpret_cast<const souk_entry* (*)()>(symbol);
  const souk_entry* const entry = entry_function();
  if (Status checked = check_entry(*info, entry); !checked.ok()) return checked;
  {
    const std::lock_guard lock(loaded().mutex);
    loaded().sha256_of_path.emplace(info->path, info->sha256);
  }
  return std::shared_ptr<const Library>(new Library(info, entry));
}

}  // namespace souk::host
