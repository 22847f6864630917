// Who of a shop's customers leaves: what churn is learned from, at a moment in the past of which it
// is known what came after, and what it says now.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/churn.hpp"
#include "plugins/segmentation/model/subject.hpp"

namespace souk::segmentation {

/// Buyers leave by not ordering, which nobody tells; subscribers by cancelling.
enum class ChurnKind : std::uint8_t { buyer, subscriber };

inline constexpr std::size_t kChurnColumns = 7;
using ChurnValues = std::array<double, kChurnColumns>;  ///< NaN where nothing can be said

struct ChurnColumn {
  std::string_view high;  ///< "has not ordered for long"
  std::string_view low;
};
[[nodiscard]] const std::array<ChurnColumn, kChurnColumns>& churn_columns(ChurnKind kind);

/// What of a subject could be known at `at_s`, now or earlier: deeds after it are taken back.
/// Nothing when the subject was none of this kind then, or when its deeds don't reach back so far.
[[nodiscard]] std::optional<ChurnValues> churn_values(ChurnKind kind, const Subject& subject,
                                                      std::uint32_t at_s);
/// The sums of purchases as they were at `at_s`; nothing as above.
[[nodiscard]] std::optional<Facts> facts_at(const Subject& subject, std::uint32_t at_s);
/// Whether somebody ordered, or cancelled a subscription, after `from_s` and up to `until_s`.
[[nodiscard]] bool stayed_or_left(Deed deed, const Subject& subject, std::uint32_t from_s,
                                  std::uint32_t until_s);

/// Immutable once made; any thread.
class ShopChurn {
 public:
  /// Of those who left and of those who stayed, each.
  static constexpr std::uint64_t kFewest = 40;

  struct Example {
    ChurnValues values{};
    double offset = 0;  ///< log-odds that another model gives; 0: none
    bool left = false;
  };
  /// Learned from people of one window and calibrated on those of the `later` one, where both have
  /// enough; else learned from the later ones and calibrated on those left out. Nothing when there
  /// are too few of either kind, or when it foretells people it has not seen no better than the
  /// offset does.
  static std::optional<ShopChurn> learn(ChurnKind kind, const std::vector<Example>& earlier,
                                        const std::vector<Example>& later);

  [[nodiscard]] ChurnModel::Risk risk(const ChurnValues& values, double offset) const;
  /// The strongest reasons in words, those for leaving first.
  [[nodiscard]] std::vector<std::string> reasons(const ChurnValues& values, std::size_t most) const;
  [[nodiscard]] const ChurnModel& model() const { return model_; }
  [[nodiscard]] ChurnKind kind() const { return kind_; }

  [[nodiscard]] std::string bytes() const;
  bool read(std::string_view bytes);

 private:
  struct Table;
  [[nodiscard]] Eigen::RowVectorXd row_of(const ChurnValues& values) const;
  [[nodiscard]] Table table_of(const std::vector<Example>& examples) const;

  ChurnKind kind_ = ChurnKind::buyer;
  ChurnValues middle_{};
  ChurnValues deviation_{};
  ChurnModel model_;
};

}  // namespace souk::segmentation
