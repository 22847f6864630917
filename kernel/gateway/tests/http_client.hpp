// HttpClient: a blocking client on a raw socket, for tests: it can send anything, in any pieces.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace souk::gateway::testing {

struct ClientResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? std::string() : it->second;
  }
};

/// Headers of a request, in order.
using HeaderList = std::vector<std::pair<std::string, std::string>>;

/// A complete HTTP/1.1 request with Host and Content-Length.
[[nodiscard]] std::string make_request_text(std::string_view method, std::string_view target,
                                            const HeaderList& headers = {},
                                            std::string_view body = {});

class HttpClient {
 public:
  /// Connects to 127.0.0.1:port.
  explicit HttpClient(std::uint16_t port);
  ~HttpClient();
  HttpClient(HttpClient&& other) noexcept
      : socket_(other.socket_), pending_(std::move(other.pending_)) {
    other.socket_ = -1;
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  [[nodiscard]] bool connected() const noexcept { return socket_ >= 0; }
  /// False when the other side has gone.
  bool send(std::string_view bytes);
  /// Ends the sending direction.
  void finish_sending();
  /// The next response; nullopt when the connection ends before one is complete (or after 20 s).
  /// `to_head`: the response is to a HEAD request and has no body.
  std::optional<ClientResponse> receive(bool to_head = false);
  /// True when the other side ends the connection without sending more (false after 20 s).
  bool ended();
  /// Whatever comes next as it is, at least `count` bytes unless the connection ends.
  std::string receive_raw(std::size_t count);

  std::optional<ClientResponse> request(std::string_view method, std::string_view target,
                                        const HeaderList& headers = {}, std::string_view body = {});

 private:
  bool fill();
  int socket_ = -1;
  std::string pending_;
};

}  // namespace souk::gateway::testing
