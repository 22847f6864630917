// Who is due when: one queue for everybody in a flow, of which the host knows only the earliest
// moment. Entries are never taken out of the middle: one whose stay has ended or moved on is passed
// over when its turn comes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace souk::email {

/// Sixteen bytes a stay. Ordered by moment, then the more important flow, then the person, so that
/// the order does not depend on how the queue came about.
struct AgendaEntry {
  std::uint32_t due_s;
  std::uint32_t person;
  std::uint16_t serial;     ///< of the stay; kDateSerial: a date of the person
  std::uint8_t importance;  ///< 255 less the flow's priority
};

/// No stay has it.
inline constexpr std::uint16_t kDateSerial = 0;

[[nodiscard]] inline bool later(const AgendaEntry& a, const AgendaEntry& b) noexcept {
  if (a.due_s != b.due_s) return a.due_s > b.due_s;
  if (a.importance != b.importance) return a.importance > b.importance;
  if (a.person != b.person) return a.person > b.person;
  return a.serial > b.serial;
}

/// Not thread-safe. Never in a snapshot: it is made again from the stays.
class Agenda {
 public:
  void clear() { entries_.clear(); }
  void add(AgendaEntry entry) {
    entries_.push_back(entry);
    std::push_heap(entries_.begin(), entries_.end(), later);
  }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] const AgendaEntry& first() const noexcept { return entries_.front(); }
  AgendaEntry take() {
    std::pop_heap(entries_.begin(), entries_.end(), later);
    const AgendaEntry entry = entries_.back();
    entries_.pop_back();
    return entry;
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Drops the entries that `stale` says; worth it when most are.
  template <class Stale>
  void sweep(Stale&& stale) {
    std::erase_if(entries_, stale);
    std::make_heap(entries_.begin(), entries_.end(), later);
  }

 private:
  std::vector<AgendaEntry> entries_;
};

}  // namespace souk::email
