#include "tests/schemas/lint.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

#include "souk/v1/options.pb.h"

namespace souk::schemas_test {
namespace {

namespace pb = google::protobuf;

/// Numbers of an envelope's payloads, by the file that defines their types.
struct Block {
  std::string_view file;
  int first;
  int last;
};
constexpr std::array<Block, 9> kBlocks = {{
    {"souk/v1/commerce.proto", 20, 59},
    {"souk/v1/orders.proto", 20, 59},
    {"souk/v1/messages.proto", 60, 79},
    {"souk/v1/entity_events.proto", 80, 99},
    {"souk/v1/search_records.proto", 80, 99},
    {"souk/v1/subscriptions.proto", 100, 119},
    {"souk/v1/decisions.proto", 120, 139},
    {"souk/v1/event.proto", 140, 149},
    {"souk/v1/tracking.proto", 150, 159},
}};

bool matches(const std::string& text, const char* expression) {
  return std::regex_match(text, std::regex(expression));
}

/// product_viewed for ProductViewed.
std::string snake_case(const std::string& camel) {
  std::string snake;
  for (const char c : camel) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0) {
      if (!snake.empty()) snake += '_';
      snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      snake += c;
    }
  }
  return snake;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

// Shortest comments that can say something, in bytes: of a value that has a name of its own, of all
// else.
constexpr std::size_t kLeastOfValue = 5;
constexpr std::size_t kLeast = 12;

/// A comment is fit to be documentation when it is a sentence or several.
void check_comment(const std::string& name, const std::string& comment, std::size_t least,
                   Faults& faults) {
  const std::string text = trimmed(comment);
  if (text.empty()) {
    faults.push_back(name + ": has no comment");
  } else if (text.size() < least) {
    faults.push_back(name + ": says too little: " + text);
  } else if (std::islower(static_cast<unsigned char>(text.front())) != 0) {
    faults.push_back(name + ": begins in lower case: " + text);
  }
}

template <typename Descriptor>
void check_commented(const Descriptor& descriptor, Faults& faults, std::size_t least = kLeast) {
  pb::SourceLocation location;
  const bool found = descriptor.GetSourceLocation(&location);
  check_comment(descriptor.full_name(), found ? location.leading_comments : "", least, faults);
}

void check_file_comment(const pb::FileDescriptor& file, Faults& faults) {
  // The head of a file stands before `syntax`, detached from it by an empty line or not.
  pb::SourceLocation location;
  const bool found =
      file.GetSourceLocation({pb::FileDescriptorProto::kSyntaxFieldNumber}, &location);
  std::string text = found ? location.leading_comments : "";
  if (found) {
    for (const auto& detached : location.leading_detached_comments) {
      text += detached;
    }
  }
  check_comment(file.name(), text, kLeast, faults);
}

bool is_instant(const pb::FieldDescriptor& field) {
  return field.type() == pb::FieldDescriptor::TYPE_MESSAGE &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

void check_field_name(const pb::FieldDescriptor& field, Faults& faults) {
  if (!matches(field.name(), "[a-z][a-z0-9]*(_[a-z0-9]+)*")) {
    faults.push_back(field.full_name() + ": is not snake_case");
  }
  if (field.has_json_name() && field.json_name() != field.camelcase_name()) {
    faults.push_back(field.full_name() + ": its JSON name " + field.json_name() +
                     " does not follow from its name");
  }
  if (is_instant(field) && !matches(field.name(), "time|.*_at|.*_by|valid_(from|until)")) {
    faults.push_back(field.full_name() + ": an instant is called `time`, `…_at` or `…_by`");
  }
}

void check_enum(const pb::EnumDescriptor& enumeration, Faults& faults) {
  if (enumeration.containing_type() == nullptr) {
    faults.push_back(enumeration.full_name() + ": stands outside of the message that uses it");
  }
  const auto& zero = *enumeration.value(0);
  if (zero.number() != 0 || !matches(zero.name(), ".*_UNSPECIFIED|unspecified|NONE")) {
    faults.push_back(enumeration.full_name() + ": does not begin with `…_UNSPECIFIED = 0`");
  }
}

bool is_string_like(const pb::FieldDescriptor& field) {
  return field.type() == pb::FieldDescriptor::TYPE_STRING ||
         field.type() == pb::FieldDescriptor::TYPE_BYTES;
}

bool is_number(const pb::FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_INT32:
    case pb::FieldDescriptor::CPPTYPE_INT64:
    case pb::FieldDescriptor::CPPTYPE_UINT32:
    case pb::FieldDescriptor::CPPTYPE_UINT64:
    case pb::FieldDescriptor::CPPTYPE_DOUBLE:
    case pb::FieldDescriptor::CPPTYPE_FLOAT:
      return true;
    default:
      return false;
  }
}

void check_event_scope(const pb::Descriptor& message, Faults& faults) {
  const std::string& scope = message.options().GetExtension(v1::message).scope();
  if (!matches(scope, "|events|catalog|customers|admin")) {
    faults.push_back(message.full_name() + ": no event asks for the scope `" + scope + "`");
  }
}

/// Rules that stand on a field of a type they can't mean.
void check_rule_types(const pb::FieldDescriptor& field, const v1::FieldRules& rules,
                      Faults& faults) {
  const auto fault = [&](const char* what) { faults.push_back(field.full_name() + ": " + what); };
  const bool string = field.type() == pb::FieldDescriptor::TYPE_STRING;
  const bool money = field.type() == pb::FieldDescriptor::TYPE_MESSAGE &&
                     field.message_type()->full_name() == "souk.v1.Money";
  if ((rules.has_min() || rules.has_max()) && !is_number(field) && !money) {
    fault("min, max without a number");
  }
  if (rules.max_length() != 0 && !is_string_like(field)) fault("max_length without a string");
  if (rules.allowed_size() != 0 && !string) fault("allowed without a string");
  if (!rules.pattern().empty() && !string) fault("pattern without a string");
  if (rules.path() && !string) fault("path without a string");
  if (rules.max_items() != 0 && !field.is_repeated()) fault("max_items without a list");
  if (rules.duration() && field.type() != pb::FieldDescriptor::TYPE_INT64) {
    fault("duration without an int64");
  }
}

/// Rules that contradict each other.
void check_rule_values(const pb::FieldDescriptor& field, const v1::FieldRules& rules,
                       Faults& faults) {
  const auto fault = [&](const std::string& what) {
    faults.push_back(field.full_name() + ": " + what);
  };
  if (rules.has_min() && rules.has_max() && rules.min() > rules.max()) fault("min exceeds max");
  const std::string& preset = rules.default_value();
  const auto& allowed = rules.allowed();
  if (!preset.empty() && !allowed.empty() && !field.is_repeated() &&
      std::find(allowed.begin(), allowed.end(), preset) == allowed.end()) {
    fault("the default `" + preset + "` is not allowed");
  }
  if (!preset.empty() && rules.required()) fault("required, and has a default");
  if (!preset.empty() && is_number(field) && !rules.duration() && !field.is_repeated()) {
    char* end = nullptr;
    const double value = std::strtod(preset.c_str(), &end);
    if (*end != '\0') fault("the default `" + preset + "` is no number");
    if ((rules.has_min() && value < rules.min()) || (rules.has_max() && value > rules.max())) {
      fault("the default `" + preset + "` is out of range");
    }
  }
  try {
    const std::regex expression(rules.pattern());
  } catch (const std::regex_error&) {
    fault("the pattern `" + rules.pattern() + "` does not compile");
  }
}

void check_cross(const pb::Descriptor& message, const std::string& check, Faults& faults) {
  std::smatch parts;
  if (!std::regex_match(check, parts,
                        std::regex("([a-z0-9_]+) (<=|<|>=|>|==|!=) ([a-z0-9_.+-]+)"))) {
    faults.push_back(message.full_name() + ": `" + check + "` is not `field OP field`");
    return;
  }
  const std::string right = parts[3];
  const bool number = matches(right, "[-+]?[0-9.]+");
  if (message.FindFieldByName(parts[1]) == nullptr ||
      (!number && message.FindFieldByName(right) == nullptr)) {
    faults.push_back(message.full_name() + ": `" + check + "` names a field that is not there");
  }
}

std::string shape_of(const pb::FieldDescriptor& field) {
  const std::string label = field.is_repeated()            ? "repeated "
                            : field.has_optional_keyword() ? "optional "
                                                           : "";
  const std::string type = field.type() == pb::FieldDescriptor::TYPE_MESSAGE
                               ? field.message_type()->full_name()
                               : std::string(field.type_name());
  return label + type + " " + field.name() + " = " + std::to_string(field.number());
}

}  // namespace

Faults lint_comments(const SchemaSet& schemas) {
  Faults faults;
  for (const auto* file : schemas.files()) {
    check_file_comment(*file, faults);
    for (int i = 0; i < file->extension_count(); ++i) {
      check_commented(*file->extension(i), faults);
    }
    for (int i = 0; i < file->service_count(); ++i) {
      check_commented(*file->service(i), faults);
    }
  }
  for_each_message(schemas, [&faults](const pb::Descriptor& message) {
    check_commented(message, faults);
    for (int i = 0; i < message.field_count(); ++i) {
      check_commented(*message.field(i), faults);
    }
    for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
      check_commented(*message.oneof_decl(i), faults);
    }
  });
  for_each_enum(schemas, [&faults](const pb::EnumDescriptor& enumeration) {
    check_commented(enumeration, faults);
    for (int i = 0; i < enumeration.value_count(); ++i) {
      check_commented(*enumeration.value(i), faults, kLeastOfValue);
    }
  });
  for_each_method(
      schemas, [&faults](const pb::MethodDescriptor& method) { check_commented(method, faults); });
  return faults;
}

Faults lint_names(const SchemaSet& schemas) {
  Faults faults;
  for (const auto* file : schemas.files()) {
    if (file->options().has_optimize_for()) faults.push_back(file->name() + ": sets optimize_for");
    if (file->syntax() != pb::FileDescriptor::SYNTAX_PROTO3) {
      faults.push_back(file->name() + ": is not proto3");
    }
  }
  for_each_message(schemas, [&faults](const pb::Descriptor& message) {
    if (!matches(message.name(), "[A-Z][a-z0-9]*([A-Z][a-z0-9]*)*")) {
      faults.push_back(message.full_name() + ": is not CamelCase");
    }
    for (int i = 0; i < message.field_count(); ++i) {
      check_field_name(*message.field(i), faults);
    }
  });
  for_each_enum(schemas, [&faults](const pb::EnumDescriptor& enumeration) {
    check_enum(enumeration, faults);
  });
  return faults;
}

Faults lint_rules(const SchemaSet& schemas) {
  Faults faults;
  for_each_message(schemas, [&faults](const pb::Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
      const auto& field = *message.field(i);
      const auto& rules = field.options().GetExtension(v1::field);
      check_rule_types(field, rules, faults);
      check_rule_values(field, rules, faults);
    }
    check_event_scope(message, faults);
    for (const auto& check : message.options().GetExtension(v1::message).cross_checks()) {
      check_cross(message, check, faults);
    }
  });
  return faults;
}

Faults lint_payloads(const pb::Descriptor& envelope) {
  const auto* payload = envelope.FindOneofByName("payload");
  if (payload == nullptr) return {envelope.full_name() + ": has no oneof `payload`"};
  Faults faults;
  std::set<std::string> types;
  for (int i = 0; i < payload->field_count(); ++i) {
    const auto& field = *payload->field(i);
    const auto fault = [&](const std::string& what) {
      faults.push_back(field.full_name() + ": " + what);
    };
    if (field.type() != pb::FieldDescriptor::TYPE_MESSAGE) {
      fault("is not a message");
      continue;
    }
    const auto& type = *field.message_type();
    if (!types.insert(type.full_name()).second) fault("is a second payload of its type");
    if (field.name() != snake_case(type.name())) fault("should be " + snake_case(type.name()));
    if (field.name() == "custom") continue;
    const std::string& file = type.file()->name();
    const bool in_block = std::any_of(kBlocks.begin(), kBlocks.end(), [&](const Block& block) {
      return block.file == file && block.first <= field.number() && field.number() <= block.last;
    });
    if (!in_block) fault("number " + std::to_string(field.number()) + " is not of " + file);
  }
  return faults;
}

Faults lint_same_fields(const pb::Descriptor& part, const pb::Descriptor& whole) {
  Faults faults;
  for (int i = 0; i < part.field_count(); ++i) {
    const auto& field = *part.field(i);
    const auto* same = whole.FindFieldByName(field.name());
    if (same == nullptr) {
      faults.push_back(whole.full_name() + ": has no " + field.name());
    } else if (shape_of(*same) != shape_of(field)) {
      faults.push_back(whole.full_name() + ": has `" + shape_of(*same) + "`, not `" +
                       shape_of(field) + "`");
    }
  }
  return faults;
}

}  // namespace souk::schemas_test
