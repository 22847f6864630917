// Text messages: Twilio's Messages API, and whoever speaks it; or a messenger of the shop's own
// that is given JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "plugins/email/send/smtp.hpp"

namespace souk::email {

struct SmsOptions {
  std::string url;  ///< https://api.twilio.com; empty: none
  std::string account;
  std::string secret;  ///< of the account: the password, and the key of signatures
  std::string from;    ///< a number or a sender's name; or:
  std::string service;
  std::string webhook;  ///< instead of all that: a POST of JSON
  std::int64_t timeout_ms = 10'000;
  std::uint32_t most_segments = 4;
  [[nodiscard]] bool can_send() const noexcept { return !url.empty() || !webhook.empty(); }
};

struct SmsMessage {
  std::string to;  ///< E.164
  std::string text;
  std::string callback;    ///< where the service tells what became of it; empty: nowhere
  std::string key;         ///< the same at every attempt
  std::string message_id;  ///< for a webhook
  std::string shopper_id;
};

struct SmsAnswer {
  SmtpAnswer answer;
  bool unsubscribed = false;  ///< the number said STOP to the service (21610)
};

/// Blocks; any thread, each of which keeps its connection. 429, 5xx and no connection are `again`;
/// a connection that broke after the request went out is `unknown`; other refusals are for good.
[[nodiscard]] SmsAnswer send_sms(const SmsOptions& options, const SmsMessage& message);

}  // namespace souk::email
