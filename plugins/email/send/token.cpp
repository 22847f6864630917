#include "plugins/email/send/token.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <optional>

namespace souk::email {
namespace {

constexpr std::size_t kMacBytes = 16;
constexpr std::string_view kUrlLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t value = kUrlLetters.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    held = held << 6U | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>((held >> bits) & 0xffU));
  }
  return bytes;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    held = held << 8U | static_cast<unsigned char>(c);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(kUrlLetters[(held >> bits) & 0x3fU]);
    }
  }
  if (bits > 0) text.push_back(kUrlLetters[(held << (6 - bits)) & 0x3fU]);
  return text;
}

std::string base64(std::string_view bytes, bool lines) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  if (!lines) return text;
  std::string broken;
  for (std::size_t at = 0; at < text.size(); at += 76)
    broken += text.substr(at, 76) + "\r\n";
  return broken;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(bytes), bytes.size(),
       digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_secret() {
  std::string bytes(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 32) != 1) return {};
  return bytes;
}

std::string sign_token(std::string_view key, std::string_view store, const v1::Token& token) {
  const std::string bytes = token.SerializeAsString();
  const std::string mac = hmac_sha256(key, bytes).substr(0, kMacBytes);
  const std::string text = base64url(mac + bytes);
  return store.empty() ? text : std::string(store) + "." + text;
}

Result<v1::Token> read_token(std::string_view key, std::string_view text) {
  static constexpr const char* kWrong = "the link is not one of ours, or was cut off";
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos)
    text.remove_prefix(dot + 1);
  const auto bytes = from_base64url(text);
  v1::Token token;
  if (key.empty() || !bytes || bytes->size() <= kMacBytes) {
    return Status(Code::invalid_argument, kWrong, "token");
  }
  const std::string_view content = std::string_view(*bytes).substr(kMacBytes);
  const std::string mac = hmac_sha256(key, content).substr(0, kMacBytes);
  if (!same_secret(mac, std::string_view(*bytes).substr(0, kMacBytes)) ||
      !token.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return Status(Code::invalid_argument, kWrong, "token");
  }
  return token;
}

}  // namespace souk::email
