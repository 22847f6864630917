#include "plugins/email/template/css_rules.hpp"

#include <algorithm>

#include "plugins/email/template/html_text.hpp"

namespace souk::email::liquid {
namespace {

constexpr std::string_view kCssSpaces = " \t\r\n\f";

std::string_view css_trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kCssSpaces);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kCssSpaces) + 1 - first);
}

bool is_css_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// The first of `wanted` from `at` that stands in no quotes, parentheses, comment or Liquid.
std::size_t find_plain(std::string_view text, std::string_view wanted, std::size_t at) noexcept {
  char quote = 0;
  int open = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (text.substr(at, 2) == "/*") {
      at = std::min(text.find("*/", at + 2), text.size() - 1) + 1;
    } else if (text.substr(at, 2) == "{{") {
      at = std::min(text.find("}}", at + 2), text.size() - 1) + 1;
    } else if (c == '\x01' || c == '\x03') {
      at = std::min(text.find('\x02', at), text.size() - 1);
    } else if (open == 0 && wanted.find(c) != wanted.npos) {
      return at;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '(') {
      ++open;
    } else if (c == ')' && open > 0) {
      --open;
    }
  }
  return text.npos;
}

/// Behind the '}' that closes the '{' at `at`.
std::size_t block_end(std::string_view css, std::size_t at) noexcept {
  int depth = 0;
  for (at = find_plain(css, "{}", at); at != css.npos; at = find_plain(css, "{}", at + 1)) {
    depth += css[at] == '{' ? 1 : -1;
    if (depth == 0) return at + 1;
  }
  return css.size();
}

bool parse_compound(std::string_view& text, CssSelector& selector) {
  CssCompound compound;
  const auto name = [&text] {
    std::size_t size = 0;
    while (size < text.size() && is_css_name(text[size]))
      ++size;
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
  };
  bool any = false;
  if (text.starts_with('*')) {
    text.remove_prefix(1);
    any = true;
  } else if (!text.empty() && is_css_name(text[0])) {
    compound.name = name();
    selector.specificity += 1;
    any = true;
  }
  while (!text.empty() && (text[0] == '.' || text[0] == '#')) {
    const bool is_class = text[0] == '.';
    text.remove_prefix(1);
    const std::string_view taken = name();
    if (taken.empty()) return false;
    selector.specificity += is_class ? 0x100U : 0x10000U;
    if (is_class)
      compound.classes.push_back(taken);
    else
      compound.id = taken;
    any = true;
  }
  selector.compounds.push_back(std::move(compound));
  return any;
}

/// False for what can't be matched against an element at rest: pseudo-classes, attributes,
/// siblings.
bool parse_selector(std::string_view text, CssSelector& selector) {
  text = css_trim(text);
  while (!text.empty()) {
    if (!parse_compound(text, selector)) return false;
    const std::size_t next = text.find_first_not_of(kCssSpaces);
    if (next == text.npos) break;
    const bool spaced = next > 0;
    text.remove_prefix(next);
    const bool child = text[0] == '>';
    if (child) text = css_trim(text.substr(1));
    if ((!child && !spaced) || text.empty()) return false;
    selector.compounds.back().parent_is_next = child;
  }
  std::reverse(selector.compounds.begin(), selector.compounds.end());
  // The combinator was noted at the left side; reversed, it belongs to the right one.
  for (std::size_t i = 0; i + 1 < selector.compounds.size(); ++i)
    selector.compounds[i].parent_is_next = selector.compounds[i + 1].parent_is_next;
  if (!selector.compounds.empty()) selector.compounds.back().parent_is_next = false;
  return !selector.compounds.empty();
}

bool fits_compound(const CssCompound& compound, const CssElement& element) noexcept {
  if (!compound.name.empty() && !same_ignoring_case(compound.name, element.name)) return false;
  if (!compound.id.empty() && compound.id != element.id) return false;
  return std::all_of(
      compound.classes.begin(), compound.classes.end(), [&](std::string_view wanted) {
        std::string_view classes = element.classes;
        while (!classes.empty()) {
          const std::size_t start = classes.find_first_not_of(kCssSpaces);
          if (start == classes.npos) return false;
          classes.remove_prefix(start);
          const std::string_view each = classes.substr(0, classes.find_first_of(kCssSpaces));
          if (each == wanted) return true;
          classes.remove_prefix(each.size());
        }
        return false;
      });
}

}  // namespace

bool CssSelector::matches(const std::vector<CssElement>& path) const noexcept {
  // Compounds that '>' joins are a group with a fixed place. The nearest place a group fits leaves
  // the most for the groups to its left, so there is nothing to try again.
  std::size_t at = path.size();  // the elements before this one are left
  std::size_t first = 0;
  while (first < compounds.size()) {
    std::size_t last = first;
    while (compounds[last].parent_is_next)
      ++last;
    const std::size_t size = last - first + 1;
    const auto fits_at = [&](std::size_t place) {
      for (std::size_t i = 0; i < size; ++i)
        if (!fits_compound(compounds[first + i], path[place - i])) return false;
      return true;
    };
    std::size_t place = at;
    bool found = false;
    while (place >= size && !found) {
      --place;
      found = place + 1 >= size && fits_at(place);
      if (first == 0 && !found) return false;  // the element itself
    }
    if (!found) return false;
    at = place + 1 - size;
    first = last + 1;
  }
  return true;
}

void parse_css(std::string_view css, std::vector<CssRule>& rules, std::string& kept) {
  std::size_t at = 0;
  while (at < css.size()) {
    at = std::min(css.find_first_not_of(kCssSpaces, at), css.size());
    if (css.substr(at, 2) == "/*") {
      at = std::min(css.find("*/", at), css.size() - 2) + 2;
      continue;
    }
    if (at >= css.size()) return;
    const std::size_t open = find_plain(css, "{;", at);
    if (open == css.npos) {
      kept += css.substr(at);
      return;
    }
    const std::size_t end = css[open] == ';' ? open + 1 : block_end(css, open);
    if (css[at] == '@' || css[open] == ';') {
      kept += css.substr(at, end - at);
      kept += '\n';
      at = end;
      continue;
    }
    const std::size_t close = end > open + 1 && css[end - 1] == '}' ? end - 1 : end;
    const std::string_view declarations = css_trim(css.substr(open + 1, close - open - 1));
    std::string_view list = css.substr(at, open - at);
    while (!list.empty()) {
      const std::size_t comma = std::min(find_plain(list, ",", 0), list.size());
      CssRule rule{{}, declarations};
      if (parse_selector(list.substr(0, comma), rule.selector)) {
        rules.push_back(std::move(rule));
      } else if (const std::string_view text = css_trim(list.substr(0, comma)); !text.empty()) {
        kept += text;
        kept += '{';
        kept += declarations;
        kept += "}\n";
      }
      list.remove_prefix(std::min(list.size(), comma + 1));
    }
    at = end;
  }
}

std::vector<CssDeclaration> parse_declarations(std::string_view text) {
  std::vector<CssDeclaration> made;
  while (!text.empty()) {
    const std::size_t end = std::min(find_plain(text, ";", 0), text.size());
    std::string_view each = css_trim(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
    while (each.starts_with("/*")) {
      const std::size_t close = each.find("*/");
      each = close == each.npos ? std::string_view() : css_trim(each.substr(close + 2));
    }
    const std::size_t colon = find_plain(each, ":", 0);
    if (colon == each.npos) {
      // `{% if … %}` or an output that holds whole declarations.
      if (!each.empty()) made.push_back({{}, each, false});
      continue;
    }
    CssDeclaration declaration{css_trim(each.substr(0, colon)), css_trim(each.substr(colon + 1)),
                               false};
    const std::size_t mark = declaration.value.rfind('!');
    if (mark != declaration.value.npos &&
        same_ignoring_case(css_trim(declaration.value.substr(mark + 1)), "important")) {
      declaration.important = true;
      declaration.value = css_trim(declaration.value.substr(0, mark));
    }
    made.push_back(declaration);
  }
  return made;
}

}  // namespace souk::email::liquid
