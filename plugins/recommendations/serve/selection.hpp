// The products of one answer, as they are chosen: best first, eligible, none twice.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/recommendations/serve/diversity.hpp"
#include "plugins/recommendations/serve/eligibility.hpp"

namespace souk::recommendations {

/// Who proposed a product.
enum class Source : std::uint8_t {
  session_neighbours,    ///< visits that share products with this one
  history,               ///< visits that share products with this shopper's earlier ones
  co_purchase,           ///< orders
  category_trending,     ///< popular in the category
  trending,              ///< popular in the shop
  recently_viewed,       ///< by this shopper
  item_model,            ///< the trained model of who had what
  content,               ///< attributes and text
  sequences,             ///< what is bought after what, in later orders
  repurchase,            ///< due to be bought again
  category_complements,  ///< categories that are bought together
  new_arrivals,          ///< new in the catalog
  size_model,            ///< which size is kept
  segment_trending,      ///< popular with the shopper's segment
};
inline constexpr std::size_t kSources = 14;
[[nodiscard]] std::string_view name_of(Source source);

/// A product of an answer, and what speaks for it.
struct Pick {
  ItemId item = kNoItem;
  Kind kind = Kind::for_you;  ///< that it answers; set by Selection
  double score = 0;
  Source source = Source::trending;         ///< gave most of the score
  std::array<float, kSources> parts{};      ///< what each gave, as it gave it
  std::uint32_t support = 0;                ///< sessions or orders behind it
  ItemId because = kNoItem;                 ///< the product that argued most for it
  CategoryId category = kNoCategory;        ///< in which it is popular
  std::uint32_t days = 0;                   ///< between purchases (repurchase); 0: not known
  std::uint32_t variant = kNoItem;          ///< word of the variant to take (size)
  std::uint32_t because_variant = kNoItem;  ///< of `because`, that was kept (size)
  float lift = 1;                           ///< what was learned of its traits makes of the parts
  std::array<float, 5> traits{};            ///< what each Trait gave to ln(lift)
  bool stand_in = false;                    ///< a simpler source gave it; set by Selection

  /// Adds to what `from` gave.
  void add_part(Source from, double value) {
    parts[static_cast<std::size_t>(from)] += static_cast<float>(value);
  }
};

/// Re-used by one thread from question to question:
///
///   begin(); for each kind { begin_kind(); offers } finish();
///
/// Where boosts, a search or diversity decide what comes first, more products are taken than are
/// asked for, and finish() keeps the best of them.
class Selection {
 public:
  void begin(const StoreState& state, const Question& question);
  /// The question's next kind. Without `stand_ins` it is asked for its own: from begin_fallback()
  /// on nothing is taken, and full() says so.
  void begin_kind(bool stand_ins);
  /// Ranks anew where the question wants it. Scores still never rise.
  void finish();

  [[nodiscard]] bool full() const { return closed_ || picks_.size() >= room_; }
  /// Takes the product when there is room and it may be shown. Scores never rise along an answer:
  /// a simpler source's are brought below those before (begin_source).
  bool offer(const Pick& pick);
  /// Takes a variant of the product that the question is about, which anybody may ask for who may
  /// see it.
  void offer_variant(const Pick& pick);
  /// Whether the product may be shown, for a kind that chooses among all that may; it is taken with
  /// take(), since judging it again would find it judged.
  [[nodiscard]] bool may_show(ItemId item) { return eligibility_.accept(item); }
  bool take(const Pick& pick);
  /// Another source follows, whose scores have a scale of their own and begin at `highest`.
  void begin_source(Source source, double highest);

  [[nodiscard]] const std::vector<Pick>& picks() const { return picks_; }
  /// The sources that were asked, in that order.
  [[nodiscard]] const std::vector<Source>& asked() const { return asked_; }
  /// True when a source that was asked as a stand-in gave products.
  [[nodiscard]] bool fallback() const { return fallback_; }
  void begin_fallback() {
    in_fallback_ = true;
    closed_ = closed_ || !stand_ins_;
  }
  [[nodiscard]] const Eligibility& eligibility() const { return eligibility_; }

 private:
  void lift();
  void spread();
  [[nodiscard]] double lift_of(ItemId item) const;

  const StoreState* state_ = nullptr;
  const Question* question_ = nullptr;
  Eligibility eligibility_;
  std::size_t room_ = 0;  ///< how many are taken
  std::vector<Pick> picks_;
  Diversity diversity_;
  std::vector<Pick> ranked_;
  std::vector<Source> asked_;
  double scale_ = 1;
  bool stand_ins_ = true;
  bool closed_ = false;
  bool in_fallback_ = false;
  bool fallback_ = false;
};

}  // namespace souk::recommendations
