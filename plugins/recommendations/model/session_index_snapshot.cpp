// The snapshot of SessionIndex. Fields, in order:
//   dropped clicks (unknown item, beyond session, without memory) and retired (sessions, postings),
//   u64 each items: number u32; for each its sessions: ever u32, kept u32, ordinals u32 oldest
//   first sessions: seen u32, first kept u32; for each its key u64, last click u32 (seconds),
//   clicks ever u32, clicks kept u8, items u32 oldest first
#include <algorithm>
#include <bit>
#include <vector>

#include "plugins/recommendations/model/session_index.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

void SessionIndex::save(SnapshotWriter& out) const {
  const SessionIndexDrops d = drops();
  for (const std::uint64_t n : {d.clicks_of_unknown_items, d.clicks_beyond_session,
                                d.clicks_without_memory, d.sessions_retired, d.postings_retired}) {
    out.u64(n);
  }
  std::vector<SessionOrdinal> posting(kLongestPosting);
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    const std::uint32_t kept = sessions_of(item, kLongestPosting, posting.data());
    out.u32(session_count(item));
    out.u32(kept);
    for (std::uint32_t i = kept; i-- > 0;)
      out.u32(posting[i]);
  }
  const SessionOrdinal end = sessions_seen();
  const SessionOrdinal first = end > limits_.max_sessions ? end - limits_.max_sessions : 0;
  out.u32(end);
  out.u32(first);
  ItemId items[kLongestSession];
  for (SessionOrdinal s = first; s < end; ++s) {
    const Slot& slot = slots_[slot_of(s)];
    out.u64(slot.key.load(std::memory_order_relaxed));
    out.u32(slot.last_s);
    out.u32(unpack_session(slot.header.load(std::memory_order_relaxed)).count);
    const std::uint32_t kept = items_of(s, items);
    out.u8(static_cast<std::uint8_t>(kept));
    for (std::uint32_t i = 0; i < kept; ++i)
      out.u32(items[i]);
  }
}

void SessionIndex::load(SnapshotReader& in) {
  if (sessions_seen() != 0) return in.fail("a snapshot is loaded into an empty model only");
  std::uint64_t counts[5];
  for (std::uint64_t& n : counts)
    n = in.u64();
  load_postings(in);
  load_sessions(in);
  dropped_unknown_.store(counts[0], std::memory_order_relaxed);
  dropped_beyond_.store(counts[1], std::memory_order_relaxed);
  dropped_memory_.store(counts[2], std::memory_order_relaxed);
  retired_sessions_.store(counts[3], std::memory_order_relaxed);
  retired_postings_.store(counts[4], std::memory_order_relaxed);
}

void SessionIndex::load_postings(SnapshotReader& in) {
  const std::uint32_t items = in.count(limits_.max_items, "the number of items (max_items)");
  for (ItemId item = 0; in.ok() && item < items; ++item) {
    const std::uint32_t ever = in.count((1u << 27) - 1, "an item's sessions");
    const std::uint32_t kept = in.count(std::min(ever, kLongestPosting), "an item's kept sessions");
    if (in.ok() && !postings_.ensure(item)) return in.fail("there is no memory for its items");
    for (std::uint32_t i = 0; in.ok() && i < kept; ++i) {
      if (!append_posting(item, in.u32())) return in.fail("there is no memory for its items");
    }
    if (in.ok() && kept > 0) turn_posting(item, ever);
  }
  items_end_ = in.ok() ? items : 0;
}

// A full ring's place follows from the count: turn it until both agree with what was saved. A list
// that is not full (sessions_per_item was raised since) counts from what it holds.
void SessionIndex::turn_posting(ItemId item, std::uint32_t ever) {
  Header h = unpack_posting(postings_[item].load(std::memory_order_relaxed));
  const std::uint32_t capacity = FineBlockArena::class_cells(h.size_class);
  if (ever <= h.count || capacity != posting_capacity_ || h.count < capacity) return;
  auto* cells = posting_cells_.cells(h.offset);
  const std::uint32_t turn = (ever - h.count) & (capacity - 1);
  std::vector<SessionOrdinal> ring(capacity);
  for (std::uint32_t i = 0; i < capacity; ++i) {
    ring[(i + turn) & (capacity - 1)] = cells[i].load(std::memory_order_relaxed);
  }
  for (std::uint32_t i = 0; i < capacity; ++i)
    cells[i].store(ring[i], std::memory_order_release);
  h.count = ever;
  postings_[item].store(pack_posting(h), std::memory_order_release);
}

void SessionIndex::load_sessions(SnapshotReader& in) {
  const std::uint32_t end = in.u32();
  const std::uint32_t first = in.count(end, "the first kept session");
  // With a smaller max_sessions than the snapshot was written with, the oldest are passed over.
  const SessionOrdinal kept_from = end > limits_.max_sessions ? end - limits_.max_sessions : 0;
  ItemId items[kLongestSession];
  for (SessionOrdinal s = first; in.ok() && s < end; ++s) {
    const Key key = in.u64();
    const std::uint32_t last_s = in.u32();
    const std::uint32_t clicks = in.count(60'000, "a session's clicks");
    const std::uint32_t kept = in.u8();
    if (kept > std::min(clicks, kLongestSession)) return in.fail("a session keeps too many clicks");
    for (std::uint32_t i = 0; i < kept; ++i) {
      items[i] = in.count(items_end_ == 0 ? 0 : items_end_ - 1, "an item of a session");
    }
    if (!in.ok()) return;
    if (s < kept_from) continue;
    if (!slots_.ensure(slot_of(s))) return in.fail("there is no memory for its sessions");
    link(s, key);
    slots_[slot_of(s)].last_s = last_s;
    if (!load_clicks(slots_[slot_of(s)], {items, kept}, clicks)) {
      return in.fail("there is no memory for its sessions");
    }
  }
  if (in.ok()) next_.store(end, std::memory_order_release);
}

bool SessionIndex::load_clicks(Slot& slot, std::span<const ItemId> kept, std::uint32_t clicks) {
  const std::uint32_t ring = limits_.session_items;
  const auto used = static_cast<std::uint32_t>(std::min<std::size_t>(kept.size(), ring));
  kept = kept.last(used);
  for (const ItemId item : kept) {
    const Header h = unpack_session(slot.header.load(std::memory_order_relaxed));
    if (!append_item(slot, h, item)) return false;
  }
  // Clicks that are no longer kept moved the ring on: continue where they left it. A ring that is
  // not full (session_items was raised since) counts from what it holds.
  if (used < ring) return true;
  Header h = unpack_session(slot.header.load(std::memory_order_relaxed));
  auto* cells = session_cells_.cells(h.offset);
  for (std::uint32_t i = 0; i < used; ++i) {
    cells[(clicks - used + i) % ring].store(kept[i], std::memory_order_release);
  }
  h.count = clicks;
  slot.header.store(pack_session(h), std::memory_order_release);
  return true;
}

}  // namespace souk::recommendations
