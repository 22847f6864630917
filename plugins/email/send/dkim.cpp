#include "plugins/email/send/dkim.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <vector>

#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

constexpr std::array<std::string_view, 12> kSigned{
    "from",       "to",           "reply-to",     "subject",          "date",
    "message-id", "mime-version", "content-type", "list-unsubscribe", "list-unsubscribe-post",
    "list-id",    "feedback-id"};

bool is_dkim_blank(char c) noexcept { return c == ' ' || c == '\t'; }

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Long base64 in lines, so that no header line is longer than it may be.
std::string folded_base64(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 72)
    out += "\r\n\t" + text.substr(at, 72);
  return out;
}

}  // namespace

struct DkimSigner::Key {
  std::unique_ptr<EVP_PKEY, FreeKey> key;
  bool ed25519 = false;
};

Result<std::shared_ptr<const DkimSigner>> DkimSigner::make(std::string domain, std::string selector,
                                                           const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = std::make_shared<Key>();
  // No password is asked for: a key that has one is refused.
  key->key.reset(PEM_read_bio_PrivateKey(
      bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  const int type = key->key ? EVP_PKEY_base_id(key->key.get()) : 0;
  key->ed25519 = type == EVP_PKEY_ED25519;
  const bool rsa = type == EVP_PKEY_RSA && EVP_PKEY_bits(key->key.get()) >= 1'024;
  if (!key->ed25519 && !rsa) {
    return Status(Code::invalid_argument,
                  "is no private key as PEM; RSA of at least 1,024 bits or Ed25519, no password");
  }
  auto signer = std::make_shared<DkimSigner>();
  signer->domain_ = std::move(domain);
  signer->selector_ = std::move(selector);
  signer->key_ = std::move(key);
  return std::shared_ptr<const DkimSigner>(std::move(signer));
}

std::string relaxed_body(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const std::size_t end = body.find("\r\n");
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 2);
    bool blank = false;
    for (const char c : line) {
      if (is_dkim_blank(c)) {
        blank = true;
        continue;
      }
      if (blank) out.push_back(' ');
      blank = false;
      out.push_back(c);
    }
    out += "\r\n";
  }
  while (out.ends_with("\r\n\r\n"))
    out.resize(out.size() - 2);
  return out == "\r\n" ? std::string() : out;
}

std::string relaxed_header(std::string_view name, std::string_view value) {
  std::string out;
  for (const char c : name) {
    if (!is_dkim_blank(c)) out.push_back(lower(c));
  }
  out.push_back(':');
  bool blank = false;
  bool begun = false;
  for (const char c : value) {
    if (c == '\r' || c == '\n') continue;
    if (is_dkim_blank(c)) {
      blank = true;
      continue;
    }
    if (blank && begun) out.push_back(' ');
    blank = false;
    begun = true;
    out.push_back(c);
  }
  return out;
}

Result<std::string> DkimSigner::sign(const MimeText& message, std::int64_t now_us) const {
  std::string names;
  std::string hashed;
  for (const std::string_view wanted : kSigned) {
    for (const auto& [name, value] : message.headers) {
      std::string small = name;
      std::transform(small.begin(), small.end(), small.begin(), lower);
      if (small != wanted) continue;
      if (!names.empty()) names += ":";
      names += small;
      hashed += relaxed_header(name, value) + "\r\n";
    }
  }
  std::string value = std::string("v=1; a=") + (key_->ed25519 ? "ed25519-sha256" : "rsa-sha256") +
                      "; c=relaxed/relaxed; d=" + domain_ + ";\r\n\ts=" + selector_ +
                      "; t=" + std::to_string(now_us / 1'000'000) + ";\r\n\th=" + names +
                      ";\r\n\tbh=" + base64(sha256(relaxed_body(message.body)), false) +
                      ";\r\n\tb=";
  hashed += relaxed_header("DKIM-Signature", value);
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context(EVP_MD_CTX_new());
  // Ed25519 signs the hash of the headers, RFC 8463 section 3; RSA hashes them itself.
  const std::string input = key_->ed25519 ? sha256(hashed) : hashed;
  std::size_t size = 0;
  std::string signature;
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  bool good = EVP_DigestSignInit(context.get(), nullptr, key_->ed25519 ? nullptr : EVP_sha256(),
                                 nullptr, key_->key.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, bytes, input.size()) == 1;
  if (good) {
    signature.resize(size);
    good = EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                          bytes, input.size()) == 1;
    signature.resize(size);
  }
  if (!good) return Status(Code::internal, "the DKIM key does not sign");
  return value + folded_base64(base64(signature, false));
}

}  // namespace souk::email
