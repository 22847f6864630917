#include "plugins/recommendations/model/session_neighbours.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "plugins/recommendations/model/neighbour_cache.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/model/sparse_table.hpp"

namespace souk::recommendations {
namespace {
constexpr std::size_t kPopularityTable = 4096;
constexpr std::size_t kPool = 128;    // candidates that are ranked, or four times what is asked for
constexpr std::size_t kHopPool = 64;  // candidates among which the hop's items are chosen
constexpr double kHopDecay = 3.0;     // clicks; the second hop looks both ways alike

}  // namespace

/// Distinct items, newest first, and how much each counts.
struct SessionNeighbours::Query {
  std::uint32_t size = 0;
  std::array<ItemId, kMostQueryItems> items;
  std::array<float, kMostQueryItems> weights;
};

struct SessionNeighbours::Reach {
  float ahead;   ///< factor a click further after a match
  float behind;  ///< factor a click further before it
  float behind_weight;
};

namespace {
struct Match {
  float weight = 0;           ///< Σ of the weights of the shared items
  std::uint32_t matched = 0;  ///< bit i: item i of the query
};

struct SessionVote {
  float score = 0;
  float strongest = 0;        ///< the largest single contribution …
  std::uint32_t because = 0;  ///< … and the query item it came from
  std::uint32_t support = 0;
  std::uint32_t place = 0;  ///< i + 1 for the query's item i, 0 for an item outside the session
};

struct Neighbour {
  float similarity = 0;
  SessionOrdinal session = 0;
  std::uint32_t matched = 0;
};

struct RankedSession {
  double score;
  std::uint32_t entry;  ///< in the votes
  ItemId item;
};

// An object, so that sorting compares in line.
constexpr auto is_nearer = [](const RankedSession& a, const RankedSession& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
};

// So far ahead of the reading of sessions their lines are asked for: further, and the first would
// have left the nearest cache again.
constexpr std::size_t kSlotsAhead = 24;
constexpr std::size_t kCellsAhead = 8;
}  // namespace

class Votes : public SparseTable<SessionVote> {};

struct PredictScratch::Parts {
  SparseTable<Match> matches;
  std::vector<Neighbour> neighbours;
  std::vector<SessionOrdinal> posting;
  Votes votes;
  Votes hop_votes;
  std::vector<RankedSession> ranked;
};

PredictScratch::PredictScratch() : parts_(std::make_unique<Parts>()) {
  parts_->posting.resize(SessionIndex::kLongestPosting);
}
PredictScratch::~PredictScratch() = default;
PredictScratch::PredictScratch(PredictScratch&&) noexcept = default;
PredictScratch& PredictScratch::operator=(PredictScratch&&) noexcept = default;

SessionNeighbours::SessionNeighbours(const SessionNeighboursSettings& settings)
    : settings_(brought_into_range(settings)),
      index_(settings_.limits),
      beside_(std::make_unique<NeighbourCache>(settings_.limits.max_items)),
      popularity_factor_(kPopularityTable) {
  settings_.limits = index_.limits();
  for (std::size_t length = 0; length < length_factor_.size(); ++length) {
    length_factor_[length] = static_cast<float>(
        std::pow(static_cast<double>(std::max<std::size_t>(length, 1)), -settings_.length_power));
  }
  const auto steps = static_cast<double>(recency_factor_.size());
  for (std::size_t i = 0; i < recency_factor_.size(); ++i) {
    recency_factor_[i] =
        static_cast<float>(std::exp(-settings_.recency * static_cast<double>(i) / steps));
  }
  for (std::size_t count = 0; count < kPopularityTable; ++count) {
    popularity_factor_[count] =
        static_cast<float>(std::pow(static_cast<double>(count) + 1, -settings_.popularity_power));
  }
}

SessionNeighbours::~SessionNeighbours() = default;

void SessionNeighbours::forget(std::string_view session_key) {
  index_.forget(session_key);
  beside_->forget_all();
}

std::size_t SessionNeighbours::memory_bytes() const {
  return index_.memory_bytes() + beside_->memory_bytes();
}

bool SessionNeighbours::observe(std::string_view session_key, ItemId item, std::int64_t time_us) {
  ItemId before[SessionIndex::kLongestSession];
  std::uint32_t size = 0;
  if (index_.observe(session_key, item, time_us, before, &size) == kNoSession) return false;
  ItemId distinct[RepeatModel::kMostItems];
  const std::uint32_t count =
      distinct_newest_first({before, size}, RepeatModel::kMostItems, distinct);
  repeats_.observe({distinct, count}, item);
  beside_->changed({before, size});
  beside_->changed({&item, 1});
  return true;
}

void SessionNeighbours::session_items(std::string_view session_key,
                                      std::vector<ItemId>& out) const {
  out.clear();
  const SessionOrdinal session = index_.find(session_key);
  if (session == kNoSession) return;
  out.resize(SessionIndex::kLongestSession);
  out.resize(index_.items_of(session, out.data()));
}

void SessionNeighbours::predict(std::span<const ItemId> session, std::size_t k,
                                PredictScratch& scratch, std::vector<Candidate>& out) const {
  out.clear();
  PredictScratch::Parts& s = *scratch.parts_;
  Query query;
  build_query(session, query);
  if (query.size == 0 || k == 0) return;
  s.votes.clear();
  const std::size_t met =
      query.size == 1 ? take_newest(query, s) : gather(query, settings_.sessions_scanned, s);
  if (met == 0) return;
  if (query.size > 1) select(settings_.neighbours, s);
  const Reach reach{static_cast<float>(std::exp(-1 / settings_.ahead_decay)),
                    static_cast<float>(std::exp(-1 / settings_.behind_decay)),
                    static_cast<float>(settings_.behind_weight)};
  vote(query, reach, s, s.votes);
  for (std::uint32_t i = 0; i < query.size; ++i) {
    SessionVote& own = s.votes[query.items[i]];
    own.place = i + 1;
    if (own.support == 0) own.because = i;
  }
  if (settings_.hop_weight > 0 && settings_.hop_items > 0 && met < settings_.hop_below) {
    second_hop(s);
  }
  rank(query, k, s, out);
}

void SessionNeighbours::predict_beside(ItemId item, std::size_t k, PredictScratch& scratch,
                                       std::vector<Candidate>& out) const {
  if (k > NeighbourCache::kMost) return predict({&item, 1}, k, scratch, out);
  const NeighbourCache::Key key = beside_->key(item, repeats_.clicks() + index_.sessions_seen());
  if (!beside_->find(key, out)) {
    predict({&item, 1}, NeighbourCache::kMost, scratch, out);
    beside_->put(key, out);
  }
  out.resize(std::min(out.size(), k));
}

// w_i = exp(−i/λ_q) · idf(q_i)^a for the i-th newest distinct item.
void SessionNeighbours::build_query(std::span<const ItemId> session, Query& query) const {
  query.size = distinct_newest_first(session, settings_.query_items, query.items.data());
  for (std::uint32_t i = 0; i < query.size; ++i) {
    query.weights[i] = static_cast<float>(
        std::exp(-static_cast<double>(i) / settings_.position_decay) * idf_weight(query.items[i]));
  }
}

// idf(q) = log(1 + (N − n_q + ½) / (n_q + ½)), Robertson's form, never negative.
double SessionNeighbours::idf_weight(ItemId item) const {
  const double held = index_.session_count(item);
  const double all = std::max<double>(index_.sessions_seen(), held);
  return std::pow(std::log1p((all - held + 0.5) / (held + 0.5)), settings_.idf_power);
}

double SessionNeighbours::popularity_divisor(ItemId item) const {
  const std::uint32_t held = index_.session_count(item);
  if (held < kPopularityTable) return popularity_factor_[held];
  return std::pow(static_cast<double>(held) + 1, -settings_.popularity_power);
}

// What gather() and select() find for one item: all its sessions match alike, so the newest are the
// most similar ones, and nothing is to be added up.
std::size_t SessionNeighbours::take_newest(const Query& query, PredictScratch::Parts& s) const {
  const std::uint32_t met =
      index_.sessions_of(query.items[0], settings_.sessions_scanned, s.posting.data());
  const std::uint32_t most = settings_.neighbours;
  const auto begin = s.posting.begin();
  if (met > most) std::nth_element(begin, begin + most, begin + met, std::greater<>());
  const std::uint32_t seen = index_.sessions_seen();
  s.neighbours.clear();
  for (std::uint32_t i = 0; i < std::min(met, most); ++i) {
    const float factor = recency(s.posting[i], seen);
    if (factor > 0) s.neighbours.push_back({query.weights[0] * factor, s.posting[i], 1});
  }
  return met;
}

// Σ_i w_i over the shared items, for every session among the newest `most` of one of them; how many
// these are.
std::size_t SessionNeighbours::gather(const Query& query, std::uint32_t most,
                                      PredictScratch::Parts& s) const {
  s.matches.clear();
  for (std::uint32_t i = 0; i < query.size; ++i) {
    const std::uint32_t size = index_.sessions_of(query.items[i], most, s.posting.data());
    const float weight = query.weights[i];
    for (std::uint32_t j = 0; j < size; ++j) {
      Match& match = s.matches[s.posting[j]];
      if ((match.matched >> i & 1) != 0) continue;  // the ring turned while it was read
      match.weight += weight;
      match.matched |= 1u << i;
    }
  }
  return s.matches.entries().size();
}

// exp(−ρ · age(s)); 0 for a session that has been retired. Age is a share of the sessions kept, by
// the order in which they began: no clock is trusted, and no scale of time assumed.
float SessionNeighbours::recency(SessionOrdinal session, std::uint32_t seen) const {
  const std::uint32_t kept = std::max(1u, std::min(seen, settings_.limits.max_sessions));
  const std::uint32_t age = session < seen ? seen - 1 - session : 0;
  const std::uint64_t step = std::uint64_t{age} * recency_factor_.size() / kept;
  return step < recency_factor_.size() ? recency_factor_[step] : 0;
}

// sim(s) = Σ_i w_i · exp(−ρ · age(s)); the `most` largest.
void SessionNeighbours::select(std::uint32_t most, PredictScratch::Parts& s) const {
  const std::uint32_t seen = index_.sessions_seen();
  s.neighbours.clear();
  for (const auto& [session, match] : s.matches.entries()) {
    const float factor = recency(session, seen);
    if (factor > 0) s.neighbours.push_back({match.weight * factor, session, match.matched});
  }
  if (s.neighbours.size() <= most) return;
  std::nth_element(s.neighbours.begin(), s.neighbours.begin() + most, s.neighbours.end(),
                   [](const Neighbour& a, const Neighbour& b) {
                     return a.similarity != b.similarity ? a.similarity > b.similarity
                                                         : a.session > b.session;
                   });
  s.neighbours.resize(most);
}

// score(x) += sim(s)/w_newest · L^−b · max_i w_i · decay(place of x − place of q_i in s), where
// w_newest is the weight of the newest shared item: what a neighbour gains by a match it should not
// gain twice.
void SessionNeighbours::vote(const Query& query, const Reach& reach, PredictScratch::Parts& s,
                             Votes& votes) const {
  const std::vector<Neighbour>& all = s.neighbours;
  for (std::size_t i = 0; i < std::min(all.size(), kSlotsAhead); ++i)
    index_.prefetch_header(all[i].session);
  ItemId items[SessionIndex::kLongestSession];
  std::array<float, SessionIndex::kLongestSession> best;
  std::array<std::uint8_t, SessionIndex::kLongestSession> who;
  std::array<std::int8_t, SessionIndex::kLongestSession> match_at;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (at + kSlotsAhead < all.size()) index_.prefetch_header(all[at + kSlotsAhead].session);
    if (at + kCellsAhead < all.size()) index_.prefetch_items(all[at + kCellsAhead].session);
    const Neighbour& n = all[at];
    const std::uint32_t length = index_.items_of(n.session, items);
    if (length < 2) continue;
    float run = 0;
    std::uint8_t from = 0;
    for (std::uint32_t p = 0; p < length; ++p) {
      best[p] = run;
      who[p] = from;
      run *= reach.ahead;
      match_at[p] = -1;
      for (std::uint32_t rest = n.matched; rest != 0; rest &= rest - 1) {
        const auto i = static_cast<std::uint32_t>(std::countr_zero(rest));
        if (query.items[i] != items[p]) continue;
        match_at[p] = static_cast<std::int8_t>(i);
        if (query.weights[i] > run) {
          run = query.weights[i];
          from = static_cast<std::uint8_t>(i);
        }
        break;
      }
    }
    run = 0;
    for (std::uint32_t p = length; p-- > 0;) {
      if (run * reach.behind_weight > best[p]) {
        best[p] = run * reach.behind_weight;
        who[p] = from;
      }
      run *= reach.behind;
      if (match_at[p] >= 0 && query.weights[static_cast<std::size_t>(match_at[p])] > run) {
        from = static_cast<std::uint8_t>(match_at[p]);
        run = query.weights[from];
      }
    }
    const auto newest = static_cast<std::size_t>(std::countr_zero(n.matched));
    const float factor = n.similarity * length_factor_[length] / query.weights[newest];
    for (std::uint32_t p = 0; p < length; ++p) {
      if (!(best[p] > 0)) continue;
      const float contribution = factor * best[p];
      SessionVote& vote = votes[items[p]];
      vote.score += contribution;
      ++vote.support;
      if (contribution > vote.strongest) {
        vote.strongest = contribution;
        vote.because = who[p];
      }
    }
  }
}

// The items outside the session with the most votes, at most `most`, damped by popularity. The rest
// has too few votes to be shown whatever its popularity, and is not looked up.
void SessionNeighbours::pool(std::size_t most, PredictScratch::Parts& s) const {
  auto& entries = s.votes.entries();
  s.ranked.resize(entries.size());
  std::size_t size = 0;
  for (std::uint32_t e = 0; e < entries.size(); ++e) {
    const auto& [item, vote] = entries[e];
    RankedSession& next = s.ranked[size];
    next.score = static_cast<double>(vote.score);
    next.entry = e;
    next.item = item;
    size += vote.place == 0;
  }
  s.ranked.resize(size);
  if (size > most) {
    std::nth_element(s.ranked.begin(), s.ranked.begin() + static_cast<std::ptrdiff_t>(most),
                     s.ranked.end(), is_nearer);
    s.ranked.resize(most);
  }
  // One cache line each, all over the index.
  for (const RankedSession& r : s.ranked)
    index_.prefetch_count(r.item);
  for (RankedSession& r : s.ranked)
    r.score *= popularity_divisor(r.item);
}

// The best proposals outside the session become a query of their own; its votes are added with γ
// times the mass of the first. What they argue with is what argued for them.
void SessionNeighbours::second_hop(PredictScratch::Parts& s) const {
  auto& entries = s.votes.entries();
  double mass = 0;
  for (const auto& [item, vote] : entries)
    mass += static_cast<double>(vote.score);
  pool(kHopPool, s);
  const std::size_t follow = std::min<std::size_t>(settings_.hop_items, s.ranked.size());
  if (follow == 0) return;
  std::partial_sort(s.ranked.begin(), s.ranked.begin() + static_cast<std::ptrdiff_t>(follow),
                    s.ranked.end(), is_nearer);
  Query hop;
  hop.size = static_cast<std::uint32_t>(follow);
  std::array<std::uint32_t, kMostQueryItems> because{};
  const double top = s.ranked[0].score;
  for (std::uint32_t i = 0; i < hop.size; ++i) {
    hop.items[i] = s.ranked[i].item;
    hop.weights[i] = static_cast<float>(std::max(s.ranked[i].score / top, 1e-6));
    because[i] = entries[s.ranked[i].entry].value.because;
  }
  gather(hop, settings_.hop_sessions, s);
  select(kMostQueryItems * SessionIndex::kLongestPosting, s);
  s.hop_votes.clear();
  const auto decay = static_cast<float>(std::exp(-1 / kHopDecay));
  vote(hop, {decay, decay, 1.0f}, s, s.hop_votes);
  double hop_mass = 0;
  for (const auto& [item, vote] : s.hop_votes.entries()) {
    hop_mass += static_cast<double>(vote.score);
  }
  if (!(hop_mass > 0)) return;
  const auto scale = static_cast<float>(settings_.hop_weight * mass / hop_mass);
  for (const auto& [item, vote] : s.hop_votes.entries()) {
    SessionVote& sum = s.votes[item];
    sum.score += scale * vote.score;
    sum.support += vote.support;
    if (scale * vote.strongest > sum.strongest) {
      sum.strongest = scale * vote.strongest;
      sum.because = because[vote.because];
    }
  }
}

// Damped by popularity, the votes for items outside the session share 1 − Σ_g P(g | D); an item of
// the session has its chance of being repeated and κ of the neighbours' vote for it.
void SessionNeighbours::rank(const Query& query, std::size_t k, PredictScratch::Parts& s,
                             std::vector<Candidate>& out) const {
  auto& entries = s.votes.entries();
  pool(std::max(kPool, 4 * k), s);
  double outside = 0;
  for (const RankedSession& r : s.ranked)
    outside += r.score;
  double all = outside;
  for (std::uint32_t i = 0; i < query.size; ++i) {
    all += static_cast<double>(s.votes[query.items[i]].score) * popularity_divisor(query.items[i]);
  }
  double repeated = 0;
  for (std::uint32_t i = 0; i < query.size; ++i)
    repeated += repeats_.probability(query.size, i);
  const double scale = outside > 0 ? std::max(0.0, 1 - repeated) / outside : 0;
  for (RankedSession& r : s.ranked)
    r.score *= scale;
  for (std::uint32_t i = 0; i < query.size; ++i) {
    const ItemId item = query.items[i];
    const std::uint32_t e = s.votes.index_of(item);
    const double votes = static_cast<double>(entries[e].value.score) * popularity_divisor(item);
    const double share = all > 0 ? votes / all : 0;
    s.ranked.push_back(
        {repeats_.probability(query.size, i) + settings_.repeat_evidence * share, e, item});
  }
  const std::size_t size = std::min(k, s.ranked.size());
  std::partial_sort(s.ranked.begin(), s.ranked.begin() + static_cast<std::ptrdiff_t>(size),
                    s.ranked.end(), is_nearer);
  for (std::size_t i = 0; i < size; ++i) {
    const SessionVote& vote = entries[s.ranked[i].entry].value;
    out.push_back({s.ranked[i].item, s.ranked[i].score, vote.support, query.items[vote.because],
                   vote.place != 0});
  }
}

Status SessionNeighbours::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKSN", 2);
  index_.save(out);
  repeats_.save(out);
  return out.finish();
}

Status SessionNeighbours::load(ByteSource& source) {
  SnapshotReader in(source, "SKSN", 2);
  index_.load(in);
  repeats_.load(in);
  return in.finish();
}

}  // namespace souk::recommendations
