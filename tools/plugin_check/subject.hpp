// The library under test, as a check meets it in its child process.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/base/elf_notes.hpp"
#include "souk/abi.h"
#include "souk/testing/bench.hpp"
#include "souk/testing/declaration.hpp"
#include "tools/plugin_check/plugin_check.hpp"
#include "tools/plugin_check/samples.hpp"

namespace souk::plugin_check {

/// What a check came to.
struct Outcome {
  Verdict verdict = Verdict::success;
  std::string detail;
};
inline Outcome passed() { return {}; }
inline Outcome failed(std::string why) { return {Verdict::failed, std::move(why)}; }
inline Outcome warning(std::string why) { return {Verdict::warning, std::move(why)}; }
inline Outcome skipped(std::string why) { return {Verdict::skipped, std::move(why)}; }

/// The library's file, notes and sample messages; loads it when asked to. One thread.
class Subject {
 public:
  explicit Subject(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const base::PluginNotes& notes() const noexcept { return notes_; }
  [[nodiscard]] const testing::Declaration& declaration() const noexcept { return declaration_; }
  [[nodiscard]] const Samples& samples() const noexcept { return *samples_; }
  [[nodiscard]] const std::string& settings() const noexcept { return settings_; }

  /// Reads notes and schema. Checks that come before this is known to work use the file itself.
  Status read();
  /// Loads the library and finds its entry; NOT_FOUND or INTERNAL with the reason.
  Status load();
  [[nodiscard]] const souk_entry& entry() const noexcept { return *entry_; }

  /// `count` events over all types the plugin reads, the same for the same seed.
  [[nodiscard]] std::vector<testing::RawEvent> events(std::size_t count, std::uint64_t seed) const;
  /// Wire bytes of the request message of a method ("pkg.Service/Method").
  [[nodiscard]] std::string request(const std::string& method, std::uint64_t seed) const;

 private:
  std::string path_;
  base::PluginNotes notes_;
  testing::Declaration declaration_;
  std::unique_ptr<Samples> samples_;
  std::string settings_;
  const souk_entry* entry_ = nullptr;
};

/// An instance that has been started: what most checks begin with. `error` says why it has not.
struct Running {
  std::unique_ptr<testing::RawBench> bench;
  std::string error;
};
Running run(const Subject& subject, testing::HostKind kind = {});

/// The kind of host that checks use which are not about the host: one that forgives reading beyond.
testing::HostKind forgiving_host();

/// Folds events one batch at a time and goes on behind one that fails, as the daemon does. Returns
/// what the plugin did wrong, or nothing; failing an event is not wrong.
std::string fold_all(testing::RawBench& bench, const std::vector<testing::RawEvent>& events,
                     std::size_t batch);

}  // namespace souk::plugin_check
