#include "tools/souk/import/woocommerce_cells.hpp"

#include "tools/souk/import/values.hpp"

namespace souk::cli {

std::string woo_text(std::string_view cell) {
  constexpr std::string_view kFormulas = "=+-@";
  cell = trim(cell);
  if (cell.size() > 1 && cell[0] == '\'' && kFormulas.find(cell[1]) != std::string_view::npos) {
    cell.remove_prefix(1);
  }
  std::string text;
  text.reserve(cell.size());
  for (std::size_t at = 0; at < cell.size(); ++at) {
    const bool escaped = cell[at] == '\\' && at + 1 < cell.size();
    if (escaped && cell[at + 1] == 'n') {
      text.push_back('\n');
      ++at;
    } else if (escaped && cell[at + 1] == '\\') {  // a backslash of the text itself
      text.push_back('\\');
      ++at;
    } else {
      text.push_back(cell[at]);
    }
  }
  return std::string(trim(text));
}

std::vector<std::string> woo_list(std::string_view cell) {
  std::vector<std::string> values;
  std::string value;
  const auto end_value = [&] {
    if (std::string text = woo_text(value); !text.empty()) values.push_back(std::move(text));
    value.clear();
  };
  for (std::size_t at = 0; at < cell.size(); ++at) {
    if (cell[at] == '\\' && at + 1 < cell.size() && cell[at + 1] == ',') {
      value.push_back(',');
      ++at;
    } else if (cell[at] == ',') {
      end_value();
    } else {
      value.push_back(cell[at]);
    }
  }
  end_value();
  return values;
}

}  // namespace souk::cli
