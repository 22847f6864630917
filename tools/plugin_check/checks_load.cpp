// Checks of what happens while the library is loaded. Its constructors run then, in the daemon's
// process, before anybody can say no.
#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "souk/ext/schema.h"
#include "tools/plugin_check/checks.hpp"
#include "tools/plugin_check/elf_dynamic.hpp"
#include "tools/plugin_check/process_facts.hpp"

namespace souk::plugin_check {
namespace {

std::string_view view(souk_bytes bytes) {
  return bytes.size == 0 ? std::string_view()
                         : std::string_view(bytes.data, static_cast<std::size_t>(bytes.size));
}

/// Loads what the library itself needs, so that a check sees what the library does and not what
/// libstdc++ or Protobuf do.
void load_needed(const Subject& subject) {
  std::ifstream in(subject.path(), std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const Result<ElfDynamic> dynamic = read_elf_dynamic(file);
  if (!dynamic.ok()) return;
  for (const std::string& needed : dynamic->needed)
    dlopen(needed.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

Outcome check_entry(Subject& subject) {
  if (Status status = subject.load(); !status.ok()) return failed(status.message());
  const souk_entry& entry = subject.entry();
  if (!SOUK_HAS(&entry, souk_entry, create)) {
    return failed("souk_entry.struct_size is smaller than ABI 1.0 has it");
  }
  if (entry.abi_major != SOUK_ABI_MAJOR)
    return failed("souk_entry.abi_major is not the manifest's");
  testing::RawBench bench(entry, forgiving_host());
  const souk_plugin* plugin = bench.plugin();
  if (!SOUK_HAS(plugin, souk_plugin, call)) {
    return failed("souk_plugin.struct_size is smaller than ABI 1.0 has it");
  }
  if (plugin->get_extension == nullptr || plugin->init == nullptr || plugin->start == nullptr ||
      plugin->stop == nullptr || plugin->destroy == nullptr) {
    return failed("a function of souk_plugin that may not be NULL is NULL");
  }
  if (plugin->events == nullptr && !subject.declaration().reads.empty()) {
    return failed("souk_plugin.events is NULL and the manifest reads events");
  }
  if (plugin->call == nullptr && !subject.declaration().services.empty()) {
    return failed("souk_plugin.call is NULL and the manifest has services");
  }
  return passed();
}

Outcome check_same_manifest(Subject& subject) {
  if (view(subject.entry().manifest) != subject.notes().manifest) {
    return failed("souk_entry.manifest differs from the ELF note");
  }
  testing::RawBench bench(subject.entry(), forgiving_host());
  const auto* schema = static_cast<const souk_schema_v1*>(
      bench.plugin()->get_extension(bench.plugin(), SOUK_EXT_SCHEMA));
  if (schema != nullptr && view(schema->descriptor_set) != subject.notes().schema) {
    return failed("souk.schema/1 differs from the ELF note");
  }
  return passed();
}

Outcome check_load_time(Subject& subject) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLimit{100};
  constexpr int kAttempts = 3;
  std::chrono::nanoseconds best = std::chrono::hours(1);
  load_needed(subject);
  // A busy machine may slow one attempt; each loads a copy of its own, because the loader knows a
  // library that it has already.
  const std::filesystem::path folder = std::filesystem::temp_directory_path();
  for (int i = 0; i < kAttempts && best > kLimit; ++i) {
    const std::string copy =
        (folder / ("souk-check-" + std::to_string(getpid()) + "-" + std::to_string(i) + ".so"))
            .string();
    std::filesystem::copy_file(subject.path(), copy);
    const auto begin = Clock::now();
    void* handle = dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    void* symbol = handle != nullptr ? dlsym(handle, "souk_plugin_entry") : nullptr;
    if (symbol != nullptr) reinterpret_cast<const souk_entry* (*)()>(symbol)();
    best = std::min<std::chrono::nanoseconds>(best, Clock::now() - begin);
    std::filesystem::remove(copy);
  }
  if (best > kLimit) {
    return failed("loading takes " + std::to_string(best.count() / 1'000'000) +
                  " ms; the limit is 100 ms: what takes time belongs into start()");
  }
  return passed();
}

Outcome check_load_quiet(Subject& subject) {
  load_needed(subject);
  const CapturedOutput output;
  const Status status = subject.load();
  const std::string text = output.text();
  if (!status.ok()) return failed(status.message());
  if (!text.empty()) return failed("it prints while it is loaded: " + text.substr(0, 60));
  return passed();
}

Outcome check_load_threads(Subject& subject) {
  load_needed(subject);
  const std::size_t before = thread_count();
  if (Status status = subject.load(); !status.ok()) return failed(status.message());
  const std::size_t after = thread_count();
  if (after != before) {
    return failed("it starts " + std::to_string(after - before) + " thread(s) while it is loaded");
  }
  return passed();
}

Outcome check_load_descriptors(Subject& subject) {
  load_needed(subject);
  const std::size_t before = descriptor_count();
  if (Status status = subject.load(); !status.ok()) return failed(status.message());
  const std::size_t after = descriptor_count();
  if (after != before) {
    return failed("it opens " + std::to_string(after - before) +
                  " descriptor(s) while it is loaded");
  }
  return passed();
}

Outcome check_load_twice(Subject& subject) {
  const std::string copy = (std::filesystem::temp_directory_path() /
                            ("souk-check-" + std::to_string(getpid()) + "-second.so"))
                               .string();
  std::filesystem::copy_file(subject.path(), copy);
  Subject second(copy);
  const Status status = second.load();
  std::filesystem::remove(copy);
  if (!status.ok()) return failed("a second copy in one process: " + status.message());
  if (&second.entry() == &subject.entry()) {
    return failed("two copies in one process share their entry: they bind to each other's symbols");
  }
  const testing::RawBench one(subject.entry(), forgiving_host());
  const testing::RawBench two(second.entry(), forgiving_host());
  return passed();
}

}  // namespace souk::plugin_check
