#include "plugins/search/state/query_id.hpp"

#include "plugins/search/model/analyzer.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kBytesKeyed = 256;  // bytes; as behaviour cuts what it learns
constexpr std::size_t kSize = 32;
constexpr std::size_t kChecked = 28;

void append_hex(std::uint64_t value, int digits, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
    out += kDigits[(value >> shift) & 15U];
}

std::uint64_t check_of(std::string_view text) {
  return XXH3_64bits_withSeed(text.data(), text.size(), 2) & 0xFFFFU;
}

bool read_hex(std::string_view text, std::uint64_t& value) {
  value = 0;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return false;
    value = value << 4U | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return true;
}

}  // namespace

std::string query_id_of(std::string_view request_id, std::string_view query, std::int64_t now_us) {
  std::string seed(request_id);
  seed.append("\n").append(query).append("\n").append(std::to_string(now_us));
  std::string id;
  append_hex(key_of(normalized(query.substr(0, kBytesKeyed))), 16, id);
  append_hex(XXH3_64bits(seed.data(), seed.size()), 12, id);
  append_hex(check_of(id), 4, id);
  return id;
}

std::uint64_t query_in_id(std::string_view id) {
  std::uint64_t query = 0;
  std::uint64_t check = 0;
  const bool ours = id.size() == kSize && read_hex(id.substr(0, 16), query) &&
                    read_hex(id.substr(kChecked), check) &&
                    check == check_of(id.substr(0, kChecked));
  return ours ? query : 0;
}

}  // namespace souk::search
