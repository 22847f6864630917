#include "plugins/recommendations/state/stock.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kMostVariants = 2048;
constexpr std::size_t kMostLevelsOfProduct = 1024;
constexpr std::uint64_t kLevelSalt = 0x6c6576656c730000;

// The catalog's "no" gives way to newer stock; that a product is discontinued does not.
void lift(Declared& declared) {
  if (declared == Declared::no) declared = Declared::unsaid;
}
}  // namespace

std::uint64_t Stock::variant_id(std::string_view id) { return id.empty() ? 0 : hash_of(id) | 1; }

void Stock::declare(ItemId item, Declared product, std::vector<Variant> variants) {
  if (variants.size() > kMostVariants) variants.resize(kMostVariants);
  Record& record = records_[item];
  record.product = product;
  record.variants = std::move(variants);
}

void Stock::set_level(ItemId item, const LevelSet& set) {
  const std::uint64_t id = hash_of(set.id, kLevelSalt);
  const auto named = level_items_.find(id);
  if (named != level_items_.end() && named->second != item) remove_level(set.id);
  const bool counted = set.available.has_value() && !std::isnan(*set.available);
  const Level level{id, variant_id(set.variant), variant_id(set.location),
                    counted ? *set.available : 0, counted};
  Record& record = records_[item];
  const auto same = [&](const Level& each) {
    return each.id == id || (each.variant == level.variant && each.location == level.location);
  };
  const auto found = std::find_if(record.levels.begin(), record.levels.end(), same);
  if (found == record.levels.end()) {
    if (level_items_.size() >= max_levels_ || record.levels.size() >= kMostLevelsOfProduct) {
      ++dropped_;
      return;
    }
    record.levels.push_back(level);
  } else {
    level_items_.erase(found->id);
    *found = level;
  }
  level_items_[id] = item;
  if (counted && level.available <= 0) return;
  lift(record.product);
  for (Variant& each : record.variants) {
    if (level.variant == 0 || each.id == level.variant) lift(each.declared);
  }
}

ItemId Stock::remove_level(std::string_view level_id) {
  const std::uint64_t id = hash_of(level_id, kLevelSalt);
  const auto found = level_items_.find(id);
  if (found == level_items_.end()) return kNoItem;
  const ItemId item = found->second;
  level_items_.erase(found);
  std::erase_if(records_[item].levels, [&](const Level& level) { return level.id == id; });
  return item;
}

Stock::Left Stock::left_of(const Record& record, std::uint64_t variant) {
  double sum = 0;
  bool any = false;
  for (const Level& level : record.levels) {
    if (level.variant != variant) continue;
    if (!level.counted) return Left::some;
    any = true;
    sum += level.available;
  }
  if (!any) return Left::unknown;
  return sum > 0 ? Left::some : Left::none;
}

bool Stock::variant_sellable(const Record& record, const Variant& variant) {
  switch (variant.declared) {
    case Declared::no:
    case Declared::never:
      return false;
    case Declared::without_stock:
      return true;
    case Declared::unsaid:
    case Declared::yes:
      break;
  }
  return left_of(record, variant.id) != Left::none && left_of(record, 0) != Left::none;
}

// Of a product whose variants only the stock system names.
bool Stock::some_variant_left(const Record& record) {
  bool any = false;
  for (const Level& level : record.levels) {
    if (level.variant == 0) continue;
    any = true;
    if (left_of(record, level.variant) == Left::some) return true;
  }
  return !any;
}

bool Stock::sellable(ItemId item) const {
  const auto found = records_.find(item);
  if (found == records_.end()) return true;
  const Record& record = found->second;
  if (record.product == Declared::no || record.product == Declared::never) return false;
  if (record.variants.empty()) {
    return record.product == Declared::without_stock ||
           (left_of(record, 0) != Left::none && some_variant_left(record));
  }
  return std::any_of(record.variants.begin(), record.variants.end(),
                     [&](const Variant& variant) { return variant_sellable(record, variant); });
}

Status Stock::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKST", 1);
  out.u64(dropped_);
  std::vector<ItemId> items;
  items.reserve(records_.size());
  for (const auto& entry : records_)
    items.push_back(entry.first);
  std::sort(items.begin(), items.end());
  out.u32(static_cast<std::uint32_t>(items.size()));
  for (const ItemId item : items) {
    const Record& record = records_.at(item);
    out.u32(item);
    out.u8(static_cast<std::uint8_t>(record.product));
    out.u32(static_cast<std::uint32_t>(record.variants.size()));
    for (const Variant& variant : record.variants) {
      out.u64(variant.id);
      out.u8(static_cast<std::uint8_t>(variant.declared));
    }
    out.u32(static_cast<std::uint32_t>(record.levels.size()));
    for (const Level& level : record.levels) {
      out.u64(level.id);
      out.u64(level.variant);
      out.u64(level.location);
      out.f64(level.available);
      out.u8(level.counted ? 1 : 0);
    }
  }
  return out.finish();
}

Status Stock::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKST", 1);
  dropped_ = in.u64();
  const std::uint32_t count = in.count(items, "the number of products with stock");
  for (std::uint32_t i = 0; in.ok() && i < count; ++i)
    load_record(in, items);
  return in.finish();
}

void Stock::load_record(SnapshotReader& in, std::uint32_t items) {
  const auto declared = [&] {
    const std::uint8_t value = in.u8();
    if (value > static_cast<std::uint8_t>(Declared::never)) in.fail("an unknown availability");
    return static_cast<Declared>(value);
  };
  const ItemId item = in.u32();
  if (in.ok() && item >= items) in.fail("stock of an unknown product");
  Record record;
  record.product = declared();
  const std::uint32_t variants = in.count(kMostVariants, "the number of variants");
  for (std::uint32_t i = 0; in.ok() && i < variants; ++i) {
    const std::uint64_t id = in.u64();
    record.variants.push_back({id, declared()});
  }
  const std::uint32_t levels = in.count(kMostLevelsOfProduct, "the number of stock levels");
  for (std::uint32_t i = 0; in.ok() && i < levels; ++i) {
    Level level;
    level.id = in.u64();
    level.variant = in.u64();
    level.location = in.u64();
    level.available = in.f64();
    level.counted = in.u8() != 0;
    if (level_items_.size() >= max_levels_) {
      ++dropped_;
    } else {
      level_items_[level.id] = item;
      record.levels.push_back(level);
    }
  }
  if (in.ok()) records_[item] = std::move(record);
}

std::size_t Stock::memory_bytes() const {
  constexpr std::size_t kNode = 2 * sizeof(void*);  // of a hash table, beside its value
  std::size_t bytes = records_.bucket_count() * sizeof(void*) +
                      records_.size() * (kNode + sizeof(Record)) +
                      level_items_.bucket_count() * sizeof(void*) +
                      level_items_.size() * (kNode + 2 * sizeof(std::uint64_t));
  for (const auto& [item, record] : records_) {
    bytes +=
        record.variants.capacity() * sizeof(Variant) + record.levels.capacity() * sizeof(Level);
  }
  return bytes;
}

}  // namespace souk::recommendations
