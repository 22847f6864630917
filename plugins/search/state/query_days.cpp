#include "plugins/search/state/query_days.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

std::uint64_t key_of_day(std::int32_t day, std::uint64_t query) {
  const std::uint64_t seed[2] = {static_cast<std::uint64_t>(static_cast<std::uint32_t>(day)),
                                 query};
  return XXH3_64bits(seed, sizeof(seed));
}

}  // namespace

void QueryCounts::add(const QueryCounts& other) {
  searches += other.searches;
  without_results += other.without_results;
  clicked += other.clicked;
  added += other.added;
  ordered += other.ordered;
  if (other.searches > 0) results = other.results;
  positions += other.positions;
  placed += other.placed;
}

std::int32_t day_of(std::int64_t now_us) {
  constexpr std::int64_t kDayUs = 86'400'000'000;
  return static_cast<std::int32_t>(now_us / kDayUs - (now_us % kDayUs < 0 ? 1 : 0));
}

bool parse_day(std::string_view text, std::int32_t& day) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int numbers[3] = {};
  const std::string_view parts[3] = {text.substr(0, 4), text.substr(5, 2), text.substr(8, 2)};
  for (int i = 0; i < 3; ++i) {
    const char* const end = parts[i].data() + parts[i].size();
    const auto [read, error] = std::from_chars(parts[i].data(), end, numbers[i]);
    if (error != std::errc() || read != end) return false;
  }
  const std::chrono::year_month_day date{std::chrono::year(numbers[0]),
                                         std::chrono::month(static_cast<unsigned>(numbers[1])),
                                         std::chrono::day(static_cast<unsigned>(numbers[2]))};
  if (!date.ok()) return false;
  day = static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
  return true;
}

void QueryDays::count(std::int64_t now_us, std::uint64_t query, const QueryCounts& more) {
  const std::int32_t day = day_of(now_us);
  auto& keys = of_day_[day];
  std::uint64_t key = key_of_day(day, query);
  const QueryCounts* known = counts_.find(key);
  if (known == nullptr && keys.size() >= kMostOfDay) {
    query = 0;
    key = key_of_day(day, query);
    known = counts_.find(key);
  }
  auto next =
      known != nullptr ? std::make_shared<QueryCounts>(*known) : std::make_shared<QueryCounts>();
  if (known == nullptr) keys.push_back(key);
  next->day = day;
  next->query = query;
  next->add(more);
  counts_.set(key, std::move(next));
  // Days go by the newest seen, so that late events do not bring back what was forgotten.
  forget_before(of_day_.rbegin()->first - static_cast<std::int32_t>(days_) + 1);
}

void QueryDays::forget_before(std::int32_t day) {
  while (!of_day_.empty() && of_day_.begin()->first < day) {
    for (const std::uint64_t key : of_day_.begin()->second)
      counts_.erase(key);
    of_day_.erase(of_day_.begin());
  }
}

void QueryDays::save(souk::Writer& writer) const {
  std::uint64_t all = 0;
  for (const auto& [day, keys] : of_day_)
    all += keys.size();
  writer.count(all);
  for (const auto& [day, keys] : of_day_) {
    for (const std::uint64_t key : keys) {
      const QueryCounts& counts = *counts_.find(key);
      writer.number(counts.day);
      writer.number(counts.query);
      for (const std::uint32_t value :
           {counts.searches, counts.without_results, counts.clicked, counts.added, counts.ordered,
            counts.results, counts.placed})
        writer.number(value);
      writer.number(counts.positions);
    }
  }
}

void QueryDays::load(souk::Reader& reader) {
  counts_.clear();
  of_day_.clear();
  for (std::uint64_t left = reader.count(100'000'000); left > 0 && reader.ok(); --left) {
    auto counts = std::make_shared<QueryCounts>();
    counts->day = reader.number<std::int32_t>();
    counts->query = reader.number<std::uint64_t>();
    for (std::uint32_t* value :
         {&counts->searches, &counts->without_results, &counts->clicked, &counts->added,
          &counts->ordered, &counts->results, &counts->placed})
      *value = reader.number<std::uint32_t>();
    counts->positions = reader.number<double>();
    const std::uint64_t key = key_of_day(counts->day, counts->query);
    of_day_[counts->day].push_back(key);
    counts_.set(key, std::move(counts));
  }
}

}  // namespace souk::search
