#include "kernel/schema/query_to_wire.hpp"

#include <algorithm>
#include <vector>

#include "kernel/schema/scalar_text.hpp"
#include "kernel/schema/words.hpp"

namespace souk::schema {

namespace {

Status bad(std::string_view name, std::string message) {
  return {Code::invalid_argument, std::move(message), std::string(name.substr(0, 100))};
}

/// The fields that a name with dots goes through; the last is the one that gets the value.
Status resolve(const MessageTable& table, std::string_view name, std::vector<const Field*>& way) {
  const MessageTable* current = &table;
  std::string_view left = name;
  way.clear();
  while (true) {
    const std::size_t dot = left.find('.');
    const std::string_view part = left.substr(0, dot);
    const Field* field = current->find(part);
    if (field == nullptr) {
      std::vector<std::string_view> names;
      for (const Field& candidate : current->fields)
        names.push_back(candidate.json_name);
      const std::string_view near = did_you_mean(part, names);
      std::string text = "is not a parameter";
      if (!near.empty())
        text += "; did you mean " + quote(near) + "?";
      else if (!names.empty())
        text += "; allowed: " + join_names(names);
      return bad(name, std::move(text));
    }
    way.push_back(field);
    if (dot == std::string_view::npos) break;
    if (field->repeated || field->message == nullptr ||
        field->message->well_known != WellKnown::none) {
      return bad(name, quote(part) + " has no fields of its own");
    }
    current = field->message;
    left.remove_prefix(dot + 1);
  }
  if (!is_textual(*way.back())) {
    return bad(name, "cannot be given as a parameter; send it in a body");
  }
  return {};
}

class QueryReader {
 public:
  explicit QueryReader(const Limits& limits) : limits_(limits) {}

  Status add(const MessageTable& table, std::string_view name, std::string_view value);
  [[nodiscard]] std::string_view wire() const noexcept { return out_.view(); }

 private:
  Status add_value(std::string_view name, std::string_view value);

  const Limits& limits_;
  WireBuffer out_;
  std::vector<const Field*> way_;
  std::vector<std::vector<const Field*>> given_;
};

/// A nested value is written as a message of its own: occurrences of one message merge.
Status QueryReader::add_value(std::string_view name, std::string_view value) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i + 1 < way_.size(); ++i) {
    out_.tag(*way_[i]);
    starts.push_back(out_.begin_length());
  }
  std::string error;
  if (!encode_text(*way_.back(), value, TextFrom::programs, out_, error)) {
    return bad(name, std::move(error));
  }
  while (!starts.empty()) {
    out_.end_length(starts.back());
    starts.pop_back();
  }
  return {};
}

Status QueryReader::add(const MessageTable& table, std::string_view name, std::string_view value) {
  Status status = resolve(table, name, way_);
  if (!status.ok()) return status;
  const Field& field = *way_.back();
  const bool text = field.kind == Kind::string || field.kind == Kind::bytes;
  if (value.empty() && !text) return {};
  if (!field.repeated) {
    if (std::find(given_.begin(), given_.end(), way_) != given_.end()) {
      return bad(name, "is given twice");
    }
    given_.push_back(way_);
    return add_value(name, value);
  }
  std::size_t count = 0;
  while (status.ok()) {
    if (++count > limits_.max_elements) return bad(name, "has too many elements");
    const std::size_t comma = text ? std::string_view::npos : value.find(',');
    status = add_value(name, value.substr(0, comma));
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return status;
}

}  // namespace

Status query_to_wire(const MessageTable& table, const Parameters& parameters, std::string& out,
                     const Limits& limits) {
  constexpr std::size_t kMaxParameters = 2048;
  if (parameters.size() > kMaxParameters) {
    return {Code::invalid_argument, "has more than 2048 parameters"};
  }
  QueryReader reader(limits);
  for (const auto& [name, value] : parameters) {
    Status status = reader.add(table, name, value);
    if (!status.ok()) return status;
  }
  out.append(reader.wire());
  return {};
}

}  // namespace souk::schema
