#include "plugins/email/send/sms_form.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>

namespace souk::email {
namespace {

constexpr std::size_t kMostFormFields = 200;

std::string decoded_form_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* at = text.data() + i;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(at + 1, at + 3, value, 16).ptr == at + 3) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> form_fields(std::string_view body) {
  std::map<std::string, std::string> fields;
  while (!body.empty() && fields.size() < kMostFormFields) {
    const std::size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value =
        equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (!pair.empty())
      fields.emplace(decoded_form_text(pair.substr(0, equals)), decoded_form_text(value));
  }
  return fields;
}

std::string twilio_signature(std::string_view secret, std::string_view url,
                             const std::map<std::string, std::string>& fields) {
  std::string text(url);
  for (const auto& [name, value] : fields)
    text += name + value;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  std::string encoded(4 * ((size + 2) / 3) + 1, '\0');
  encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(encoded.data()), digest, static_cast<int>(size))));
  return encoded;
}

}  // namespace souk::email
