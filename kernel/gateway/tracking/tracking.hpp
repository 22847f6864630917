// Tracking: the Segment and RudderStack tracking API, so that existing trackers work unchanged:
// their routes, their ways to carry the write key, their answers.
//
// As those services do, a bad event within a good body is answered with success: their SDKs would
// throw the whole batch away otherwise. It is counted, noted in the log, and listed for operators
// (rejections.hpp).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/gateway/door.hpp"
#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"
#include "kernel/gateway/tracking/translate.hpp"

namespace souk::gateway {

/// What trackers may send at most.
struct TrackingLimits {
  std::size_t max_event_bytes = 32U << 10U;
  std::size_t max_batch_bytes = 4U << 20U;
  std::size_t max_events = 10'000;
};

/// Thread-safe.
class Tracking {
 public:
  Tracking(const Door& door, const Ingest& ingest) noexcept : door_(door), ingest_(ingest) {}
  void add_handlers(HandlerTable& table);

 private:
  void track(Call& call, std::string_view type, bool import_times);
  void pixel(Call& call, std::string_view type);
  void segment_settings(Call& call);
  void source_config(Call& call);
  static void accept_silently(Call& call);
  /// The key from header, query or `body_key`; false when the request has been answered.
  bool admit(Call& call, std::string_view body_key);
  /// Translates one event, checks it and adds it. What our vocabulary asks for and the tracker did
  /// not send (a product's id) makes it an event kept as it came, not a lost one.
  Status take(const simdjson::dom::object& event, const TrackingFrame& frame,
              const schema::IntakeOptions& options, schema::EventIntake& intake,
              log::EncodedEvents& out) const;
  void note_rejected(Store& store, std::string_view type, const Status& reason);

  const Door& door_;
  const Ingest& ingest_;
  TrackingLimits limits_;
  std::atomic<std::int64_t> last_note_us_{0};
};

}  // namespace souk::gateway
