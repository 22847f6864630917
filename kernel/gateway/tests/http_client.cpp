#include "kernel/gateway/tests/http_client.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace souk::gateway::testing {

std::string make_request_text(std::string_view method, std::string_view target,
                              const HeaderList& headers, std::string_view body) {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: shop.test\r\n";
  for (const auto& [name, value] : headers)
    text += name + ": " + value + "\r\n";
  if (!body.empty() || method == "POST" || method == "PUT") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  text += "\r\n";
  text += body;
  return text;
}

HttpClient::HttpClient(std::uint16_t port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) return;
  const timeval limit{20, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket_);
    socket_ = -1;
  }
}

HttpClient::~HttpClient() {
  if (socket_ >= 0) ::close(socket_);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void HttpClient::finish_sending() { ::shutdown(socket_, SHUT_WR); }

bool HttpClient::fill() {
  char buffer[16384];
  const ssize_t received = ::recv(socket_, buffer, sizeof buffer, 0);
  if (received <= 0) return false;
  pending_.append(buffer, static_cast<std::size_t>(received));
  return true;
}

std::optional<ClientResponse> HttpClient::receive(bool to_head) {
  std::size_t end = 0;
  while ((end = pending_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  ClientResponse response;
  const std::string head = pending_.substr(0, end + 2);
  pending_.erase(0, end + 4);
  response.status = std::atoi(head.c_str() + std::min<std::size_t>(9, head.size()));
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size()) {
    const std::size_t line_end = head.find("\r\n", at);
    const std::size_t colon = head.find(':', at);
    if (colon == std::string::npos || colon > line_end) return std::nullopt;
    std::string name = head.substr(at, colon - at);
    for (char& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    response.headers[name] = head.substr(colon + 2, line_end - colon - 2);
    at = line_end + 2;
  }
  if (response.status == 100) return receive(to_head);
  const auto length = std::strtoul(response.header("content-length").c_str(), nullptr, 10);
  if (to_head) return response;
  while (pending_.size() < length) {
    if (!fill()) return std::nullopt;
  }
  response.body = pending_.substr(0, length);
  pending_.erase(0, length);
  return response;
}

bool HttpClient::ended() {
  if (!pending_.empty()) return false;
  char byte;
  const ssize_t received = ::recv(socket_, &byte, 1, 0);
  return received == 0 || (received < 0 && errno == ECONNRESET);
}

std::string HttpClient::receive_raw(std::size_t count) {
  while (pending_.size() < count && fill()) {
  }
  return std::exchange(pending_, {});
}

std::optional<ClientResponse> HttpClient::request(std::string_view method, std::string_view target,
                                                  const HeaderList& headers,
                                                  std::string_view body) {
  if (!send(make_request_text(method, target, headers, body))) return std::nullopt;
  return receive(method == "HEAD");
}

}  // namespace souk::gateway::testing
