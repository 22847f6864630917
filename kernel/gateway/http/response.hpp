// Response: what a handler answers, and Reply: the duty to answer exactly once, from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace souk::gateway {

enum class ContentType : std::uint8_t {
  none,
  json,
  problem_json,
  protobuf,
  text,
  prometheus,
  gif,
  html
};
[[nodiscard]] std::string_view content_type_text(ContentType type) noexcept;
/// "OK", "Not Found", …; "Unknown" for what is no registered status.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

struct Response {
  int status = 200;
  ContentType type = ContentType::none;
  std::uint16_t route = 0;  ///< label in the metrics; 0: none
  bool close = false;       ///< the connection ends after this answer
  std::string headers;      ///< further header lines, each ending in CRLF
  std::string body;
};

/// Appends status line, headers and body as they go over the wire. `date_line` is "Date: …\r\n".
/// Without `with_body` (HEAD) the length is said and nothing follows.
void append_response(std::string& out, const Response& response, std::string_view date_line,
                     bool keep_alive, bool http11, bool with_body);

/// Work of a request that may take its thread and not give it back: a plugin's code.
class ForeignTask {
 public:
  virtual ~ForeignTask() = default;
  virtual void run() = 0;
};

/// Takes the answers of one connection. Implemented by the connection.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  /// Any thread.
  virtual void deliver(std::uint64_t slot, Response&& response) noexcept = 0;
  /// On the thread of the request's turn.
  virtual void run_after_turn(std::shared_ptr<ForeignTask> task) = 0;
};

/// One answer that is due. Movable; any thread. Dropped without an answer it answers 500, so that
/// no client waits for ever.
class Reply {
 public:
  Reply() = default;
  Reply(std::shared_ptr<ReplySink> sink, std::uint64_t slot) noexcept
      : sink_(std::move(sink)), slot_(slot) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  /// Answers. Later calls do nothing.
  void send(Response&& response) noexcept;
  /// Runs the task on this thread once the handler has returned and nothing of the server is in the
  /// middle of something; when it does not come back, another thread goes on with the server's
  /// work. Only while the handler runs, and an answer is due.
  void run_after_turn(std::shared_ptr<ForeignTask> task) { sink_->run_after_turn(std::move(task)); }
  [[nodiscard]] bool due() const noexcept { return sink_ != nullptr; }

 private:
  std::shared_ptr<ReplySink> sink_;
  std::uint64_t slot_ = 0;
};

}  // namespace souk::gateway
