#include "tools/souk/doctor/mail_way.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace souk::cli {
namespace {

/// Gmail cuts longer ones, and the unsubscribe link with them.
constexpr std::size_t kClippedBytes = 102 * 1'024;

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, FreeCurl>;

std::size_t swallow(char*, std::size_t size, std::size_t count, void*) { return size * count; }

/// Host and port of a URL, without name and password.
std::string place_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  const std::size_t from = at == std::string::npos || at < begin ? begin : at + 1;
  return url.substr(from, url.find('/', from) - from);
}

bool has_password(const std::string& url) {
  const std::size_t at = url.rfind('@');
  return at != std::string::npos && url.find("://") + 3 < at;
}

CURLcode log_in(const MailServer& server, long use_ssl) {
  const Curl curl(curl_easy_init());
  if (!curl) return CURLE_FAILED_INIT;
  curl_easy_setopt(curl.get(), CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECT_ONLY, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, use_ssl);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout_ms));
  if (!server.ca_file.empty()) curl_easy_setopt(curl.get(), CURLOPT_CAINFO, server.ca_file.c_str());
  return curl_easy_perform(curl.get());
}

std::string lower_text(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

void need_header(std::string_view source, const char* name, const char* why, Findings& findings) {
  if (header_of(source, name).empty())
    broken(findings, "message", std::string("has no ") + name + ": " + why,
           "report this as a fault");
}

}  // namespace

std::string header_of(std::string_view source, std::string_view name) {
  const std::string wanted = lower_text(name) + ":";
  std::string_view head = source.substr(0, source.find("\r\n\r\n"));
  while (!head.empty()) {
    std::size_t end = head.find("\r\n");
    while (end != std::string_view::npos && end + 2 < head.size() &&
           (head[end + 2] == ' ' || head[end + 2] == '\t'))
      end = head.find("\r\n", end + 2);
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
    if (line.size() < wanted.size() || lower_text(line.substr(0, wanted.size())) != wanted)
      continue;
    std::string value(line.substr(wanted.size()));
    std::erase_if(value, [](char c) { return c == '\r' || c == '\n'; });
    const std::size_t begin = value.find_first_not_of(" \t");
    return begin == std::string::npos ? std::string() : value.substr(begin);
  }
  return {};
}

void examine_server(const MailServer& server, Findings& findings) {
  const std::string place = place_of(server.url);
  const bool implicit = server.url.rfind("smtps://", 0) == 0;
  CURLcode code = log_in(server, implicit ? CURLUSESSL_NONE : CURLUSESSL_ALL);
  const bool plain = code == CURLE_USE_SSL_FAILED;
  if (plain && (has_password(server.url) || server.tls == "required")) {
    return broken(findings, "server",
                  place + " offers no STARTTLS, and " +
                      (server.tls == "required" ? "smtp.tls asks for it"
                                                : "a password is sent over TLS only"),
                  "ask the provider for the port of submission (587 or 465)");
  }
  if (plain) {
    doubtful(findings, "server", place + " offers no STARTTLS: messages go in the clear",
             "use a server with TLS unless it runs on this machine");
    code = log_in(server, CURLUSESSL_NONE);
  }
  switch (code) {
    case CURLE_OK:
      return good(findings, "server",
                  place + (plain ? " takes mail without TLS" : " takes mail over TLS") +
                      (has_password(server.url) ? " and knows the password" : ""));
    case CURLE_LOGIN_DENIED:
      return broken(
          findings, "server", place + " refuses the name or the password",
          "set both in smtp.url: smtp://USER:PASSWORD@" + place + ", with %40 for @ in them");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return broken(findings, "server", place + " shows a certificate that is not trusted",
                    "use the name that the certificate is for, or set smtp.ca_file");
    default:
      return broken(findings, "server", place + " can't be reached: " + curl_easy_strerror(code),
                    "look at smtp.url, and whether a firewall lets port 587 or 465 out");
  }
}

void examine_public_url(const std::string& url, std::int64_t timeout_ms, Findings& findings) {
  if (url.rfind("https://", 0) != 0) {
    broken(findings, "public_url",
           "\"" + url + "\" is not https: mail programs ask for it for one click (RFC 8058)",
           "set public_url to the shop's https address");
  }
  const Curl curl(curl_easy_init());
  if (!curl) return;
  std::string asked = url;
  while (asked.ends_with('/'))
    asked.pop_back();
  asked += "/v1/unsubscribe?token=doctor";
  curl_easy_setopt(curl.get(), CURLOPT_URL, asked.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, swallow);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return broken(findings, "public_url", url + " can't be reached: " + curl_easy_strerror(code),
                  "lead /v1/o/, /v1/c/, /v1/confirm and /v1/unsubscribe from there to the daemon");
  }
  long status = 0;
  char* type = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl.get(), CURLINFO_CONTENT_TYPE, &type);
  // A token that nobody signed is a fault of the caller, and Souk says so in its own form.
  if (status == 400 && type != nullptr && std::strstr(type, "application/problem+json") != nullptr)
    return good(findings, "public_url", url + " leads to the daemon");
  broken(findings, "public_url",
         asked + " answers " + std::to_string(status) + ", and that is not the daemon",
         "lead /v1/o/, /v1/c/, /v1/confirm and /v1/unsubscribe from there to it");
}

void examine_message(std::string_view source, const MessageExpectation& expected,
                     Findings& findings) {
  const std::size_t before = findings.size();
  need_header(source, "Message-ID", "programs take two without one for the same", findings);
  need_header(source, "Date", "RFC 5322 asks for it", findings);
  need_header(source, "List-Id", "filters and mail programs sort by it", findings);
  const std::string list = header_of(source, "List-Unsubscribe");
  if (list.find(expected.public_url) == std::string::npos)
    broken(findings, "message", "List-Unsubscribe does not lead to public_url",
           "look at public_url");
  if (header_of(source, "List-Unsubscribe-Post") != "List-Unsubscribe=One-Click")
    broken(findings, "message", "has no List-Unsubscribe-Post", "report this as a fault");
  if (!header_of(source, "Message-ID").ends_with("@" + expected.from_domain + ">"))
    doubtful(findings, "message", "the Message-ID is not of the sender's domain", "look at `from`");
  const std::string signature = header_of(source, "DKIM-Signature");
  if (expected.is_signed &&
      lower_text(signature).find("list-unsubscribe-post") == std::string::npos)
    broken(findings, "message", "the signature does not cover List-Unsubscribe-Post",
           "report this as a fault");
  if (!expected.is_signed) {
    broken(findings, "message", "is not signed: Gmail and Yahoo refuse bulk mail that is not",
           "set smtp.dkim: { domain, selector, key }");
  }
  if (expected.postal_address.empty()) {
    broken(findings, "message", "shows no postal address, which the law of many countries asks for",
           "set postal_address");
  }
  if (source.size() > kClippedBytes)
    doubtful(findings, "message", "is longer than 102 KiB: Gmail cuts the end off",
             "show less in it");
  if (findings.size() == before)
    good(findings, "message", "has all headers that receivers ask for");
}

}  // namespace souk::cli
