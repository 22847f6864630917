// How many answers were given, by placement and kind, since the process began.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/recommendations/serve/placements.hpp"

namespace souk::recommendations {

/// Answers are not in the log, so these counts are not in snapshots either: they begin at zero with
/// every start. Any thread.
class ServedCounts {
 public:
  void count(std::string_view placement, Kind kind);
  [[nodiscard]] std::uint64_t of(std::string_view placement, Kind kind) const;

 private:
  static constexpr std::size_t kPlaces = 512;  // placements of settings are 100 at most
  struct Place {
    std::atomic<std::uint64_t> name{0};  ///< hash of the placement, 0: free
    std::array<std::atomic<std::uint64_t>, kKinds> answers{};
  };
  std::array<Place, kPlaces> places_{};
};

}  // namespace souk::recommendations
