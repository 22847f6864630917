// RequestParser: bytes → request head and body, fed synchronously, whatever pieces they come in.
//
// The grammar is Boost.Beast's; what it keeps is ours: one text with all that is needed and offsets
// into it, so that a request costs no allocation once the buffers have grown. The source is the
// only one besides the connection that includes Beast. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/gateway/http/request.hpp"

namespace souk::gateway {

struct ParserLimits {
  std::uint32_t max_header_bytes = 16U << 10U;  ///< request line and all header fields
  std::uint32_t max_fields = 100;
  std::uint64_t max_body_bytes = 8U << 20U;  ///< as sent, before decompression
};

/// What is wrong with a request that can't be answered as asked: the status, and why.
struct ParseFault {
  int status = 400;
  std::string_view detail;  ///< a literal
};

class RequestParser {
 public:
  enum class State : std::uint8_t {
    idle,      ///< no byte of a request yet
    head,      ///< within the head
    body,      ///< the head is complete
    complete,  ///< take request(), then reset()
    failed,    ///< see fault(); the connection can't go on
  };

  explicit RequestParser(const ParserLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Makes ready for the next request. Large buffers are given back.
  void reset();

  /// Consumes from the front of `bytes` up to the end of the request; returns how much. What is
  /// left in state head must come again with more behind it.
  std::size_t put(std::string_view bytes);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const ParseFault& fault() const noexcept { return fault_; }
  /// From state body on. The client waits for "100 Continue" before it sends the body.
  [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }
  [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }
  [[nodiscard]] bool http11() const noexcept { return http11_; }
  /// Bytes of body held now.
  [[nodiscard]] std::size_t buffered() const noexcept { return body_.size(); }
  /// In state complete: fills method, path, query, headers and body, views into this parser.
  void fill(Request& request) const;

 private:
  class Grammar;
  friend class Grammar;
  void fail(int status, std::string_view detail) noexcept;
  void on_head_complete();

  struct Piece {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  [[nodiscard]] std::string_view view(Piece piece) const noexcept {
    return std::string_view(head_).substr(piece.begin, piece.size);
  }
  Piece keep(std::string_view text);

  ParserLimits limits_;
  State state_ = State::idle;
  ParseFault fault_;
  HttpMethod method_ = HttpMethod::other;
  bool expects_continue_ = false;
  bool keep_alive_ = false;
  bool http11_ = false;
  bool has_host_ = false;
  std::uint32_t fields_ = 0;
  std::size_t header_bytes_ = 0;
  std::string head_;
  std::string body_;
  Piece path_;
  Piece query_;
  std::array<Piece, kHeaderCount> headers_{};
  // The grammar object stands in place: it is made anew for each request.
  alignas(16) unsigned char place_[192];
  Grammar* grammar_ = nullptr;
};

}  // namespace souk::gateway
