// SubscriptionTable: which of an instance's declared event types an event is. One table look-up for
// the store's vocabulary, one hash look-up for custom types. Immutable; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/schema/event_scanner.hpp"

namespace souk::bus {

/// Lets maps of strings be asked with views.
struct TextHash {
  using is_transparent = void;
  [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);
  }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

class SubscriptionTable {
 public:
  /// `reads` are full names of messages ("souk.v1.ProductViewed"), as in the manifest. A name
  /// outside the vocabulary of souk.v1.Event means custom events of that type.
  explicit SubscriptionTable(std::span<const std::string> reads);

  /// The index into `reads`, or -1.
  [[nodiscard]] int match(const schema::EventFields& fields) const noexcept {
    const std::uint32_t field = fields.payload_field;
    if (field >= by_field_.size()) return -1;
    const int index = by_field_[field];
    return index == kCustom ? match_custom(fields.custom_type) : index;
  }
  [[nodiscard]] const std::string& type(int index) const noexcept {
    return types_[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] bool empty() const noexcept { return types_.empty(); }

 private:
  static constexpr int kCustom = -2;
  [[nodiscard]] int match_custom(std::string_view type) const noexcept;

  std::vector<std::string> types_;
  std::vector<int> by_field_;  // payload field number → index, -1, or kCustom
  TextMap<int> custom_;
};

}  // namespace souk::bus
