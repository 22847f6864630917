// The plain-text part of an HTML message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace souk::email {

struct TextOptions {
  /// Lines are broken between words before they are longer than this, in characters; an address is
  /// never broken. RFC 5322 advises 78.
  std::size_t width = 76;
};

/// What a person would read: blocks as paragraphs, lists with "-" and "1.", links as
/// "text <address>", images that are no link by their alternative text, rows of data tables as
/// lines ("a | b"), tables with role="presentation" as blocks, struck text as ~text~. What is
/// hidden (style with display:none, head, style, script) is left out; entities are resolved.
///
/// Pure, linear, any input; ends with one line break unless it is empty.
[[nodiscard]] std::string text_of(std::string_view html, const TextOptions& options = {});

}  // namespace souk::email
