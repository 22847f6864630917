// What was searched for day by day, for the merchant. Written by the fold; readers have a copy.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/state/persistent_map.hpp"

namespace souk::search {

/// One query on one day (UTC), or all of one query over several.
struct QueryCounts {
  std::int32_t day = 0;  ///< since 1970
  std::uint64_t query = 0;
  std::uint32_t searches = 0;
  std::uint32_t without_results = 0;
  std::uint32_t clicked = 0;  ///< searches that led to a click
  std::uint32_t added = 0;
  std::uint32_t ordered = 0;
  std::uint32_t results = 0;  ///< found when last asked
  double positions = 0;
  std::uint32_t placed = 0;

  void add(const QueryCounts& other);
};

class QueryDays {
 public:
  static constexpr std::uint32_t kMostOfDay = 5000;  ///< queries; the rest is one, of key 0

  void set_limit(std::uint32_t days) { days_ = days; }
  /// The counts of that day; what is added to them is kept with close().
  void count(std::int64_t now_us, std::uint64_t query, const QueryCounts& more);

  [[nodiscard]] PersistentMap<QueryCounts> share() { return counts_.share(); }
  [[nodiscard]] std::size_t size() const { return counts_.size(); }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  void forget_before(std::int32_t day);

  PersistentMap<QueryCounts> counts_;
  std::map<std::int32_t, std::vector<std::uint64_t>> of_day_;  ///< keys
  std::uint32_t days_ = 90;
};

/// The day of a moment, UTC; and of YYYY-MM-DD, which is false when it is none.
[[nodiscard]] std::int32_t day_of(std::int64_t now_us);
bool parse_day(std::string_view text, std::int32_t& day);

}  // namespace souk::search
