// The people: what they like, what they can spend, when they come, how long they stay.
//
// A Shopper's first part is latent (only the ground truth tells it), the second is what the shop
// can know. About 400 bytes a person. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/simulate/catalog.hpp"
#include "tools/simulate/random.hpp"
#include "tools/simulate/settings.hpp"

namespace souk::simulate {

/// The latent kinds of people. Their figures stand in population.cpp, one line each.
enum class Segment : std::uint8_t {
  loyal,
  bargain,
  occasional,
  seasonal,
  window,
  one_time,
  business
};
inline constexpr int kSegments = 7;
[[nodiscard]] std::string_view segment_name(Segment segment) noexcept;

inline constexpr int kMaxDepartments = 8;
inline constexpr std::size_t kRemembered =
    6;                                       ///< products a person still knows from earlier visits
inline constexpr std::size_t kMaxCart = 10;  ///< lines of one person's cart
inline constexpr std::size_t kMaxRefills = 6;  ///< consumables one person keeps at home

struct CartLine {
  std::uint32_t product = 0;
  std::uint16_t variant = 0;
  std::uint16_t quantity = 1;
};

/// P(a person whose consumable ran out buys it here again).
inline constexpr double kBuysRefillHere = 0.78;

/// A consumable that somebody uses up and buys again.
struct Refill {
  std::uint32_t product = 0;
  std::uint16_t variant = 0;
  float interval_days = 0.0F;  ///< this person's own median
  std::int64_t due_us = 0;
};

struct Shopper {
  // Latent.
  Segment segment = Segment::occasional;
  std::array<float, kMaxDepartments> departments{};  ///< shares of interest
  Style style{};
  std::array<std::uint16_t, 3> favourite_brands{};
  std::array<std::uint16_t, 3> favourite_leaves{};
  double visits_per_day = 0.0;
  double purchase_bias = 0.0;  ///< on the logit of buying
  double budget = 0.0;         ///< log of the price level a person likes, 0: the shop's middle
  double discount_sensitivity = 0.5;
  double clothing_size = 2.5;  ///< 0 … 5 on XS … XXL
  double shoe_size = 4.0;      ///< 0 … 10 on EU 36 … 46
  double hour_shift = 0.0;
  double weekend_preference = 1.0;
  double open_rate = 0.3;   ///< opens a mail
  double click_rate = 0.1;  ///< clicks in an opened mail
  double usage = 1.0;       ///< factor on refill intervals
  int arrive_day = 0;       ///< first visit; <= 0: known before the run
  int churn_day = 0;        ///< does not come any more from this day on

  // What the shop can know.
  bool identified = false;
  bool consent = false;  ///< to e-mail
  bool bounced = false;
  bool mobile = false;
  std::uint16_t generation = 0;  ///< how many people had this slot before (after the planned days)
  std::uint16_t orders = 0;
  std::uint32_t sessions = 0;
  std::int16_t account = -1;  ///< B2B account
  int last_session_day = -1000;
  int last_order_day = -1000;
  int last_mail_day = -1000;
  int newsletter_slot = 0;  ///< weekday on which the newsletter reaches this person
  bool in_session = false;
  std::uint32_t cart_number = 0;  ///< carts begun so far; part of the current cart's id
  std::vector<CartLine> cart;
  std::vector<Refill> refills;
  std::array<std::uint32_t, kRemembered> remembered{};
  std::uint8_t remembered_count = 0;

  void remember(std::uint32_t product) noexcept;
};

class Population {
 public:
  Population(const SimulationSettings& settings, const Catalog& catalog);

  [[nodiscard]] std::vector<Shopper>& people() noexcept { return people_; }
  [[nodiscard]] const std::vector<Shopper>& people() const noexcept { return people_; }
  [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }
  /// A new person for the slot of one who left. `day` is the day of the first visit.
  void replace(std::uint32_t index, int day);
  /// Adds a contact of a B2B account; answers the index.
  std::uint32_t add_contact(int account);

  /// "c-17": the id of a customer.
  [[nodiscard]] std::string customer_id(std::uint32_t index) const;
  /// "a-3f29…": the browser's id, before and beside the customer's.
  [[nodiscard]] std::string anonymous_id(std::uint32_t index) const;
  [[nodiscard]] std::string name(std::uint32_t index) const;

 private:
  void make(Shopper& shopper, const Catalog& catalog, bool newcomer, int day);

  std::uint64_t seed_;
  int days_;
  const Catalog& catalog_;
  Random random_;
  std::vector<Shopper> people_;
};

/// How much a person likes a product, apart from its popularity: taste, brand, quality, price,
/// reduction. About normal with deviation 1.
[[nodiscard]] double appeal(const Shopper& shopper, const Product& product) noexcept;

/// The size a person truly needs of a product, on the scale of its labels; the brand's cut
/// included. -1 when the product has no sizes of the body.
[[nodiscard]] double true_size(const Shopper& shopper, const Product& product,
                               const Catalog& catalog) noexcept;

}  // namespace souk::simulate
