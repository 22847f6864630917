#include "tools/souk/import/columns.hpp"

#include <algorithm>
#include <cctype>

#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

std::string normalise(std::string_view name) {
  std::string normal;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) normal.push_back(static_cast<char>(std::tolower(byte)));
  }
  return normal;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string_view Column::of(const CsvRecord& record) const noexcept {
  return at_ < 0 ? std::string_view() : trim(record.fields[static_cast<std::size_t>(at_)]);
}

Columns::Columns(const std::vector<std::string>& header, std::map<std::string, std::string> map)
    : header_(header), map_(std::move(map)) {
  for (const std::string& name : header)
    normalised_.push_back(normalise(name));
}

int Columns::at(std::string_view name) const {
  const auto found = std::find(normalised_.begin(), normalised_.end(), normalise(name));
  return found == normalised_.end() ? -1 : static_cast<int>(found - normalised_.begin());
}

Column Columns::find(std::string_view field, std::initializer_list<std::string_view> aliases) {
  fields_.emplace_back(field);
  if (const auto mapped = map_.find(std::string(field)); mapped != map_.end()) {
    return Column(at(mapped->second));
  }
  if (const int found = at(field); found >= 0) return Column(found);
  for (const std::string_view alias : aliases) {
    if (const int found = at(alias); found >= 0) return Column(found);
  }
  return {};
}

Column Columns::need(std::string_view field, std::initializer_list<std::string_view> aliases) {
  const Column column = find(field, aliases);
  if (!column.present()) missing_.emplace_back(field);
  return column;
}

bool Columns::has(std::initializer_list<std::string_view> names) const {
  return std::all_of(names.begin(), names.end(),
                     [this](std::string_view name) { return at(name) >= 0; });
}

std::vector<std::pair<std::string, Column>> Columns::metafields() const {
  std::vector<std::pair<std::string, Column>> found;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    const std::size_t mark = header_[i].find("(product.metafields.");
    if (mark == std::string::npos) continue;
    std::string name = to_lower(trim(std::string_view(header_[i]).substr(0, mark)));
    std::replace(name.begin(), name.end(), ' ', '_');
    if (!name.empty()) found.emplace_back(std::move(name), Column(static_cast<int>(i)));
  }
  return found;
}

Status Columns::check() const {
  for (const auto& [field, column] : map_) {
    if (std::find(fields_.begin(), fields_.end(), field) == fields_.end()) {
      return {Code::invalid_argument,
              "--map: there is no field \"" + field + "\"; there is: " + join(fields_)};
    }
    if (at(column) < 0) {
      return {Code::invalid_argument,
              "--map: the file has no column \"" + column + "\"; it has: " + join(header_)};
    }
  }
  if (missing_.empty()) return {};
  return {Code::invalid_argument, "no column for " + join(missing_) + " among " + join(header_) +
                                      "; name it with --map " + missing_[0] + "=COLUMN"};
}

}  // namespace souk::cli
