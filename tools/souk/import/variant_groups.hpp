// VariantGroups: lines that are whole products in a file and variants of one product in truth, put
// together by the id that they share (Google's item_group_id). Held until the file is read, because
// lines of a group may stand anywhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tools/souk/import/event_sink.hpp"

namespace souk::cli {

/// Product::variants takes no more.
inline constexpr int kMaxVariants = 2'048;

/// Not thread-safe.
class VariantGroups {
 public:
  /// Takes a line. False, with the reason, when the group has the id already or is full.
  bool add(std::string_view group, souk::v1::Product&& row, std::uint64_t line,
           std::string& reason);
  [[nodiscard]] std::uint64_t size() const noexcept { return groups_.size(); }

  /// Gives one product a group. Title, text, categories and pictures are the first line's. What all
  /// lines say alike belongs to the product; what differs to the variants: as an option when it is
  /// one that shoppers choose (colour, size …), else as an attribute. Hidden lines are left out
  /// unless all are hidden.
  void finish(EventSink& sink);

 private:
  struct Group {
    std::uint64_t line = 0;  // of the first row
    std::vector<souk::v1::Product> rows;
    std::unordered_set<std::string> ids;
  };
  std::map<std::string, Group, std::less<>> groups_;
};

/// product.options: what the variants have, and in which order it came. Values that are there
/// already stay in front.
void collect_options(souk::v1::Product& product);

}  // namespace souk::cli
