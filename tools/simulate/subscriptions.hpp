// People who have a consumable sent to them regularly: renewals, skips, pauses, failed payments and
// the end. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/simulate/orders.hpp"
#include "tools/simulate/shop.hpp"

namespace souk::simulate {

struct Subscription {
  std::uint32_t number = 0;
  std::uint32_t shopper = 0;
  std::string customer_id;
  Line line;
  int interval_days = 28;
  int renewals = 0;
  int attempt = 0;  ///< failed payments in a row
  bool active = true;
  bool paused = false;
  double cancel_hazard = 0.05;  ///< latent: P(cancels) at each renewal
  double usage_days = 28.0;     ///< latent: how long a delivery really lasts
};

class Subscriptions final : public SubscriptionOffer {
 public:
  Subscriptions(Shop& shop, Orders& orders) : shop_(shop), orders_(orders) {}

  /// Those that exist before the run.
  void open(std::int64_t now);
  bool subscribe(std::uint32_t shopper, const Line& line, std::string_view order_id,
                 std::int64_t now) override;
  void due(std::uint32_t subscription, std::int64_t now);

  [[nodiscard]] const std::vector<Subscription>& all() const noexcept { return all_; }

 private:
  void begin(std::uint32_t shopper, const Line& line, std::string_view order_id, std::int64_t now,
             std::int64_t first_charge);
  void write(const Subscription& subscription, EventKind kind, std::int64_t now, std::int64_t next,
             std::string_view reason, std::string_view order_id);
  /// What happens instead of a renewal; false when nothing does.
  bool interrupted(Subscription& subscription, std::uint32_t index, std::int64_t now);
  void renew(Subscription& subscription, std::uint32_t index, std::int64_t now);

  Shop& shop_;
  Orders& orders_;
  std::vector<Subscription> all_;
};

}  // namespace souk::simulate
