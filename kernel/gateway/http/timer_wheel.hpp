// TimerWheel: coarse time-outs for very many connections. One list per tick; moving a deadline
// later costs a store, because an entry that comes up too early is simply put back. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace souk::gateway {

class TimerWheel {
 public:
  /// A link in a list of the wheel; the owner derives from it. Unlinks itself when destroyed.
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() { unlink(); }
    [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }

   private:
    friend class TimerWheel;
    void unlink() noexcept {
      if (next_ == nullptr) return;
      previous_->next_ = next_;
      next_->previous_ = previous_;
      next_ = previous_ = nullptr;
    }
    Entry* next_ = nullptr;
    Entry* previous_ = nullptr;
    std::uint64_t deadline_ = 0;   // ticks; 0: none
    std::uint64_t slot_tick_ = 0;  // the tick whose list it is in
  };

  TimerWheel() {
    for (Entry& head : heads_)
      head.next_ = head.previous_ = &head;
  }
  ~TimerWheel() {
    for (Entry& head : heads_) {
      while (head.next_ != &head)
        head.next_->unlink();
      head.next_ = head.previous_ = nullptr;
    }
  }
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  [[nodiscard]] std::uint64_t now() const noexcept { return now_; }

  /// `entry` comes up after `ticks` more ticks, at least one. Replaces what was set before.
  void set(Entry& entry, std::uint64_t ticks) noexcept {
    entry.deadline_ = now_ + (ticks == 0 ? 1 : ticks);
    if (entry.linked() && entry.slot_tick_ <= entry.deadline_) return;
    entry.unlink();
    link(entry);
  }
  /// `entry` comes up no more.
  static void clear(Entry& entry) noexcept { entry.deadline_ = 0; }
  /// `entry` comes up no more and is in no list: from now on it may be destroyed by any thread.
  static void remove(Entry& entry) noexcept {
    entry.deadline_ = 0;
    entry.unlink();
  }

  /// One tick passes: calls `due(entry)` for every entry whose time has come. `due` may set, clear
  /// or destroy any entry.
  template <class Due>
  void advance(Due&& due) {
    ++now_;
    Entry& head = heads_[now_ % kSlots];
    Entry batch;
    if (head.next_ == &head) return;
    batch.next_ = head.next_;
    batch.previous_ = head.previous_;
    batch.next_->previous_ = batch.previous_->next_ = &batch;
    head.next_ = head.previous_ = &head;
    while (batch.next_ != &batch) {
      Entry& entry = *batch.next_;
      entry.unlink();
      if (entry.deadline_ == 0) continue;
      if (entry.deadline_ > now_) {
        link(entry);
        continue;
      }
      entry.deadline_ = 0;
      due(entry);
    }
    batch.next_ = batch.previous_ = nullptr;
  }

 private:
  static constexpr std::uint64_t kSlots = 512;

  void link(Entry& entry) noexcept {
    const std::uint64_t farthest = now_ + kSlots - 1;
    entry.slot_tick_ = entry.deadline_ < farthest ? entry.deadline_ : farthest;
    Entry& head = heads_[entry.slot_tick_ % kSlots];
    entry.next_ = &head;
    entry.previous_ = head.previous_;
    head.previous_->next_ = &entry;
    head.previous_ = &entry;
  }

  std::uint64_t now_ = 0;
  std::array<Entry, kSlots> heads_;
};

}  // namespace souk::gateway
