#include "kernel/config/plugin_catalog.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include <souk/abi.h>

#include "kernel/base/elf_notes.hpp"
#include "kernel/base/file_digest.hpp"

namespace souk::config {
namespace {

Status wrong(const std::string& path, const std::string& why) {
  return {Code::invalid_argument, path + ": " + why};
}

/// Lower case, digits and hyphens, as in YAML.
bool is_plugin_id(std::string_view id) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !id.empty() && id.size() <= 64 && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(), allowed);
}

/// What the manifest promises must stand in the descriptors that the library ships.
Status check_schema(const PluginInfo& info) {
  for (const std::string& service : info.manifest.services()) {
    if (info.schema->service(service) == nullptr) {
      return wrong(info.path, "its manifest names the service " + service +
                                  ", which its descriptors do not define");
    }
  }
  const std::string& settings = info.manifest.settings_message();
  if (!settings.empty() && info.schema->message(settings) == nullptr) {
    return wrong(info.path, "its manifest names the settings " + settings +
                                ", which its descriptors do not define");
  }
  return {};
}

/// Reads them side by side: digests and descriptors are most of what a start computes.
std::vector<Result<PluginInfoPtr>> read_plugins(const std::vector<std::string>& files) {
  constexpr std::size_t kMostThreads = 8;
  std::vector<Result<PluginInfoPtr>> read(files.size(), Status(Code::internal, "not read"));
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++)
      read[i] = read_plugin(files[i]);
  };
  const std::size_t most =
      std::min({files.size(), kMostThreads, std::size_t{std::thread::hardware_concurrency()}});
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < most; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads)
    thread.join();
  return read;
}

}  // namespace

Result<PluginInfoPtr> read_plugin(const std::string& path) {
  std::error_code failure;
  const std::string absolute = std::filesystem::absolute(path, failure).lexically_normal().string();
  if (failure) return wrong(path, failure.message());
  Result<base::PluginNotes> notes = base::read_plugin_notes(absolute);
  if (notes.code() == Code::not_found) return notes.status();
  if (!notes.ok()) return wrong(absolute, notes.status().message());
  auto info = std::make_shared<PluginInfo>();
  info->path = absolute;
  auto digest = base::digest_of_file(absolute);
  if (!digest.ok()) return wrong(absolute, digest.status().message());
  info->sha256 = std::move(digest->sha256);
  info->file = digest->state;
  info->manifest_bytes = std::move(notes->manifest);
  if (!info->manifest.ParseFromString(info->manifest_bytes)) {
    return wrong(absolute, "the manifest in its ELF note is malformed");
  }
  const souk::v1::PluginManifest& manifest = info->manifest;
  if (!is_plugin_id(manifest.id())) {
    return wrong(absolute, "the manifest's id must be lower-case letters, digits and hyphens");
  }
  if (manifest.abi_major() != SOUK_ABI_MAJOR || manifest.abi_minor() > SOUK_ABI_MINOR) {
    return Status(Code::failed_precondition,
                  absolute + ": it was built for ABI " + std::to_string(manifest.abi_major()) +
                      "." + std::to_string(manifest.abi_minor()) + "; this host serves ABI " +
                      std::to_string(SOUK_ABI_MAJOR) + ".0 to " + std::to_string(SOUK_ABI_MAJOR) +
                      "." + std::to_string(SOUK_ABI_MINOR));
  }
  if (notes->schema.empty()) {
    // One that ships no descriptors of its own speaks the store's vocabulary alone.
    info->schema = {std::shared_ptr<const void>(), &schema::DescriptorPool::builtin()};
  } else {
    auto schema = schema::DescriptorPool::build(notes->schema);
    if (!schema.ok()) {
      return wrong(absolute, "the descriptors in its ELF note: " + schema.status().message());
    }
    info->schema = std::move(*schema);
  }
  if (Status checked = check_schema(*info); !checked.ok()) return checked;
  return PluginInfoPtr(std::move(info));
}

PluginCatalog PluginCatalog::scan(std::span<const std::string> folders) {
  namespace fs = std::filesystem;
  PluginCatalog catalog;
  for (const std::string& folder : folders) {
    std::error_code failure;
    std::vector<std::string> files;
    for (fs::directory_iterator item(folder, failure), end; !failure && item != end;
         item.increment(failure)) {
      if (item->path().extension() == ".so") files.push_back(item->path().string());
    }
    if (failure) catalog.unusable_.push_back({folder, failure.message()});
    // The folder's own order is nobody's choice.
    std::sort(files.begin(), files.end());
    const std::vector<Result<PluginInfoPtr>> read = read_plugins(files);
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string& file = files[i];
      const Result<PluginInfoPtr>& plugin = read[i];
      if (!plugin.ok()) {
        catalog.unusable_.push_back({file, plugin.status().message()});
      } else if (const PluginInfoPtr known = catalog.find((*plugin)->manifest.id())) {
        catalog.unusable_.push_back(
            {file, "the plugin " + known->manifest.id() + " is taken from " + known->path});
      } else {
        catalog.plugins_.push_back(*plugin);
      }
    }
  }
  return catalog;
}

PluginInfoPtr PluginCatalog::find(std::string_view plugin_id) const {
  for (const PluginInfoPtr& plugin : plugins_) {
    if (plugin->manifest.id() == plugin_id) return plugin;
  }
  return nullptr;
}

void PluginCatalog::add(PluginInfoPtr plugin) { plugins_.push_back(std::move(plugin)); }

}  // namespace souk::config
