// RecentRejections: the tracker events of a store that were refused lately, and why.
//
// A tracker is answered with success whatever becomes of its events, so this is where an operator
// finds out that one sends nonsense. What is kept says what was wrong and nothing of who sent it:
// no id, no value, no text of the event.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::gateway {

struct Rejection {
  std::int64_t first_us = 0;
  std::int64_t last_us = 0;
  std::uint64_t count = 0;  ///< events refused for this reason between the two
  std::string type;         ///< "track"; empty when the event has none that is known
  std::string field;        ///< "productId"; empty when it is about the whole event
  std::string reason;
};

/// Thread-safe. Holds the newest kMost kinds of refusals: the same type, field and reason count as
/// one. Bounded in number and in the length of its texts.
class RecentRejections {
 public:
  static constexpr std::size_t kMost = 50;
  static constexpr std::size_t kMaxText = 200;

  void add(std::int64_t now_us, std::string_view type, const Status& reason);
  /// Newest first.
  [[nodiscard]] std::vector<Rejection> list() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Rejection> newest_first_;
};

}  // namespace souk::gateway
