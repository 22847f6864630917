// One connection to an SMTP server, by libcurl: kept open from message to message.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace souk::email {

struct SmtpOptions {
  std::string url;  ///< smtp://host:587, smtps://…, with user:password@
  enum class Tls : std::uint8_t { automatic, required, off } tls = Tls::automatic;
  std::string ca_file;
  std::string helo;  ///< the name that is given with EHLO
  std::int64_t timeout_ms = 30'000;
};

enum class SmtpOutcome : std::uint8_t {
  sent,     ///< the server took it
  again,    ///< a later attempt may succeed: 4xx, no connection, a login that is refused
  unknown,  ///< the connection broke after the whole message was handed over: it may have been
            ///< taken
  refused,  ///< this recipient or message is refused for good: 5xx
};

struct SmtpAnswer {
  SmtpOutcome outcome = SmtpOutcome::again;
  std::string text;  ///< what the server said, or what went wrong, for people
};

/// One thread at a time.
class SmtpSession {
 public:
  explicit SmtpSession(SmtpOptions options);
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  /// Blocks. `message` is headers and body with CRLF; dots are stuffed on the way.
  SmtpAnswer send(const std::string& from, const std::string& to, std::string_view message);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// What others answered, as one line of ASCII, 500 letters at most: some servers speak Latin-1, and
/// what is not UTF-8 would fit into no event.
[[nodiscard]] std::string ascii_line(std::string_view text);

/// Before libcurl is used first. Any thread.
void begin_curl();

/// A POST of JSON; `again` for 5xx, 429 and no connection, `refused` for other answers.
SmtpAnswer post_json(const std::string& url, const std::string& json, const std::string& key,
                     std::int64_t timeout_ms);

}  // namespace souk::email
