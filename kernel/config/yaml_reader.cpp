#include "kernel/config/yaml_reader.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

namespace souk::config {
namespace {

/// Aliases let a small file describe an endless one.
constexpr std::size_t kMaxNodes = 500'000;
constexpr std::uintmax_t kMaxFile = 16 * 1024 * 1024;  // bytes, of one that another one names

bool is_null(const YAML::Node& node) { return !node.IsDefined() || node.IsNull(); }

const char* kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (node.IsScalar()) return "a single value";
  return "nothing";
}

/// The sentence of a status, with the field it is about in front.
std::string sentence(const Status& status, const std::string& field) {
  const std::string& name = status.field().empty() ? field : status.field();
  return name.empty() ? status.message() : "\"" + name + "\" " + status.message();
}

bool is_plain_message(const schema::Field& field) {
  return field.message != nullptr && field.message->full_name != "google.protobuf.Struct" &&
         field.message->full_name != "google.protobuf.Value";
}

}  // namespace

void FaultList::add(const YAML::Mark& mark, std::string message) {
  add_at(mark.is_null() ? 1 : mark.line + 1, mark.is_null() ? 1 : mark.column + 1,
         std::move(message));
}

void FaultList::add_at(int line, int column, std::string message) {
  faults_.push_back({current_, line, column, std::move(message)});
}

std::vector<Fault> FaultList::sorted() const {
  std::vector<Fault> faults = faults_;
  std::stable_sort(faults.begin(), faults.end(), [this](const Fault& a, const Fault& b) {
    const bool a_named = a.file != file_;
    const bool b_named = b.file != file_;
    return std::tie(a_named, a.file, a.line, a.column) <
           std::tie(b_named, b.file, b.line, b.column);
  });
  const auto same = [](const Fault& a, const Fault& b) {
    return a.file == b.file && a.line == b.line && a.column == b.column && a.message == b.message;
  };
  faults.erase(std::unique(faults.begin(), faults.end(), same), faults.end());
  return faults;
}

std::string FaultList::place(const YAML::Mark& mark) const {
  return file_ + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

bool says_off(const YAML::Node& value) {
  if (!value.IsScalar()) return false;
  const std::string& text = value.Scalar();
  return text == "off" || text == "false" || text == "no" || text == "Off" || text == "False";
}

bool says_on(const YAML::Node& value) {
  if (!value.IsDefined() || value.IsNull()) return true;
  if (!value.IsScalar()) return false;
  const std::string& text = value.Scalar();
  return text == "on" || text == "true" || text == "yes" || text == "On" || text == "True";
}

YamlReader::YamlReader(FaultList& faults, const Environment& environment, std::string folder)
    : faults_(faults), environment_(environment), folder_(std::move(folder)) {}

bool YamlReader::admit(const YAML::Node& node) {
  if (++visited_ <= kMaxNodes) return true;
  if (visited_ == kMaxNodes + 1) {
    faults_.add(node.Mark(),
                "the file describes more than 500,000 values; aliases may repeat too much");
  }
  return false;
}

std::string YamlReader::absolute(const std::string& path) const {
  const std::filesystem::path given(path);
  return (given.is_absolute() ? given : std::filesystem::path(folder_) / given)
      .lexically_normal()
      .string();
}

std::optional<std::string> YamlReader::text(const YAML::Node& node, std::string_view what) {
  if (!node.IsScalar()) {
    faults_.add(node.Mark(), std::string(what) + " must be a single value, not " + kind_of(node));
    return std::nullopt;
  }
  auto expanded = environment_.expand(node.Scalar());
  if (!expanded) {
    faults_.add(node.Mark(), expanded.status().message());
    return std::nullopt;
  }
  return *expanded;
}

std::optional<std::string> YamlReader::read(const schema::MessageTable& table, const Layers& layers,
                                            const YAML::Mark& where) {
  const std::size_t before = faults_.size();
  schema::WireBuilder builder(table);
  read_fields(builder, layers);
  auto wire = builder.finish();
  if (!wire && faults_.size() == before) faults_.add(where, sentence(wire.status(), {}));
  if (!wire || faults_.size() != before) return std::nullopt;
  return *wire;
}

void YamlReader::end_message(schema::WireBuilder& builder, const YAML::Mark& where,
                             std::size_t faults_before) {
  Status status = builder.end_message();
  if (!status.ok() && faults_.size() == faults_before) faults_.add(where, sentence(status, {}));
}

/// `true` for a map that needs no setting, `off` for one that has the switch `off`. False: it is
/// neither, or the message has no such switch.
bool YamlReader::read_switch(schema::WireBuilder& builder, const YAML::Node& node) {
  if (!node.IsScalar()) return false;
  auto field = builder.field("off");
  if (!field || (*field)->kind != schema::Kind::boolean || (*field)->repeated) return false;
  if (says_on(node)) return true;
  return says_off(node) && builder.set_text(**field, "true").ok();
}

void YamlReader::read_fields(schema::WireBuilder& builder, const Layers& layers) {
  std::vector<std::string> order;
  std::map<std::string, Layers> values;
  for (const YAML::Node& layer : layers) {
    if (is_null(layer) || read_switch(builder, layer)) continue;
    if (!layer.IsMap()) {
      faults_.add(layer.Mark(), "expected a map of settings, found " + std::string(kind_of(layer)));
      continue;
    }
    std::set<std::string> seen;
    for (const auto& pair : layer) {
      const YAML::Node& key = pair.first;
      const YAML::Node& value = pair.second;
      if (!admit(key)) return;
      const std::string name = key.IsScalar() ? key.Scalar() : std::string();
      if (!seen.insert(name).second) {
        faults_.add(key.Mark(), "\"" + name + "\" is given twice");
        continue;
      }
      if (skip_ && skip_(builder.table(), name)) continue;
      auto field = builder.field(name);
      if (!field) {
        faults_.add(key.Mark(), field.status().message());
        continue;
      }
      auto [at, added] = values.try_emplace((*field)->name);
      if (added) order.push_back((*field)->name);
      const bool over = is_plain_message(**field) && !(*field)->repeated && value.IsMap() &&
                        !at->second.empty() && at->second.back().IsMap();
      if (!over) at->second.clear();
      at->second.push_back(value);
    }
  }
  for (const std::string& name : order) {
    auto field = builder.field(name);
    if (field) read_field(builder, **field, values[name]);
  }
}

void YamlReader::read_field(schema::WireBuilder& builder, const schema::Field& field,
                            const Layers& layers) {
  const YAML::Node& node = layers.back();
  if (is_null(node) && !field.repeated && !is_plain_message(field)) return;
  if (field.map) return read_map(builder, field, node);
  if (field.repeated) return read_list(builder, field, node);
  if (is_plain_message(field)) {
    const bool in_file = field.rules && field.rules->path && node.IsScalar() && !is_null(node);
    return in_file ? read_file(builder, field, node) : read_message(builder, field, layers);
  }
  read_scalar(builder, field, node);
}

void YamlReader::read_list(schema::WireBuilder& builder, const schema::Field& field,
                           const YAML::Node& node) {
  if (is_null(node)) return;
  if (!node.IsSequence()) {
    faults_.add(node.Mark(), "\"" + field.name + "\" must be a list, not " + kind_of(node));
    return;
  }
  for (const YAML::Node& element : node) {
    if (!admit(element)) return;
    if (is_plain_message(field)) {
      read_message(builder, field, Layers{element});
    } else {
      read_scalar(builder, field, element);
    }
  }
}

void YamlReader::read_map(schema::WireBuilder& builder, const schema::Field& field,
                          const YAML::Node& node) {
  if (is_null(node)) return;
  if (!node.IsMap()) {
    faults_.add(node.Mark(), "\"" + field.name + "\" must be a map, not " + kind_of(node));
    return;
  }
  const schema::Field& value_field = schema::WireBuilder::value_field(field);
  for (const auto& pair : node) {
    const YAML::Node& key = pair.first;
    const YAML::Node& value = pair.second;
    if (!admit(key)) return;
    const std::string name = key.IsScalar() ? key.Scalar() : std::string();
    if (Status status = builder.begin_entry(field, name); !status) {
      faults_.add(key.Mark(), status.message());
      continue;
    }
    const std::size_t before = faults_.size();
    if (is_plain_message(value_field)) {
      read_fields(builder, Layers{value});
    } else {
      read_scalar(builder, value_field, value);
    }
    end_message(builder, key.Mark(), before);
  }
}

void YamlReader::read_message(schema::WireBuilder& builder, const schema::Field& field,
                              const Layers& layers) {
  const YAML::Mark where = layers.back().Mark();
  if (Status status = builder.begin_message(field); !status) {
    faults_.add(where, status.message());
    return;
  }
  const std::size_t before = faults_.size();
  read_fields(builder, layers);
  end_message(builder, where, before);
}

void YamlReader::read_file(schema::WireBuilder& builder, const schema::Field& field,
                           const YAML::Node& node) {
  auto given = text(node, "\"" + field.name + "\"");
  if (!given) return;
  const std::string path = absolute(*given);
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  std::ifstream file(path, std::ios::binary);
  if (failure || !file) {
    return faults_.add(node.Mark(), "\"" + field.name + "\": there is no file " + path);
  }
  if (size > kMaxFile) {
    return faults_.add(node.Mark(), "\"" + field.name + "\": " + path + " is larger than 16 MiB");
  }
  std::stringstream content;
  content << file.rdbuf();
  YAML::Node root;
  const std::string outer_file = faults_.enter(path);
  const std::string outer_folder =
      std::exchange(folder_, std::filesystem::path(path).parent_path().string());
  try {
    root = YAML::Load(content.str());
    read_message(builder, field, Layers{root});
  } catch (const YAML::Exception& fault) {
    faults_.add(fault.mark, fault.msg);
  }
  folder_ = outer_folder;
  faults_.enter(outer_file);
}

void YamlReader::read_scalar(schema::WireBuilder& builder, const schema::Field& field,
                             const YAML::Node& node) {
  auto value = text(node, "\"" + field.name + "\"");
  if (!value) return;
  if (field.rules && field.rules->path) {
    *value = absolute(*value);
    if (!std::filesystem::exists(*value)) {
      faults_.add(node.Mark(), "\"" + field.name + "\": there is no file or folder " + *value);
      return;
    }
  }
  if (Status status = builder.set_text(field, *value); !status) {
    faults_.add(node.Mark(), sentence(status, field.name));
  }
}

}  // namespace souk::config
