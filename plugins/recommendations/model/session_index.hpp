// Which sessions hold which items, kept up to date click by click while others read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>

#include "plugins/recommendations/model/block_arena.hpp"
#include "plugins/recommendations/model/chunked_array.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

/// A session: its place in the order in which sessions began (0, 1, 2, …).
using SessionOrdinal = std::uint32_t;
inline constexpr SessionOrdinal kNoSession = 0xffffffffu;

/// What bounds the index. Memory is at most about
/// max_sessions · (25 + 8 · session_items) + max_items · (8 + 8 · sessions_per_item) bytes, and in
/// practice follows the clicks kept: 8 bytes each and 25 a session.
struct SessionIndexLimits {
  std::uint32_t max_items = 2'000'000;     ///< items ever seen, 1 … 2^28
  std::uint32_t max_sessions = 1'000'000;  ///< newest sessions kept, 1 … 2^27
  std::uint32_t session_items = 30;        ///< newest clicks kept of a session, 2 … 64
  std::uint32_t sessions_per_item = 256;  ///< newest sessions kept of an item, 2 … 4,096; rounded
                                          ///< up to a power of two
  std::uint32_t clicks_per_session = 500;  ///< later clicks are dropped: a robot's, 2 … 60,000
  std::int64_t session_gap_us =
      0;  ///< a longer pause, in whole seconds, begins a new session of the same key; 0: never
};

/// What was left out, and why. All counts are since the first event.
struct SessionIndexDrops {
  std::uint64_t clicks_of_unknown_items = 0;  ///< the item's number is not below max_items
  std::uint64_t clicks_beyond_session = 0;    ///< more than clicks_per_session
  std::uint64_t clicks_without_memory = 0;    ///< an arena was full, or 2^32 sessions were seen
  std::uint64_t sessions_retired = 0;         ///< older than the newest max_sessions
  std::uint64_t postings_retired = 0;         ///< older than an item's newest sessions_per_item
};

/// The inverted index of VMIS-kNN [1], built online: item → its newest sessions, session → its
/// newest clicks, both rings of 32-bit cells in blocks that grow.
///
/// Threads: one writer observes; any thread reads, without a lock and without making the writer
/// wait. Each read is of one list, as it was at some moment during the call; a click is in every
/// read that begins after observe() returned.
///
/// [1] Kersbergen, Sprangers, Schelter: "Serenade — Low-Latency Session-Based Recommendation in
///     e-Commerce at Scale", SIGMOD 2022.
class SessionIndex {
 public:
  static constexpr std::uint32_t kLongestSession = 64;
  static constexpr std::uint32_t kLongestPosting = 4096;

  /// Limits outside their range are brought into it.
  explicit SessionIndex(const SessionIndexLimits& limits);
  SessionIndex(const SessionIndex&) = delete;
  SessionIndex& operator=(const SessionIndex&) = delete;

  /// Adds a click. Returns its session, or kNoSession when it was dropped. Writer only.
  /// Before the click is added, `before` (may be null; kLongestSession cells) receives the clicks
  /// the session holds, oldest first, and `*before_size` how many these are.
  SessionOrdinal observe(std::string_view session_key, ItemId item, std::int64_t time_us,
                         ItemId* before = nullptr, std::uint32_t* before_size = nullptr);
  /// Empties every session of this key: its clicks appear in no read after. Writer only.
  void forget(std::string_view session_key);

  /// The newest session of a key, or kNoSession. Any thread.
  [[nodiscard]] SessionOrdinal find(std::string_view session_key) const;
  /// The clicks a session holds, oldest first, into `out` (kLongestSession cells); their number, 0
  /// when it has been retired or forgotten. Any thread.
  std::uint32_t items_of(SessionOrdinal session, ItemId* out) const;
  /// The newest sessions that hold `item`, newest first, at most `most`, into `out`; their number.
  /// A session may appear twice (while the ring turns) and may have been retired. Any thread.
  std::uint32_t sessions_of(ItemId item, std::uint32_t most, SessionOrdinal* out) const;
  /// How many sessions have held the item since the first event. Any thread.
  [[nodiscard]] std::uint32_t session_count(ItemId item) const;
  /// How many sessions there have been: the ordinal of the next. Any thread.
  [[nodiscard]] std::uint32_t sessions_seen() const {
    return next_.load(std::memory_order_acquire);
  }

  /// Hints that session_count(item) comes soon.
  void prefetch_count(ItemId item) const {
    if (const auto* word = postings_.find(item)) __builtin_prefetch(word);
  }
  /// Hints that items_of(session) comes soon: first its header, then its cells.
  void prefetch_header(SessionOrdinal session) const {
    if (const Slot* slot = slots_.find(slot_of(session))) __builtin_prefetch(slot);
  }
  void prefetch_items(SessionOrdinal session) const;

  [[nodiscard]] const SessionIndexLimits& limits() const { return limits_; }
  [[nodiscard]] SessionIndexDrops drops() const;   ///< any thread
  [[nodiscard]] std::size_t memory_bytes() const;  ///< writer only

  void save(class SnapshotWriter& out) const;  ///< writer only
  void load(class SnapshotReader& in);         ///< into an empty index; faults go to `in`

 private:
  /// 64 bits of XXH3: a key's text is never kept. Among 10 million sessions the chance that any two
  /// meet is 3 in a million, and what follows is one session too few.
  using Key = std::uint64_t;
  struct Slot {                            ///< one of max_sessions, rounded up; re-used in a ring
    std::atomic<std::uint64_t> header{0};  ///< see Header
    std::atomic<Key> key{0};
    std::atomic<std::uint32_t> older{0};  ///< next in the key's bucket: ordinal + 1, or 0
    std::uint32_t last_s = 0;             ///< of its newest click; writer only
  };
  /// A list's state in one word, so that a reader sees it whole.
  struct Header {
    std::uint32_t offset;      ///< of its block
    std::uint32_t size_class;  ///< of its block
    std::uint32_t count;       ///< entries ever appended
    std::uint32_t generation;  ///< of its slot (sessions only)
  };
  static std::uint64_t pack_session(const Header& h);
  static Header unpack_session(std::uint64_t word);
  static std::uint64_t pack_posting(const Header& h);
  static Header unpack_posting(std::uint64_t word);
  static Key key_of(std::string_view session_key);

  [[nodiscard]] std::uint32_t slot_of(SessionOrdinal s) const { return s & slot_mask_; }
  [[nodiscard]] std::uint32_t generation_of(SessionOrdinal s) const;
  [[nodiscard]] SessionOrdinal find_key(Key key) const;
  SessionOrdinal begin_session(Key key);
  void link(SessionOrdinal session, Key key);
  void retire(SessionOrdinal session);
  void clear_items(Slot& slot);
  bool append_item(Slot& slot, Header h, ItemId item);
  bool append_posting(ItemId item, SessionOrdinal session);
  static void count_drop(std::atomic<std::uint64_t>& counter);
  void load_postings(class SnapshotReader& in);
  void turn_posting(ItemId item, std::uint32_t ever);
  void load_sessions(class SnapshotReader& in);
  bool load_clicks(Slot& slot, std::span<const ItemId> kept, std::uint32_t clicks);

  SessionIndexLimits limits_;
  std::uint32_t slot_mask_;
  unsigned slot_bits_;
  std::uint32_t bucket_mask_;
  std::uint32_t posting_capacity_;  ///< sessions_per_item, a power of two
  unsigned session_class_;          ///< of a block for session_items
  ChunkedArray<Slot, 12> slots_;
  ChunkedArray<std::atomic<std::uint64_t>, 12> postings_;  ///< header of each item's list
  Piece<std::atomic<std::uint32_t>> buckets_;              ///< newest session of each chain, + 1
  FineBlockArena session_cells_;
  FineBlockArena posting_cells_;
  std::atomic<std::uint32_t> next_{0};
  std::uint32_t items_end_ = 0;  ///< one past the largest item seen; writer only
  std::atomic<std::uint64_t> dropped_unknown_{0}, dropped_beyond_{0}, dropped_memory_{0},
      retired_sessions_{0}, retired_postings_{0};
};

}  // namespace souk::recommendations
