#include "tests/schemas/wire_baseline.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "souk/v1/options.pb.h"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;

std::string type_of(const pb::FieldDescriptor& field) {
  switch (field.type()) {
    case pb::FieldDescriptor::TYPE_MESSAGE:
      return field.message_type()->full_name();
    case pb::FieldDescriptor::TYPE_ENUM:
      return field.enum_type()->full_name();
    default:
      return field.type_name();
  }
}

std::string map_type(const pb::FieldDescriptor& field) {
  const auto* entry = field.message_type();
  return "map<" + type_of(*entry->field(0)) + "," + type_of(*entry->field(1)) + ">";
}

std::string label_of(const pb::FieldDescriptor& field) {
  if (field.is_repeated()) return "repeated";
  if (const auto* oneof = field.real_containing_oneof()) return "oneof:" + oneof->name();
  // A field that tells "absent" from zero must go on doing so.
  return field.has_optional_keyword() ? "optional" : "singular";
}

std::string field_line(const pb::FieldDescriptor& field) {
  const std::string number = std::to_string(field.number());
  const std::string what =
      field.is_map() ? map_type(field) + " map" : type_of(field) + " " + label_of(field);
  return "field " + field.full_name() + " " + number + " " + what + " " + field.json_name();
}

std::string extension_line(const pb::FieldDescriptor& extension) {
  return "extension " + extension.full_name() + " " + std::to_string(extension.number()) + " " +
         extension.containing_type()->full_name() + " " + type_of(extension);
}

std::string path_of(const v1::HttpRoute& route) {
  switch (route.pattern_case()) {
    case v1::HttpRoute::kGet:
      return "GET:" + route.get();
    case v1::HttpRoute::kPut:
      return "PUT:" + route.put();
    case v1::HttpRoute::kPost:
      return "POST:" + route.post();
    case v1::HttpRoute::kDelete:
      return "DELETE:" + route.delete_();
    case v1::HttpRoute::kPatch:
      return "PATCH:" + route.patch();
    case v1::HttpRoute::PATTERN_NOT_SET:
      break;
  }
  return "NONE:";
}

void add_routes(const pb::MethodDescriptor& method, const v1::HttpRoute& route, Baseline& lines) {
  const std::string scope = route.scope().empty() ? "admin" : route.scope();
  lines.push_back("route " + path_of(route) + " " + scope + " " + method.full_name());
  for (const auto& more : route.additional()) {
    add_routes(method, more, lines);
  }
}

/// A line in its parts: kind, name, and what was promised of it.
struct Entry {
  std::string kind;
  std::string name;
  std::string promise;
};

Entry split(const std::string& line) {
  std::istringstream words(line);
  Entry entry;
  words >> entry.kind >> entry.name;
  std::getline(words >> std::ws, entry.promise);
  return entry;
}

std::string key_of(const Entry& entry) { return entry.kind + " " + entry.name; }

std::string first_word(const std::string& text) { return text.substr(0, text.find(' ')); }

std::string parent_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

/// The name that holds the number of a field or enum value which is gone; empty when none does.
std::string heir_of(const Entry& gone, const std::map<std::string, Entry>& current) {
  if (gone.kind != "field" && gone.kind != "enum") return {};
  for (const auto& [key, entry] : current) {
    if (entry.kind == gone.kind && parent_of(entry.name) == parent_of(gone.name) &&
        first_word(entry.promise) == first_word(gone.promise)) {
      return entry.name;
    }
  }
  return {};
}

std::string describe_removal(const Entry& gone, const std::map<std::string, Entry>& current) {
  const std::string heir = heir_of(gone, current);
  if (heir.empty()) return gone.kind + " " + gone.name + " is gone (it was: " + gone.promise + ")";
  return gone.kind + " " + gone.name + " is gone and " + heir + " has its number " +
         first_word(gone.promise);
}

std::map<std::string, Entry> index(const Baseline& baseline) {
  std::map<std::string, Entry> entries;
  for (const auto& line : baseline) {
    Entry entry = split(line);
    entries.emplace(key_of(entry), std::move(entry));
  }
  return entries;
}

}  // namespace

Baseline baseline_of(const SchemaSet& schemas) {
  Baseline lines;
  for_each_message(schemas, [&lines](const pb::Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
      lines.push_back(field_line(*message.field(i)));
    }
  });
  for_each_enum(schemas, [&lines](const pb::EnumDescriptor& enumeration) {
    for (int i = 0; i < enumeration.value_count(); ++i) {
      const auto* value = enumeration.value(i);
      lines.push_back("enum " + enumeration.full_name() + "." + value->name() + " " +
                      std::to_string(value->number()));
    }
  });
  for (const auto* file : schemas.files()) {
    for (int i = 0; i < file->extension_count(); ++i) {
      lines.push_back(extension_line(*file->extension(i)));
    }
  }
  for_each_method(schemas, [&lines](const pb::MethodDescriptor& method) {
    lines.push_back("rpc " + method.full_name() + " " + method.input_type()->full_name() + " " +
                    method.output_type()->full_name());
    if (method.options().HasExtension(v1::http)) {
      add_routes(method, method.options().GetExtension(v1::http), lines);
    }
  });
  std::sort(lines.begin(), lines.end());
  return lines;
}

Baseline parse_baseline(std::string_view text, std::vector<std::string>& faults) {
  Baseline lines;
  std::map<std::string, std::size_t> seen;
  std::istringstream stream{std::string(text)};
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    const Entry entry = split(line);
    if (entry.promise.empty()) {
      faults.push_back(where + "not `kind name promise`: " + line);
      continue;
    }
    const auto [other, fresh] = seen.emplace(key_of(entry), number);
    if (!fresh) {
      faults.push_back(where + key_of(entry) + " stands in line " + std::to_string(other->second) +
                       " already");
      continue;
    }
    if (!lines.empty() && line < lines.back()) faults.push_back(where + "out of order: " + line);
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string format_baseline(const Baseline& baseline) {
  std::string text =
      "# What souk.v1 promises about bytes, names and routes. No line may change or go; new lines "
      "are\n"
      "# added by `schemas_tests --update-baseline`. A field: full name, number, type, label, JSON "
      "name.\n";
  for (const auto& line : baseline) {
    text += line + "\n";
  }
  return text;
}

BaselineDifference compare(const Baseline& promised, const Baseline& current) {
  const auto old_entries = index(promised);
  const auto new_entries = index(current);
  BaselineDifference difference;
  for (const auto& [key, old_entry] : old_entries) {
    const auto found = new_entries.find(key);
    if (found == new_entries.end()) {
      difference.breaks.push_back(describe_removal(old_entry, new_entries));
    } else if (found->second.promise != old_entry.promise) {
      difference.breaks.push_back(key + " was `" + old_entry.promise + "` and is `" +
                                  found->second.promise + "`");
    }
  }
  for (const auto& line : current) {
    if (!old_entries.contains(key_of(split(line)))) difference.additions.push_back(line);
  }
  return difference;
}

std::string baseline_path() { return std::string(SOUK_SCHEMAS_DIR) + "/baseline/souk_v1.txt"; }

}  // namespace souk::schemas_test
