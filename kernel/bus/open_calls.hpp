// OpenCalls: the questions that one instance has been asked and has not answered. A slab of slots,
// each a small state machine in one atomic word, so that a question costs no lock and no allocation
// and is answered exactly once, whoever comes first: the plugin, the deadline or the end of the
// instance. Free slots lie in shards by thread, so that one that asks mostly gets the slot, and the
// memory, that it had last.
//
//   free → open → answering → free                      answered in time
//          open → expiring → expired → free             the deadline came first; a late reply frees
//          it
//
// A slot whose deadline has passed keeps its request until the plugin replies, because the plugin
// may still be reading it. A plugin that never replies runs out of slots; nobody else does.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <souk/abi.h>

#include "kernel/base/status.hpp"

namespace souk::bus {

/// Hears an answer exactly once. The views are borrowed until it returns.
using CallDone = std::function<void(Code code, std::string_view reply, std::string_view error)>;

/// A question on its way to one method of an instance. Views are copied.
struct Question {
  std::uint32_t method = 0;
  std::string_view request;
  std::string_view account_id;
  std::string_view request_id;
  std::string_view caller;            ///< id of the plugin that asks; empty for HTTP
  std::int64_t deadline_us = 0;       ///< by the wall clock
  std::int64_t deadline_mono_us = 0;  ///< the same moment by the monotonic clock
};

/// Thread-safe.
class OpenCalls {
 public:
  explicit OpenCalls(std::size_t max_open);
  ~OpenCalls();
  OpenCalls(const OpenCalls&) = delete;
  OpenCalls& operator=(const OpenCalls&) = delete;

  /// Opens a question; nullptr when max_open are open (`done` is then untouched). The souk_call is
  /// valid until it is answered or, after its deadline, until the plugin replies at last.
  const souk_call* open(const Question& question, CallDone&& done);
  /// The plugin's answer. False when the handle is unknown, answered or expired: nothing is called.
  bool answer(std::uint64_t handle, Code code, std::string_view reply, std::string_view error);
  struct Expired {
    std::size_t count = 0;
    std::int64_t next_us = std::numeric_limits<std::int64_t>::max();  ///< earliest that is left
  };
  /// Ends questions whose deadline is at or before `monotonic_us`.
  Expired expire(std::int64_t monotonic_us, Code code, std::string_view error);

  /// Questions without an answer, those past their deadline not counted.
  [[nodiscard]] std::size_t open_count() const noexcept { return open_; }

 private:
  struct Slot;
  static constexpr std::size_t kBlock = 64;
  struct Block;

  Slot* slot(std::uint32_t index) const noexcept;
  struct alignas(64) FreeList {
    std::atomic<std::uint64_t> head{0};  // tag in the high half, index + 1 in the low; 0 low: none
  };
  static constexpr std::size_t kFreeLists = 16;

  std::uint32_t take_free();
  /// UINT32_MAX when the list is empty.
  std::uint32_t take_from(FreeList& list) noexcept;
  std::uint32_t make_slot();
  void give_free(std::uint32_t index, Slot& slot);

  const std::size_t max_open_;
  std::unique_ptr<std::atomic<Block*>[]> blocks_;
  std::array<FreeList, kFreeLists> free_;
  std::atomic<std::uint32_t> made_{0};  // slots ever used
  alignas(64) std::atomic<std::size_t> open_{0};
};

}  // namespace souk::bus
