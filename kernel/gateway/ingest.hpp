// Ingest: POST /v1/events, and what every way of taking events in shares: a body's good events are
// encoded and handed to the log, and the answer is given when they are durable.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernel/base/clock.hpp"
#include "kernel/gateway/exchange.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/log/event_log.hpp"
#include "kernel/schema/event_intake.hpp"

namespace souk::gateway {

/// Collects what an intake finds: events ready for the log, and what was wrong with the others.
/// What only a back end may say (a product, a person's erasure) is refused from a key without that
/// scope: keys with the scope `events` stand in web pages, where anybody can read them.
class EventCollector final : public schema::EventSink {
 public:
  /// `key` sent the body; it must outlive the collector.
  explicit EventCollector(const ApiKey& key) noexcept : key_(key) {}

  struct Rejected {
    std::size_t index = 0;
    Status reason;
  };
  void accept(std::size_t index, std::string_view wire, const schema::EventFields& fields) override;
  void reject(std::size_t index, const Status& reason) override;

  log::EncodedEvents events;
  std::vector<Rejected> rejected;

 private:
  const ApiKey& key_;
};

/// Tells what an append came to, on the log's thread; the exchange is then answered.
using AppendAnswer = std::function<void(Exchange& exchange, const log::AppendResult& result)>;

/// Thread-safe.
class Ingest {
 public:
  Ingest(log::EventLog& log, const base::Clock& clock) noexcept : log_(log), clock_(clock) {}

  void add_handlers(HandlerTable& table);

  [[nodiscard]] schema::IntakeOptions options(const Call& call) const;
  /// Appends and answers: what the log refuses becomes 429 or 503 with Retry-After, else `answer`
  /// speaks. Counts for the store.
  void append(Exchange exchange, log::EncodedEvents events, AppendAnswer answer) const;
  /// Checks events (wire bytes of souk.v1.Event) that were made from a request as if a client had
  /// sent them, and adds them. One without an id gets one.
  Status encode(const std::vector<std::string>& made, log::EncodedEvents& out) const;
  /// Of the store's log, as it is now.
  [[nodiscard]] std::uint64_t last_sequence(std::string_view store) const {
    return log_.last_sequence(store);
  }
  [[nodiscard]] const base::Clock& clock() const noexcept { return clock_; }

 private:
  void post_events(Call& call) const;
  log::EventLog& log_;
  const base::Clock& clock_;
};

}  // namespace souk::gateway
