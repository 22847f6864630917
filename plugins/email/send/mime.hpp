// A message as it goes over the wire: headers and multipart/alternative, RFC 5322, 2045, 2047.
#pragma once

#include <souk/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace souk::email {

/// `Demo shop <shop@demo.example>`, taken apart.
struct Mailbox {
  std::string name;
  std::string address;
  [[nodiscard]] std::string domain() const;
};
/// INVALID_ARGUMENT for what is no address: no @, blanks, line breaks, angle brackets, more than
/// 320 bytes. Local parts may be quoted, domains may be non-ASCII.
[[nodiscard]] Result<Mailbox> parse_mailbox(std::string_view text);

/// A header's text: ASCII as it is, anything else as encoded words of 75 characters at most. Line
/// breaks and control characters become blanks, so no text can begin a header of its own.
[[nodiscard]] std::string encoded_text(std::string_view text);
/// `"Name" <address>` for From, To, Reply-To.
[[nodiscard]] std::string encoded_mailbox(const Mailbox& mailbox);
/// Quoted-printable, lines of 76 characters at most, CRLF.
[[nodiscard]] std::string quoted_printable(std::string_view text);
/// "Mon, 23 Nov 2026 04:17:00 +0000".
[[nodiscard]] std::string mail_date(std::int64_t us);

/// What a message says.
struct MimeMessage {
  Mailbox from;
  Mailbox to;
  Mailbox reply_to;  ///< empty: none
  std::string subject;
  std::string message_id;  ///< without angle brackets
  std::int64_t date_us = 0;
  std::string html;
  std::string text;
  std::string boundary;  ///< the same at every attempt
  /// Further headers, their values as they go out (folded already where they are long).
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Headers and body, with CRLF everywhere.
struct MimeText {
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  [[nodiscard]] std::string whole() const;
};
[[nodiscard]] MimeText make_mime(const MimeMessage& message);

}  // namespace souk::email
