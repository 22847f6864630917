#include "plugins/recommendations/state/shoppers.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kLongestWalk = 1024;  // ends a walk that strayed through re-used slots
constexpr int kWalks = 16;

std::uint64_t buckets_for(std::uint32_t shoppers) {
  return std::bit_ceil(std::max<std::uint64_t>(shoppers, 16));
}
}  // namespace

Shoppers::Shoppers(std::uint32_t max_shoppers)
    : max_shoppers_(std::max(max_shoppers, 1u)),
      bucket_mask_(buckets_for(max_shoppers_) - 1),
      buckets_(make_piece<std::atomic<SlotName>>(bucket_mask_ + 1)),
      slots_(max_shoppers_),
      // Blocks of one size wait for re-use by that size; cells_used_ is what is bounded.
      cells_(std::max<std::size_t>(std::size_t{max_shoppers_} * kAverageCells * 8,
                                   std::size_t{1} << 20)) {}

std::uint64_t Shoppers::pack(const Header& h) {
  return std::uint64_t{h.offset} | std::uint64_t{h.size_class} << 32 | std::uint64_t{h.used} << 36 |
         std::uint64_t{h.version & 0xffff} << 48;
}
Shoppers::Header Shoppers::unpack(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32 & 0xf),
          static_cast<std::uint32_t>(word >> 36 & 0xfff), static_cast<std::uint32_t>(word >> 48)};
}

// ---- readers ----

Shoppers::Copied Shoppers::copy(const Slot& slot, PersonKey key, Scratch& scratch) const {
  const std::uint64_t word = slot.header.load(std::memory_order_acquire);
  const Header h = unpack(word);
  if (h.used == 0) return Copied::other_key;
  const auto* cells = cells_.cells(h.offset);
  scratch.resize(h.used);
  for (std::uint32_t i = 0; i < h.used; ++i)
    scratch[i] = cells[i].load(std::memory_order_acquire);
  // New contents of a block that was re-used imply the new header (BlockArena).
  if (slot.header.load(std::memory_order_acquire) != word) return Copied::changed;
  const PersonKey found{scratch[0] | std::uint64_t{scratch[1]} << 32,
                        scratch[2] | std::uint64_t{scratch[3]} << 32};
  return found == key ? Copied::yes : Copied::other_key;
}

bool Shoppers::read(PersonKey key, Profile& out, Scratch& scratch) const {
  out.clear();
  if (key.empty()) return false;
  for (int walk = 0; walk < kWalks; ++walk) {
    const std::uint64_t before = reuses_.load(std::memory_order_acquire);
    SlotName name = bucket(key).load(std::memory_order_acquire);
    bool again = false;
    for (std::uint32_t steps = 0; name != 0 && steps < kLongestWalk && !again; ++steps) {
      const Slot& at = slot(name);
      if (at.tag.load(std::memory_order_acquire) == key.low) {
        const Copied copied = copy(at, key, scratch);
        if (copied == Copied::yes) return out.decode(std::span(scratch).subspan(kKeyCells));
        again = copied == Copied::changed;
      }
      name = at.next.load(std::memory_order_acquire);
    }
    if (!again && reuses_.load(std::memory_order_acquire) == before) return false;
  }
  return false;
}

// ---- the writer ----

Shoppers::SlotName Shoppers::find(PersonKey key) const {
  SlotName name = bucket(key).load(std::memory_order_relaxed);
  while (name != 0 &&
         (slot(name).tag.load(std::memory_order_relaxed) != key.low || key_of(slot(name)) != key)) {
    name = slot(name).next.load(std::memory_order_relaxed);
  }
  return name;
}

PersonKey Shoppers::key_of(const Slot& slot) const {
  const auto* cells = cells_.cells(unpack(slot.header.load(std::memory_order_relaxed)).offset);
  const auto pair = [&](int at) {
    return cells[at].load(std::memory_order_relaxed) |
           std::uint64_t{cells[at + 1].load(std::memory_order_relaxed)} << 32;
  };
  return {pair(0), pair(2)};
}

Profile& Shoppers::open(PersonKey key) {
  open_key_ = key;
  const SlotName name = key.empty() ? 0 : find(key);
  if (name == 0 || copy(slot(name), key, write_scratch_) != Copied::yes ||
      !open_.decode(std::span(write_scratch_).subspan(kKeyCells))) {
    open_.clear();
  }
  return open_;
}

void Shoppers::commit() {
  if (open_key_.empty()) return;
  write_scratch_.clear();
  for (const std::uint64_t half : {open_key_.low, open_key_.high}) {
    write_scratch_.push_back(static_cast<std::uint32_t>(half));
    write_scratch_.push_back(static_cast<std::uint32_t>(half >> 32));
  }
  open_.encode(write_scratch_);
  SlotName name = find(open_key_);
  if (name != 0) {
    unlink_use(name);
    link_newest(name);
    write_cells(slot(name));
    return;
  }
  name = add(open_key_);
  if (name == 0) return;
  link_newest(name);
  if (!write_cells(slot(name))) {  // no memory: as if it had never been
    unlink_use(name);
    free_.push_back(name);
    size_.store(size() - 1, std::memory_order_release);
    return;
  }
  // The block is there, now the slot may be found.
  slot(name).next.store(bucket(open_key_).load(std::memory_order_relaxed),
                        std::memory_order_release);
  bucket(open_key_).store(name, std::memory_order_release);
}

Shoppers::SlotName Shoppers::add(PersonKey key) {
  if (size() >= max_shoppers_) make_room(0, 0);
  SlotName name = 0;
  if (!free_.empty()) {
    name = free_.back();
    free_.pop_back();
    // Before the slot changes: who follows its new link from the old chain walks again.
    reuses_.fetch_add(1, std::memory_order_acq_rel);
  } else {
    if (!slots_.ensure(slots_end_)) return 0;
    name = ++slots_end_;
  }
  slot(name).tag.store(key.low, std::memory_order_release);
  size_.store(size() + 1, std::memory_order_release);
  return name;
}

bool Shoppers::write_cells(Slot& slot) {
  const auto used = static_cast<std::uint32_t>(write_scratch_.size());
  const unsigned size_class = BlockArena::class_for(used);
  const std::uint32_t room = BlockArena::class_cells(size_class);
  make_room(room, newest_);
  const std::uint32_t offset = cells_.allocate(size_class);
  if (offset == BlockArena::kNone) {
    forgotten_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  auto* cells = cells_.cells(offset);
  for (std::uint32_t i = 0; i < used; ++i)
    cells[i].store(write_scratch_[i], std::memory_order_release);
  const std::uint64_t before = slot.header.load(std::memory_order_relaxed);
  const Header old = unpack(before);
  slot.header.store(pack({offset, size_class, used, old.version + 1}), std::memory_order_release);
  cells_used_ += room;
  if (old.used != 0) {
    cells_.release(old.offset, old.size_class);
    cells_used_ -= BlockArena::class_cells(old.size_class);
  }
  return true;
}

void Shoppers::make_room(std::uint32_t cells, SlotName spared) {
  const std::uint64_t most = std::max<std::uint64_t>(std::uint64_t{max_shoppers_} * kAverageCells,
                                                     std::uint64_t{kMostCells} * 2);
  while (oldest_ != 0 && oldest_ != spared &&
         (cells_used_ + cells > most || (spared == 0 && size() >= max_shoppers_))) {
    remove(key_of(slot(oldest_)));
    forgotten_.fetch_add(1, std::memory_order_relaxed);
  }
}

bool Shoppers::remove(PersonKey key) {
  const SlotName name = key.empty() ? 0 : find(key);
  if (name == 0) return false;
  std::atomic<SlotName>* link = &bucket(key);
  while (link->load(std::memory_order_relaxed) != name)
    link = &slot(link->load(std::memory_order_relaxed)).next;
  Slot& gone = slot(name);
  link->store(gone.next.load(std::memory_order_relaxed), std::memory_order_release);
  release(gone);
  unlink_use(name);
  free_.push_back(name);
  size_.store(size() - 1, std::memory_order_release);
  return true;
}

void Shoppers::release(Slot& slot) {
  const Header old = unpack(slot.header.load(std::memory_order_relaxed));
  slot.header.store(pack({0, 0, 0, old.version + 1}), std::memory_order_release);
  cells_.release(old.offset, old.size_class);
  cells_used_ -= BlockArena::class_cells(old.size_class);
}

void Shoppers::unlink_use(SlotName name) {
  Slot& it = slot(name);
  (it.newer != 0 ? slot(it.newer).older : newest_) = it.older;
  (it.older != 0 ? slot(it.older).newer : oldest_) = it.newer;
  it.newer = it.older = 0;
}

void Shoppers::link_newest(SlotName name) {
  slot(name).older = newest_;
  slot(name).newer = 0;
  (newest_ != 0 ? slot(newest_).newer : oldest_) = name;
  newest_ = name;
}

std::size_t Shoppers::memory_bytes() const {
  return (bucket_mask_ + 1) * sizeof(SlotName) + slots_.memory_bytes() + cells_.memory_bytes();
}

Status Shoppers::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKSH", 2);
  out.u64(forgotten());
  out.u32(size());
  for (SlotName name = oldest_; name != 0; name = slot(name).newer) {
    const Header h = unpack(slot(name).header.load(std::memory_order_relaxed));
    out.u32(h.used);
    for (std::uint32_t i = 0; i < h.used; ++i)
      out.u32(cells_.cells(h.offset)[i].load(std::memory_order_relaxed));
  }
  return out.finish();
}

Status Shoppers::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKSH", 2);
  const std::uint64_t forgotten = in.u64();
  const std::uint32_t count = in.count(0x7fffffff, "the number of shoppers");
  std::vector<std::uint32_t> cells;
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    const std::uint32_t used = in.count(kMostCells, "the size of a shopper's profile");
    cells.clear();
    for (std::uint32_t cell = 0; in.ok() && cell < used; ++cell)
      cells.push_back(in.u32());
    if (!in.ok()) break;
    if (used <= kKeyCells) {
      in.fail("a shopper without a key");
      break;
    }
    open_key_ = {cells[0] | std::uint64_t{cells[1]} << 32,
                 cells[2] | std::uint64_t{cells[3]} << 32};
    const auto unknown = [&](const auto& entry) { return entry.item >= items; };
    if (open_key_.empty() ||
        !open_.decode(std::span<const std::uint32_t>(cells).subspan(kKeyCells)) ||
        std::any_of(open_.viewed.begin(), open_.viewed.end(), unknown) ||
        std::any_of(open_.cart.begin(), open_.cart.end(), unknown) ||
        std::any_of(open_.bought.begin(), open_.bought.end(), unknown) ||
        std::any_of(open_.returned.begin(), open_.returned.end(),
                    [&](ItemId item) { return item >= items; })) {
      in.fail("a shopper's profile is malformed");
      break;
    }
    commit();
  }
  forgotten_.fetch_add(forgotten, std::memory_order_relaxed);
  return in.finish();
}

}  // namespace souk::recommendations
