#include "plugins/recommendations/model/content_cache.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {

// A smaller share of the catalog than this changes no cosine in a digit that matters.
constexpr std::uint32_t kShareOfEra = 32;
constexpr std::uint32_t kMostSlots = 1u << 20;

std::uint64_t packed(const ContentMatch& match) {
  const auto score = static_cast<float>(match.score);
  return std::uint64_t{std::bit_cast<std::uint32_t>(score)} << 32 | match.item;
}
ContentMatch unpacked(std::uint64_t word) {
  const auto score = std::bit_cast<float>(static_cast<std::uint32_t>(word >> 32));
  return {static_cast<ItemId>(word), static_cast<double>(score)};
}

}  // namespace

ContentCache::ContentCache(const ContentCacheLimits& limits)
    : slots_(std::bit_ceil(std::clamp(limits.max_products, 2u, kMostSlots))),
      chunks_(new std::atomic<Chunk*>[(slots_ + kChunk - 1) / kChunk] {}),
      shelves_(std::clamp(limits.max_categories, 1u, kMostSlots)) {}

ContentCache::~ContentCache() {
  for (std::size_t c = 0; c < (slots_ + kChunk - 1) / kChunk; ++c)
    delete_piece(chunks_[c].load(std::memory_order_relaxed), 1);
}

void ContentCache::changed(std::span<const CategoryId> shelves, std::uint32_t catalog) {
  const std::uint32_t now = changes_.load(std::memory_order_relaxed) + 1;
  changes_.store(now, std::memory_order_release);
  for (const CategoryId shelf : shelves) {
    if (shelf < shelves_.max_size() && shelves_.ensure(shelf)) {
      shelves_[shelf].store(now, std::memory_order_release);
    }
  }
  if (++era_changes_ <= catalog / kShareOfEra) return;
  era_changes_ = 0;
  era_.store(era_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

ContentCache::Key ContentCache::key(ItemId item, CategoryId shelf) const {
  // A shelf without a place of its own changes with everything.
  const bool own = shelf < shelves_.max_size();
  std::uint32_t last = 0;
  if (!own) {
    last = changes_.load(std::memory_order_acquire);
  } else if (shelves_.has(shelf)) {
    last = shelves_[shelf].load(std::memory_order_acquire);
  }
  return {item, shelf, std::uint64_t{era_.load(std::memory_order_acquire)} << 32 | last};
}

std::size_t ContentCache::place_of(ItemId item) const {
  return (item * 0x9e3779b97f4a7c15ULL >> 32) & (slots_ - 1);
}

ContentCache::Slot* ContentCache::slot(std::size_t place) const {
  Chunk* chunk = chunks_[place / kChunk].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &(*chunk)[place % kChunk];
}

ContentCache::Slot* ContentCache::slot_to_write(std::size_t place) const {
  if (Slot* found = slot(place); found != nullptr) return found;
  Chunk* made = new_piece<Chunk>(1);
  if (made == nullptr) return nullptr;
  Chunk* none = nullptr;
  if (chunks_[place / kChunk].compare_exchange_strong(none, made, std::memory_order_acq_rel)) {
    chunks_used_.fetch_add(1, std::memory_order_relaxed);
  } else {
    delete_piece(made, 1);
  }
  return slot(place);
}

bool ContentCache::holds(const Slot& slot, const Key& key) {
  return slot.item.load(std::memory_order_acquire) == key.item + 1 &&
         slot.shelf.load(std::memory_order_acquire) == key.shelf &&
         slot.stamp.load(std::memory_order_acquire) == key.stamp;
}

// What is written with release and read with acquire cannot be new while `turn` looks old.
bool ContentCache::read(const Slot& slot, const Key& key, List& out) {
  const std::uint32_t before = slot.turn.load(std::memory_order_acquire);
  if ((before & 1) != 0 || !holds(slot, key)) return false;
  const std::uint32_t sizes = slot.sizes.load(std::memory_order_acquire);
  const std::uint32_t nearest = std::min(sizes & 0xffff, kMostNearest);
  const std::uint32_t others = std::min(sizes >> 16, kMostOthers);
  for (std::uint32_t i = 0; i < nearest; ++i)
    out.nearest.push_back(unpacked(slot.matches[i].load(std::memory_order_acquire)));
  for (std::uint32_t i = 0; i < others; ++i) {
    out.others.push_back(unpacked(slot.matches[kMostNearest + i].load(std::memory_order_acquire)));
  }
  if (slot.turn.load(std::memory_order_relaxed) == before) return true;
  out.clear();
  return false;
}

bool ContentCache::find(const Key& key, List& out) const {
  out.clear();
  const std::size_t place = place_of(key.item);
  for (const std::size_t at : {place, place ^ 1}) {
    const Slot* found = slot(at);
    if (found != nullptr && read(*found, key, out)) return true;
  }
  return false;
}

void ContentCache::put(const Key& key, const List& list) const {
  if (key.item == kNoItem) return;
  const std::size_t first = place_of(key.item);
  Slot* chosen = slot_to_write(first);
  Slot* second = slot(first ^ 1);
  if (chosen == nullptr || second == nullptr) return;
  // Its own place; else one that is free or out of date; else the one written to less often.
  const auto worth = [&](const Slot& s) {
    const std::uint32_t item = s.item.load(std::memory_order_relaxed);
    if (item == key.item + 1) return 0;
    const CategoryId shelf = s.shelf.load(std::memory_order_relaxed);
    const bool valid =
        item != 0 && this->key(item - 1, shelf).stamp == s.stamp.load(std::memory_order_relaxed);
    return valid ? 2 : 1;
  };
  const int here = worth(*chosen);
  const int there = worth(*second);
  const bool rarer =
      second->turn.load(std::memory_order_relaxed) < chosen->turn.load(std::memory_order_relaxed);
  if (there < here || (there == here && rarer)) chosen = second;
  Slot& slot = *chosen;
  std::uint32_t turn = slot.turn.load(std::memory_order_relaxed);
  if ((turn & 1) != 0 ||
      !slot.turn.compare_exchange_strong(turn, turn + 1, std::memory_order_acq_rel)) {
    return;  // somebody else is at it
  }
  const auto nearest =
      static_cast<std::uint32_t>(std::min<std::size_t>(list.nearest.size(), kMostNearest));
  const auto others =
      static_cast<std::uint32_t>(std::min<std::size_t>(list.others.size(), kMostOthers));
  slot.item.store(key.item + 1, std::memory_order_release);
  slot.shelf.store(key.shelf, std::memory_order_release);
  slot.stamp.store(key.stamp, std::memory_order_release);
  slot.sizes.store(nearest | others << 16, std::memory_order_release);
  for (std::uint32_t i = 0; i < nearest; ++i)
    slot.matches[i].store(packed(list.nearest[i]), std::memory_order_release);
  for (std::uint32_t i = 0; i < others; ++i) {
    slot.matches[kMostNearest + i].store(packed(list.others[i]), std::memory_order_release);
  }
  slot.turn.store(turn + 2, std::memory_order_release);
}

}  // namespace souk::recommendations
