// EventIntake: request bodies → single events that are fit for the log, each with its wire bytes
// and its envelope, or the reason why it is not.
//
//   JSON      {"events":[…]}, a bare array, one object, or NDJSON (one event a line)
//   Protobuf  souk.v1.PostEventsRequest
//
// What makes an event fit: it follows the schema and its rules; exactly one payload; numbers are
// finite; its id has 1 to 128 bytes (a missing one is generated when the options say so); its time
// is not before 2000-01-01 and not too far ahead (a missing one becomes the time of receipt).
// Fields that the kernel sets are taken out; what it derives is filled in (complete_payload.hpp). A
// bad event does not spoil its neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "kernel/schema/event_scanner.hpp"
#include "kernel/schema/json_to_wire.hpp"
#include "kernel/schema/limits.hpp"

namespace souk::schema {

/// Receives the events of one body in order. Called on the thread of the intake.
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// `wire` and the views of `fields` are borrowed until this returns; `fields` point into `wire`.
  virtual void accept(std::size_t index, std::string_view wire, const EventFields& fields) = 0;
  /// `reason.field()` is the path from the body ("events[3].time"; NDJSON: "[3].time").
  virtual void reject(std::size_t index, const Status& reason) = 0;
};

struct IntakeOptions {
  std::int64_t received_us = 0;  // now, by the host's clock
  std::int64_t max_ahead_us = std::int64_t{24} * 3600 * 1'000'000;
  bool generate_ids = true;     // else an event without an id is rejected
  bool ignore_unknown = false;  // skip unknown JSON fields instead of rejecting the event
  bool ndjson = false;          // the sender says it is NDJSON; otherwise that is recognised
  std::size_t max_events = 10'000;
  std::size_t max_event_bytes = std::size_t{1} << 20;  // of one event on the wire
  const TypeFinder* types = nullptr;                   // types of custom events
  Limits limits;
};

/// Keeps its buffers from body to body: use one a thread. Not thread-safe.
class EventIntake {
 public:
  EventIntake();
  ~EventIntake();
  EventIntake(EventIntake&&) noexcept;
  EventIntake& operator=(EventIntake&&) noexcept;

  /// OK when the body as a whole could be read, whatever became of its events. Otherwise (malformed
  /// JSON, no events in it, past a limit) nothing of it counts: drop what the sink has got. In
  /// NDJSON a malformed line is a rejected event.
  Status from_json(std::string_view body, const IntakeOptions& options, EventSink& sink);
  /// The same for wire bytes of souk.v1.PostEventsRequest.
  Status from_wire(std::string_view body, const IntakeOptions& options, EventSink& sink);
  /// One event: wire bytes of souk.v1.Event, made by a translator. On success `event` and `fields`
  /// are valid until the next use of this intake.
  Status from_event(std::string_view wire, const IntakeOptions& options, std::string_view& event,
                    EventFields& fields);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace souk::schema
