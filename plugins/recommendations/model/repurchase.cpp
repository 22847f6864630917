#include "plugins/recommendations/model/repurchase.hpp"

#include <algorithm>
#include <cmath>

namespace souk::recommendations {
namespace {
constexpr double kSecondsOfDay = 86'400;
constexpr double kShortestCycleDays =
    1.0 / 24;  // two orders within the hour are one purchase in two
// Pseudo-counts: a product with as many intervals stands halfway between its own and its
// category's.
constexpr double kProductPrior = 5;
constexpr double kCategoryPrior = 10;
constexpr double kOwnPrior = 2;
constexpr double kAgainPrior = 1;
constexpr double kRatePrior = 10;
constexpr double kRecentRatePrior = 5;
constexpr double kBuyersPrior = 5;
constexpr double kLinesPrior = 5;
// Before anything is known: a month, one buyer in ten.
constexpr double kFirstDays = 30;
constexpr double kFirstAgain = 0.1;
// An epoch is an eighth of all orders, at least so many: long enough to count something in.
constexpr std::uint32_t kShortestEpoch = 512;

// The spread of a product's intervals before any is known, and the least that is believed: a person
// at a screen that day or the next, a larger pack.
constexpr double kFirstSpread = 1;
constexpr double kLeastSpread = 0.25;
// Who is late comes at this rate a week, for about so many intervals.
constexpr double kLateAWeek = 0.08;
constexpr double kLateIntervals = 16;
}  // namespace

double RepurchaseOutlook::share_within(double days) const {
  if (!(days > 0) || !(interval_days > 0)) return 0;
  return 0.5 * std::erfc(-std::log(days / interval_days) / (spread * std::sqrt(2.0)));
}

double RepurchaseOutlook::chance_within(double days) const {
  const double waited = share_within(elapsed_days);
  const double then = share_within(elapsed_days + days);
  const double left = 1 - again + again * (1 - waited);
  return left > 0 ? std::clamp(again * (then - waited) / left, 0.0, 1.0) : 0;
}

double RepurchaseOutlook::due_within(double days) const {
  if (!(interval_days > 0)) return 0;
  const double late = std::max(0.0, elapsed_days / interval_days - 1);
  const double comes_late = kLateAWeek * days / 7 * std::exp(-late / kLateIntervals);
  return chance_within(days) + comes_late * again * share_within(elapsed_days + days);
}

Repurchase::Repurchase(const RepurchaseLimits& limits)
    : items_(limits.max_items), categories_(limits.max_categories) {}

// ---- the writer ----

void Repurchase::begin_order() {
  orders_.store(orders() + 1, std::memory_order_relaxed);
  const std::uint64_t length = std::max<std::uint64_t>(kShortestEpoch, orders() / 8);
  if (++epoch_orders_ >= length) {
    epoch_orders_ = 0;
    add(epoch_);
  }
  age(all_);
  add(all_.recent_orders, 1);
}

void Repurchase::age(Sums& sums) const {
  const std::uint32_t now = load(epoch_), then = load(sums.epoch);
  if (now == then) return;
  const double factor = std::ldexp(1.0, -static_cast<int>(std::min(now - then, 100u)));
  for (Sum* sum : {&sums.recent_chances, &sums.recent_taken, &sums.recent_orders})
    sum->store(load(*sum) * factor, std::memory_order_relaxed);
  sums.epoch.store(now, std::memory_order_relaxed);
}

void Repurchase::count_chance(ItemId item) {
  if (!items_.ensure(item)) return;
  items_end_ = std::max(items_end_, item + 1);
  for (Sums* sums : {&items_[item], &all_}) {
    age(*sums);
    add(sums->chances);
    add(sums->recent_chances, 1);
  }
}

void Repurchase::count_purchase(ItemId item, const Purchase* had, std::uint32_t now_s,
                                std::uint32_t category) {
  if (!items_.ensure(item)) return;
  items_end_ = std::max(items_end_, item + 1);
  Sums& own = items_[item];
  age(own);
  add(own.recent_orders, 1);
  Sums* levels[] = {&own, &all_, nullptr};
  if (category != kNoItem && categories_.ensure(category)) {
    categories_end_ = std::max(categories_end_, category + 1);
    levels[2] = &categories_[category];
  }
  for (Sums* sums : levels) {
    if (sums == nullptr) continue;
    if (had == nullptr) {
      add(sums->buyers);
      continue;
    }
    age(*sums);
    add(sums->taken);
    add(sums->recent_taken, 1);
    if (had->times == 1) add(sums->second);
    if (had->times == 2) add(sums->third);
    const double days = (static_cast<double>(now_s) - had->last_s) / kSecondsOfDay;
    if (!(days >= kShortestCycleDays)) continue;
    add(sums->intervals);
    add(sums->days, days);
    const double log_days = std::log(days);
    add(sums->log_days, log_days);
    add(sums->log_squares, log_days * log_days);
  }
}

void Repurchase::count_company(ItemId item, double log_lines) {
  if (!items_.has(item)) return;
  add(items_[item].log_lines, log_lines);
  add(all_.log_lines, log_lines);
}

// ---- readers ----

double Repurchase::aged(const Sums& sums, const Sum& sum) const {
  const std::uint32_t now = load(epoch_), then = load(sums.epoch);
  return std::ldexp(load(sum), -static_cast<int>(std::min(now - then, 100u)));
}

RepurchaseOutlook Repurchase::outlook(const Purchase& purchase, std::uint32_t category,
                                      std::uint32_t now_s) const {
  const Sums* levels[] = {&all_, nullptr, nullptr};
  if (category != kNoItem && categories_.has(category)) levels[1] = &categories_[category];
  if (items_.has(purchase.item)) levels[2] = &items_[purchase.item];
  const double priors[] = {1, kCategoryPrior, kProductPrior};
  double mean = std::log(kFirstDays), variance = kFirstSpread * kFirstSpread;  // of logarithms
  double second = kFirstAgain, third = kFirstAgain;
  RepurchaseOutlook made;
  for (int level = 0; level < 3; ++level) {
    const Sums* sums = levels[level];
    if (sums == nullptr) continue;
    const double n = load(sums->intervals), prior = priors[level];
    const double square =
        (load(sums->log_squares) + prior * (variance + mean * mean)) / (n + prior);
    mean = (load(sums->log_days) + prior * mean) / (n + prior);
    variance = std::max(square - mean * mean, kLeastSpread * kLeastSpread);
    second = (load(sums->second) + kBuyersPrior * second) / (load(sums->buyers) + kBuyersPrior);
    third = (load(sums->third) + kBuyersPrior * std::max(third, second)) /
            (load(sums->second) + kBuyersPrior);
    made.evidence = load(sums->intervals);
  }
  const double own = purchase.times > 1 ? purchase.times - 1 : 0;
  const double span = (static_cast<double>(purchase.last_s) - purchase.first_s) / kSecondsOfDay;
  if (own > 0) {
    const double own_mean = std::log(std::max(span / own, kShortestCycleDays));
    mean = (own * own_mean + kOwnPrior * mean) / (own + kOwnPrior);
    variance *= (kOwnPrior + kOwnPrior / (own + kOwnPrior)) / (kOwnPrior + 1);
  }
  made.interval_days = std::exp(mean);
  made.spread = std::max(std::sqrt(variance), kLeastSpread);
  // With every purchase of their own it is the likelier that there is another.
  made.again = own > 0 ? (third * kAgainPrior + own) / (kAgainPrior + own) : second;
  made.again = std::clamp(made.again, 0.0, 0.98);
  made.elapsed_days = std::max(
      0.0, (static_cast<double>(now_s) - static_cast<double>(purchase.last_s)) / kSecondsOfDay);
  return made;
}

double Repurchase::intervals_passed(const Purchase& purchase, std::uint32_t now_s) const {
  double days = (load(all_.days) + kFirstDays) / (load(all_.intervals) + 1.0);
  if (items_.has(purchase.item)) {
    const Sums& own = items_[purchase.item];
    days = (load(own.days) + kProductPrior * days) / (load(own.intervals) + kProductPrior);
  }
  if (purchase.times > 1) {
    const double span = (static_cast<double>(purchase.last_s) - purchase.first_s) / kSecondsOfDay;
    days = (span + kOwnPrior * days) / (purchase.times - 1 + kOwnPrior);
  }
  const double elapsed = (static_cast<double>(now_s) - purchase.last_s) / kSecondsOfDay;
  return std::max(0.0, elapsed) / std::max(days, 0.5);
}

double Repurchase::rate(ItemId item, bool recent) const {
  const auto chances = [&](const Sums& s) {
    return recent ? aged(s, s.recent_chances) : load(s.chances);
  };
  const auto taken = [&](const Sums& s) {
    return recent ? aged(s, s.recent_taken) : load(s.taken);
  };
  const double shop = (taken(all_) + 0.05) / (chances(all_) + 1);
  if (!items_.has(item)) return shop;
  const double prior = recent ? kRecentRatePrior : kRatePrior;
  return (taken(items_[item]) + prior * shop) / (chances(items_[item]) + prior);
}

double Repurchase::share_again(ItemId item) const {
  const double shop = (load(all_.second) + kFirstAgain) / (load(all_.buyers) + 1.0);
  if (!items_.has(item)) return shop;
  const Sums& own = items_[item];
  return (load(own.second) + kBuyersPrior * shop) / (load(own.buyers) + kBuyersPrior);
}

double Repurchase::popularity(ItemId item, bool recent) const {
  if (!items_.has(item)) return 0;
  const Sums& own = items_[item];
  if (recent) {
    const double all = aged(all_, all_.recent_orders);
    return all > 0 ? aged(own, own.recent_orders) / all : 0;
  }
  const auto all = static_cast<double>(orders());
  return all > 0 ? (static_cast<double>(load(own.buyers)) + load(own.taken)) / all : 0;
}

double Repurchase::log_lines(ItemId item) const {
  const auto lines = [](const Sums& sums) {
    return static_cast<double>(load(sums.buyers)) + load(sums.taken);
  };
  const double shop = load(all_.log_lines) / std::max(1.0, lines(all_));
  if (!items_.has(item)) return shop;
  const Sums& own = items_[item];
  return (load(own.log_lines) + kLinesPrior * shop) / (lines(own) + kLinesPrior);
}

std::size_t Repurchase::memory_bytes() const {
  return items_.memory_bytes() + categories_.memory_bytes();
}

// ---- snapshots ----

void Repurchase::save_sums(const Sums& s, SnapshotWriter& out) {
  for (const Count* count :
       {&s.buyers, &s.second, &s.third, &s.chances, &s.taken, &s.intervals, &s.epoch}) {
    out.u32(load(*count));
  }
  for (const Sum* sum : {&s.days, &s.log_days, &s.log_squares, &s.log_lines, &s.recent_chances,
                         &s.recent_taken, &s.recent_orders}) {
    out.f64(load(*sum));
  }
}

void Repurchase::load_sums(Sums& s, SnapshotReader& in) {
  for (Count* count :
       {&s.buyers, &s.second, &s.third, &s.chances, &s.taken, &s.intervals, &s.epoch}) {
    count->store(in.u32(), std::memory_order_relaxed);
  }
  for (Sum* sum : {&s.days, &s.log_days, &s.log_squares, &s.log_lines, &s.recent_chances,
                   &s.recent_taken, &s.recent_orders}) {
    const double value = in.f64();
    if (in.ok() && !std::isfinite(value)) in.fail("sums of intervals are not numbers");
    sum->store(value, std::memory_order_relaxed);
  }
}

Status Repurchase::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKRP", 3);
  out.u64(orders());
  out.u32(load(epoch_));
  out.u32(epoch_orders_);
  save_sums(all_, out);
  const auto save_all = [&](const auto& array, std::uint32_t end) {
    out.u32(end);
    const Sums none;
    for (std::uint32_t i = 0; i < end; ++i)
      save_sums(array.has(i) ? array[i] : none, out);
  };
  save_all(categories_, categories_end_);
  save_all(items_, items_end_);
  return out.finish();
}

Status Repurchase::load(ByteSource& source) {
  if (orders() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty model only");
  }
  SnapshotReader in(source, "SKRP", 3);
  orders_.store(in.u64(), std::memory_order_relaxed);
  epoch_.store(in.u32(), std::memory_order_relaxed);
  epoch_orders_ = in.u32();
  load_sums(all_, in);
  const auto load_all = [&](auto& array, std::uint32_t& end, const char* what) {
    end = in.count(static_cast<std::uint32_t>(array.max_size()), what);
    for (std::uint32_t i = 0; in.ok() && i < end; ++i) {
      if (!array.ensure(i)) return in.fail("there is no memory for its sums");
      load_sums(array[i], in);
    }
  };
  load_all(categories_, categories_end_, "the number of categories");
  load_all(items_, items_end_, "the number of items (max_items)");
  return in.finish();
}

}  // namespace souk::recommendations
