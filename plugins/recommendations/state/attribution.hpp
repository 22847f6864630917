// From what shoppers were shown to what they bought: which placement and kind an order is due to.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plugins/recommendations/state/attribution_report.hpp"
#include "plugins/recommendations/state/attribution_token.hpp"
#include "plugins/recommendations/state/touches.hpp"

namespace souk::recommendations {

/// The rules, which are those of a careful merchant:
///
///   shown     each product of an exposure (recommendations shown, or a list, with a token)
///   clicked   with a token of ours that has the product; or without one, a product that this
///             shopper was shown in the last half hour. A click and the page it leads to are one
///   added     with such a token, or a product clicked within the window
///   bought    a line of an order whose product this shopper clicked within the window; or which
///             the order's own token has, when it was given out within the window
///
/// Nothing is credited for having been shown alone. The last click counts, a line is credited once
/// and a click pays for one line. What is cancelled, refunded or returned is taken back from the
/// day on which it was ordered.
///
/// Writer only, but for report(), whose readers are any threads.
class Attribution {
 public:
  struct Limits {
    std::uint32_t max_touches = 500'000;
    std::uint32_t max_orders = 100'000;
  };
  /// Who did something and when; an empty person is nobody to whom it may be attached.
  struct Who {
    PersonKey person;
    PersonKey visitor;  ///< the visit, when the person is known besides: clicks before signing in
    std::uint32_t now_s = 0;
  };
  struct Line {
    ItemId item = kNoItem;
    std::string_view product_id;
    std::int64_t revenue = 0;  ///< minor units
    double quantity = 1;       ///< selling units
  };

  explicit Attribution(const Limits& limits);
  void set_window(std::uint32_t seconds) { window_s_ = seconds; }

  /// The token of an event; others' are passed over, faulty ones of ours counted.
  [[nodiscard]] bool read(std::string_view text, AttributionToken& token);

  void shown(const Who& who, AttributionReport::Cell cell, ItemId item);
  /// `token` may be nullptr.
  void clicked(const Who& who, const AttributionToken* token, ItemId item,
               std::string_view product_id);
  void added(const Who& who, const AttributionToken* token, ItemId item,
             std::string_view product_id);
  /// Credits the lines of an order that is seen for the first time.
  void ordered(const Who& who, const AttributionToken* token, std::string_view order_id,
               std::string_view currency, std::span<const Line> lines);
  /// So many units of one product's line go back; all of them for 0.
  void take_back(std::string_view order_id, ItemId item, double quantity);
  /// Every line goes back.
  void take_back_all(std::string_view order_id);
  /// An amount goes back of which it is not known for which line: taken from one after the other.
  void take_back_amount(std::string_view order_id, std::int64_t amount);
  /// Of an order that changed: lines that are not in `items` any more go back.
  void keep_only(std::string_view order_id, std::span<const ItemId> items);

  /// What one id touched is the other's from now on, for these products.
  void move(PersonKey from, PersonKey into, ItemId item);
  void forget(PersonKey person) { touches_.forget(person); }

  [[nodiscard]] AttributionReport::Cell cell(std::string_view placement, std::uint8_t kind) {
    return report_.cell(placement, kind);
  }
  [[nodiscard]] const AttributionReport& report() const { return report_; }
  [[nodiscard]] std::uint64_t faulty_tokens() const {
    return faulty_tokens_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t memory_bytes() const {
    return touches_.memory_bytes() + report_.memory_bytes() +
           orders_.size() * (sizeof(std::uint64_t) * 4 + sizeof(std::vector<Credit>) +
                             2 * sizeof(Credit));  // one or two lines each
  }

  /// Touches and the report, then section "SKAT" v1: faulty tokens u64, orders u32, oldest first:
  /// id u64, credits u32; for each its product, cell, currency, day,
  /// counted, quantity u32, revenue, left i64.
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  static constexpr std::uint32_t kMostLines = 1000;
  struct Credit {
    ItemId item = kNoItem;
    AttributionReport::Key row;
    std::int64_t revenue = 0;  ///< as ordered
    std::int64_t left = 0;     ///< not taken back yet
    float quantity = 1;        ///< units that the revenue is for
    bool counted = true;       ///< as bought
  };

  [[nodiscard]] AttributionReport::Cell cell_of(const AttributionToken& token,
                                                std::string_view product_id);
  /// The click on a product that still pays for something, or nullptr.
  [[nodiscard]] Touch* paying_click(const Who& who, ItemId item);
  [[nodiscard]] AttributionReport::Cell due_to(const Who& who, const AttributionToken* token,
                                               const Line& line);
  void add(AttributionReport::Cell cell, std::uint32_t now_s, const AttributionFigures& more);
  [[nodiscard]] std::vector<Credit>* credits_of(std::string_view order_id);
  void give_back(Credit& credit, std::int64_t amount);

  Touches touches_;
  AttributionReport report_;
  std::uint32_t max_orders_;
  std::uint32_t window_s_ = 7 * 86'400;
  std::unordered_map<std::uint64_t, std::vector<Credit>> orders_;
  std::deque<std::uint64_t> oldest_first_;
  std::atomic<std::uint64_t> faulty_tokens_{0};
};

}  // namespace souk::recommendations
