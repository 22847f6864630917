// Makes a decided message into what goes over the wire: text, links, headers, signature.
#pragma once

#include <souk/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugins/email/send/dkim.hpp"
#include "plugins/email/send/mime.hpp"
#include "plugins/email/send/renderer.hpp"
#include "plugins/email/send/sms.hpp"
#include "plugins/email/send/token.hpp"

namespace souk::email {

/// A message that is ready to go.
struct ReadyMessage {
  std::string from;  ///< envelope addresses
  std::string to;
  std::string domain;  ///< of the recipient
  std::string subject;
  std::string content;
  Rendered parts;
};

/// Immutable; any thread. Made anew when settings or the key change.
class MessageMaker {
 public:
  /// `key` signs links; empty: none is known yet, and messages wait.
  static Result<std::shared_ptr<const MessageMaker>> make(
      const v1::Settings& settings, const std::vector<std::shared_ptr<const Flow>>& flows);
  [[nodiscard]] std::shared_ptr<const MessageMaker> with_key(const std::string& key) const;

  /// The same with links that do nothing: their key is nobody's.
  [[nodiscard]] std::shared_ptr<const MessageMaker> for_preview() const;

  [[nodiscard]] bool has_key() const noexcept { return !key_.empty(); }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] const std::string& shop_name() const noexcept { return shop_name_; }
  [[nodiscard]] const std::string& helo() const noexcept { return helo_; }
  [[nodiscard]] const std::string& feedback_token() const noexcept { return feedback_token_; }

  [[nodiscard]] std::uint32_t recommendations_shown(const v1::Outgoing& out) const {
    return renderer_->recommendations_shown(out);
  }
  /// `attempt_key` goes into the Message-ID: the same at every attempt. INVALID_ARGUMENT for an
  /// address that no server can be given; FAILED_PRECONDITION while there is no key.
  Result<ReadyMessage> message(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                               const std::string& attempt_key, std::int64_t now_us,
                               bool tracked) const;

  [[nodiscard]] const SmsOptions& sms() const noexcept { return sms_; }
  /// Where the service for text messages posts to; `token` names the store and, of a status, the
  /// message.
  [[nodiscard]] std::string sms_address(std::string_view kind, std::string_view token) const;
  /// The text message. INVALID_ARGUMENT for a number that is none or a text that is too long.
  Result<SmsMessage> sms_message(const v1::Outgoing& out, const std::vector<v1::Item>& recommended,
                                 std::int64_t now_us) const;

 private:
  [[nodiscard]] std::string link(const char* path, const v1::Token& token) const;
  [[nodiscard]] bool tracks(const v1::Outgoing& out) const;

  std::shared_ptr<const Renderer> renderer_;
  std::shared_ptr<const DkimSigner> dkim_;
  Mailbox from_, reply_to_;
  std::string public_url_, store_, shop_name_, helo_, mailto_, key_, feedback_token_;
  SmsOptions sms_;
  bool opens_ = true;
  bool clicks_ = true;
  std::vector<std::string> untracked_countries_;
};

}  // namespace souk::email
