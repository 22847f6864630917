// Entities and tags: HTML as text.
#pragma once

#include <string>
#include <string_view>

namespace souk::email::liquid {

/// Appends `text` with its character references resolved ("&amp;", "&#39;", "&#x20AC;", and the
/// names that e-mails use); unknown ones stay as they are.
void append_decoded(std::string_view text, std::string& out);

/// Appends `html` without tags, comments, and the contents of script and style; references
/// resolved.
void append_without_tags(std::string_view html, std::string& out);

/// A tag of HTML, opening or closing, as it stands in the text.
struct HtmlTag {
  std::string_view name;        // as written
  std::string_view attributes;  // what stands between the name and the end
  std::size_t begin = 0;        // of '<'
  std::size_t end = 0;          // behind '>'
  bool closing = false;
  bool self_closing = false;
};

struct HtmlAttribute {
  std::string_view name;
  std::string_view value;  // without quotes, references not resolved
  std::size_t begin = 0;   // of the name, in HtmlTag::attributes
  std::size_t end = 0;     // behind the value and its quote
};

/// The next tag from `at`: comments, declarations and a lone '<' are stepped over, Liquid
/// (`{{ … }}`, `{% … %}`) within a tag is a part of it. False when there is none.
[[nodiscard]] bool next_html_tag(std::string_view html, std::size_t at, HtmlTag& tag) noexcept;
/// The next attribute from `at`, which is moved behind it.
[[nodiscard]] bool next_html_attribute(std::string_view attributes, std::size_t& at,
                                       HtmlAttribute& attribute) noexcept;

/// ASCII letters without regard to case.
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace souk::email::liquid
