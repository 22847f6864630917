// What must not be shown, decided at the moment of the answer from live state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/recommendations/model/sparse_table.hpp"
#include "plugins/recommendations/serve/question.hpp"

namespace souk::recommendations {

/// Why a product is not in an answer; `shown` when nothing speaks against it.
enum class Verdict : std::uint8_t {
  shown,
  not_in_catalog,     ///< clicked, and not among the catalog's products
  deleted,            ///< was in the catalog
  hidden,             ///< the catalog hides it
  out_of_stock,       ///< can't be bought now
  other_account,      ///< not for the account that asks
  excluded,           ///< named by the request or the settings
  excluded_category,  ///< by the settings
  other_category,     ///< not in the category that was asked for
  viewed_now,         ///< the page is about it
  seen,               ///< in this visit
  in_cart,
  just_bought,
  shown_on_page,  ///< in another placement
  filtered_out,   ///< the filter of the request or the placement does not hold
  other_price,    ///< outside the price range, or without a price
  sensitive,      ///< not on pages about something else
  same_brand,     ///< enough of its brand are shown
  returned,       ///< by this shopper, and not bought again since
};
inline constexpr std::size_t kVerdicts = 19;
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// Whether an account may see a product; kNoItem for nobody's or an unknown account.
[[nodiscard]] bool is_for_account(const Catalog& catalog, const Catalog::Facts& facts,
                                  std::uint32_t account);

/// Judges products for one question, each once: a product that was judged before is not accepted
/// again, unless another kind is asked now and it was the kind that spoke against it. Re-used by
/// one thread from question to question.
class Eligibility {
 public:
  /// For a new question; both must outlive the judging.
  void begin(const StoreState& state, const Question& question);

  /// True when the product may be shown and was not offered before.
  [[nodiscard]] bool accept(ItemId item);
  /// Counts a product that was accepted and is not shown after all.
  void leave_out(Verdict verdict) { ++left_out_[static_cast<std::size_t>(verdict)]; }
  /// How many products were left out, by Verdict.
  [[nodiscard]] const std::array<std::uint32_t, kVerdicts>& left_out() const { return left_out_; }
  [[nodiscard]] std::size_t left_out_in_all() const;

 private:
  [[nodiscard]] Verdict judge(ItemId item) const;
  [[nodiscard]] Verdict judge_product(ItemId item) const;
  [[nodiscard]] Verdict judge_category(ItemId item) const;
  [[nodiscard]] Verdict judge_wish(ItemId item) const;
  [[nodiscard]] Verdict judge_person(ItemId item) const;
  [[nodiscard]] bool just_bought(ItemId item) const;

  const StoreState* state_ = nullptr;
  const Question* question_ = nullptr;
  bool hide_unknown_ = false;
  SparseTable<std::uint8_t> judged_;
  std::array<std::uint32_t, kVerdicts> left_out_{};
};

}  // namespace souk::recommendations
