#include "plugins/email/send/smtp.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

namespace souk::email {
namespace {

/// How far the conversation has come; what a code means depends on it.
enum class SmtpStage : std::uint8_t { connect, sender, recipient, data, handed_over };

}  // namespace

std::string ascii_line(std::string_view text) {
  std::string line(text.substr(0, 500));
  for (char& c : line) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < ' ' ? ' ' : byte < 0x7f ? c : '?';
  }
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

void begin_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct SmtpSession::State {
  SmtpOptions options;
  CURL* curl = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
  std::string_view message;
  std::size_t sent = 0;
  SmtpStage stage = SmtpStage::connect;
  std::string last_line;

  static std::size_t read(char* buffer, std::size_t size, std::size_t count, void* user) {
    auto* self = static_cast<State*>(user);
    const std::size_t piece = std::min(size * count, self->message.size() - self->sent);
    std::memcpy(buffer, self->message.data() + self->sent, piece);
    self->sent += piece;
    if (piece == 0) self->stage = SmtpStage::handed_over;
    return piece;
  }
  static std::size_t header(char* line, std::size_t size, std::size_t count, void* user) {
    // A refusal is kept while curl says good-bye; the next command makes room for its own answer.
    auto* self = static_cast<State*>(user);
    if (!self->refused()) self->last_line.assign(line, size * count);
    return size * count;
  }
  static int debug(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
    auto* self = static_cast<State*>(user);
    if (type != CURLINFO_HEADER_OUT) return 0;
    const std::string_view command(data, size);
    if (command.starts_with("QUIT")) return 0;
    self->last_line.clear();
    if (command.starts_with("MAIL FROM")) self->stage = SmtpStage::sender;
    if (command.starts_with("RCPT TO")) self->stage = SmtpStage::recipient;
    if (command.starts_with("DATA")) self->stage = SmtpStage::data;
    return 0;
  }

  [[nodiscard]] bool refused() const noexcept {
    return last_line.size() >= 3 && (last_line[0] == '4' || last_line[0] == '5');
  }
  template <class T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(curl, option, value);
  }
  void prepare() {
    std::string url = options.url;
    if (!url.ends_with('/')) url += '/';
    set(CURLOPT_URL, (url + options.helo).c_str());
    // A password never goes over a line that anybody reads.
    const bool login = options.url.find('@') != std::string::npos;
    const bool must = options.tls == SmtpOptions::Tls::required ||
                      (options.tls == SmtpOptions::Tls::automatic && login);
    const long tls = must                                         ? CURLUSESSL_ALL
                     : options.tls == SmtpOptions::Tls::automatic ? CURLUSESSL_TRY
                                                                  : CURLUSESSL_NONE;
    set(CURLOPT_USE_SSL, tls);
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout_ms));
    // A server that dribbles is away too; a large message takes its time.
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout_ms * 4));
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT,
        std::max(1L, static_cast<long>(options.timeout_ms / 1'000)));
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &State::read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_HEADERFUNCTION, &State::header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_DEBUGFUNCTION, &State::debug);
    set(CURLOPT_DEBUGDATA, this);
    set(CURLOPT_VERBOSE, 1L);
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_MAXCONNECTS, 1L);
  }

  CURLcode attempt(const std::string& from, const std::string& to, std::string_view text) {
    message = text;
    sent = 0;
    stage = SmtpStage::connect;
    last_line.clear();
    error[0] = '\0';
    curl_slist* recipients = curl_slist_append(nullptr, to.c_str());
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients);
    const CURLcode code = curl_easy_perform(curl);
    set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
    curl_slist_free_all(recipients);
    return code;
  }

  [[nodiscard]] SmtpAnswer judge(CURLcode code) const {
    if (code == CURLE_OK) return {SmtpOutcome::sent, ascii_line(last_line)};
    const bool answered = refused() && code != CURLE_OPERATION_TIMEDOUT;
    SmtpAnswer answer{SmtpOutcome::again, answered ? ascii_line(last_line) : std::string()};
    if (answer.text.empty())
      answer.text = error[0] != '\0' ? error.data() : curl_easy_strerror(code);
    // Before the recipient is named, a refusal is about us (login, sender, TLS): it may pass.
    const bool about_message = stage >= SmtpStage::recipient;
    if (answered && last_line[0] == '5' && about_message) answer.outcome = SmtpOutcome::refused;
    if (!answered && stage == SmtpStage::handed_over) answer.outcome = SmtpOutcome::unknown;
    return answer;
  }
};

SmtpSession::SmtpSession(SmtpOptions options) : state_(std::make_unique<State>()) {
  begin_curl();
  state_->options = std::move(options);
  state_->curl = curl_easy_init();
  if (state_->curl != nullptr) state_->prepare();
}

SmtpSession::~SmtpSession() {
  if (state_->curl != nullptr) curl_easy_cleanup(state_->curl);
}

SmtpAnswer SmtpSession::send(const std::string& from, const std::string& to,
                             std::string_view message) {
  if (state_->curl == nullptr) return {SmtpOutcome::again, "libcurl does not start"};
  CURLcode code = state_->attempt(from, to, message);
  // A server may close an idle connection at any time; that is noticed when it is used again.
  const bool stale = code != CURLE_OK && state_->last_line.empty() &&
                     state_->stage <= SmtpStage::recipient && code != CURLE_COULDNT_CONNECT;
  if (stale) code = state_->attempt(from, to, message);
  return state_->judge(code);
}

SmtpAnswer post_json(const std::string& url, const std::string& json, const std::string& key,
                     std::int64_t timeout_ms) {
  begin_curl();
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return {SmtpOutcome::again, "libcurl does not start"};
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, ("Idempotency-Key: " + key).c_str());
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  set(CURLOPT_HTTPHEADER, headers);
  set(CURLOPT_POSTFIELDS, json.c_str());
  set(CURLOPT_POSTFIELDSIZE, static_cast<long>(json.size()));
  set(
      CURLOPT_WRITEFUNCTION,
      +[](char*, std::size_t size, std::size_t count, void*) { return size * count; });
  const CURLcode code = curl_easy_perform(curl.get());
  curl_slist_free_all(headers);
  if (code != CURLE_OK) return {SmtpOutcome::again, curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const std::string text = "HTTP " + std::to_string(status);
  if (status >= 200 && status < 300) return {SmtpOutcome::sent, text};
  const bool later = status >= 500 || status == 429 || status == 408;
  return {later ? SmtpOutcome::again : SmtpOutcome::refused, text};
}

}  // namespace souk::email
