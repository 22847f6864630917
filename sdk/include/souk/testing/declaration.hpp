// What a library declares: its manifest and the methods of its services, read from their bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace souk {
inline namespace abi1 {
namespace testing {

/// Reads the fields of one Protobuf message in order. Bounded: a fault ends it, ok() then is false.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : rest_(bytes) {}

  /// Moves to the next field; false at the end or at a fault.
  [[nodiscard]] bool next() {
    if (rest_.empty() || !ok_) return false;
    const std::uint64_t key = varint();
    field_ = static_cast<std::uint32_t>(key >> 3);
    wire_ = static_cast<std::uint32_t>(key & 7);
    switch (wire_) {
      case 0:
        number_ = varint();
        break;
      case 1:
        text_ = take(8);
        break;
      case 2:
        text_ = take(varint());
        break;
      case 5:
        text_ = take(4);
        break;
      default:
        ok_ = false;
    }
    return ok_;
  }
  [[nodiscard]] std::uint32_t field() const noexcept { return field_; }
  /// 0 a varint, 1 eight bytes, 2 a length and so many bytes, 5 four bytes.
  [[nodiscard]] std::uint32_t wire() const noexcept { return wire_; }
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] bool ok() const noexcept { return ok_; }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view piece = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(piece.size());
    return piece;
  }

  std::string_view rest_;
  std::uint32_t field_ = 0;
  std::uint32_t wire_ = 0;
  std::uint64_t number_ = 0;
  std::string_view text_;
  bool ok_ = true;
};

struct Declaration {
  std::string id;
  std::string version;
  std::vector<std::string> services;
  std::vector<std::string> reads;
  std::vector<std::string> publishes;
  std::vector<std::string> extensions_required;
  std::vector<std::string> extensions_optional;
  std::string settings_message;
  std::vector<std::string> methods;  ///< "pkg.Service/Method", in the order of souk_call.method

  /// The position of `type` among `reads`, which is souk_event.subscription.
  [[nodiscard]] std::optional<std::uint32_t> subscription(std::string_view type) const {
    return position(reads, type);
  }
  [[nodiscard]] std::optional<std::uint32_t> method(std::string_view full_name) const {
    return position(methods, full_name);
  }

 private:
  static std::optional<std::uint32_t> position(const std::vector<std::string>& list,
                                               std::string_view name) {
    const auto found = std::find(list.begin(), list.end(), name);
    if (found == list.end()) return std::nullopt;
    return static_cast<std::uint32_t>(found - list.begin());
  }
};

namespace detail {

/// The names of each service's methods, by the service's full name, from a FileDescriptorSet.
inline std::map<std::string, std::vector<std::string>, std::less<>> methods_by_service(
    std::string_view descriptor_set) {
  std::map<std::string, std::vector<std::string>, std::less<>> found;
  for (WireReader files(descriptor_set); files.next();) {
    if (files.field() != 1) continue;
    std::string package;
    std::vector<std::string_view> services;
    for (WireReader file(files.text()); file.next();) {
      if (file.field() == 2) package = std::string(file.text()) + ".";
      if (file.field() == 6) services.push_back(file.text());
    }
    for (const std::string_view bytes : services) {
      std::string name;
      std::vector<std::string> methods;
      for (WireReader service(bytes); service.next();) {
        if (service.field() == 1) name = package + std::string(service.text());
        if (service.field() != 2) continue;
        for (WireReader method(service.text()); method.next();) {
          if (method.field() == 1) methods.emplace_back(method.text());
        }
      }
      found.emplace(std::move(name), std::move(methods));
    }
  }
  return found;
}

}  // namespace detail

/// Reads a manifest and a descriptor set (which may be empty: then `methods` is).
inline Declaration read_declaration(std::string_view manifest, std::string_view descriptor_set) {
  Declaration declared;
  for (WireReader reader(manifest); reader.next();) {
    const std::string text(reader.text());
    switch (reader.field()) {
      case 1:
        declared.id = text;
        break;
      case 2:
        declared.version = text;
        break;
      case 6:
        declared.extensions_required.push_back(text);
        break;
      case 7:
        declared.extensions_optional.push_back(text);
        break;
      case 8:
        declared.services.push_back(text);
        break;
      case 9:
        declared.reads.push_back(text);
        break;
      case 10:
        declared.publishes.push_back(text);
        break;
      case 11:
        declared.settings_message = text;
        break;
      default:
        break;
    }
  }
  const auto methods = detail::methods_by_service(descriptor_set);
  for (const std::string& service : declared.services) {
    const auto found = methods.find(service);
    if (found == methods.end()) continue;
    for (const std::string& method : found->second) {
      declared.methods.push_back(service + "/" + method);
    }
  }
  return declared;
}

}  // namespace testing
}  // namespace abi1
}  // namespace souk
