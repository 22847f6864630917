#include "plugins/recommendations/model/session_index.hpp"

#include <algorithm>
#include <bit>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace souk::recommendations {
namespace {
// A reader that meets a list while it moves reads again; lists double, so they move rarely.
constexpr int kSessionReadAttempts = 4;
constexpr std::int64_t kSecondUs = 1'000'000;
// An item's count wraps here, keeping its place in the ring: far above any use of it as a count.
constexpr std::uint32_t kCountLimit = (1u << 27) - 1;
constexpr std::uint32_t kCountAfterLimit = 1u << 26;
// Chains in the key table are this long on average: four bytes a session would be one more megabyte
// in an empty daemon for a lookup made once a click.
constexpr std::uint32_t kSessionsPerBucket = 4;

SessionIndexLimits in_range(SessionIndexLimits l) {
  l.max_items = std::clamp(l.max_items, 1u, 1u << 28);
  l.max_sessions = std::clamp(l.max_sessions, 1u, 1u << 27);
  l.session_items = std::clamp(l.session_items, 2u, SessionIndex::kLongestSession);
  l.sessions_per_item =
      std::bit_ceil(std::clamp(l.sessions_per_item, 2u, SessionIndex::kLongestPosting));
  l.clicks_per_session = std::clamp(l.clicks_per_session, 2u, 60'000u);
  l.session_gap_us = std::max<std::int64_t>(l.session_gap_us, 0);
  return l;
}

// A list turns in its ring once that is full: then its capacity is the largest, a power of two.
std::uint32_t place_of(std::uint32_t count, std::uint32_t capacity) {
  return count < capacity ? count : count & (capacity - 1);
}

std::uint32_t seconds_of(std::int64_t time_us) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time_us / kSecondUs, 0, 0xffffffff));
}

// Twice the largest sum of full lists leaves room for blocks of other classes waiting for re-use.
std::size_t cells_for(std::size_t lists, std::size_t cells_each) {
  return std::max<std::size_t>(lists * cells_each * 2, std::size_t{1} << 17);
}
}  // namespace

SessionIndex::SessionIndex(const SessionIndexLimits& limits)
    : limits_(in_range(limits)),
      slot_mask_(std::bit_ceil(limits_.max_sessions) - 1),
      slot_bits_(static_cast<unsigned>(std::popcount(slot_mask_))),
      bucket_mask_(std::bit_ceil(limits_.max_sessions / kSessionsPerBucket + 1) - 1),
      posting_capacity_(limits_.sessions_per_item),
      session_class_(FineBlockArena::class_for(limits_.session_items)),
      slots_(std::size_t{slot_mask_} + 1),
      postings_(limits_.max_items),
      buckets_(make_piece<std::atomic<std::uint32_t>>(std::size_t{bucket_mask_} + 1)),
      session_cells_(cells_for(limits_.max_sessions, FineBlockArena::class_cells(session_class_))),
      posting_cells_(cells_for(limits_.max_items, posting_capacity_)) {}

// Session: offset 32, count 16, class 4, generation 12 bits.
std::uint64_t SessionIndex::pack_session(const Header& h) {
  return std::uint64_t{h.offset} | std::uint64_t{h.count} << 32 |
         std::uint64_t{h.size_class} << 48 | std::uint64_t{h.generation} << 52;
}
SessionIndex::Header SessionIndex::unpack_session(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 48 & 0xf),
          static_cast<std::uint32_t>(word >> 32 & 0xffff), static_cast<std::uint32_t>(word >> 52)};
}
// Posting list: offset 32, count 27, class 5 bits.
std::uint64_t SessionIndex::pack_posting(const Header& h) {
  return std::uint64_t{h.offset} | std::uint64_t{h.count} << 32 | std::uint64_t{h.size_class} << 59;
}
SessionIndex::Header SessionIndex::unpack_posting(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 59),
          static_cast<std::uint32_t>(word >> 32 & 0x7ffffff), 0};
}

SessionIndex::Key SessionIndex::key_of(std::string_view session_key) {
  return XXH3_64bits(session_key.data(), session_key.size());
}

std::uint32_t SessionIndex::generation_of(SessionOrdinal s) const {
  return static_cast<std::uint32_t>(std::uint64_t{s} >> slot_bits_) & 0xfff;
}

void SessionIndex::count_drop(std::atomic<std::uint64_t>& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// ---- the fold -----------------------------------------------------------------------------------

SessionOrdinal SessionIndex::observe(std::string_view session_key, ItemId item,
                                     std::int64_t time_us, ItemId* before,
                                     std::uint32_t* before_size) {
  if (before_size != nullptr) *before_size = 0;
  if (item >= limits_.max_items || !postings_.ensure(item)) {
    count_drop(dropped_unknown_);
    return kNoSession;
  }
  const Key key = key_of(session_key);
  SessionOrdinal session = find_key(key);
  if (session != kNoSession && limits_.session_gap_us > 0 &&
      time_us - std::int64_t{slots_[slot_of(session)].last_s} * kSecondUs >
          limits_.session_gap_us) {
    session = kNoSession;
  }
  if (session == kNoSession) session = begin_session(key);
  if (session == kNoSession) {
    count_drop(dropped_memory_);
    return kNoSession;
  }
  Slot& slot = slots_[slot_of(session)];
  const Header h = unpack_session(slot.header.load(std::memory_order_relaxed));
  if (h.count >= limits_.clicks_per_session) {
    count_drop(dropped_beyond_);
    return kNoSession;
  }
  ItemId held[kLongestSession];
  const std::uint32_t held_size = items_of(session, held);
  if (before != nullptr) std::copy_n(held, held_size, before);
  if (before_size != nullptr) *before_size = held_size;
  if (!append_item(slot, h, item)) {
    count_drop(dropped_memory_);
    return kNoSession;
  }
  slot.last_s = std::max(slot.last_s, seconds_of(time_us));
  items_end_ = std::max(items_end_, item + 1);
  // An item is posted once a session, however often it is looked at.
  if (std::find(held, held + held_size, item) == held + held_size &&
      !append_posting(item, session)) {
    count_drop(dropped_memory_);
  }
  return session;
}

SessionOrdinal SessionIndex::begin_session(Key key) {
  const SessionOrdinal session = next_.load(std::memory_order_relaxed);
  if (session == kNoSession || !slots_.ensure(slot_of(session))) return kNoSession;
  if (session >= limits_.max_sessions) retire(session - limits_.max_sessions);
  link(session, key);
  next_.store(session + 1, std::memory_order_release);
  return session;
}

void SessionIndex::link(SessionOrdinal session, Key key) {
  Slot& slot = slots_[slot_of(session)];
  auto& bucket = buckets_[key & bucket_mask_];
  slot.last_s = 0;
  // Whoever sees the new key sees the new generation: see find_key().
  slot.header.store(pack_session({0, 0, 0, generation_of(session)}), std::memory_order_release);
  slot.key.store(key, std::memory_order_release);
  slot.older.store(bucket.load(std::memory_order_relaxed), std::memory_order_release);
  bucket.store(session + 1, std::memory_order_release);
}

// The oldest session of all is the last of its chain, because chains begin with the newest.
void SessionIndex::retire(SessionOrdinal session) {
  if (!slots_.has(slot_of(session))) return;  // loaded from a snapshot that kept fewer
  Slot& slot = slots_[slot_of(session)];
  std::atomic<std::uint32_t>* to =
      &buckets_[slot.key.load(std::memory_order_relaxed) & bucket_mask_];
  for (std::uint32_t at = to->load(std::memory_order_relaxed); at != 0;
       at = to->load(std::memory_order_relaxed)) {
    if (at == session + 1) {
      to->store(0, std::memory_order_release);
      break;
    }
    to = &slots_[slot_of(at - 1)].older;
  }
  clear_items(slot);
  count_drop(retired_sessions_);
}

void SessionIndex::clear_items(Slot& slot) {
  Header h = unpack_session(slot.header.load(std::memory_order_relaxed));
  if (h.count == 0) return;
  const Header old = h;
  h.count = h.offset = h.size_class = 0;
  slot.header.store(pack_session(h), std::memory_order_release);
  session_cells_.release(old.offset, old.size_class);
}

void SessionIndex::forget(std::string_view session_key) {
  const Key key = key_of(session_key);
  for (std::uint32_t at = buckets_[key & bucket_mask_].load(std::memory_order_relaxed); at != 0;) {
    Slot& slot = slots_[slot_of(at - 1)];
    if (slot.key.load(std::memory_order_relaxed) == key) clear_items(slot);
    at = slot.older.load(std::memory_order_relaxed);
  }
}

bool SessionIndex::append_item(Slot& slot, Header h, ItemId item) {
  const std::uint32_t ring = limits_.session_items;
  const std::uint32_t capacity = h.count == 0 ? 0 : FineBlockArena::class_cells(h.size_class);
  const Header old = h;
  if (h.count < ring && h.count == capacity) {
    h.size_class = h.count == 0 ? 0 : h.size_class + 1;
    h.offset = session_cells_.allocate(h.size_class);
    if (h.offset == FineBlockArena::kNone) return false;
    if (h.count > 0) {
      const auto* from = session_cells_.cells(old.offset);
      auto* to = session_cells_.cells(h.offset);
      for (std::uint32_t i = 0; i < h.count; ++i) {
        to[i].store(from[i].load(std::memory_order_relaxed), std::memory_order_release);
      }
    }
  }
  session_cells_.cells(h.offset)[h.count % ring].store(item, std::memory_order_release);
  ++h.count;
  slot.header.store(pack_session(h), std::memory_order_release);
  if (old.count > 0 && old.offset != h.offset) session_cells_.release(old.offset, old.size_class);
  return true;
}

bool SessionIndex::append_posting(ItemId item, SessionOrdinal session) {
  auto& word = postings_[item];
  Header h = unpack_posting(word.load(std::memory_order_relaxed));
  const Header old = h;
  std::uint32_t capacity = h.count == 0 ? 0 : FineBlockArena::class_cells(h.size_class);
  if (h.count == capacity && capacity < posting_capacity_) {
    h.size_class = h.count == 0 ? 0 : h.size_class + 1;
    h.offset = posting_cells_.allocate(h.size_class);
    if (h.offset == FineBlockArena::kNone) return false;
    if (h.count > 0) {
      const auto* from = posting_cells_.cells(old.offset);
      auto* to = posting_cells_.cells(h.offset);
      for (std::uint32_t i = 0; i < h.count; ++i) {
        to[i].store(from[i].load(std::memory_order_relaxed), std::memory_order_release);
      }
    }
    capacity = FineBlockArena::class_cells(h.size_class);
  }
  if (h.count >= capacity) count_drop(retired_postings_);
  const std::uint32_t place = place_of(h.count, capacity);
  posting_cells_.cells(h.offset)[place].store(session, std::memory_order_release);
  h.count = h.count < kCountLimit ? h.count + 1 : kCountAfterLimit + ((place + 1) & (capacity - 1));
  word.store(pack_posting(h), std::memory_order_release);
  if (old.count > 0 && old.offset != h.offset) posting_cells_.release(old.offset, old.size_class);
  return true;
}

// ---- reading ------------------------------------------------------------------------------------

SessionOrdinal SessionIndex::find(std::string_view session_key) const {
  return find_key(key_of(session_key));
}

SessionOrdinal SessionIndex::find_key(Key key) const {
  std::uint32_t at = buckets_[key & bucket_mask_].load(std::memory_order_acquire);
  // A slot that is re-used while we stand on it leads into another chain: keys are compared whole,
  // so that can only end in "not found", and only for a session that has just been retired.
  for (std::uint32_t steps = 0; at != 0 && steps <= limits_.max_sessions; ++steps) {
    const Slot& slot = slots_[slot_of(at - 1)];
    if (slot.key.load(std::memory_order_acquire) == key) {
      // The chain may have led here by the number of the session that had the slot before.
      const Header h = unpack_session(slot.header.load(std::memory_order_acquire));
      return h.generation == generation_of(at - 1) ? at - 1 : kNoSession;
    }
    at = slot.older.load(std::memory_order_acquire);
  }
  return kNoSession;
}

std::uint32_t SessionIndex::items_of(SessionOrdinal session, ItemId* out) const {
  const Slot* slot = slots_.find(slot_of(session));
  if (slot == nullptr) return 0;
  const auto& word = slot->header;
  const std::uint32_t ring = limits_.session_items;
  for (int attempt = 0; attempt < kSessionReadAttempts; ++attempt) {
    const Header h = unpack_session(word.load(std::memory_order_acquire));
    if (h.count == 0 || h.generation != generation_of(session)) return 0;
    const std::uint32_t size = std::min(h.count, ring);
    const auto* cells = session_cells_.cells(h.offset);
    std::uint32_t place = h.count > ring ? h.count % ring : 0;
    for (std::uint32_t i = 0; i < size; ++i) {
      out[i] = cells[place].load(std::memory_order_acquire);
      if (++place == ring) place = 0;
    }
    const Header now = unpack_session(word.load(std::memory_order_relaxed));
    const bool same_block = now.offset == h.offset && now.generation == h.generation;
    // In the same block nothing we read has changed unless the ring turned over it.
    if (same_block && now.count >= h.count && (now.count == h.count || now.count <= ring)) {
      return size;
    }
  }
  return 0;
}

std::uint32_t SessionIndex::sessions_of(ItemId item, std::uint32_t most,
                                        SessionOrdinal* out) const {
  const auto* found = postings_.find(item);
  if (found == nullptr) return 0;
  const auto& word = *found;
  for (int attempt = 0; attempt < kSessionReadAttempts; ++attempt) {
    const Header h = unpack_posting(word.load(std::memory_order_acquire));
    if (h.count == 0) return 0;
    const std::uint32_t capacity = FineBlockArena::class_cells(h.size_class);
    const std::uint32_t size = std::min({h.count, capacity, most});
    const auto* cells = posting_cells_.cells(h.offset);
    for (std::uint32_t i = 0; i < size; ++i) {
      out[i] = cells[place_of(h.count - 1 - i, capacity)].load(std::memory_order_acquire);
    }
    // What the ring has overwritten meanwhile is a newer session of the same item: no harm.
    if (unpack_posting(word.load(std::memory_order_relaxed)).offset == h.offset) return size;
  }
  return 0;
}

std::uint32_t SessionIndex::session_count(ItemId item) const {
  const auto* word = postings_.find(item);
  return word == nullptr ? 0 : unpack_posting(word->load(std::memory_order_acquire)).count;
}

void SessionIndex::prefetch_items(SessionOrdinal session) const {
  const Slot* slot = slots_.find(slot_of(session));
  if (slot == nullptr) return;
  const Header h = unpack_session(slot->header.load(std::memory_order_acquire));
  if (h.count > 0) __builtin_prefetch(session_cells_.cells(h.offset));
}

SessionIndexDrops SessionIndex::drops() const {
  const auto get = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
  return {get(dropped_unknown_), get(dropped_beyond_), get(dropped_memory_), get(retired_sessions_),
          get(retired_postings_)};
}

std::size_t SessionIndex::memory_bytes() const {
  return slots_.memory_bytes() + postings_.memory_bytes() + session_cells_.memory_bytes() +
         posting_cells_.memory_bytes() + (std::size_t{bucket_mask_} + 1) * sizeof(buckets_[0]);
}

}  // namespace souk::recommendations
