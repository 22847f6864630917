#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "plugins/segmentation/state/people.hpp"
#include "plugins/segmentation/state/value_models.hpp"

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

/// Groups among everybody who has ordered by `now_s`. Nothing when `go_on` ended it.
[[nodiscard]] std::optional<DiscoveredGroups> discover_in(const PeopleView& people,
                                                          std::uint32_t now_s,
                                                          const DiscoveredGroups::Options& options,
                                                          const DiscoveredGroups* before,
                                                          const std::function<bool(double)>& go_on);

}  // namespace souk::segmentation
