// What an experiment of the shop changed, for all and for whom: people who met its variants at
// random, by what was known of them before and whether they ordered in the days after.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/exposure.hpp"
#include "plugins/segmentation/model/uplift.hpp"

namespace souk::segmentation {

/// The difference of two shares with four fifths of what it may be: Agresti, Caffo, The American
/// Statistician 54 (2000): one of each outcome is added to each arm, which holds for few people
/// too.
[[nodiscard]] Change share_difference(double with, double of_with, double without,
                                      double of_without);

/// Immutable once made; any thread.
class Experiment {
 public:
  static constexpr std::size_t kMostVariants = 8;
  static constexpr std::size_t kQuantiles = 101;
  /// From so many orders in both arms together on there is something to learn.
  static constexpr double kFewestOrders = 20;
  /// Of each arm the model learns from at most so many, spread evenly; effects count everybody.
  static constexpr std::size_t kMostLearnedFrom = 20'000;

  /// A person whose window is over.
  struct Row {
    std::uint32_t arm = 0;  ///< place among the variants
    bool ordered = false;
    bool met_another = false;
    float revenue = 0;
    std::array<std::uint16_t, kUpliftColumns> before{};  ///< as Exposure keeps it
  };

  /// A way of choosing whom to treat, judged on people not learned from.
  struct Policy {
    double treated = 0;  ///< share of people
    Change ordered;      ///< share of people who would order
  };

  struct Arm {
    std::string variant;
    std::uint64_t people = 0;
    std::uint64_t ordered = 0;
    double revenue = 0;  ///< of all of them
    // Of all but the control, and where there were enough:
    bool learned = false;
    Change effect;  ///< on the share who order, against the control
    Change qini;    ///< of scores of people not learned from
    Policy nobody, everybody, gainers;
    UpliftModel model;
    std::array<float, kQuantiles> scores{};  ///< of the people, by percentile
  };

  /// `variants`: the control first. Nothing when the control or every other variant has fewer than
  /// `fewest` people or there are too few orders. Seconds for many people; any thread.
  static std::optional<Experiment> learn(std::string id, std::vector<std::string> variants,
                                         const std::vector<Row>& rows, std::uint32_t window_s,
                                         std::uint64_t fewest);

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::vector<Arm>& arms() const { return arms_; }
  [[nodiscard]] std::uint32_t window_s() const { return window_s_; }
  [[nodiscard]] std::uint64_t people() const;
  /// The learned arm of this name; of an empty one that with the largest effect. Null: none.
  [[nodiscard]] const Arm* arm(std::string_view variant) const;

  /// What the arm's variant changes of the probability of an order.
  [[nodiscard]] Change change(const Arm& arm, const UpliftValues& values) const;
  [[nodiscard]] double value(const Arm& arm, const UpliftValues& values) const;
  /// Share of the people learned from who gain less, 0 to 100.
  [[nodiscard]] static double percentile(const Arm& arm, double value);
  /// By what those who gain differ, strongest first, in words.
  [[nodiscard]] static std::vector<std::string> reasons(const Arm& arm, std::size_t most);
  /// What is uncertain, in words; empty: nothing.
  [[nodiscard]] std::string note() const;

  [[nodiscard]] std::string bytes() const;
  bool read(std::string_view bytes);

 private:
  [[nodiscard]] Eigen::RowVectorXd row_of(const UpliftValues& values) const;
  void learn_scales(const std::vector<Row>& rows);
  void learn_arm(std::uint32_t place, const std::vector<Row>& rows);

  std::string id_;
  std::uint32_t window_s_ = 0;
  double met_several_ = 0;  ///< share of people who met more than one variant
  UpliftValues middle_{};
  UpliftValues deviation_{};
  std::vector<Arm> arms_;
};

}  // namespace souk::segmentation
