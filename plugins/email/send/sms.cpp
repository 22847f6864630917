#include "plugins/email/send/sms.hpp"

#include <curl/curl.h>

#include <charconv>
#include <memory>

namespace souk::email {
namespace {

constexpr std::size_t kMostSmsAnswer = 64 * 1024;
constexpr int kTwilioUnsubscribed = 21'610;

std::string sms_json_text(std::string_view text) {
  std::string out = "\"";
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.push_back('\\');
    if (byte >= ' ') {
      out.push_back(c);
    } else {
      out += "\\u00";
      out.push_back(kHexDigits[byte >> 4U]);
      out.push_back(kHexDigits[byte & 0xFU]);
    }
  }
  return out + "\"";
}

void add_form_field(std::string& form, std::string_view name, std::string_view value) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  if (!form.empty()) form.push_back('&');
  form += name;
  form.push_back('=');
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      form.push_back(c);
    } else {
      form.push_back('%');
      form.push_back(kHexDigits[byte >> 4U]);
      form.push_back(kHexDigits[byte & 0xFU]);
    }
  }
}

/// The number after `"code":` of Twilio's answer; 0 when there is none.
int twilio_code(std::string_view answer) {
  std::size_t at = answer.find("\"code\"");
  if (at == std::string_view::npos) return 0;
  at = answer.find_first_not_of(" :\t\r\n", at + 6);
  int code = 0;
  if (at != std::string_view::npos)
    std::from_chars(answer.data() + at, answer.data() + answer.size(), code);
  return code;
}

std::string twilio_words(std::string_view answer) {
  std::size_t at = answer.find("\"message\"");
  if (at == std::string_view::npos) return {};
  at = answer.find('"', at + 9);
  if (at == std::string_view::npos) return {};
  return ascii_line(
      answer.substr(at + 1, std::min<std::size_t>(answer.find('"', at + 1) - at - 1, 300)));
}

struct HttpAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string body;
  bool handed_over = false;  ///< the whole request went out
};

std::size_t keep_answer(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() < kMostSmsAnswer) body.append(data, size * count);
  return size * count;
}

HttpAnswer post_form(const SmsOptions& options, const std::string& form) {
  begin_curl();
  thread_local const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(),
                                                                 &curl_easy_cleanup);
  HttpAnswer answer;
  if (!curl) {
    answer.code = CURLE_FAILED_INIT;
    return answer;
  }
  curl_easy_reset(curl.get());
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  const std::string url =
      options.url + "/2010-04-01/Accounts/" + options.account + "/Messages.json";
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms));
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  set(CURLOPT_USERNAME, options.account.c_str());
  set(CURLOPT_PASSWORD, options.secret.c_str());
  set(CURLOPT_POSTFIELDS, form.c_str());
  set(CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
  set(CURLOPT_WRITEFUNCTION, &keep_answer);
  set(CURLOPT_WRITEDATA, &answer.body);
  answer.code = curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  curl_off_t uploaded = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
  answer.handed_over = uploaded >= static_cast<curl_off_t>(form.size());
  return answer;
}

SmsAnswer send_by_webhook(const SmsOptions& options, const SmsMessage& message) {
  const std::string json = "{\"messageId\":" + sms_json_text(message.message_id) +
                           ",\"shopperId\":" + sms_json_text(message.shopper_id) +
                           ",\"to\":" + sms_json_text(message.to) +
                           ",\"text\":" + sms_json_text(message.text) + "}";
  return {post_json(options.webhook, json, message.key, options.timeout_ms)};
}

}  // namespace

SmsAnswer send_sms(const SmsOptions& options, const SmsMessage& message) {
  if (!options.webhook.empty()) return send_by_webhook(options, message);
  std::string form;
  add_form_field(form, "To", message.to);
  if (options.service.empty()) {
    add_form_field(form, "From", options.from);
  } else {
    add_form_field(form, "MessagingServiceSid", options.service);
  }
  add_form_field(form, "Body", message.text);
  if (!message.callback.empty()) add_form_field(form, "StatusCallback", message.callback);
  const HttpAnswer got = post_form(options, form);
  if (got.code != CURLE_OK) {
    return {{got.handed_over ? SmtpOutcome::unknown : SmtpOutcome::again,
             curl_easy_strerror(got.code)}};
  }
  if (got.status >= 200 && got.status < 300)
    return {{SmtpOutcome::sent, "HTTP " + std::to_string(got.status)}};
  const int code = twilio_code(got.body);
  std::string text = "HTTP " + std::to_string(got.status);
  if (code != 0) text += ", " + std::to_string(code) + ": " + twilio_words(got.body);
  // A login that is refused is ours to mend: the message waits for that.
  const bool later = got.status >= 500 || got.status == 429 || got.status == 408 ||
                     got.status == 401 || got.status == 403;
  return {{later ? SmtpOutcome::again : SmtpOutcome::refused, std::move(text)},
          code == kTwilioUnsubscribed};
}

}  // namespace souk::email
