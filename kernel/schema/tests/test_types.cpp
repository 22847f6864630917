#include "kernel/schema/tests/test_types.hpp"

#include <all_types.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace souk::schema::testing {

namespace pb = google::protobuf;

namespace {

void collect(const pb::FileDescriptor& file, std::set<const pb::FileDescriptor*>& done,
             pb::FileDescriptorSet& set) {
  if (!done.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i)
    collect(*file.dependency(i), done, set);
  file.CopyTo(set.add_file());
}

template <class T>
T pick(std::mt19937_64& random, std::initializer_list<T> edges) {
  const auto roll = random() % (edges.size() * 2);
  if (roll < edges.size()) return *(edges.begin() + roll);
  const std::uint64_t bits = random() >> (random() % 60);
  return static_cast<T>(bits);
}

double random_double(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0:
      return 0.0;
    case 1:
      return static_cast<double>(random() % 100000) / 100;
    case 2:
      return -1 - static_cast<double>(random() % 1000);  // protobuf reads -0 as 0
    case 3:
      return std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 1800) - 900);
    case 4:
      return std::numeric_limits<double>::max();
    default:
      return static_cast<double>(random());
  }
}

std::string random_text(std::mt19937_64& random) {
  static const char* const kPieces[] = {
      "a",    "Zebra", " ",  "\"", "\\", "/",    "\n", "\t",
      "\x01", "é",     "漢", "😀",  "<",  "\x7f", "",   "0123456789abcdef"};
  std::string text;
  for (auto count = random() % 8; count > 0; --count)
    text += kPieces[random() % std::size(kPieces)];
  return text;
}

std::string random_bytes(std::mt19937_64& random) {
  std::string bytes(random() % 12, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

void randomise_value(pb::Message& value, std::mt19937_64& random, int depth);

bool randomise_well_known(pb::Message& message, std::mt19937_64& random, int depth) {
  const std::string& name = message.GetDescriptor()->full_name();
  const pb::Reflection& reflection = *message.GetReflection();
  const pb::Descriptor& type = *message.GetDescriptor();
  if (name == "google.protobuf.Timestamp" || name == "google.protobuf.Duration") {
    const bool time = name == "google.protobuf.Timestamp";
    const std::int64_t low = time ? -62135596800 : -315576000000;
    const std::int64_t high = time ? 253402300799 : 315576000000;
    std::int64_t seconds =
        low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low));
    if (random() % 4 == 0) seconds = time ? 1795355723 : 5;
    std::int32_t nanos =
        pick<std::int32_t>(random, {0, 1, 1000, 500000000, 123456789}) % 1000000000;
    nanos = std::abs(nanos);
    if (!time && seconds < 0) nanos = -nanos;
    reflection.SetInt64(&message, type.FindFieldByNumber(1), seconds);
    reflection.SetInt32(&message, type.FindFieldByNumber(2), nanos);
    return true;
  }
  if (name == "google.protobuf.FieldMask") {
    for (auto count = random() % 3; count > 0; --count) {
      reflection.AddString(&message, type.FindFieldByNumber(1), "some_field.other_one");
    }
    return true;
  }
  if (name == "google.protobuf.Value") {
    randomise_value(message, random, depth);
    return true;
  }
  if (name == "google.protobuf.ListValue") {
    for (auto count = random() % 3; count > 0 && depth > 0; --count) {
      randomise_value(*reflection.AddMessage(&message, type.FindFieldByNumber(1)), random,
                      depth - 1);
    }
    return true;
  }
  if (name == "google.protobuf.Struct") {
    const char* const keys[] = {"colour", "größe", "a \"b\""};
    for (std::size_t i = 0; i < random() % 4 && depth > 0; ++i) {
      pb::Message* entry = reflection.AddMessage(&message, type.FindFieldByNumber(1));
      const pb::Descriptor& entry_type = *entry->GetDescriptor();
      entry->GetReflection()->SetString(entry, entry_type.FindFieldByNumber(1), keys[i]);
      randomise_value(
          *entry->GetReflection()->MutableMessage(entry, entry_type.FindFieldByNumber(2)), random,
          depth - 1);
    }
    return true;
  }
  return false;
}

void randomise_value(pb::Message& value, std::mt19937_64& random, int depth) {
  const pb::Reflection& reflection = *value.GetReflection();
  const pb::Descriptor& type = *value.GetDescriptor();
  switch (random() % (depth > 0 ? 6 : 4)) {
    case 0:
      reflection.SetEnumValue(&value, type.FindFieldByNumber(1), 0);
      return;
    case 1:
      reflection.SetDouble(&value, type.FindFieldByNumber(2), random_double(random));
      return;
    case 2:
      reflection.SetString(&value, type.FindFieldByNumber(3), random_text(random));
      return;
    case 3:
      reflection.SetBool(&value, type.FindFieldByNumber(4), random() % 2 == 0);
      return;
    case 4:
      randomise_well_known(*reflection.MutableMessage(&value, type.FindFieldByNumber(5)), random,
                           depth - 1);
      return;
    default:
      randomise_well_known(*reflection.MutableMessage(&value, type.FindFieldByNumber(6)), random,
                           depth - 1);
  }
}

void randomise_field(pb::Message& message, const pb::FieldDescriptor& field,
                     std::mt19937_64& random, int depth) {
  using Type = pb::FieldDescriptor;
  const pb::Reflection& reflection = *message.GetReflection();
  const bool list = field.is_repeated();
  const auto set = [&](auto setter, auto adder, auto value) {
    if (list)
      (reflection.*adder)(&message, &field, value);
    else
      (reflection.*setter)(&message, &field, value);
  };
  using R = pb::Reflection;
  switch (field.cpp_type()) {
    case Type::CPPTYPE_INT32:
      return set(&R::SetInt32, &R::AddInt32,
                 pick<std::int32_t>(random, {0, -1, INT32_MIN, INT32_MAX}));
    case Type::CPPTYPE_INT64:
      return set(&R::SetInt64, &R::AddInt64,
                 pick<std::int64_t>(random, {0, -1, INT64_MIN, INT64_MAX}));
    case Type::CPPTYPE_UINT32:
      return set(&R::SetUInt32, &R::AddUInt32, pick<std::uint32_t>(random, {0, 1, UINT32_MAX}));
    case Type::CPPTYPE_UINT64:
      return set(&R::SetUInt64, &R::AddUInt64, pick<std::uint64_t>(random, {0, 1, UINT64_MAX}));
    case Type::CPPTYPE_DOUBLE:
      return set(&R::SetDouble, &R::AddDouble, random_double(random));
    case Type::CPPTYPE_FLOAT: {
      const auto value = static_cast<float>(static_cast<std::int32_t>(random())) / 1024.0f;
      return set(&R::SetFloat, &R::AddFloat, value);
    }
    case Type::CPPTYPE_BOOL:
      return set(&R::SetBool, &R::AddBool, random() % 2 == 0);
    case Type::CPPTYPE_ENUM: {
      const auto& values = *field.enum_type();
      const auto at = static_cast<int>(random() % static_cast<unsigned>(values.value_count()));
      return set(&R::SetEnumValue, &R::AddEnumValue, values.value(at)->number());
    }
    case Type::CPPTYPE_STRING: {
      std::string value =
          field.type() == Type::TYPE_BYTES ? random_bytes(random) : random_text(random);
      if (list)
        reflection.AddString(&message, &field, std::move(value));
      else
        reflection.SetString(&message, &field, std::move(value));
      return;
    }
    case Type::CPPTYPE_MESSAGE:
      if (depth <= 0) return;
      randomise(list ? *reflection.AddMessage(&message, &field)
                     : *reflection.MutableMessage(&message, &field),
                random, depth - 1);
  }
}

}  // namespace

std::string descriptor_set_of(const pb::FileDescriptor& file) {
  pb::FileDescriptorSet set;
  std::set<const pb::FileDescriptor*> done;
  collect(file, done, set);
  return set.SerializeAsString();
}

const DescriptorPool& test_pool() {
  static const auto pool = [] {
    auto built = DescriptorPool::build(
        descriptor_set_of(*souk::schema_test::AllTypes::descriptor()->file()));
    EXPECT_TRUE(built.ok()) << built.status().message();
    return std::move(built).value();
  }();
  return *pool;
}

const MessageTable& all_types() { return *test_pool().message("souk.schema_test.AllTypes"); }
const MessageTable& ruled() { return *test_pool().message("souk.schema_test.Ruled"); }

void randomise(pb::Message& message, std::mt19937_64& random, int depth) {
  if (randomise_well_known(message, random, depth)) return;
  const pb::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const pb::FieldDescriptor& field = *type.field(i);
    const bool wrapper = type.file()->package() == "google.protobuf";
    if (!wrapper && random() % 4 != 0) continue;
    if (field.is_map()) {
      // One entry: which of two comes first is not decided.
      randomise_field(message, field, random, depth);
      continue;
    }
    for (auto count = field.is_repeated() ? random() % 4 : 1; count > 0; --count) {
      randomise_field(message, field, random, depth);
    }
  }
}

}  // namespace souk::schema::testing
