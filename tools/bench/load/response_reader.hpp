// ResponseReader: finds whole HTTP/1.1 responses in a stream of bytes. Bodies need a
// Content-Length: both servers that are compared send one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace souk::bench {

struct Response {
  int status = 0;
  std::string_view body;  ///< into the reader's buffer, until the next call
  bool close = false;     ///< the server will close the connection
};

/// Not thread-safe.
class ResponseReader {
 public:
  /// Where the next bytes may be received to, at least `room` of them; then say how many came.
  char* prepare(std::size_t room);
  void commit(std::size_t received) noexcept { end_ += received; }
  /// The next whole response, if it is there.
  std::optional<Response> next();
  /// True when what was received is no HTTP response.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void clear() noexcept { begin_ = end_ = 0, failed_ = false; }

 private:
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool failed_ = false;
};

/// `accepted` and `duplicates` of a PostEventsReply, as JSON or Protobuf.
struct EventCounts {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
};
EventCounts read_event_counts(std::string_view body);

}  // namespace souk::bench
