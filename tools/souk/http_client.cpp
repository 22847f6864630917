#include "tools/souk/http_client.hpp"

#include <curl/curl.h>

#include <charconv>
#include <mutex>

namespace souk::cli {
namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20U;

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& body = static_cast<HttpAnswer*>(user)->body;
  if (body.size() + size * count > kMaxAnswer) return 0;
  body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* user) {
  std::string_view line(data, size * count);
  constexpr std::string_view kName = "retry-after:";
  if (line.size() > kName.size() && curl_strnequal(line.data(), kName.data(), kName.size()) != 0) {
    line.remove_prefix(kName.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), seconds);
    if (parsed.ec == std::errc{} && seconds >= 0 && seconds < 3'600) {
      static_cast<HttpAnswer*>(user)->retry_after_ms = seconds * 1'000;
    }
  }
  return size * count;
}

bool is_loopback(const std::string& base) {
  return base.find("//127.") != std::string::npos ||
         base.find("//localhost") != std::string::npos || base.find("//[::1]") != std::string::npos;
}

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  ~Handle() { curl_easy_cleanup(curl); }
};

HttpClient::HttpClient(std::string base, std::string key)
    : handle_(std::make_unique<Handle>()), base_(std::move(base)), key_(std::move(key)) {
  start_curl();
  handle_->curl = curl_easy_init();
}

HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::get(const std::string& path, const std::string& accept,
                                   std::int64_t timeout_ms) {
  curl_easy_reset(handle_->curl);  // keeps the connection
  return perform(path, {"Accept: " + accept}, timeout_ms);
}

Result<HttpAnswer> HttpClient::post(const std::string& path, std::string_view body,
                                    const std::string& content_type, const std::string& accept,
                                    std::int64_t timeout_ms) {
  CURL* curl = handle_->curl;
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  // Expect: 100-continue would cost a round trip a request.
  return perform(path, {"Content-Type: " + content_type, "Accept: " + accept, "Expect:"},
                 timeout_ms);
}

Result<HttpAnswer> HttpClient::perform(const std::string& path,
                                       const std::vector<std::string>& headers,
                                       std::int64_t timeout_ms) {
  CURL* curl = handle_->curl;
  HttpAnswer answer;
  curl_slist* list = nullptr;
  if (!key_.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + key_).c_str());
  for (const std::string& header : headers)
    list = curl_slist_append(list, header.c_str());
  const std::string url = base_ + path;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 2'000L);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer);
  if (is_loopback(base_)) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(list);
  if (code != CURLE_OK) {
    return Status(Code::unavailable, base_ + " does not answer: " + curl_easy_strerror(code));
  }
  long status = 0;
  char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  answer.status = static_cast<int>(status);
  if (type != nullptr) answer.content_type = type;
  return answer;
}

std::string problem_detail(const HttpAnswer& answer) {
  constexpr std::string_view kKey = "\"detail\":\"";
  const std::size_t begin = answer.body.find(kKey);
  if (begin == std::string::npos) return answer.body.substr(0, 200);
  std::string detail;
  for (std::size_t at = begin + kKey.size(); at < answer.body.size(); ++at) {
    const char c = answer.body[at];
    if (c == '"') break;
    if (c == '\\' && at + 1 < answer.body.size()) {
      detail.push_back(answer.body[++at]);
    } else {
      detail.push_back(c);
    }
  }
  return detail;
}

}  // namespace souk::cli
