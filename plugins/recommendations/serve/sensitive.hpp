// Categories that nobody wants to see on a shared screen.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "plugins/recommendations/settings.hpp"

namespace souk::recommendations {

/// Which of a store's categories are sensitive by the settings; kept by one thread from question to
/// question, and worked out anew when settings or store are others.
class SensitiveCategories {
 public:
  void use(const v1::Settings& settings, const StoreState& state);

  [[nodiscard]] bool contains(CategoryId category) const {
    return category < flags_.size() && flags_[category] != 0;
  }
  [[nodiscard]] bool contains_item(ItemId item) const;
  /// Whether the store has any such category.
  [[nodiscard]] bool any() const { return any_; }

  /// What is meant when the settings name none.
  [[nodiscard]] static const std::vector<std::string_view>& usual();

 private:
  void take_names(const v1::Settings& settings);
  [[nodiscard]] bool matches(std::string_view path) const;

  const StoreState* state_ = nullptr;
  std::uint64_t store_ = 0;  ///< serial of the state, 0: none yet
  std::uint64_t settings_ = 0;
  std::vector<std::string_view> names_;  ///< valid while flags_ grow
  std::vector<std::uint8_t> flags_;      ///< by CategoryId
  bool any_ = false;
};

}  // namespace souk::recommendations
