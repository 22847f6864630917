// Segments that nobody defined: customers who behave alike, with ids that stay and words for what
// sets them apart.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/model/behaviour.hpp"

namespace souk::segmentation {

/// In what a group differs from everybody.
struct GroupDifference {
  std::size_t behaviour = 0;
  double deviations = 0;  ///< of everybody's standard deviations; negative: less
};

/// Immutable once made; any thread. All numbers are of values as behaviour_of() gives them.
class DiscoveredGroups {
 public:
  struct Group {
    std::uint32_t id = 0;    ///< of "discovered-3"; never used again for another group
    std::uint32_t size = 0;  ///< of those it was learned from
    double weight = 0;
    BehaviourValues mean{};  ///< scaled
    BehaviourValues variance{};
    BehaviourValues typical{};  ///< mean of known values, NaN where none is known
  };
  struct Options {
    unsigned fewest = 2;  ///< the same as `most`: that many, whatever the data say
    unsigned most = 12;
    std::uint64_t seed = 20'110'906;
  };
  /// More customers than this are sampled evenly.
  static constexpr std::size_t kMostLearnedFrom = 20'000;

  /// No groups when the data hold none. `before`: groups of the last training, whose ids go on
  /// where most of the members do; null for none.
  static DiscoveredGroups learn(const std::vector<BehaviourValues>& customers,
                                const Options& options, const DiscoveredGroups* before);

  /// The id of somebody's group, 0 when there are none.
  [[nodiscard]] std::uint32_t group_of(const BehaviourValues& values) const;

  [[nodiscard]] const std::vector<Group>& groups() const { return groups_; }
  /// Strongest first; weaker ones than a third of a deviation are left out.
  [[nodiscard]] std::vector<GroupDifference> differences(const Group& group,
                                                         std::size_t most = 4) const;
  /// "Orders often, buys at full price".
  [[nodiscard]] std::string name_of(const Group& group) const;
  /// The same with figures.
  [[nodiscard]] std::string describe(const Group& group) const;
  [[nodiscard]] const BehaviourValues& everybody() const { return scale_.typical; }
  [[nodiscard]] std::uint64_t customers() const { return customers_; }
  [[nodiscard]] double silhouette() const { return silhouette_; }

  /// For events and snapshots, in host byte order. False, and nothing changed, for other bytes.
  [[nodiscard]] std::string bytes() const;
  bool read(std::string_view bytes);

 private:
  struct Scale {
    BehaviourValues middle{};
    BehaviourValues deviation{};  ///< 0: all alike, not looked at
    BehaviourValues typical{};
    BehaviourValues spread{};  ///< standard deviation of known values
  };

  void learn_scale(const std::vector<BehaviourValues>& customers);
  [[nodiscard]] double scaled(const BehaviourValues& values, std::size_t behaviour) const;
  void keep_ids(const std::vector<BehaviourValues>& customers, const DiscoveredGroups* before);

  Scale scale_;
  std::vector<Group> groups_;
  std::uint64_t customers_ = 0;
  double silhouette_ = 0;
  std::uint32_t next_id_ = 1;
};

/// 3 for "discovered-3"; nothing for other texts.
[[nodiscard]] std::optional<std::uint32_t> discovered_id(std::string_view text);
[[nodiscard]] std::string discovered_name(std::uint32_t id);

}  // namespace souk::segmentation
