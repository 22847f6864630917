// DKIM signatures, RFC 6376, with RSA-SHA256 or Ed25519-SHA256 (RFC 8463), relaxed/relaxed.
#pragma once

#include <souk/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "plugins/email/send/mime.hpp"

namespace souk::email {

/// A private key with the name under which its public half is published. Immutable; any thread.
class DkimSigner {
 public:
  /// INVALID_ARGUMENT when `pem` is no RSA key of at least 1,024 bits and no Ed25519 key.
  static Result<std::shared_ptr<const DkimSigner>> make(std::string domain, std::string selector,
                                                        const std::string& pem);

  /// The value of the DKIM-Signature header that goes before the message's others.
  [[nodiscard]] Result<std::string> sign(const MimeText& message, std::int64_t now_us) const;

 private:
  struct Key;
  std::string domain_;
  std::string selector_;
  std::shared_ptr<const Key> key_;
};

/// RFC 6376 3.4.4: blanks at line ends go, others shrink to one, empty lines at the end go.
[[nodiscard]] std::string relaxed_body(std::string_view body);
/// RFC 6376 3.4.2: "name:value" with the name in lower case and blanks shrunk, without line break.
[[nodiscard]] std::string relaxed_header(std::string_view name, std::string_view value);

}  // namespace souk::email
