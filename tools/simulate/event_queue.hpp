// What is due when: the clock of the simulation. Equal times leave in the order they came, so a run
// is reproducible. Memory: 32 bytes an entry; entries are bounded by people, variants and open
// orders.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace souk::simulate {

enum class Due : std::uint8_t {
  new_day,
  visit,           ///< a = shopper, b = visit_code()
  step,            ///< a = session
  refill,          ///< a = shopper, b = product
  stock_arrival,   ///< a = product, b = variant
  ship_order,      ///< a = open order
  deliver_order,   ///< a = open order
  cancel_order,    ///< a = open order
  request_return,  ///< a = open order, b = line
  take_return,     ///< a = open order, b = line
  review,          ///< a = open order, b = line
  send_message,    ///< a = shopper, b = Flow
  message_step,    ///< a = message, b = MessageStep
  account_order,   ///< a = account
  subscription,    ///< a = subscription
};

struct Happening {
  std::int64_t time_us = 0;
  std::uint64_t order = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  Due due = Due::new_day;
};

class EventQueue {
 public:
  void push(std::int64_t time_us, Due due, std::uint32_t a = 0, std::uint32_t b = 0) {
    heap_.push_back({time_us, next_order_++, a, b, due});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  /// Requires !empty().
  [[nodiscard]] std::int64_t next_time() const noexcept { return heap_.front().time_us; }
  [[nodiscard]] Happening pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Happening entry = heap_.back();
    heap_.pop_back();
    return entry;
  }

 private:
  static bool later(const Happening& x, const Happening& y) noexcept {
    return x.time_us != y.time_us ? x.time_us > y.time_us : x.order > y.order;
  }

  std::vector<Happening> heap_;
  std::uint64_t next_order_ = 0;
};

}  // namespace souk::simulate
