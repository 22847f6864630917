// One product a group, or a few: variants that are products of their own stand for one another.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "plugins/search/model/sorting.hpp"

namespace souk::search {

/// How often each group came. Kept and reset by the caller. Not for two threads at once.
class GroupTally {
 public:
  /// Forgets all and makes room for `expected` groups.
  void reset(std::size_t expected = 64);
  /// One more of the group; how many that makes. 0 is no group: always the first.
  std::uint32_t add(std::uint64_t key);
  [[nodiscard]] std::uint32_t count(std::uint64_t key) const noexcept;
  [[nodiscard]] std::size_t groups() const noexcept { return used_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t count = 0;
  };
  [[nodiscard]] std::size_t place(std::uint64_t key) const noexcept;
  void grow();

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

/// Tallies every document found; returns how many hits there are when each group shows at most
/// `per_group`, and leaves the groups' sizes in `tally`.
[[nodiscard]] std::uint64_t tally_groups(std::span<const FoundIn> segments, std::uint32_t per_group,
                                         GroupTally& tally);

/// Of documents in order keeps those that are among the first `per_group` of their group.
void keep_distinct(std::span<const FoundIn> segments, std::uint32_t per_group, GroupTally& tally,
                   std::vector<DocRef>& ranked);

/// As sort_found(), of each group the first `per_group` only.
void sort_distinct(const SortRequest& request, std::span<const FoundIn> segments,
                   std::uint32_t per_group, std::uint64_t offset, std::uint32_t limit,
                   GroupTally& tally, std::vector<DocRef>& out);

}  // namespace souk::search
