#include "kernel/bus/subscription_table.hpp"

namespace souk::bus {
namespace {

constexpr std::uint32_t kCustomField = 15;  // souk.v1.Event.custom

}  // namespace

SubscriptionTable::SubscriptionTable(std::span<const std::string> reads)
    : types_(reads.begin(), reads.end()) {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    std::uint32_t field = schema::payload_field(types_[i]);
    int value = static_cast<int>(i);
    if (field == 0 || field == kCustomField) {
      custom_.emplace(types_[i], value);
      field = kCustomField;
      value = kCustom;
    }
    if (by_field_.size() <= field) by_field_.resize(field + 1, -1);
    if (by_field_[field] == -1) by_field_[field] = value;
  }
}

int SubscriptionTable::match_custom(std::string_view type) const noexcept {
  const auto found = custom_.find(type);
  return found == custom_.end() ? -1 : found->second;
}

}  // namespace souk::bus
