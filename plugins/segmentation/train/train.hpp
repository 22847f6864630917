#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "plugins/segmentation/state/experiments.hpp"
#include "plugins/segmentation/state/names.hpp"
#include "plugins/segmentation/state/people.hpp"
#include "plugins/segmentation/state/value_models.hpp"
#include "souk/segmentation/v1/settings.souk.hpp"

namespace souk::segmentation {

/// Models of everybody's purchases as they are at `now_s`; not trained() when nobody has bought.
/// `go_on` is told how far it is, 0 to 1, and ends it by false: nothing then. Any thread.
[[nodiscard]] std::optional<ValueModels> fit_on(const PeopleView& people, std::uint32_t now_s,
                                                const ValueModels::Options& options,
                                                const std::function<bool(double)>& go_on);

/// The event's name for discovered groups.
inline constexpr std::string_view kDiscoveredModel = "discovered";
void write_discovered(const DiscoveredGroups& groups, souk::v1::ModelTrained& event);

inline constexpr std::string_view kChurnModel = "churn";
void write_churn(const ShopChurn& churn, souk::v1::ModelTrained& event);

/// Models of who left between one horizon ago and `now_s`, those of which there is enough to learn
/// from; an unfinished list when `go_on` ended it. At most some fifty thousand of each are looked
/// at.
[[nodiscard]] std::vector<ShopChurn> learn_churn_in(const PeopleView& people, std::uint32_t now_s,
                                                    const ValueModels& models,
                                                    std::uint32_t horizon_s,
                                                    const std::function<bool(double)>& go_on);

inline constexpr std::uint32_t kDefaultExperimentWindowS = 14 * 86'400;
inline constexpr std::uint64_t kDefaultExperimentPeople = 200;
inline constexpr std::string_view kUpliftModel = "uplift";
void write_experiment(const Experiment& experiment, souk::v1::ModelTrained& event);

/// The variants of an experiment by name, the control first, or else the first by name.
[[nodiscard]] std::vector<std::string> variants_of(const MetExperiment& met, const Names& names,
                                                   const v1::Experiments& settings);

struct ExperimentTask {
  std::uint32_t now_s = 0;
  std::uint32_t window_s = 0;
  std::uint64_t fewest = 0;             ///< people of an arm
  const v1::Experiments& settings;      ///< names of controls
  const ValueModels::Learned& learned;  ///< what was learned before
};
/// What experiments changed, those of which there is enough to learn from and more than when they
/// were learned; an unfinished list when `go_on` ended it.
[[nodiscard]] std::vector<Experiment> learn_experiments_in(
    const PeopleView& people, const std::vector<MetExperiment>& met, const Names& names,
    const ExperimentTask& task, const std::function<bool(double)>& go_on);

/// Groups among everybody who has ordered by `now_s`. Nothing when `go_on` ended it.
[[nodiscard]] std::optional<DiscoveredGroups> discover_in(const PeopleView& people,
                                                          std::uint32_t now_s,
                                                          const DiscoveredGroups::Options& options,
                                                          const DiscoveredGroups* before,
                                                          const std::function<bool(double)>& go_on);

}  // namespace souk::segmentation
