// Style sheets: as much of CSS as can be written into style attributes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace souk::email::liquid {

/// What a selector is matched against. Views of the HTML.
struct CssElement {
  std::string_view name;
  std::string_view id;
  std::string_view classes;  // the attribute's value
};

/// "td.card#first": all must hold.
struct CssCompound {
  std::string_view name;  // empty or "*": any
  std::string_view id;
  std::vector<std::string_view> classes;
  bool parent_is_next = false;  // what stands to the left matches the parent itself ('>')
};

struct CssSelector {
  std::vector<CssCompound> compounds;  // the rightmost first
  std::uint32_t specificity = 0;

  /// `path`: the element and what it is within, the outermost first.
  [[nodiscard]] bool matches(const std::vector<CssElement>& path) const noexcept;
};

struct CssDeclaration {
  std::string_view property;
  std::string_view value;  // without !important
  bool important = false;
};

struct CssRule {
  CssSelector selector;
  std::string_view declarations;
};

/// Reads a style sheet; Liquid outputs in it are part of the values. Views of `css`.
/// What can't be written into an attribute is appended to `kept`, as CSS.
void parse_css(std::string_view css, std::vector<CssRule>& rules, std::string& kept);

/// "color:red;margin:0 !important".
[[nodiscard]] std::vector<CssDeclaration> parse_declarations(std::string_view text);

}  // namespace souk::email::liquid
