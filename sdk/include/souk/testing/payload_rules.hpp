// What a plugin publishes, held against its descriptors as the daemon does: wire types, UTF-8-sized
// limits, and the rules of (souk.v1.field). Left to the daemon alone: patterns, cross-checks,
// oneofs given twice.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "souk/abi.h"
#include "souk/result.hpp"
#include "souk/testing/declaration.hpp"

namespace souk {
inline namespace abi1 {
namespace testing {

/// The messages of a FileDescriptorSet, as far as their payloads can be judged without Protobuf's
/// reflection. Immutable; any thread.
class PayloadRules {
 public:
  PayloadRules() = default;
  explicit PayloadRules(std::string_view descriptor_set) {
    for (WireReader files(descriptor_set); files.next();) {
      if (files.field() == 1) read_file(files.text());
    }
  }

  /// The rules of a set, read once for all benches of one library. Any thread.
  static std::shared_ptr<const PayloadRules> shared(std::string_view descriptor_set) {
    static std::mutex mutex;
    static std::string set;
    static std::shared_ptr<const PayloadRules> rules;
    const std::lock_guard lock(mutex);
    if (rules == nullptr || set != descriptor_set) {
      set = descriptor_set;
      rules = std::make_shared<const PayloadRules>(descriptor_set);
    }
    return rules;
  }

  /// What the daemon checks of a publication before it takes it.
  [[nodiscard]] Status check_publication(const std::string& type, const souk_publication& p) const {
    constexpr std::uint64_t kMostPayload = 1U << 20;
    constexpr std::uint64_t kMostId = 256;
    if (p.payload.size > kMostPayload) return fault("", "a publication has at most 1 MiB");
    for (const souk_bytes& id : {p.shopper_id, p.session_id, p.account_id}) {
      if (id.size > kMostId) return fault("", "an id has at most 256 bytes");
    }
    return check(type, {p.payload.data, static_cast<std::size_t>(p.payload.size)});
  }

  /// INVALID_ARGUMENT, with the path of the field, when the daemon would refuse the payload; OK for
  /// a type that the descriptors do not have.
  [[nodiscard]] Status check(const std::string& type, std::string_view payload) const {
    return check_message("." + type, payload, 1);
  }

 private:
  struct Field {
    std::string name;
    std::uint64_t type = 0;  ///< as google.protobuf.FieldDescriptorProto.Type
    std::string message;     ///< ".souk.v1.Money"
    bool repeated = false;
    bool required = false;
    std::uint64_t max_length = 0;
    std::uint64_t max_items = 0;
    std::optional<double> min;
    std::optional<double> max;
    std::vector<std::string> allowed;
  };
  using Fields = std::map<std::uint32_t, Field>;

  static constexpr int kDeepest = 64;
  static constexpr std::uint32_t kRules = 51002;  ///< (souk.v1.field)
  enum Type : std::uint64_t {
    kDouble = 1,
    kFloat,
    kInt64,
    kUint64,
    kInt32,
    kFixed64,
    kFixed32,
    kBool,
    kString,
    kGroup,
    kMessage,
    kBytes,
    kUint32,
    kEnum,
    kSfixed32,
    kSfixed64,
    kSint32,
    kSint64
  };

  void read_file(std::string_view bytes) {
    std::string package;
    std::vector<std::string_view> messages;
    for (WireReader file(bytes); file.next();) {
      if (file.field() == 2) package = "." + std::string(file.text());
      if (file.field() == 4) messages.push_back(file.text());
    }
    for (const std::string_view message : messages)
      read_message(package, message, 1);
  }

  void read_message(const std::string& scope, std::string_view bytes, int depth) {
    if (depth > kDeepest) return;
    std::string name = scope;
    Fields fields;
    std::vector<std::string_view> nested;
    for (WireReader message(bytes); message.next();) {
      if (message.field() == 1) name = scope + "." + std::string(message.text());
      if (message.field() == 2) read_field(message.text(), fields);
      if (message.field() == 3) nested.push_back(message.text());
    }
    for (const std::string_view inner : nested)
      read_message(name, inner, depth + 1);
    messages_.emplace(std::move(name), std::move(fields));
  }

  static void read_field(std::string_view bytes, Fields& fields) {
    Field field;
    std::uint32_t number = 0;
    for (WireReader reader(bytes); reader.next();) {
      if (reader.field() == 1) field.name = std::string(reader.text());
      if (reader.field() == 3) number = static_cast<std::uint32_t>(reader.number());
      if (reader.field() == 4) field.repeated = reader.number() == 3;
      if (reader.field() == 5) field.type = reader.number();
      if (reader.field() == 6) field.message = std::string(reader.text());
      if (reader.field() != 8) continue;
      for (WireReader options(reader.text()); options.next();) {
        if (options.field() == kRules) read_rules(options.text(), field);
      }
    }
    fields.emplace(number, std::move(field));
  }

  static void read_rules(std::string_view bytes, Field& field) {
    for (WireReader rules(bytes); rules.next();) {
      if (rules.field() == 2) field.min = std::bit_cast<double>(fixed(rules.text()));
      if (rules.field() == 3) field.max = std::bit_cast<double>(fixed(rules.text()));
      if (rules.field() == 4) field.required = rules.number() != 0;
      if (rules.field() == 8) field.max_length = rules.number();
      if (rules.field() == 9) field.allowed.emplace_back(rules.text());
      if (rules.field() == 12) field.max_items = rules.number();
    }
  }

  /// Eight or four bytes, little-endian.
  static std::uint64_t fixed(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size() && i < 8; ++i)
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
  }

  static Status fault(const std::string& path, const std::string& what) {
    return {Code::invalid_argument, what, path};
  }
  static Status below(const std::string& name, const Status& status) {
    return {status.code(), status.message(),
            status.field().empty() ? name : name + "." + status.field()};
  }

  [[nodiscard]] Status check_message(const std::string& type, std::string_view bytes,
                                     int depth) const {
    const auto known = messages_.find(type);
    if (known == messages_.end()) return {};
    if (depth > kDeepest) return fault("", "is nested too deeply");
    std::map<std::uint32_t, std::uint64_t> counts;
    WireReader reader(bytes);
    while (reader.next()) {
      const auto found = known->second.find(reader.field());
      if (found == known->second.end()) continue;
      const Field& field = found->second;
      if (Status status = check_value(field, reader, depth); !status.ok()) {
        return below(field.name, status);
      }
      const bool empty = reader.wire() == 2 && reader.text().empty() && field.type != kMessage;
      counts[reader.field()] += empty && !field.repeated ? 0 : 1;
    }
    if (!reader.ok()) return fault("", "is malformed");
    for (const auto& [number, field] : known->second) {
      // A number that is 0 is not written, and so cannot be missed.
      const bool silent = field.type != kString && field.type != kMessage && field.type != kBytes &&
                          field.type != kEnum && !field.repeated;
      if (field.required && !silent && counts[number] == 0) return fault(field.name, "is required");
      if (field.max_items != 0 && counts[number] > field.max_items) {
        return fault(field.name, "has " + std::to_string(counts[number]) + " elements; at most " +
                                     std::to_string(field.max_items) + " are allowed");
      }
    }
    return {};
  }

  [[nodiscard]] Status check_value(const Field& field, const WireReader& reader, int depth) const {
    const bool packed = field.repeated && reader.wire() == 2 && wire_of(field.type) != 2;
    if (packed) return {};  // its numbers are the daemon's to judge
    if (reader.wire() != wire_of(field.type)) return fault("", "has the wrong wire type");
    if (field.type == kMessage) return check_message(field.message, reader.text(), depth + 1);
    if (reader.wire() == 2) return check_text(field, reader.text());
    return check_number(field, reader);
  }

  static std::uint32_t wire_of(std::uint64_t type) {
    switch (type) {
      case kDouble:
      case kFixed64:
      case kSfixed64:
        return 1;
      case kFloat:
      case kFixed32:
      case kSfixed32:
        return 5;
      case kString:
      case kBytes:
      case kMessage:
        return 2;
      default:
        return 0;
    }
  }

  static Status check_text(const Field& field, std::string_view text) {
    if (field.max_length != 0 && text.size() > field.max_length) {
      return fault("", "is " + std::to_string(text.size()) + " bytes long; at most " +
                           std::to_string(field.max_length) + " are allowed");
    }
    if (field.allowed.empty() || text.empty()) return {};
    for (const std::string& allowed : field.allowed) {
      if (allowed == text) return {};
    }
    return fault("", "\"" + std::string(text) + "\" is not allowed");
  }

  static Status check_number(const Field& field, const WireReader& reader) {
    if (!field.min && !field.max) return {};
    const double value = number_of(field.type, reader);
    const bool low = field.min && !(value >= *field.min);
    const bool high = field.max && !(value <= *field.max);
    if (!low && !high) return {};
    return fault("", "is " + std::to_string(value) + ", which is out of range");
  }

  static double number_of(std::uint64_t type, const WireReader& reader) {
    const auto zigzag = [](std::uint64_t n) {
      return static_cast<double>(static_cast<std::int64_t>(n >> 1) ^
                                 -static_cast<std::int64_t>(n & 1));
    };
    switch (type) {
      case kDouble:
        return std::bit_cast<double>(fixed(reader.text()));
      case kFloat:
        return static_cast<double>(
            std::bit_cast<float>(static_cast<std::uint32_t>(fixed(reader.text()))));
      case kFixed32:
      case kFixed64:
        return static_cast<double>(fixed(reader.text()));
      case kSfixed32:
        return static_cast<double>(static_cast<std::int32_t>(fixed(reader.text())));
      case kSfixed64:
        return static_cast<double>(static_cast<std::int64_t>(fixed(reader.text())));
      case kSint32:
      case kSint64:
        return zigzag(reader.number());
      case kUint32:
      case kUint64:
        return static_cast<double>(reader.number());
      default:
        return static_cast<double>(static_cast<std::int64_t>(reader.number()));
    }
  }

  std::map<std::string, Fields, std::less<>> messages_;
};

}  // namespace testing
}  // namespace abi1
}  // namespace souk
