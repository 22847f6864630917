#include "plugins/recommendations/model/next_basket.hpp"

#include <algorithm>
#include <cmath>

namespace souk::recommendations {
namespace {

constexpr double kPriorOrders = 20;
constexpr double kForget = 1 - 1.0 / 2000;  // an order counts half after about 1,400 more
constexpr std::uint64_t kAllOrders = 20'000;
constexpr std::uint64_t kSparse = 8;
constexpr std::size_t kHistoryItems = 100;  // that argue for other products
constexpr std::size_t kNewCandidates = 160;
constexpr double kFollowPrior = 5;

enum Feature : std::size_t {
  kBias,
  kOwn,
  // Of what was bought before, 0 else.
  kFrequency,
  kRecency,
  kTimes,
  kInLast,
  kGap,
  kAge,
  kOnce,
  kRipe,
  kOverripe,
  kRate,
  kRecentRate,
  kShareAgain,
  kOwnHabit,
  kOwnBasket,
  kOwnPopular,
  kOwnPopularNow,
  kOwnWithHistory,
  kOwnWithLast,
  kOwnAfterLast,
  // Of everything.
  kHabit,
  kBasket,
  kPopular,
  kPopularNow,
  kWithHistory,
  kWithLast,
  kAfterLast,
};
static_assert(kAfterLast + 1 == NextBasket::kFeatures);

constexpr std::array<double, NextBasket::kFeatures> kFirstWeights{};

float logit(double p) {
  const double inside = std::clamp(p, 1e-4, 1 - 1e-4);
  return static_cast<float>(std::log(inside / (1 - inside)));
}
float log_above(double value, double floor) { return static_cast<float>(std::log(value + floor)); }

// What all orders of a shopper would count with the decay of Purchase::recent.
double all_recent(std::uint32_t orders) {
  return (1 - std::pow(Purchase::kRecentDecay, orders)) / (1 - Purchase::kRecentDecay);
}

struct Shopper {
  double orders = 0;
  double all_recent = 1;
  float habit = 0;   // logit of the share of lines that are repeats
  float basket = 0;  // log of the mean number of lines

  explicit Shopper(const PurchaseHistory& history) {
    orders = std::max<double>(history.orders, 1);
    all_recent = recommendations::all_recent(std::max(history.orders, 1u));
    habit = logit((history.repeats + 3.0) / (history.lines + 10.0));
    basket = static_cast<float>(std::log(std::max(1.0, history.lines / orders)));
  }
  [[nodiscard]] double gap(const Purchase& purchase) const {
    return std::max(1.0, orders - purchase.last_order + 1);
  }
  // The share of the shopper's newest orders that hold it.
  [[nodiscard]] double recent(const Purchase& purchase) const {
    return static_cast<double>(purchase.recent) *
           std::pow(Purchase::kRecentDecay, gap(purchase) - 1) / all_recent;
  }
  [[nodiscard]] double frequency(const Purchase& purchase) const {
    return std::min(1.0, purchase.times / orders);
  }
};

void describe_own(const Shopper& shopper, const Purchase& purchase, std::uint32_t now_s,
                  const Repurchase& repurchase, std::array<float, NextBasket::kFeatures>& row) {
  const double gap = shopper.gap(purchase);
  row[kOwn] = 1;
  row[kFrequency] = log_above(shopper.frequency(purchase), 0.001);
  row[kRecency] = log_above(shopper.recent(purchase), 0.01);
  row[kTimes] = log_above(purchase.times, 0);
  row[kInLast] = gap <= 1 ? 1 : 0;
  row[kGap] = log_above(gap, 0);
  row[kAge] = log_above(std::max(1.0, shopper.orders - purchase.first_order + 1), 0);
  row[kOnce] = purchase.times <= 1 ? 1 : 0;
  const RepurchaseOutlook outlook = repurchase.outlook(purchase, kNoItem, now_s);
  const double ripe = outlook.elapsed_days / std::max(outlook.interval_days, 0.5);
  row[kRipe] = static_cast<float>(std::min(ripe, 1.0));
  row[kOverripe] = static_cast<float>(std::log(std::max(ripe, 1.0)));
  row[kRate] = logit(repurchase.rate(purchase.item, false));
  row[kRecentRate] = logit(repurchase.rate(purchase.item, true));
  row[kShareAgain] = log_above(repurchase.share_again(purchase.item), 0.001);
  row[kOwnHabit] = shopper.habit;
  row[kOwnBasket] = shopper.basket;
}

}  // namespace

NextBasket::NextBasket() {
  for (std::size_t f = 0; f < kFeatures; ++f) {
    weights_[f].store(kFirstWeights[f], std::memory_order_relaxed);
    curvature_[f][f] = kPriorOrders;
  }
}

// ---- candidates and what speaks for them ----

void NextBasket::collect(const PurchaseHistory& history, const BasketSources& sources,
                         bool repeats_only, Scratch& scratch) {
  scratch.evidence.clear();
  scratch.pairs.resize(PairLists::kMostPartners);
  for (std::size_t i = 0; i < history.items.size(); ++i)
    scratch.evidence[history.items[i].item].purchase = static_cast<std::uint32_t>(i + 1);
  const Shopper shopper(history);
  const std::size_t argue = std::min(history.items.size(), kHistoryItems);
  double in_last = 0;
  for (const Purchase& had : history.items.last(argue))
    in_last += had.last_order >= history.orders ? 1 : 0;
  const auto add = [&](ItemId item, ItemId because, double value,
                       float BasketScratch::Evidence::*part) {
    const std::uint32_t place = scratch.evidence.index_of(item);
    auto& found = scratch.evidence.entries()[place].value;
    found.*part += static_cast<float>(value);
    if (static_cast<float>(value) > found.strongest) {
      found.strongest = static_cast<float>(value);
      found.because = because;
    }
  };
  for (const Purchase& had : history.items.last(argue)) {
    const double weight = shopper.recent(had) + 0.5 * shopper.frequency(had);
    const double own_orders = std::max(1u, sources.together.orders_of(had.item));
    const std::uint32_t partners = sources.together.read_pairs(had.item, scratch.pairs.data());
    const bool last = had.last_order >= history.orders;
    for (std::uint32_t i = 0; i < partners; ++i) {
      const PairLists::Pair& pair = scratch.pairs[i];
      const double theirs = std::max(1u, sources.together.orders_of(pair.item));
      const double near = pair.count / std::sqrt(own_orders * theirs);  // cosine of their orders
      add(pair.item, had.item, weight * near, &BasketScratch::Evidence::with_history);
      if (last) {
        add(pair.item, had.item, near / std::sqrt(in_last), &BasketScratch::Evidence::with_last);
      }
    }
    if (!last) continue;
    const std::uint32_t successors = sources.sequences.read_pairs(had.item, scratch.pairs.data());
    const double chances = sources.sequences.chances(had.item) + kFollowPrior;
    for (std::uint32_t i = 0; i < successors; ++i) {
      add(scratch.pairs[i].item, had.item, scratch.pairs[i].count / chances / in_last,
          &BasketScratch::Evidence::after_last);
    }
  }
  choose(repeats_only, scratch);
}

// Everything that was bought before, and the new products for which most speaks.
void NextBasket::choose(bool repeats_only, Scratch& scratch) {
  scratch.candidates.clear();
  const auto& entries = scratch.evidence.entries();
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (entries[i].value.purchase != 0) scratch.candidates.push_back(i);
  if (repeats_only) return;
  const auto repeats = static_cast<std::ptrdiff_t>(scratch.candidates.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i)
    if (entries[i].value.purchase == 0) scratch.candidates.push_back(i);
  const auto strength = [&](std::uint32_t i) {
    const auto& found = entries[i].value;
    return 4 * found.with_history + found.with_last + 4 * found.after_last;
  };
  const auto begin = scratch.candidates.begin() + repeats;
  if (static_cast<std::size_t>(scratch.candidates.end() - begin) > kNewCandidates) {
    const auto end = begin + static_cast<std::ptrdiff_t>(kNewCandidates);
    std::nth_element(begin, end, scratch.candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
      const float of_a = strength(a), of_b = strength(b);
      return of_a != of_b ? of_a > of_b : entries[a].key < entries[b].key;
    });
    scratch.candidates.erase(end, scratch.candidates.end());
  }
}

void NextBasket::describe(const PurchaseHistory& history, std::uint32_t now_s,
                          const BasketSources& sources, Scratch& scratch) {
  const Shopper shopper(history);
  scratch.rows.clear();
  for (const std::uint32_t place : scratch.candidates) {
    const auto& entry = scratch.evidence.entries()[place];
    auto& row = scratch.rows.emplace_back();
    row.fill(0);
    row[kBias] = 1;
    row[kHabit] = shopper.habit;
    row[kBasket] = shopper.basket;
    row[kPopular] = log_above(sources.repurchase.popularity(entry.key, false), 1e-4);
    row[kPopularNow] = log_above(sources.repurchase.popularity(entry.key, true), 1e-4);
    row[kWithHistory] = log_above(entry.value.with_history, 0.003);
    row[kWithLast] = log_above(entry.value.with_last, 0.01);
    row[kAfterLast] = log_above(entry.value.after_last, 0.001);
    if (entry.value.purchase == 0) continue;
    describe_own(shopper, history.items[entry.value.purchase - 1], now_s, sources.repurchase, row);
    row[kOwnPopular] = row[kPopular];
    row[kOwnPopularNow] = row[kPopularNow];
    row[kOwnWithHistory] = row[kWithHistory];
    row[kOwnWithLast] = row[kWithLast];
    row[kOwnAfterLast] = row[kAfterLast];
  }
}

double NextBasket::chance(const std::array<float, kFeatures>& row) const {
  double z = 0;
  for (std::size_t f = 0; f < kFeatures; ++f)
    z += weight(f) * static_cast<double>(row[f]);
  return 1 / (1 + std::exp(-z));
}

// ---- learning ----

void NextBasket::learn(const PurchaseHistory& before, std::span<const ItemId> items,
                       std::uint32_t now_s, const BasketSources& sources, Scratch& scratch) {
  if (before.orders == 0 || before.items.empty() || items.empty()) return;
  const std::uint64_t seen = learned();
  learned_.store(seen + 1, std::memory_order_relaxed);
  if (seen >= kAllOrders && seen % kSparse != 0) return;
  collect(before, sources, false, scratch);
  describe(before, now_s, sources, scratch);
  std::array<double, kFeatures> gradient{};
  for (auto& row : curvature_)
    for (double& value : row)
      value *= kForget;
  const double weight_of_row = 1.0 / static_cast<double>(items.size());
  for (std::size_t i = 0; i < scratch.candidates.size(); ++i) {
    const auto& row = scratch.rows[i];
    const ItemId item = scratch.evidence.entries()[scratch.candidates[i]].key;
    const bool bought = std::find(items.begin(), items.end(), item) != items.end();
    const double p = chance(row);
    const double error = weight_of_row * ((bought ? 1 : 0) - p);
    const double curve = weight_of_row * p * (1 - p);
    for (std::size_t a = 0; a < kFeatures; ++a) {
      const double x = static_cast<double>(row[a]);
      if (x == 0) continue;
      gradient[a] += error * x;
      for (std::size_t b = 0; b <= a; ++b)
        curvature_[a][b] += curve * x * static_cast<double>(row[b]);
    }
  }
  step(gradient);
}

// w ← w + (C + λ)⁻¹ g by Cholesky; C is positive semi-definite by construction.
void NextBasket::step(const std::array<double, kFeatures>& gradient) {
  constexpr double kRidge = 1;
  std::array<std::array<double, kFeatures>, kFeatures> lower;
  std::array<double, kFeatures> solved;
  for (std::size_t a = 0; a < kFeatures; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      double sum = curvature_[a][b] + (a == b ? kRidge : 0);
      for (std::size_t c = 0; c < b; ++c)
        sum -= lower[a][c] * lower[b][c];
      lower[a][b] = a == b ? std::sqrt(std::max(sum, 1e-9)) : sum / lower[b][b];
    }
  }
  for (std::size_t a = 0; a < kFeatures; ++a) {
    double sum = gradient[a];
    for (std::size_t c = 0; c < a; ++c)
      sum -= lower[a][c] * solved[c];
    solved[a] = sum / lower[a][a];
  }
  for (std::size_t a = kFeatures; a-- > 0;) {
    double sum = solved[a];
    for (std::size_t c = a + 1; c < kFeatures; ++c)
      sum -= lower[c][a] * solved[c];
    solved[a] = sum / lower[a][a];
    weights_[a].store(std::clamp(weight(a) + solved[a], -20.0, 20.0), std::memory_order_relaxed);
  }
}

// ---- asking ----

void NextBasket::predict(const PurchaseHistory& history, std::uint32_t now_s,
                         const BasketSources& sources, std::size_t k, bool repeats_only,
                         Scratch& scratch, std::vector<BasketItem>& out) const {
  out.clear();
  if (history.items.empty()) return;
  collect(history, sources, repeats_only, scratch);
  describe(history, now_s, sources, scratch);
  for (std::size_t i = 0; i < scratch.candidates.size(); ++i) {
    const auto& entry = scratch.evidence.entries()[scratch.candidates[i]];
    BasketItem& item = out.emplace_back();
    item.item = entry.key;
    item.score = chance(scratch.rows[i]);
    item.repeat = entry.value.purchase != 0;
    if (!item.repeat) item.because = entry.value.because;
  }
  const auto better = [](const BasketItem& a, const BasketItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  const auto top = out.begin() + static_cast<std::ptrdiff_t>(std::min(k, out.size()));
  std::partial_sort(out.begin(), top, out.end(), better);
  out.erase(top, out.end());
}

// ---- snapshots ----

Status NextBasket::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKNB", 1);
  out.u64(learned());
  out.u32(kFeatures);
  for (std::size_t a = 0; a < kFeatures; ++a) {
    out.f64(weight(a));
    for (std::size_t b = 0; b <= a; ++b)
      out.f64(curvature_[a][b]);
  }
  return out.finish();
}

Status NextBasket::load(ByteSource& source) {
  if (learned() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKNB", 1);
  learned_.store(in.u64(), std::memory_order_relaxed);
  if (in.count(kFeatures, "the number of features") != kFeatures) in.fail("other features");
  for (std::size_t a = 0; in.ok() && a < kFeatures; ++a) {
    const double weight_of_a = in.f64();
    bool finite = std::isfinite(weight_of_a);
    for (std::size_t b = 0; b <= a; ++b) {
      curvature_[a][b] = in.f64();
      finite = finite && std::isfinite(curvature_[a][b]);
    }
    if (in.ok() && !finite) in.fail("a weight is not a number");
    weights_[a].store(weight_of_a, std::memory_order_relaxed);
  }
  return in.finish();
}

}  // namespace souk::recommendations
