// Checks of the file alone: no code of the plugin runs.
#include <dlfcn.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "souk/v1/plugin.pb.h"
#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/elf_dynamic.hpp"

namespace souk::plugin_check {
namespace {

std::string file_of(const Subject& subject) {
  std::ifstream in(subject.path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Names for a sentence: the first few, and how many more.
std::string some(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
  return text;
}

Result<souk::v1::PluginManifest> manifest_of(const Subject& subject) {
  const Result<base::PluginNotes> notes = base::read_plugin_notes(subject.path());
  if (!notes.ok()) return notes.status();
  souk::v1::PluginManifest manifest;
  if (!manifest.ParseFromString(notes->manifest)) {
    return Status(Code::invalid_argument, "the manifest is not a souk.v1.PluginManifest");
  }
  return manifest;
}

bool is_plugin_id(const std::string& id) {
  return id.size() >= 2 && id.size() <= 64 && id.front() != '-' && id.back() != '-' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace

Outcome check_readable(Subject& subject) {
  const auto notes = base::read_elf_notes(subject.path(), SOUK_NOTE_OWNER);
  if (!notes.ok()) return failed(notes.status().message());
  const auto dynamic = read_elf_dynamic(file_of(subject));
  return dynamic.ok() ? passed() : failed(dynamic.status().message());
}

Outcome check_manifest(Subject& subject) {
  const auto manifest = manifest_of(subject);
  if (!manifest.ok()) return failed(manifest.status().message());
  if (!is_plugin_id(manifest->id())) {
    return failed("the manifest's id '" + manifest->id() + "' is not 2 to 64 of a-z, 0-9 and '-'");
  }
  if (manifest->version().empty()) return failed("the manifest has no version");
  if (manifest->description().empty()) return warning("the manifest has no description");
  return passed();
}

Outcome check_abi(Subject& subject) {
  const auto manifest = manifest_of(subject);
  if (!manifest.ok()) return failed(manifest.status().message());
  const std::string own = std::to_string(SOUK_ABI_MAJOR) + "." + std::to_string(SOUK_ABI_MINOR);
  const std::string needed =
      std::to_string(manifest->abi_major()) + "." + std::to_string(manifest->abi_minor());
  if (manifest->abi_major() != SOUK_ABI_MAJOR || manifest->abi_minor() > SOUK_ABI_MINOR) {
    return failed("it needs ABI " + needed + "; this one is " + own);
  }
  return passed();
}

Outcome check_schema(Subject& subject) {
  const auto notes = base::read_plugin_notes(subject.path());
  if (!notes.ok()) return failed(notes.status().message());
  const auto declared = testing::read_declaration(notes->manifest, notes->schema);
  const auto samples = Samples::from(notes->schema);
  if (!samples.ok()) return failed(samples.status().message());
  std::vector<std::string> missing;
  for (const auto* list : {&declared.reads, &declared.publishes}) {
    for (const std::string& type : *list) {
      if (!samples.value()->knows(type)) missing.push_back(type);
    }
  }
  if (!declared.settings_message.empty() && !samples.value()->knows(declared.settings_message)) {
    missing.push_back(declared.settings_message);
  }
  for (const std::string& service : declared.services) {
    const bool known =
        std::any_of(declared.methods.begin(), declared.methods.end(),
                    [&](const std::string& method) { return method.starts_with(service + "/"); });
    if (!known) missing.push_back(service);
  }
  if (!missing.empty()) return failed("the schema note does not define " + some(missing));
  return passed();
}

Outcome check_exports(Subject& subject) {
  const auto dynamic = read_elf_dynamic(file_of(subject));
  if (!dynamic.ok()) return failed(dynamic.status().message());
  std::vector<std::string> others;
  bool entry = false;
  for (const std::string& name : dynamic->exported) {
    if (name == "souk_plugin_entry") {
      entry = true;
    } else {
      others.push_back(name);
    }
  }
  if (!entry) return failed("it exports no souk_plugin_entry");
  if (!others.empty()) {
    return failed("it exports more than souk_plugin_entry, where other libraries may bind to it: " +
                  some(others));
  }
  return passed();
}

Outcome check_full_protobuf(Subject& subject) {
  const std::string file = file_of(subject);
  const auto dynamic = read_elf_dynamic(file);
  if (!dynamic.ok()) return failed(dynamic.status().message());
  static constexpr const char* kWhy =
      "; two libraries that register one file's descriptors end the process: use the lite runtime";
  for (const std::string& library : dynamic->needed) {
    if (library.starts_with("libprotobuf.so")) return failed("it needs " + library + kWhy);
  }
  // A text of the full runtime's registry of descriptors, which the lite runtime does not have.
  if (file.find("File already exists in database: ") != std::string::npos) {
    return failed(std::string("the full Protobuf runtime is linked in") + kWhy);
  }
  return passed();
}

Outcome check_undefined_symbols(Subject& subject) {
  const auto dynamic = read_elf_dynamic(file_of(subject));
  if (!dynamic.ok()) return failed(dynamic.status().message());
  std::vector<void*> libraries;
  for (const std::string& needed : dynamic->needed) {
    void* library = dlopen(needed.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (library == nullptr)
      return failed("it needs " + needed + ", which does not load: " + dlerror());
    libraries.push_back(library);
  }
  std::vector<std::string> missing;
  for (const std::string& name : dynamic->undefined) {
    const bool found = std::any_of(libraries.begin(), libraries.end(), [&](void* library) {
      dlerror();
      return dlsym(library, name.c_str()) != nullptr || dlerror() == nullptr;
    });
    if (!found) missing.push_back(name);
  }
  if (!missing.empty()) {
    return failed("no library that it names defines " + some(missing) + " (link with -Wl,-z,defs)");
  }
  return passed();
}

Outcome check_nodelete(Subject& subject) {
  const auto dynamic = read_elf_dynamic(file_of(subject));
  if (!dynamic.ok()) return failed(dynamic.status().message());
  if (!dynamic->nodelete) return warning("it is not linked with -Wl,-z,nodelete");
  return passed();
}

}  // namespace souk::plugin_check
