// E-mail: who gets what and when, who opens, who comes because of it. Consent is asked before each
// sending. One planned message in ten is held back at random, and the ground truth names the causal
// effect of every one. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/simulate/journeys.hpp"
#include "tools/simulate/shop.hpp"

namespace souk::simulate {

enum class Flow : std::uint8_t { newsletter, abandoned_cart, welcome, win_back };
[[nodiscard]] std::string_view flow_name(Flow flow) noexcept;

/// Mean visits of a person on the shop's current day, without messages.
[[nodiscard]] double visit_rate(const Shop& shop, const Shopper& shopper) noexcept;

class Messages final : public AbandonedCarts {
 public:
  explicit Messages(Shop& shop) : shop_(shop) {}

  /// Plans the day's newsletters and win-backs.
  void plan_day();
  void send(std::uint32_t shopper, Flow flow, std::int64_t now);
  void step(std::uint32_t message, std::uint32_t what, std::int64_t now);

  void cart_left(std::uint32_t shopper, std::int64_t now) override;
  void signed_up(std::uint32_t shopper, std::int64_t now) override;

 private:
  enum Step : std::uint32_t {
    delivered,
    bounced,
    opened,
    opened_by_machine,
    clicked,
    spam,
    unsubscribed
  };

  struct Message {
    std::uint64_t number = 0;
    std::uint32_t shopper = 0;
    Flow flow = Flow::newsletter;
    int follow_ups = 0;
    std::vector<std::uint32_t> products;
  };

  /// P(a visit within 24 hours) without a message: habit, and what runs out at home.
  [[nodiscard]] double visit_without(const Shopper& shopper, std::int64_t now) const;
  [[nodiscard]] bool may_write_to(const Shopper& shopper, Flow flow) const;
  void choose_products(const Shopper& shopper, Flow flow, std::vector<std::uint32_t>& products);
  void plan_reactions(std::uint32_t message, std::int64_t now);
  void follow(std::uint32_t message, Step what, std::int64_t time_us);

  Shop& shop_;
  std::uint64_t next_number_ = 1;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_;
};

}  // namespace souk::simulate
