// Style sheets made into style attributes, for mail programs that drop style elements.
#pragma once

#include <string>
#include <string_view>

namespace souk::email {

/// The rules of `html`'s style elements, written into the style attributes of the elements they
/// match, in the cascade's order (specificity, then position; !important before both; an element's
/// own style attribute wins). Selectors: element, .class, #id, their compounds (`a.button`),
/// descendants,
/// `>` and lists with commas. Rules in @media and with pseudo-classes can't be inlined and stay in
/// the style element; so do rules of a `<style data-keep>`. Everything else is byte for byte as it
/// was.
///
/// Liquid (`{{ … }}`, `{% … %}`) is carried through wherever it stands, in rules too. Templates
/// that are compiled for HTML are inlined already, over the whole of template, layout and includes.
///
/// Pure; malformed HTML is passed on as it is. Linear in the text times the number of rules.
[[nodiscard]] std::string inline_css(std::string_view html);

}  // namespace souk::email
