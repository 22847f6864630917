// The ranges of SessionNeighboursSettings.
#include "plugins/recommendations/model/session_neighbours.hpp"
#include "plugins/recommendations/model/setting_ranges.hpp"

namespace souk::recommendations {
namespace {

// Every setting with its range, in one place: `visit(name, member, low, high)`.
constexpr auto kEachSessionSetting = [](auto& s, auto&& visit) {
  visit("max_items", s.limits.max_items, 1u, 1u << 28);
  visit("max_sessions", s.limits.max_sessions, 1u, 1u << 27);
  visit("session_items", s.limits.session_items, 2u, SessionIndex::kLongestSession);
  visit("sessions_per_item", s.limits.sessions_per_item, 2u, SessionIndex::kLongestPosting);
  visit("clicks_per_session", s.limits.clicks_per_session, 2u, 60'000u);
  visit("session_gap_us", s.limits.session_gap_us, std::int64_t{0}, std::int64_t{1} << 60);
  visit("query_items", s.query_items, 1u, SessionNeighbours::kMostQueryItems);
  visit("position_decay", s.position_decay, 0.1, 100.0);
  visit("idf_power", s.idf_power, 0.0, 4.0);
  visit("sessions_scanned", s.sessions_scanned, 1u, SessionIndex::kLongestPosting);
  visit("neighbours", s.neighbours, 1u, 4096u);
  visit("length_power", s.length_power, 0.0, 2.0);
  visit("recency", s.recency, 0.0, 20.0);
  visit("ahead_decay", s.ahead_decay, 0.1, 100.0);
  visit("behind_decay", s.behind_decay, 0.1, 100.0);
  visit("behind_weight", s.behind_weight, 0.0, 1.0);
  visit("popularity_power", s.popularity_power, 0.0, 1.0);
  visit("hop_weight", s.hop_weight, 0.0, 2.0);
  visit("hop_items", s.hop_items, 0u, SessionNeighbours::kMostQueryItems);
  visit("hop_sessions", s.hop_sessions, 1u, SessionIndex::kLongestPosting);
  visit("hop_below", s.hop_below, 0u, 1u << 20);
  visit("repeat_evidence", s.repeat_evidence, 0.0, 2.0);
};

}  // namespace

SessionNeighboursSettings brought_into_range(SessionNeighboursSettings settings) {
  return brought_into_range(settings, kEachSessionSetting);
}

Status validate(const SessionNeighboursSettings& settings) {
  return first_out_of_range(settings, kEachSessionSetting);
}

}  // namespace souk::recommendations
