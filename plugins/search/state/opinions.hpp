// What other plugins say of shoppers, remembered for a moment: what the plugin of segments knows
// of them, and what the one that recommends would show them. In no snapshot: it can be asked again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "plugins/search/state/behaviour.hpp"

namespace souk::search {

/// Of one shopper. Immutable once it is kept.
struct Opinion {
  std::int64_t until_us = 0;  ///< good until then
  // From souk.v1.Segmentation.
  std::vector<std::uint64_t> segments;  ///< keys
  Taste profile;                        ///< brands, categories and the typical price bought
  std::vector<std::string> contexts;    ///< for rules: "segment:…", "value:high"
  // From souk.v1.Recommendations.
  struct Recommended {
    std::uint64_t product = 0;
    float share = 0;  ///< 1 of the first, less of those behind
  };
  std::vector<Recommended> products;  ///< by product
  Taste recommended;                  ///< brands and categories of these
  // Why there is nothing from one; empty when it answered.
  std::string no_segmentation, no_recommendations;

  /// 0: it is not recommended.
  [[nodiscard]] float share(std::uint64_t product) const;
};

/// Any thread. A lookup holds the lock of one of sixteen parts for the time of a hash lookup.
class Opinions {
 public:
  static constexpr std::size_t kMost = 16'384;  ///< about 4 KB each
  /// Null when there is none, or it is too old.
  [[nodiscard]] std::shared_ptr<const Opinion> find(std::uint64_t key, std::int64_t now_us) const;
  void put(std::uint64_t key, std::shared_ptr<const Opinion> opinion);
  /// Whoever was erased is among them under keys that an event does not tell: all go.
  void clear();
  [[nodiscard]] std::size_t size() const;

  /// When nobody serves one, it is not asked again until then.
  struct Service {
    std::atomic<std::int64_t> absent_until_us{0};
    [[nodiscard]] bool absent(std::int64_t now_us) const {
      const std::int64_t until = absent_until_us.load(std::memory_order_relaxed);
      return now_us < until && until - now_us <= kAbsentUs;  // a clock may be set back
    }
    void gone(std::int64_t now_us) {
      absent_until_us.store(now_us + kAbsentUs, std::memory_order_relaxed);
    }
    static constexpr std::int64_t kAbsentUs = 10'000'000;
  };
  Service segmentation, recommendations;

 private:
  static constexpr std::size_t kParts = 16;
  struct Part {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::shared_ptr<const Opinion>> all;
  };
  std::array<Part, kParts> parts_;
};

}  // namespace souk::search
