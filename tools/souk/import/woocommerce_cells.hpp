// What WooCommerce's export does to texts, undone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace souk::cli {

/// A text: without the apostrophe that keeps spreadsheets from taking it for a formula ("'-1"), and
/// with line ends where "\n" stands in two characters.
[[nodiscard]] std::string woo_text(std::string_view cell);
/// What stands between commas, without blanks around it, without empty ones; "\," is a comma of a
/// value.
[[nodiscard]] std::vector<std::string> woo_list(std::string_view cell);

}  // namespace souk::cli
