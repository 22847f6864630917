#include "plugins/recommendations/model/item_dictionary.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace souk::recommendations {
namespace {
constexpr std::size_t kFirstSlots = 1024;
constexpr std::size_t kArenaChunk = std::size_t{1} << 16;

std::uint64_t hash_of(std::string_view name) { return XXH3_64bits(name.data(), name.size()); }
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
}  // namespace

ItemDictionary::ItemDictionary(std::uint32_t max_items)
    : max_items_(std::clamp(max_items, 1u, 1u << 31)), entries_(max_items_) {
  tables_.push_back(std::make_unique<Table>(kFirstSlots));
  table_.store(tables_.back().get(), std::memory_order_release);
}

ItemDictionary::~ItemDictionary() = default;

ItemId ItemDictionary::find(std::string_view name) const {
  return find_hashed(name, hash_of(name));
}

ItemId ItemDictionary::find_hashed(std::string_view name, std::uint64_t hash) const {
  const Table& table = *table_.load(std::memory_order_acquire);
  for (std::size_t slot = hash & table.mask;; slot = (slot + 1) & table.mask) {
    const ItemId item = table.cells[slot].load(std::memory_order_acquire);
    if (item == kNoItem) return kNoItem;
    const Entry& entry = entries_[item];
    if (entry.tag == tag_of(hash) && entry.length == name.size() &&
        std::memcmp(entry.text, name.data(), name.size()) == 0) {
      return item;
    }
  }
}

ItemId ItemDictionary::intern(std::string_view name) {
  const std::uint64_t hash = hash_of(name);
  const ItemId known = find_hashed(name, hash);
  if (known != kNoItem) return known;
  const ItemId item = name.empty() || name.size() > kLongestName ? kNoItem : add(name, hash);
  if (item == kNoItem) dropped_.fetch_add(1, std::memory_order_relaxed);
  return item;
}

ItemId ItemDictionary::add(std::string_view name, std::uint64_t hash) {
  const ItemId item = size_.load(std::memory_order_relaxed);
  if (item >= max_items_ || !entries_.ensure(item)) return kNoItem;
  if ((std::size_t{item} + 1) * 2 > tables_.back()->mask + 1) grow();
  entries_[item] = {keep(name), static_cast<std::uint32_t>(name.size()), tag_of(hash)};
  Table& table = *tables_.back();
  std::size_t slot = hash & table.mask;
  while (table.cells[slot].load(std::memory_order_relaxed) != kNoItem) {
    slot = (slot + 1) & table.mask;
  }
  table.cells[slot].store(item, std::memory_order_release);
  size_.store(item + 1, std::memory_order_release);
  return item;
}

void ItemDictionary::grow() {
  auto next = std::make_unique<Table>((tables_.back()->mask + 1) * 2);
  const std::uint32_t count = size_.load(std::memory_order_relaxed);
  for (ItemId item = 0; item < count; ++item) {
    std::size_t slot = hash_of(name(item)) & next->mask;
    while (next->cells[slot].load(std::memory_order_relaxed) != kNoItem) {
      slot = (slot + 1) & next->mask;
    }
    next->cells[slot].store(item, std::memory_order_relaxed);
  }
  table_.store(next.get(), std::memory_order_release);
  tables_.push_back(std::move(next));
}

const char* ItemDictionary::keep(std::string_view name) {
  if (arena_left_ < name.size()) {
    arena_.push_back(make_piece<char>(kArenaChunk));
    arena_left_ = kArenaChunk;
  }
  char* to = arena_.back().get() + (kArenaChunk - arena_left_);
  std::memcpy(to, name.data(), name.size());
  arena_left_ -= name.size();
  return to;
}

std::string_view ItemDictionary::name(ItemId item) const {
  const Entry& entry = entries_[item];
  return {entry.text, entry.length};
}

std::size_t ItemDictionary::memory_bytes() const {
  std::size_t bytes = entries_.memory_bytes() + arena_.size() * kArenaChunk;
  for (const auto& table : tables_)
    bytes += (table->mask + 1) * sizeof(ItemId);
  return bytes;
}

Status ItemDictionary::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKID", 1);
  out.u64(dropped());
  out.u32(size());
  for (ItemId item = 0; item < size(); ++item)
    out.text(name(item));
  return out.finish();
}

Status ItemDictionary::load(ByteSource& source) {
  if (size() != 0) {
    return Status(Code::failed_precondition, "a snapshot is loaded into an empty dictionary only");
  }
  SnapshotReader in(source, "SKID", 1);
  const std::uint64_t dropped = in.u64();
  const std::uint32_t count = in.count(max_items_, "the number of item names (max_items)");
  for (ItemId item = 0; in.ok() && item < count; ++item) {
    const std::string text = in.text(kLongestName);
    if (in.ok() && intern(text) != item) in.fail("an item name is empty or stands there twice");
  }
  dropped_.store(dropped, std::memory_order_relaxed);
  return in.finish();
}

}  // namespace souk::recommendations
