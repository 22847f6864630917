// What flows brought: clicks that became orders, by variant and segment, and the two groups of the
// comparison. Sums only: nothing of a single person.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "plugins/email/model/increment.hpp"

namespace souk::email {

struct SliceFigures {
  std::uint64_t sent = 0;
  std::uint64_t opened = 0;
  std::uint64_t clicked = 0;
  std::uint64_t orders = 0;
  double revenue = 0;
};
using Slices = std::map<std::string, SliceFigures, std::less<>>;

struct FlowMeasures {
  std::uint64_t orders = 0;
  double revenue = 0;
  std::uint64_t machine_opens = 0;
  std::uint64_t machine_clicks = 0;
  Slices variants;
  Slices segments;
  GroupSums treated;
  GroupSums holdout;
};

/// By number of the flow. Not thread-safe.
class Measures {
 public:
  static constexpr std::size_t kMostSlices = 200;

  FlowMeasures& of(std::uint16_t flow);
  /// Null where nothing was measured.
  [[nodiscard]] const FlowMeasures* find(std::uint16_t flow) const noexcept;
  /// Null for an empty name and when there are kMostSlices others.
  static SliceFigures* slice(Slices& slices, std::string_view name);

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::vector<FlowMeasures> flows_;
};

/// The newest ids under which other systems called flows, so that none counts twice. Not
/// thread-safe.
class CalledIds {
 public:
  static constexpr std::size_t kMost = 100'000;

  [[nodiscard]] bool has(std::string_view flow, std::string_view id) const;
  /// False when it is there already.
  bool add(std::string_view flow, std::string_view id);

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::deque<std::uint64_t> order_;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace souk::email
