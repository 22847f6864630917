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

/// Reads one query after another. Not thread-safe.
class QueryReader {
 public:
  /// `limits` outlives the reading.
  void start(const Limits& limits) {
    limits_ = &limits;
    out_.clear();
    given_.clear();
  }
  Status add(const MessageTable& table, std::string_view name, std::string_view value);
  [[nodiscard]] std::string_view wire() const noexcept { return out_.view(); }
  /// Gives large buffers back.
  void end() { out_.shrink(kKeptBytes); }

 private:
  static constexpr std::size_t kKeptBytes = 64U << 10U;

  Status add_value(std::string_view name, std::string_view value);
  /// False when the field that way_ leads to has been given before.
  bool note_given();

  const Limits* limits_ = nullptr;
  WireBuffer out_;
  std::vector<const Field*> way_;
  std::vector<std::size_t> starts_;
  std::vector<const Field*> given_;  // ways, each with nullptr behind it
};

bool QueryReader::note_given() {
  for (auto begin = given_.begin(); begin != given_.end();) {
    const auto end = std::find(begin, given_.end(), nullptr);
    if (std::equal(begin, end, way_.begin(), way_.end())) return false;
    begin = end + 1;
  }
  given_.insert(given_.end(), way_.begin(), way_.end());
  given_.push_back(nullptr);
  return true;
}

/// A nested value is written as a message of its own: occurrences of one message merge.
Status QueryReader::add_value(std::string_view name, std::string_view value) {
  starts_.clear();
  for (std::size_t i = 0; i + 1 < way_.size(); ++i) {
    out_.tag(*way_[i]);
    starts_.push_back(out_.begin_length());
  }
  std::string error;
  if (!encode_text(*way_.back(), value, TextFrom::programs, out_, error)) {
    return bad(name, std::move(error));
  }
  while (!starts_.empty()) {
    out_.end_length(starts_.back());
    starts_.pop_back();
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
    if (!note_given()) return bad(name, "is given twice");
    return add_value(name, value);
  }
  std::size_t count = 0;
  while (status.ok()) {
    if (++count > limits_->max_elements) return bad(name, "has too many elements");
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
  if (parameters.empty()) return {};
  thread_local QueryReader reader;
  reader.start(limits);
  Status status;
  for (const auto& [name, value] : parameters) {
    status = reader.add(table, name, value);
    if (!status.ok()) break;
  }
  if (status.ok()) out.append(reader.wire());
  reader.end();
  return status;
}

}  // namespace souk::schema
