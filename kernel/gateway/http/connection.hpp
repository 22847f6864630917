// Connection: one socket's life: handshake, requests, answers in order, time-outs, goodbye.
// Internal to the server; everything but deliver() runs on the worker's thread.
//
// An idle connection holds a socket and this object: no parser, no buffer. It waits for readability
// and reads into the worker's buffer; what is left over between reads is kept here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/gateway/http/worker.hpp"

namespace souk::gateway {

class Connection final : public ReplySink,
                         public TimerWheel::Entry,
                         public EventLoop::Watcher,
                         public std::enable_shared_from_this<Connection> {
 public:
  /// Takes the non-blocking socket over.
  Connection(std::shared_ptr<Worker> worker, int socket, std::string client, bool loopback);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  void on_events(std::uint32_t events) override;
  void deliver(std::uint64_t slot, Response&& response) noexcept override;
  void run_after_turn(std::shared_ptr<ForeignTask> task) override;
  /// The answer of `slot`, on the worker's thread; then flush() or resume().
  void complete(std::uint64_t slot, Response&& response);
  /// Takes the answers of this turn out of the worker's buffer, for resume() to write.
  void keep_answers();
  /// Goes on after answers have come.
  void resume();
  /// The deadline that was set has come.
  void due();
  void drain();
  /// Closes at once.
  void cut();

 private:
  enum class Phase : std::uint8_t { handshake, open, lingering, closed };

  /// A request whose answer is due, or has come and waits for those before it.
  struct Slot {
    std::int64_t begun_us = 0;
    std::uint64_t bytes_in = 0;
    bool answered = false;
    bool keep_alive = true;
    bool http11 = true;
    bool with_body = true;
    bool safe = false;
    bool appends = false;
    Response response;
  };

  void wait_readable();
  void wait_writable();
  [[nodiscard]] std::uint32_t wanted_events() const noexcept;
  void watch(std::uint32_t wanted) noexcept;
  void on_readable();
  void on_writable();
  void shake_hands();
  void discard_input();
  void on_end_of_input();
  /// Parses and dispatches as much of `bytes` as may go now; keeps the rest.
  void process(std::string_view bytes);
  /// False when the parser has to wait for more bytes or the pipeline for answers.
  bool step(std::string_view& bytes);
  [[nodiscard]] bool may_dispatch(const Request& request) const;
  bool dispatch();
  void hand_over(Request& request, std::uint64_t slot);
  void refuse(int status, std::string_view detail);
  void write_answer(Slot& slot);
  void account_body();
  void release_parser();
  void flush();
  void finish();
  void update_deadline();
  [[nodiscard]] bool backlogged() const noexcept;

  std::shared_ptr<Worker> worker_;
  int socket_;
  std::uint32_t watched_ = 0;  // events that the loop waits for
  Transport transport_;
  std::string client_;
  std::string leftover_;  // bytes read and not parsed yet
  std::string out_;       // bytes not written yet
  std::unique_ptr<RequestParser> parser_;
  std::vector<Slot> slots_;
  std::uint64_t first_slot_ = 0;
  std::size_t accounted_ = 0;  // of ServerCounters::buffered_bytes
  Phase phase_ = Phase::handshake;
  bool loopback_ = false;
  bool reading_ = false;  // a wait for readability is out
  bool writing_ = false;  // a wait for writability is out
  bool input_ended_ = false;
  bool ignore_input_ = false;  // an answer said the connection ends
  bool close_when_flushed_ = false;
  bool continued_ = false;
  bool receiving_ = false;  // the deadline that runs is that of a request
  bool draining_ = false;
};

}  // namespace souk::gateway
