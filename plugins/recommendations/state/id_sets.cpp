#include "plugins/recommendations/state/id_sets.hpp"

#include <algorithm>

namespace souk::recommendations {

SetId IdSets::intern(std::span<const std::uint32_t> values, bool* complete) {
  SetId next = kEmptySet;
  if (complete != nullptr) *complete = true;
  std::array<std::uint32_t, kMembersInEntry + 1> cells;
  // From the end, so that each entry can name the one that goes on.
  while (!values.empty()) {
    const std::size_t rest = (values.size() - 1) % kMembersInEntry + 1;
    const auto part = values.last(rest);
    cells[0] = next;
    std::copy(part.begin(), part.end(), cells.begin() + 1);
    const SetId set = sets_.intern(
        {reinterpret_cast<const char*>(cells.data()), (part.size() + 1) * sizeof(std::uint32_t)});
    if (set == kNoItem) {
      if (complete != nullptr) *complete = false;
      return next;
    }
    next = set;
    values = values.first(values.size() - rest);
  }
  return next;
}

Status IdSets::load(ByteSource& source) {
  Status status = sets_.load(source);
  for (SetId set = 0; status.ok() && set < sets_.size(); ++set) {
    const std::string_view cells = sets_.name(set);
    const bool whole = cells.size() >= 2 * sizeof(std::uint32_t) && cells.size() % 4 == 0;
    // A link points to an entry that was made before, so no chain is endless.
    if (!whole || (cell(cells, 0) != kEmptySet && cell(cells, 0) >= set)) {
      status = Status(Code::data_loss, "a set of the snapshot is malformed");
    }
  }
  return status;
}

}  // namespace souk::recommendations
