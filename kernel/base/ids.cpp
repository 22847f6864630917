#include "kernel/base/ids.hpp"

#include <openssl/evp.h>
#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstring>
#include <random>

namespace souk::base {

Hash128 hash128(std::string_view bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

std::uint64_t hash64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  if (getrandom(&value, sizeof value, 0) != static_cast<ssize_t>(sizeof value)) {
    std::random_device device;
    value = (std::uint64_t{device()} << 32U) | device();
  }
  return value;
}

std::string new_uuid(std::int64_t now_us) {
  // One seed from the system a thread; then a generator, since a system call an event is too dear.
  thread_local std::mt19937_64 generator(random_u64());
  const std::uint64_t ms = static_cast<std::uint64_t>(now_us / 1000);
  std::uint64_t high = (ms << 16U) | 0x7000U | (generator() & 0x0fffU);
  std::uint64_t low = (generator() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(36, '-');
  for (int i = 35; i >= 0; --i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) continue;
    std::uint64_t& word = i > 18 ? low : high;
    text[static_cast<std::size_t>(i)] = kDigits[word & 0xfU];
    word >>= 4U;
  }
  return text;
}

std::string to_hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text.push_back(kDigits[value >> 4U]);
    text.push_back(kDigits[value & 0xfU]);
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace souk::base
