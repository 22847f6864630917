#include "plugins/recommendations/model/history_neighbours.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/model/setting_ranges.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {
namespace {

constexpr auto kEachHistorySetting = [](auto& s, auto&& visit) {
  visit("query_items", s.query_items, 1u, HistoryNeighbours::kMostQueryItems);
  visit("position_decay", s.position_decay, 0.1, 1000.0);
  visit("trails_scanned", s.trails_scanned, 1u, SessionIndex::kLongestPosting);
  visit("trails_least", s.trails_least, 1u, SessionIndex::kLongestPosting);
  visit("trails_in_all", s.trails_in_all, 1u, 65'536u);
  visit("length_power", s.length_power, 0.0, 2.0);
  visit("ahead_decay", s.ahead_decay, 0.1, 1000.0);
  visit("behind_decay", s.behind_decay, 0.1, 1000.0);
  visit("behind_weight", s.behind_weight, 0.0, 1.0);
  visit("mass_power", s.mass_power, 0.0, 1.0);
  visit("popularity_power", s.popularity_power, 0.0, 1.0);
  visit("next_weight", s.next_weight, 0.0, 4.0);
  visit("next_decay", s.next_decay, 0.1, 1000.0);
  visit("next_shrinkage", s.next_shrinkage, 0.0, 1000.0);
  visit("hop_weight", s.hop_weight, 0.0, 2.0);
  visit("hop_items", s.hop_items, 0u, HistoryNeighbours::kMostQueryItems);
  visit("hop_trails", s.hop_trails, 1u, SessionIndex::kLongestPosting);
};

/// What a trail says of one item near the one it was read for.
struct Near {
  ItemId item;
  float weight;
  bool next;
};

struct Vote {
  float around = 0;          ///< from the neighbourhoods of the history's items
  float next = 0;            ///< from what came directly after them
  float hop = 0;             ///< from the neighbourhoods of the best proposals
  float strongest = 0;       ///< the largest single contribution …
  ItemId because = kNoItem;  ///< … and the item of the history it came from
  std::uint32_t support = 0;
  bool had = false;  ///< an item of the history
};

struct Ranked {
  double score;
  std::uint32_t entry;  ///< in the votes
  ItemId item;
};

// An object, so that sorting compares in line.
constexpr auto is_better = [](const Ranked& a, const Ranked& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
};

// So far ahead of the reading of trails their lines are asked for.
constexpr std::uint32_t kSlotsAhead = 24;
constexpr std::uint32_t kCellsAhead = 8;
constexpr double kBriefEffort = 0.25;
// A brief look goes so far to both sides: what stands further off counts less than half.
constexpr std::uint32_t kBriefReach = 12;
constexpr float kMassFloor = 1;  // an item met by next to nobody does not shout

}  // namespace

struct HistoryNeighbours::Query {
  std::uint32_t size = 0;
  std::array<ItemId, kMostQueryItems> items;  ///< distinct, newest first
  SessionOrdinal self = kNoSession;
  double effort = 1;                                    ///< share of the trails that are read
  std::uint32_t reach = SessionIndex::kLongestSession;  ///< items to either side that are looked at
};

struct HistoryScratch::Parts {
  SparseTable<Vote> votes;
  std::vector<SessionOrdinal> posting;
  std::vector<Near> near;
  float mass = 0;            ///< Σ of the weights in `near`
  std::uint32_t trails = 0;  ///< that `near` was read from
  std::vector<Ranked> ranked;
};

HistoryScratch::HistoryScratch() : parts_(std::make_unique<Parts>()) {
  parts_->posting.resize(SessionIndex::kLongestPosting);
}
HistoryScratch::~HistoryScratch() = default;
HistoryScratch::HistoryScratch(HistoryScratch&&) noexcept = default;
HistoryScratch& HistoryScratch::operator=(HistoryScratch&&) noexcept = default;

Status validate(const HistoryNeighboursSettings& settings) {
  return first_out_of_range(settings, kEachHistorySetting);
}

HistoryNeighbours::HistoryNeighbours(const HistoryNeighboursSettings& settings)
    : settings_(brought_into_range(settings, kEachHistorySetting)), index_(settings_.limits) {
  settings_.limits = index_.limits();
  for (std::size_t length = 0; length < length_factor_.size(); ++length) {
    length_factor_[length] = static_cast<float>(
        std::pow(static_cast<double>(std::max<std::size_t>(length, 1)), -settings_.length_power));
  }
  for (std::size_t i = 0; i < ahead_.size(); ++i) {
    const auto distance = static_cast<double>(i);
    ahead_[i] = static_cast<float>(std::exp(-distance / settings_.ahead_decay));
    behind_[i] =
        static_cast<float>(settings_.behind_weight * std::exp(-distance / settings_.behind_decay));
  }
  for (std::size_t count = 0; count < popularity_factor_.size(); ++count) {
    popularity_factor_[count] =
        static_cast<float>(std::pow(static_cast<double>(count) + 1, -settings_.popularity_power));
  }
}

bool HistoryNeighbours::observe(std::string_view shopper_key, ItemId item, std::int64_t time_us) {
  const SessionOrdinal known = index_.find(shopper_key);
  if (known != kNoSession) {
    ItemId items[SessionIndex::kLongestSession];
    const std::uint32_t size = index_.items_of(known, items);
    if (size > 0 && items[size - 1] == item) return true;
  }
  return index_.observe(shopper_key, item, time_us) != kNoSession;
}

void HistoryNeighbours::adopt(std::string_view from, std::string_view into, std::int64_t time_us) {
  const SessionOrdinal known = index_.find(from);
  if (known == kNoSession) return;
  ItemId items[SessionIndex::kLongestSession];
  const std::uint32_t size = index_.items_of(known, items);
  index_.forget(from);
  for (std::uint32_t i = 0; i < size; ++i)
    observe(into, items[i], time_us);
}

void HistoryNeighbours::trail(std::string_view shopper_key, std::vector<ItemId>& out) const {
  out.clear();
  const SessionOrdinal known = index_.find(shopper_key);
  if (known == kNoSession) return;
  out.resize(SessionIndex::kLongestSession);
  out.resize(index_.items_of(known, out.data()));
}

float HistoryNeighbours::popularity_factor(ItemId item) const {
  if (settings_.popularity_power == 0) return 1;  // a count is a cache miss
  const std::uint32_t held = index_.session_count(item);
  if (held < popularity_factor_.size()) return popularity_factor_[held];
  return static_cast<float>(std::pow(static_cast<double>(held) + 1, -settings_.popularity_power));
}

void HistoryNeighbours::predict(std::span<const ItemId> history, std::string_view shopper_key,
                                std::size_t k, HistoryScratch& scratch, std::vector<Candidate>& out,
                                HistoryEffort effort) const {
  out.clear();
  HistoryScratch::Parts& s = *scratch.parts_;
  Query query;
  build_query(history, shopper_key, query);
  if (effort == HistoryEffort::brief) {
    query.effort = kBriefEffort;
    query.reach = kBriefReach;
  }
  if (query.size == 0 || k == 0) return;
  s.votes.clear();
  first_hop(query, s);
  if (s.votes.entries().empty()) return;
  for (const ItemId item : history)
    s.votes[item].had = true;
  if (effort == HistoryEffort::full && settings_.hop_weight > 0 && settings_.hop_items > 0) {
    second_hop(query, s);
  }
  rank(k, s, out);
}

void HistoryNeighbours::build_query(std::span<const ItemId> history, std::string_view shopper_key,
                                    Query& query) const {
  if (!shopper_key.empty()) query.self = index_.find(shopper_key);
  for (auto item = history.rbegin(); item != history.rend(); ++item) {
    const auto end = query.items.begin() + query.size;
    if (std::find(query.items.begin(), end, *item) != end) continue;
    query.items[query.size++] = *item;
    if (query.size == settings_.query_items) return;
  }
}

// The newest trails that hold `item`, and what stands around it in them: at distance d an item
// weighs δ(d) · L^−b.
void HistoryNeighbours::gather(ItemId item, std::uint32_t most, const Query& query,
                               HistoryScratch::Parts& s) const {
  s.near.clear();
  s.mass = 0;
  s.trails = 0;
  const std::uint32_t size = index_.sessions_of(item, most, s.posting.data());
  for (std::uint32_t i = 0; i < std::min(size, kSlotsAhead); ++i)
    index_.prefetch_header(s.posting[i]);
  ItemId items[SessionIndex::kLongestSession];
  for (std::uint32_t i = 0; i < size; ++i) {
    if (i + kSlotsAhead < size) index_.prefetch_header(s.posting[i + kSlotsAhead]);
    if (i + kCellsAhead < size) index_.prefetch_items(s.posting[i + kCellsAhead]);
    if (s.posting[i] == query.self) continue;
    const std::uint32_t length = index_.items_of(s.posting[i], items);
    std::uint32_t at = length;
    while (at > 0 && items[at - 1] != item)
      --at;
    if (at-- == 0) continue;  // fell out of the trail's ring
    ++s.trails;
    const float factor = length_factor_[length];
    const std::uint32_t first = at - std::min(at, query.reach);
    const std::uint32_t last = std::min(length - 1, at + query.reach);
    for (std::uint32_t p = first; p <= last; ++p) {
      if (items[p] == item) continue;
      const float weight = factor * (p > at ? ahead_[p - at - 1] : behind_[at - p - 1]);
      s.near.push_back({items[p], weight, p == at + 1});
      s.mass += weight;
    }
  }
}

void HistoryNeighbours::first_hop(const Query& query, HistoryScratch::Parts& s) const {
  const double in_all = query.effort * settings_.trails_in_all;
  double read = 0;
  for (std::uint32_t i = 0; i < query.size && read < in_all; ++i) {
    const double weight = std::exp(-static_cast<double>(i) / settings_.position_decay);
    const double most = std::max(weight * settings_.trails_scanned, 1.0 * settings_.trails_least);
    gather(query.items[i], static_cast<std::uint32_t>(std::ceil(query.effort * most)), query, s);
    read += s.trails;
    if (s.near.empty()) continue;
    const auto scale = static_cast<float>(
        weight / std::pow(static_cast<double>(s.mass + kMassFloor), settings_.mass_power));
    const auto next_scale =
        static_cast<float>(std::exp(-static_cast<double>(i) / settings_.next_decay) /
                           (s.trails + settings_.next_shrinkage));
    for (const Near& near : s.near) {
      Vote& vote = s.votes[near.item];
      const float contribution = scale * near.weight;
      vote.around += contribution;
      if (near.next) vote.next += next_scale;
      ++vote.support;
      if (contribution > vote.strongest) {
        vote.strongest = contribution;
        vote.because = query.items[i];
      }
    }
  }
}

// The best proposals become a question of their own. What they argue with is what argued for them.
void HistoryNeighbours::second_hop(const Query& query, HistoryScratch::Parts& s) const {
  s.ranked.clear();
  const auto& entries = s.votes.entries();
  for (std::uint32_t e = 0; e < entries.size(); ++e) {
    if (entries[e].value.had) continue;
    s.ranked.push_back({static_cast<double>(entries[e].value.around), e, entries[e].key});
  }
  const std::size_t follow = std::min<std::size_t>(settings_.hop_items, s.ranked.size());
  std::partial_sort(s.ranked.begin(), s.ranked.begin() + static_cast<std::ptrdiff_t>(follow),
                    s.ranked.end(), is_better);
  s.ranked.resize(follow);
  for (const Ranked& from : s.ranked) {
    const ItemId because = s.votes.entries()[from.entry].value.because;
    gather(from.item, settings_.hop_trails, query, s);
    const auto scale = static_cast<float>(
        from.score * static_cast<double>(popularity_factor(from.item)) /
        std::pow(static_cast<double>(s.mass + kMassFloor), settings_.mass_power));
    for (const Near& near : s.near) {
      Vote& vote = s.votes[near.item];
      vote.hop += scale * near.weight;
      ++vote.support;
      if (vote.because == kNoItem) vote.because = because;
    }
  }
}

// score(x) = (n_x + 1)^−c · around(x)/Σ + ν · next(x)/Σ + γ · (n_x + 1)^−c · hop(x)/Σ, over 1 + ν +
// γ, where each sum runs over what is not in the history.
void HistoryNeighbours::rank(std::size_t k, HistoryScratch::Parts& s,
                             std::vector<Candidate>& out) const {
  double around = 0;
  double next = 0;
  double hop = 0;
  for (auto& [item, vote] : s.votes.entries()) {
    if (vote.had) continue;
    const float factor = popularity_factor(item);
    vote.around *= factor;
    vote.hop *= factor;
    around += static_cast<double>(vote.around);
    next += static_cast<double>(vote.next);
    hop += static_cast<double>(vote.hop);
  }
  const double shares = (around > 0 ? 1 : 0) + (next > 0 ? settings_.next_weight : 0) +
                        (hop > 0 ? settings_.hop_weight : 0);
  const double per_around = around > 0 ? 1 / (shares * around) : 0;
  const double per_next = next > 0 ? settings_.next_weight / (shares * next) : 0;
  const double per_hop = hop > 0 ? settings_.hop_weight / (shares * hop) : 0;
  s.ranked.clear();
  const auto& entries = s.votes.entries();
  for (std::uint32_t e = 0; e < entries.size(); ++e) {
    const Vote& vote = entries[e].value;
    if (vote.had) continue;
    s.ranked.push_back({per_around * static_cast<double>(vote.around) +
                            per_next * static_cast<double>(vote.next) +
                            per_hop * static_cast<double>(vote.hop),
                        e, entries[e].key});
  }
  const std::size_t size = std::min(k, s.ranked.size());
  std::partial_sort(s.ranked.begin(), s.ranked.begin() + static_cast<std::ptrdiff_t>(size),
                    s.ranked.end(), is_better);
  for (std::size_t i = 0; i < size; ++i) {
    const Vote& vote = entries[s.ranked[i].entry].value;
    out.push_back({s.ranked[i].item, s.ranked[i].score, vote.support, vote.because, false});
  }
}

Status HistoryNeighbours::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKHN", 1);
  index_.save(out);
  return out.finish();
}

Status HistoryNeighbours::load(ByteSource& source) {
  SnapshotReader in(source, "SKHN", 1);
  index_.load(in);
  return in.finish();
}

}  // namespace souk::recommendations
