#include "plugins/email/send/mime.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "plugins/email/send/token.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kLongestLine = 76;
constexpr std::size_t kLongestHeader = 900;  // RFC 5322 allows 998 in a line

constexpr std::size_t kLongestText = 2'000;

bool is_plain(char c) noexcept { return c >= ' ' && c < 0x7f; }

/// How many bytes the character at `at` has; 1 for what is not UTF-8.
std::size_t character_size(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t size = lead < 0x80    ? 1
                           : lead >= 0xf0 ? 4
                           : lead >= 0xe0 ? 3
                           : lead >= 0xc0 ? 2
                                          : 1;
  return std::min(size, text.size() - at);
}

/// No more than `most` bytes, without half a character at the end.
std::string_view cut_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U)
    --most;
  return text.substr(0, most);
}

/// What stands between the quotes of a quoted local part: a quote only behind a backslash.
bool is_quoted_well(std::string_view inside) {
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '"') return false;
    if (inside[i] == '\\' && ++i == inside.size()) return false;
  }
  return true;
}

std::string without_controls(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  return clean;
}

/// RFC 2047: 45 bytes give 60 letters of base64 and 72 characters in all; characters are not cut.
std::string encoded_words(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && end + character_size(text, end) - at <= 45)
      end += character_size(text, end);
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + base64(text.substr(at, end - at), false) + "?=";
    at = end;
  }
  return out;
}

}  // namespace

std::string Mailbox::domain() const {
  const std::size_t at = address.rfind('@');
  return at == std::string::npos ? std::string() : address.substr(at + 1);
}

Result<Mailbox> parse_mailbox(std::string_view text) {
  Mailbox mailbox;
  const auto trim = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ')
      part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ')
      part.remove_suffix(1);
    return part;
  };
  text = trim(text);
  const std::size_t open = text.rfind('<');
  if (open != std::string_view::npos && text.ends_with('>')) {
    mailbox.address = trim(text.substr(open + 1, text.size() - open - 2));
    std::string_view name = trim(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"')
      name = name.substr(1, name.size() - 2);
    mailbox.name = without_controls(name);
  } else {
    mailbox.address = text;
  }
  const std::string& address = mailbox.address;
  const std::size_t at = address.rfind('@');
  const bool shaped = at != std::string::npos && at > 0 && at + 1 < address.size() &&
                      address.size() <= 320 && at <= 64;
  const bool quoted = shaped && address[0] == '"' && at > 2 && address[at - 1] == '"' &&
                      is_quoted_well(std::string_view(address).substr(1, at - 2));
  // Blanks, commas and quotes within the quotes only: the rest is what envelopes are made of.
  const std::size_t free_until = quoted ? at : 0;
  bool clean = shaped;
  for (std::size_t i = 0; clean && i < address.size(); ++i) {
    const char c = address[i];
    const bool always = static_cast<unsigned char>(c) > 0x1f && c != 0x7f && c != '<' && c != '>';
    const bool outside = c != ' ' && c != ',' && c != ';' && c != '"';
    clean = always && (outside || i < free_until);
  }
  if (!clean) {
    return Status(Code::invalid_argument, "is no e-mail address; such as Shop <shop@example.org>");
  }
  return mailbox;
}

std::string encoded_text(std::string_view raw) {
  const std::string text = without_controls(cut_text(raw, kLongestText));
  const bool plain = std::all_of(text.begin(), text.end(), is_plain) &&
                     text.find("=?") == std::string::npos && text.size() <= kLongestHeader;
  return plain ? text : encoded_words(text);
}

std::string encoded_mailbox(const Mailbox& mailbox) {
  const std::string name = without_controls(cut_text(mailbox.name, kLongestText));
  if (name.empty()) return mailbox.address;
  // Either in quotes or in letters of base64: bare words with a colon or a comma are further
  // addresses.
  const bool plain = std::all_of(name.begin(), name.end(), is_plain) && name.size() <= 200 &&
                     name.find("=?") == std::string::npos;
  if (!plain) return encoded_words(name) + " <" + mailbox.address + ">";
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + "\" <" + mailbox.address + ">";
}

std::string quoted_printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t line = 0;
  const auto put = [&](std::string_view piece) {
    if (line + piece.size() > kLongestLine - 1) {
      out += "=\r\n";
      line = 0;
    }
    out += piece;
    line += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n' || c == '\r') {
      out += "\r\n";
      line = 0;
      continue;
    }
    const bool last = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool blank = c == ' ' || c == '\t';
    if ((is_plain(c) && c != '=' && !(blank && last)) || (c == '\t' && !last)) {
      put({&text[i], 1});
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 3> code{'=', kHex[byte >> 4U], kHex[byte & 0xfU]};
    put({code.data(), code.size()});
  }
  if (line > 0) out += "\r\n";
  return out;
}

std::string mail_date(std::int64_t us) {
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                                 kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                 kMonths[static_cast<std::size_t>(parts.tm_mon)],
                                 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

MimeText make_mime(const MimeMessage& message) {
  MimeText out;
  auto& headers = out.headers;
  headers.emplace_back("From", encoded_mailbox(message.from));
  headers.emplace_back("To", encoded_mailbox(message.to));
  if (!message.reply_to.address.empty())
    headers.emplace_back("Reply-To", encoded_mailbox(message.reply_to));
  headers.emplace_back("Subject", encoded_text(message.subject));
  headers.emplace_back("Date", mail_date(message.date_us));
  headers.emplace_back("Message-ID", "<" + message.message_id + ">");
  headers.emplace_back("MIME-Version", "1.0");
  for (const auto& header : message.headers)
    headers.push_back(header);
  headers.emplace_back("Content-Type",
                       "multipart/alternative; boundary=\"" + message.boundary + "\"");
  const auto part = [&](std::string_view type, std::string_view content) {
    out.body += "--" + message.boundary + "\r\nContent-Type: " + std::string(type) +
                "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
                quoted_printable(content) + "\r\n";
  };
  part("text/plain", message.text);
  part("text/html", message.html);
  out.body += "--" + message.boundary + "--\r\n";
  return out;
}

std::string MimeText::whole() const {
  std::string text;
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  return text + "\r\n" + body;
}

}  // namespace souk::email
