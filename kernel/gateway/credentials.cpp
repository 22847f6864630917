#include "kernel/gateway/credentials.hpp"

#include <array>
#include <cctype>
#include <cstdint>

namespace souk::gateway {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

bool has_scheme(std::string_view text, std::string_view scheme) noexcept {
  if (text.size() <= scheme.size() || text[scheme.size()] != ' ') return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[i])) != scheme[i]) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) noexcept {
  while (text.starts_with(' '))
    text.remove_prefix(1);
  while (text.ends_with(' '))
    text.remove_suffix(1);
  return text;
}

}  // namespace

bool base64_decode(std::string_view text, std::string& out) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  out.clear();
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return false;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
  }
  return text.size() % 4 != 1;
}

std::string base64url_encode(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += kAlphabet[(bits >> count) & 63U];
    }
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 63U];
  return out;
}

Credentials credentials_of(std::string_view authorization) {
  Credentials credentials;
  if (authorization.empty()) return credentials;
  if (has_scheme(authorization, "bearer")) {
    credentials.key = trimmed(authorization.substr(7));
    credentials.form =
        credentials.key.empty() ? Credentials::Form::malformed : Credentials::Form::bearer;
    return credentials;
  }
  credentials.form = Credentials::Form::malformed;
  if (!has_scheme(authorization, "basic")) return credentials;
  std::string pair;
  if (!base64_decode(trimmed(authorization.substr(6)), pair)) return credentials;
  credentials.key = pair.substr(0, pair.find(':'));
  if (!credentials.key.empty()) credentials.form = Credentials::Form::basic;
  return credentials;
}

}  // namespace souk::gateway
