#include "plugins/recommendations/state/attribution_report.hpp"

#include <algorithm>
#include <string>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kMostCurrencies = 256;
constexpr char kFirstKind = 'a';
}  // namespace

AttributionReport::AttributionReport()
    : cells_(kMostCells), currencies_(kMostCurrencies), rows_(kMostRows) {}

AttributionReport::Cell AttributionReport::cell(std::string_view placement, std::uint8_t kind) {
  std::string name(1, static_cast<char>(kFirstKind + kind));
  const ItemId id = cells_.intern(name.append(placement));
  return id == kNoItem ? kNoCell : static_cast<Cell>(id);
}

std::uint16_t AttributionReport::currency(std::string_view code) {
  const ItemId id = currencies_.intern(code);
  return id == kNoItem ? std::uint16_t{0} : static_cast<std::uint16_t>(id + 1);
}

std::uint64_t AttributionReport::pack(const Key& key) {
  return (std::uint64_t{key.day} << 32 | std::uint64_t{key.cell} << 16 | key.currency) + 1;
}

AttributionReport::Key AttributionReport::unpack(std::uint64_t packed) {
  --packed;
  return {static_cast<std::uint16_t>(packed >> 32), static_cast<Cell>(packed >> 16 & 0xffff),
          static_cast<std::uint16_t>(packed & 0xffff)};
}

AttributionFigures AttributionReport::figures_of(const Stored& row) {
  // What is read of the version after these is not older than they are.
  constexpr auto kAcquire = std::memory_order_acquire;
  return {row.shown.load(kAcquire),  row.clicked.load(kAcquire), row.added.load(kAcquire),
          row.orders.load(kAcquire), row.bought.load(kAcquire),  row.revenue.load(kAcquire)};
}

void AttributionReport::put(Stored& row, const AttributionFigures& more) {
  const auto add = [](std::atomic<std::int64_t>& sum, std::int64_t value) {
    if (value != 0) sum.fetch_add(value, std::memory_order_relaxed);
  };
  add(row.shown, more.shown);
  add(row.clicked, more.clicked);
  add(row.added, more.added);
  add(row.orders, more.orders);
  add(row.bought, more.bought);
  add(row.revenue, more.revenue);
}

void AttributionReport::drop_oldest_day() {
  std::uint16_t oldest = 0xffff;
  for (const auto& [packed, place] : index_)
    oldest = std::min(oldest, unpack(packed).day);
  const std::uint32_t end = rows_end_.load(std::memory_order_relaxed);
  // From the last: what is freed is used again from the first.
  for (std::uint32_t place = end; place-- > 0;) {
    Stored& row = rows_[place];
    const std::uint64_t packed = row.key.load(std::memory_order_relaxed);
    if (packed == 0 || unpack(packed).day != oldest) continue;
    index_.erase(packed);
    row.version.fetch_add(1, std::memory_order_acq_rel);
    row.key.store(0, std::memory_order_relaxed);
    for (auto* sum :
         {&row.shown, &row.clicked, &row.added, &row.orders, &row.bought, &row.revenue}) {
      sum->store(0, std::memory_order_relaxed);
    }
    row.version.fetch_add(1, std::memory_order_release);
    free_.push_back(place);
  }
  days_dropped_.fetch_add(1, std::memory_order_relaxed);
}

/// The row of that key, made when it is new; nullptr when there is no room for it.
AttributionReport::Stored* AttributionReport::row(const Key& key) {
  if (key.cell == kNoCell) return nullptr;
  const std::uint64_t packed = pack(key);
  if (const auto found = index_.find(packed); found != index_.end()) return &rows_[found->second];
  std::uint32_t end = rows_end_.load(std::memory_order_relaxed);
  if (free_.empty() && end == kMostRows) drop_oldest_day();
  std::uint32_t place = end;
  if (!free_.empty()) {
    place = free_.back();
    free_.pop_back();
  } else if (!rows_.ensure(place)) {
    return nullptr;
  }
  Stored& made = rows_[place];
  made.version.fetch_add(1, std::memory_order_acq_rel);
  made.key.store(packed, std::memory_order_relaxed);
  made.version.fetch_add(1, std::memory_order_release);
  index_.emplace(packed, place);
  if (place == end) rows_end_.store(end + 1, std::memory_order_release);
  return &made;
}

void AttributionReport::add(const Key& key, const AttributionFigures& more) {
  if (Stored* const at = row(key); at != nullptr) put(*at, more);
}

void AttributionReport::correct(const Key& key, const AttributionFigures& more) {
  const auto found = index_.find(pack(key));
  if (found != index_.end()) put(rows_[found->second], more);
}

void AttributionReport::read(std::vector<Row>& out) const {
  out.clear();
  const std::uint32_t end = rows_end_.load(std::memory_order_acquire);
  for (std::uint32_t place = 0; place < end; ++place) {
    const Stored& row = rows_[place];
    std::uint32_t before = 0, after = 0;
    std::uint64_t packed = 0;
    AttributionFigures figures;
    do {
      before = row.version.load(std::memory_order_acquire);
      packed = row.key.load(std::memory_order_acquire);
      figures = figures_of(row);
      after = row.version.load(std::memory_order_relaxed);
    } while (before != after || before % 2 != 0);
    if (packed == 0) continue;
    const Key key = unpack(packed);
    const std::string_view name = cells_.name(key.cell);
    out.push_back({key.day, name.substr(1), static_cast<std::uint8_t>(name.front() - kFirstKind),
                   key.currency == 0 ? std::string_view() : currencies_.name(key.currency - 1u),
                   figures});
  }
}

AttributionFigures AttributionReport::total() const {
  AttributionFigures sum;
  const std::uint32_t end = rows_end_.load(std::memory_order_acquire);
  for (std::uint32_t place = 0; place < end; ++place) {
    const AttributionFigures each = figures_of(rows_[place]);
    sum.shown += each.shown;
    sum.clicked += each.clicked;
    sum.added += each.added;
    sum.orders += each.orders;
    sum.bought += each.bought;
    sum.revenue += each.revenue;
  }
  return sum;
}

Status AttributionReport::save(ByteSink& sink) const {
  for (const ItemDictionary* names : {&cells_, &currencies_}) {
    if (Status status = names->save(sink); !status.ok()) return status;
  }
  // In order of their keys: where a row stands depends on what was dropped before.
  std::vector<std::uint64_t> keys;
  for (const auto& [packed, place] : index_)
    keys.push_back(packed);
  std::sort(keys.begin(), keys.end());
  SnapshotWriter out(sink, "SKAR", 1);
  out.u64(days_dropped_.load(std::memory_order_relaxed));
  out.u32(static_cast<std::uint32_t>(keys.size()));
  for (const std::uint64_t packed : keys) {
    const Key key = unpack(packed);
    const AttributionFigures sums = figures_of(rows_[index_.at(packed)]);
    for (const std::uint32_t part :
         {std::uint32_t{key.day}, std::uint32_t{key.cell}, std::uint32_t{key.currency}}) {
      out.u32(part);
    }
    for (const std::int64_t value :
         {sums.shown, sums.clicked, sums.added, sums.orders, sums.bought, sums.revenue}) {
      out.i64(value);
    }
  }
  return out.finish();
}

Status AttributionReport::load(ByteSource& source) {
  for (ItemDictionary* names : {&cells_, &currencies_}) {
    if (Status status = names->load(source); !status.ok()) return status;
  }
  SnapshotReader in(source, "SKAR", 1);
  days_dropped_.store(in.u64(), std::memory_order_relaxed);
  const std::uint32_t count = in.count(kMostRows, "rows of the report");
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Key key;
    key.day = static_cast<std::uint16_t>(in.count(0xffff, "a day of the report"));
    key.cell = static_cast<Cell>(in.count(kMostCells, "a cell of the report"));
    key.currency = static_cast<std::uint16_t>(in.count(kMostCurrencies, "a currency"));
    AttributionFigures sums;
    for (auto* value :
         {&sums.shown, &sums.clicked, &sums.added, &sums.orders, &sums.bought, &sums.revenue}) {
      *value = in.i64();
    }
    if (!in.ok()) break;
    if (key.cell >= cells_.size() || key.currency > currencies_.size()) {
      in.fail("a row of the report names nothing");
      break;
    }
    add(key, sums);
  }
  return in.finish();
}

}  // namespace souk::recommendations
