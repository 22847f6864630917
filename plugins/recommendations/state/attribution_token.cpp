#include "plugins/recommendations/state/attribution_token.hpp"

#include <algorithm>
#include <array>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kProductSalt = 0x70726f64;   // "prod"
constexpr std::uint64_t kChecksumSalt = 0x736f756b;  // "souk"
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kMostBytes = 384;  // what 512 characters hold

std::uint32_t hash_of_product(std::string_view id) {
  return static_cast<std::uint32_t>(hash_of(id, kProductSalt) & 0xfffffu);
}

/// The token's bytes, on the stack.
struct Bytes {
  std::array<unsigned char, kMostBytes> data{};
  std::size_t size = 0;

  void put(std::uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count && size < kMostBytes; ++i, value >>= 8)
      data[size++] = static_cast<unsigned char>(value & 0xff);
  }
  [[nodiscard]] std::uint64_t take(std::size_t& at, unsigned count) const {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i)
      value |= std::uint64_t{data[at + i]} << (8 * i);
    at += count;
    return value;
  }
  [[nodiscard]] std::uint32_t checksum(std::size_t length) const {
    return static_cast<std::uint32_t>(
        hash_of({reinterpret_cast<const char*>(data.data()), length}, kChecksumSalt));
  }
};

void encode(const Bytes& bytes, std::string& out) {
  for (std::size_t at = 0; at < bytes.size; at += 3) {
    const std::size_t left = std::min<std::size_t>(3, bytes.size - at);
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i)
      word = word << 8 | (i < left ? bytes.data[at + i] : 0u);
    for (std::size_t i = 0; i <= left; ++i)
      out.push_back(kDigits[word >> (18 - 6 * i) & 63]);
  }
}

int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool decode(std::string_view text, Bytes& out) {
  std::uint32_t word = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return false;
    word = word << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.put(word >> bits & 0xff, 1);
    word &= (1u << bits) - 1;
  }
  return word == 0;
}

}  // namespace

void AttributionToken::clear() {
  issued_s = 0;
  request = 0;
  placement.clear();
  items.clear();
}

void AttributionToken::add(std::string_view product_id, std::uint8_t kind) {
  if (items.size() >= kMostItems) return;
  items.push_back({hash_of_product(product_id), kind});
}

const AttributionToken::Item* AttributionToken::find(std::string_view product_id) const {
  const std::uint32_t hash = hash_of_product(product_id);
  const auto found =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.hash == hash; });
  return found == items.end() ? nullptr : &*found;
}

void AttributionToken::write(std::string& out) const {
  Bytes bytes;
  const std::size_t name = std::min(placement.size(), kLongestPlacement);
  bytes.put(kVersion, 1);
  bytes.put(issued_s / 60, 4);
  bytes.put(request, 6);
  bytes.put(name, 1);
  for (std::size_t i = 0; i < name; ++i)
    bytes.put(static_cast<unsigned char>(placement[i]), 1);
  const std::size_t count = std::min(items.size(), kMostItems);
  bytes.put(count, 1);
  for (std::size_t i = 0; i < count; ++i)
    bytes.put(items[i].hash | std::uint64_t{items[i].kind & 15u} << 20, 3);
  bytes.put(bytes.checksum(bytes.size), 4);
  out.assign(kPrefix);
  encode(bytes, out);
}

bool AttributionToken::read(std::string_view text) {
  constexpr std::size_t kFixed = 1 + 4 + 6 + 1 + 1 + 4;
  clear();
  if (text.size() > kLongest || !is_ours(text)) return false;
  Bytes bytes;
  if (!decode(text.substr(kPrefix.size()), bytes) || bytes.size < kFixed) return false;
  std::size_t at = bytes.size - 4;
  if (bytes.take(at, 4) != bytes.checksum(bytes.size - 4)) return false;
  at = 0;
  if (bytes.take(at, 1) != kVersion) return false;
  const auto issued = static_cast<std::uint32_t>(bytes.take(at, 4));
  const std::uint64_t asked = bytes.take(at, 6);
  const std::size_t name = bytes.take(at, 1);
  if (name > kLongestPlacement || at + name + 5 > bytes.size) return false;
  const char* const first = reinterpret_cast<const char*>(bytes.data.data()) + at;
  at += name;
  const std::size_t count = bytes.take(at, 1);
  if (count > kMostItems || at + count * 3 + 4 != bytes.size) return false;
  issued_s = issued * 60;
  request = asked;
  placement.assign(first, name);
  for (std::size_t i = 0; i < count; ++i) {
    const auto cell = static_cast<std::uint32_t>(bytes.take(at, 3));
    items.push_back({cell & 0xfffffu, static_cast<std::uint8_t>(cell >> 20)});
  }
  return true;
}

}  // namespace souk::recommendations
