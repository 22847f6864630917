// A variant as a word of the catalog: its id, price and options in one text.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "plugins/recommendations/model/item_dictionary.hpp"

namespace souk::recommendations {

/// `id US price US name=label US name=label …`, US being the byte 0x1f: 16 digits of price at most,
/// empty when it is not known. Options that would make it too long for a word are left out.
class VariantText {
 public:
  explicit VariantText(std::string_view text) : rest_(text) {
    id_ = next();
    const std::string_view price = next();
    if (!price.empty()) std::from_chars(price.data(), price.data() + price.size(), price_);
  }
  [[nodiscard]] std::string_view id() const { return id_; }
  /// In minor units; -1 when it is not known.
  [[nodiscard]] std::int64_t price_minor() const { return price_; }
  /// The next option, its name and label; both are empty after the last one.
  std::pair<std::string_view, std::string_view> next_option() {
    const std::string_view option = next();
    const std::size_t equals = option.find('=');
    if (equals == std::string_view::npos) return {};
    return {option.substr(0, equals), option.substr(equals + 1)};
  }

  // ---- writing ----
  static constexpr char kUnit = '\x1f';
  static std::string begin(std::string_view id, std::int64_t price_minor) {
    std::string text(id);
    text.push_back(kUnit);
    if (price_minor >= 0) text.append(std::to_string(price_minor));
    return text;
  }
  static void add_option(std::string& text, std::string_view name, std::string_view label) {
    if (name.empty() || label.empty() || name.find('=') != std::string_view::npos) return;
    if (text.size() + name.size() + label.size() + 2 > ItemDictionary::kLongestName) return;
    text.append(1, kUnit).append(name).append(1, '=').append(label);
  }

 private:
  std::string_view next() {
    const std::size_t end = rest_.find(kUnit);
    const std::string_view part = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    return part;
  }

  std::string_view rest_;
  std::string_view id_;
  std::int64_t price_ = -1;
};

}  // namespace souk::recommendations
