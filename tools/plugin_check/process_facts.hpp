// What the kernel knows of this process, and what it may do.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace souk::plugin_check {

[[nodiscard]] std::size_t thread_count();
[[nodiscard]] std::size_t descriptor_count();
/// Bytes that malloc has handed out and not got back.
[[nodiscard]] std::size_t heap_bytes();

/// Sends standard output and standard error into memory while it lives.
class CapturedOutput {
 public:
  CapturedOutput();
  ~CapturedOutput();
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  /// What has been written so far.
  [[nodiscard]] std::string text() const;

 private:
  int memory_;
  int out_;
  int error_;
};

/// From now on, for good, a system call of this process that would reach the world (sockets, files
/// opened for writing, removed or renamed, programs started) calls `on_attempt` with its name, on
/// the thread that made it, instead of happening. False where the kernel does not offer that.
bool forbid_effects(std::function<void(const char* system_call)> on_attempt);

}  // namespace souk::plugin_check
