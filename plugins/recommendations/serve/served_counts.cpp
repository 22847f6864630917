#include "plugins/recommendations/serve/served_counts.hpp"

#include <algorithm>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {
std::uint64_t name_of_placement(std::string_view placement) {
  return std::max<std::uint64_t>(1, hash_of(placement));
}
}  // namespace

void ServedCounts::count(std::string_view placement, Kind kind) {
  const std::uint64_t name = name_of_placement(placement);
  for (std::size_t probe = 0; probe < kPlaces; ++probe) {
    Place& place = places_[(name + probe) % kPlaces];
    std::uint64_t found = place.name.load(std::memory_order_relaxed);
    if (found == 0 && place.name.compare_exchange_strong(found, name, std::memory_order_relaxed)) {
      found = name;
    }
    if (found != name) continue;
    place.answers[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed);
    return;
  }
}

std::uint64_t ServedCounts::of(std::string_view placement, Kind kind) const {
  const std::uint64_t name = name_of_placement(placement);
  for (std::size_t probe = 0; probe < kPlaces; ++probe) {
    const Place& place = places_[(name + probe) % kPlaces];
    const std::uint64_t found = place.name.load(std::memory_order_relaxed);
    if (found == 0) return 0;
    if (found != name) continue;
    return place.answers[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
  }
  return 0;
}

}  // namespace souk::recommendations
