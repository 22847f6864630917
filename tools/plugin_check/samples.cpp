#include "tools/plugin_check/samples.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <random>

#include "souk/v1/options.pb.h"

namespace souk::plugin_check {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr int kDepth = 4;

/// Deterministic output: map fields in the order of their keys.
std::string bytes_of(const pb::Message& message) {
  std::string out;
  {
    pb::io::StringOutputStream stream(&out);
    pb::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return out;
}

/// Milliseconds of "500ms", "2s", "60m", "1h", "14d"; a plain number as it is.
double number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const std::string unit(end);
  if (unit == "s") return value * 1000;
  if (unit == "m") return value * 60'000;
  if (unit == "h") return value * 3'600'000;
  if (unit == "d") return value * 86'400'000;
  return value;
}

/// Sets, or appends to, one field. `Singular` and `Repeated` are the two halves of Reflection's
/// API.
void put_number(pb::Message& m, const Field& f, double value) {
  const pb::Reflection& r = *m.GetReflection();
  const bool many = f.is_repeated();
  switch (f.cpp_type()) {
    case Field::CPPTYPE_INT32: {
      const auto v = static_cast<std::int32_t>(value);
      many ? r.AddInt32(&m, &f, v) : r.SetInt32(&m, &f, v);
      break;
    }
    case Field::CPPTYPE_INT64: {
      const auto v = static_cast<std::int64_t>(value);
      many ? r.AddInt64(&m, &f, v) : r.SetInt64(&m, &f, v);
      break;
    }
    case Field::CPPTYPE_UINT32: {
      const auto v = static_cast<std::uint32_t>(value);
      many ? r.AddUInt32(&m, &f, v) : r.SetUInt32(&m, &f, v);
      break;
    }
    case Field::CPPTYPE_UINT64: {
      const auto v = static_cast<std::uint64_t>(value);
      many ? r.AddUInt64(&m, &f, v) : r.SetUInt64(&m, &f, v);
      break;
    }
    case Field::CPPTYPE_DOUBLE:
      many ? r.AddDouble(&m, &f, value) : r.SetDouble(&m, &f, value);
      break;
    case Field::CPPTYPE_FLOAT: {
      const auto v = static_cast<float>(value);
      many ? r.AddFloat(&m, &f, v) : r.SetFloat(&m, &f, v);
      break;
    }
    case Field::CPPTYPE_BOOL: {
      const bool v = value != 0;
      many ? r.AddBool(&m, &f, v) : r.SetBool(&m, &f, v);
      break;
    }
    default:
      break;
  }
}

void put_text(pb::Message& m, const Field& f, const std::string& text) {
  const pb::Reflection& r = *m.GetReflection();
  switch (f.cpp_type()) {
    case Field::CPPTYPE_STRING:
      f.is_repeated() ? r.AddString(&m, &f, text) : r.SetString(&m, &f, text);
      break;
    case Field::CPPTYPE_ENUM: {
      const pb::EnumValueDescriptor* value = f.enum_type()->FindValueByName(text);
      if (value == nullptr) value = f.enum_type()->value(0);
      f.is_repeated() ? r.AddEnum(&m, &f, value) : r.SetEnum(&m, &f, value);
      break;
    }
    case Field::CPPTYPE_BOOL:
      put_number(m, f, text == "true" || text == "on" ? 1 : 0);
      break;
    default:
      put_number(m, f, number_in(text));
      break;
  }
}

/// The items of "[ a, b ]"; anything else is one item.
std::vector<std::string> items_of(std::string text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return {text};
  std::vector<std::string> items;
  std::string item;
  for (const char c : text.substr(1, text.size() - 2) + ",") {
    if (c == ',') {
      if (!item.empty()) items.push_back(item);
      item.clear();
    } else if (c != ' ' && c != '"') {
      item += c;
    }
  }
  return items;
}

/// Values that the field's rules allow.
class Filler {
 public:
  explicit Filler(std::uint64_t seed) : random_(seed) {}

  void fill(pb::Message& message, int depth) {
    const pb::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const Field& field = *type.field(i);
      // Of a oneof, one member: which one changes with the seed.
      if (const auto* oneof = field.real_containing_oneof(); oneof != nullptr) {
        if (message.GetReflection()->HasOneof(message, oneof)) continue;
        if (random_() % 2 == 0 && field.index_in_oneof() + 1 < oneof->field_count()) continue;
      }
      const int count = field.is_repeated() ? 1 + static_cast<int>(random_() % 3) : 1;
      for (int n = 0; n < count; ++n)
        put(message, field, depth);
    }
  }

  void put(pb::Message& message, const Field& field, int depth) {
    const souk::v1::FieldRules& rules = field.options().GetExtension(souk::v1::field);
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE: {
        if (depth == 0) return;
        const pb::Reflection& r = *message.GetReflection();
        pb::Message* inner = field.is_repeated() ? r.AddMessage(&message, &field)
                                                 : r.MutableMessage(&message, &field);
        fill(*inner, depth - 1);
        break;
      }
      case Field::CPPTYPE_STRING:
        put_text(message, field, text(field, rules));
        break;
      case Field::CPPTYPE_ENUM: {
        const int index = static_cast<int>(
            random_() % static_cast<std::uint64_t>(field.enum_type()->value_count()));
        put_text(message, field, std::string(field.enum_type()->value(index)->name()));
        break;
      }
      default:
        put_number(message, field, number(rules));
        break;
    }
  }

 private:
  std::string text(const Field& field, const souk::v1::FieldRules& rules) {
    if (rules.allowed_size() > 0) {
      return rules.allowed(
          static_cast<int>(random_() % static_cast<std::uint64_t>(rules.allowed_size())));
    }
    // Few different values, so that products and shoppers meet again.
    std::string made = std::string(field.name()) + "-" + std::to_string(random_() % 20);
    if (rules.max_length() > 0) made.resize(std::min<std::size_t>(made.size(), rules.max_length()));
    return made;
  }
  double number(const souk::v1::FieldRules& rules) {
    const double low = rules.has_min() ? rules.min() : 0;
    const double high = rules.has_max() ? std::min(rules.max(), low + 1000) : low + 1000;
    return low + static_cast<double>(random_() % 1000) / 1000.0 * (high - low);
  }

  std::mt19937_64 random_;
};

void apply_defaults(pb::Message& message, int depth) {
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const Field& field = *type.field(i);
    const souk::v1::FieldRules& rules = field.options().GetExtension(souk::v1::field);
    if (!rules.default_value().empty() && field.cpp_type() != Field::CPPTYPE_MESSAGE) {
      if (field.is_repeated()) {
        for (const std::string& item : items_of(rules.default_value()))
          put_text(message, field, item);
      } else {
        put_text(message, field, rules.default_value());
      }
    } else if (rules.required()) {
      Filler(1).put(message, field, kDepth);
    } else if (field.cpp_type() == Field::CPPTYPE_MESSAGE && !field.is_repeated() && depth > 0 &&
               field.real_containing_oneof() == nullptr && !field.has_optional_keyword()) {
      apply_defaults(*message.GetReflection()->MutableMessage(&message, &field), depth - 1);
    }
  }
}

}  // namespace

Samples::Samples(std::unique_ptr<pb::DescriptorPool> pool)
    : pool_(std::move(pool)), factory_(std::make_unique<pb::DynamicMessageFactory>(pool_.get())) {}
Samples::~Samples() = default;

Result<std::unique_ptr<Samples>> Samples::from(std::string_view descriptor_set) {
  pb::FileDescriptorSet set;
  // Parsing with our generated options makes the field rules readable.
  if (descriptor_set.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !set.ParseFromArray(descriptor_set.data(), static_cast<int>(descriptor_set.size()))) {
    return Status(Code::invalid_argument, "the schema is not a FileDescriptorSet");
  }
  auto pool = std::make_unique<pb::DescriptorPool>();
  struct Silent : pb::DescriptorPool::ErrorCollector {
    void AddError(const std::string& file, const std::string& element, const pb::Message*,
                  ErrorLocation, const std::string& message) override {
      if (first.empty()) first = file + ": " + element + ": " + message;
    }
    std::string first;
  } errors;
  for (const pb::FileDescriptorProto& file : set.file()) {
    if (pool->BuildFileCollectingErrors(file, &errors) == nullptr) {
      return Status(Code::invalid_argument, "the schema does not build: " + errors.first);
    }
  }
  return std::unique_ptr<Samples>(new Samples(std::move(pool)));
}

bool Samples::knows(const std::string& message) const {
  return pool_->FindMessageTypeByName(message) != nullptr;
}

std::string Samples::valid(const std::string& message, std::uint64_t seed) const {
  const pb::Descriptor* type = pool_->FindMessageTypeByName(message);
  if (type == nullptr) return {};
  const std::unique_ptr<pb::Message> made(factory_->GetPrototype(type)->New());
  Filler(seed).fill(*made, kDepth);
  return bytes_of(*made);
}

std::string Samples::settings(const std::string& message) const {
  const pb::Descriptor* type = pool_->FindMessageTypeByName(message);
  if (type == nullptr) return {};
  const std::unique_ptr<pb::Message> made(factory_->GetPrototype(type)->New());
  apply_defaults(*made, kDepth);
  return bytes_of(*made);
}

}  // namespace souk::plugin_check
