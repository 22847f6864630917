// Everybody who was here lately: profiles that the fold writes and answers read, without locks.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "plugins/recommendations/model/block_arena.hpp"
#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"
#include "plugins/recommendations/state/hashing.hpp"
#include "plugins/recommendations/state/profile.hpp"

namespace souk::recommendations {

/// At most `max_shoppers` profiles in at most 96 cells of 4 bytes each on average; beyond either,
/// who has been away longest is forgotten and counted.
///
/// A profile stands in a block of its own, which is never changed: the writer fills a new block and
/// then changes the slot's header, one 64-bit word, before it releases the old block. A reader
/// copies the block and looks at the header again; if it has changed, it reads again. So whoever
/// asks after a commit sees it, readers never wait, and the writer never does.
///
/// Threads: one writer; read() from any thread.
class Shoppers {
 public:
  /// A reader's memory, re-used; not thread-safe.
  using Scratch = std::vector<std::uint32_t>;

  explicit Shoppers(std::uint32_t max_shoppers);

  /// The profile of `key` as it is now; false, and an empty profile, when nothing is known. Any
  /// thread.
  bool read(PersonKey key, Profile& out, Scratch& scratch) const;

  // Writer only.
  /// The profile of `key`, empty when new, to be changed and then committed. One at a time.
  Profile& open(PersonKey key);
  /// Makes the open profile what readers see; the shopper is then the one seen last.
  void commit();
  /// Whether there is a profile.
  [[nodiscard]] bool contains(PersonKey key) const { return find(key) != 0; }
  /// Forgets; false when nothing was known.
  bool remove(PersonKey key);

  [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }
  /// Profiles that gave way to others. Any thread.
  [[nodiscard]] std::uint64_t forgotten() const {
    return forgotten_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  /// Section "SKSH" v1: forgotten u64, shoppers u32, who was seen last comes last: key, cells.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  static constexpr std::uint32_t kKeyCells = 4;
  static constexpr std::uint32_t kMostCells = 4095;
  static constexpr std::uint32_t kAverageCells = 96;

  /// Slots are named by their index + 1; 0 is none.
  using SlotName = std::uint32_t;
  struct Slot {
    std::atomic<std::uint64_t> header{0};  ///< of its block, see Header; 0: free
    std::atomic<std::uint64_t> tag{0};     ///< low half of its key: most mismatches end here
    std::atomic<SlotName> next{0};         ///< in its bucket
    SlotName newer = 0, older = 0;         ///< in order of last use; writer only
  };
  struct Header {
    std::uint32_t offset;
    std::uint32_t size_class;
    std::uint32_t used;
    std::uint32_t version;
  };
  static std::uint64_t pack(const Header& h);
  static Header unpack(std::uint64_t word);

  enum class Copied { yes, other_key, changed };
  [[nodiscard]] Copied copy(const Slot& slot, PersonKey key, Scratch& scratch) const;
  [[nodiscard]] Slot& slot(SlotName name) const { return slots_[name - 1]; }
  [[nodiscard]] std::atomic<SlotName>& bucket(PersonKey key) const {
    return buckets_[key.high & bucket_mask_];
  }
  [[nodiscard]] SlotName find(PersonKey key) const;
  [[nodiscard]] PersonKey key_of(const Slot& slot) const;
  SlotName add(PersonKey key);
  bool write_cells(Slot& slot);
  void make_room(std::uint32_t cells, SlotName spared);
  void release(Slot& slot);
  void unlink_use(SlotName name);
  void link_newest(SlotName name);

  std::uint32_t max_shoppers_;
  std::uint64_t bucket_mask_;
  Piece<std::atomic<SlotName>> buckets_;
  ChunkedArray<Slot, 12> slots_;
  BlockArena cells_;
  std::vector<SlotName> free_;
  SlotName newest_ = 0, oldest_ = 0;
  std::uint32_t slots_end_ = 0;  ///< slots ever used
  std::uint64_t cells_used_ = 0;
  PersonKey open_key_;
  Profile open_;
  Scratch write_scratch_;
  std::atomic<std::uint64_t> reuses_{0};  ///< slots that went to another chain under readers
  std::atomic<std::uint32_t> size_{0};
  std::atomic<std::uint64_t> forgotten_{0};
};

}  // namespace souk::recommendations
