#include "plugins/recommendations/model/neighbour_cache.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {

constexpr std::uint64_t kShareOfClicks = 32;
constexpr std::uint64_t kItself = std::uint64_t{1} << 63;
constexpr std::uint64_t kMostSupport = 0x7fffffff;

}  // namespace

NeighbourCache::NeighbourCache(std::uint32_t max_items) : stamps_(max_items) {}

NeighbourCache::~NeighbourCache() {
  for (auto& chunk : chunks_)
    delete_piece(chunk.load(std::memory_order_relaxed), 1);
}

void NeighbourCache::changed(std::span<const ItemId> items) {
  for (const ItemId item : items) {
    if (!stamps_.ensure(item)) continue;
    auto& stamp = stamps_[item];
    stamp.store(stamp.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
}

void NeighbourCache::forget_all() {
  era_.store(era_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

NeighbourCache::Key NeighbourCache::key(ItemId item, std::uint64_t clicks) const {
  const auto* stamp = stamps_.find(item);
  const std::uint32_t changes = stamp == nullptr ? 0 : stamp->load(std::memory_order_acquire);
  return {item, std::uint64_t{era_.load(std::memory_order_acquire)} << 32 | changes, clicks};
}

// What is written with release and read with acquire cannot be new while `turn` looks old.
bool NeighbourCache::find(const Key& key, std::vector<Candidate>& out) const {
  out.clear();
  const std::size_t place = place_of(key.item);
  const Chunk* chunk = chunks_[place / kChunk].load(std::memory_order_acquire);
  if (chunk == nullptr) return false;
  const Slot& slot = (*chunk)[place % kChunk];
  const std::uint32_t turn = slot.turn.load(std::memory_order_acquire);
  if ((turn & 1) != 0 || slot.item.load(std::memory_order_acquire) != key.item + 1 ||
      slot.stamp.load(std::memory_order_acquire) != key.stamp ||
      key.clicks - slot.clicks.load(std::memory_order_acquire) > key.clicks / kShareOfClicks) {
    return false;
  }
  const std::uint64_t size =
      std::min<std::uint64_t>(slot.size.load(std::memory_order_acquire), kMost);
  for (std::uint64_t i = 0; i < size; ++i) {
    const std::uint64_t word = slot.items[i].load(std::memory_order_acquire);
    const auto score = std::bit_cast<double>(slot.scores[i].load(std::memory_order_acquire));
    out.push_back({static_cast<ItemId>(word), score,
                   static_cast<std::uint32_t>(word >> 32 & kMostSupport), key.item,
                   (word & kItself) != 0});
  }
  if (slot.turn.load(std::memory_order_relaxed) == turn) return true;
  out.clear();
  return false;
}

NeighbourCache::Slot* NeighbourCache::slot_to_write(std::size_t place) const {
  std::atomic<Chunk*>& entry = chunks_[place / kChunk];
  Chunk* chunk = entry.load(std::memory_order_acquire);
  if (chunk == nullptr) {
    Chunk* made = new_piece<Chunk>(1);
    if (made == nullptr) return nullptr;
    if (entry.compare_exchange_strong(chunk, made, std::memory_order_acq_rel)) {
      chunks_used_.fetch_add(1, std::memory_order_relaxed);
      chunk = made;
    } else {
      delete_piece(made, 1);
    }
  }
  return &(*chunk)[place % kChunk];
}

void NeighbourCache::put(const Key& key, std::span<const Candidate> list) const {
  if (key.item == kNoItem) return;
  Slot* slot = slot_to_write(place_of(key.item));
  if (slot == nullptr) return;
  std::uint32_t turn = slot->turn.load(std::memory_order_relaxed);
  if ((turn & 1) != 0 ||
      !slot->turn.compare_exchange_strong(turn, turn + 1, std::memory_order_acq_rel)) {
    return;  // somebody else is at it
  }
  const std::size_t size = std::min<std::size_t>(list.size(), kMost);
  slot->item.store(key.item + 1, std::memory_order_release);
  slot->stamp.store(key.stamp, std::memory_order_release);
  slot->clicks.store(key.clicks, std::memory_order_release);
  slot->size.store(size, std::memory_order_release);
  for (std::size_t i = 0; i < size; ++i) {
    const Candidate& candidate = list[i];
    const std::uint64_t support = std::min<std::uint64_t>(candidate.support, kMostSupport);
    slot->scores[i].store(std::bit_cast<std::uint64_t>(candidate.score), std::memory_order_release);
    slot->items[i].store(candidate.item | support << 32 | (candidate.in_session ? kItself : 0),
                         std::memory_order_release);
  }
  slot->turn.store(turn + 2, std::memory_order_release);
}

}  // namespace souk::recommendations
