// Events for tests of the log.
#pragma once

#include <future>
#include <string>

#include "kernel/log/event_log.hpp"
#include "souk/v1/event.pb.h"

namespace souk::log {

inline souk::v1::Event view_event(const std::string& id, const std::string& shopper,
                                  const std::string& product = "p1") {
  souk::v1::Event event;
  event.set_id(id);
  event.mutable_time()->set_seconds(1'700'000'000);
  event.set_shopper_id(shopper);
  event.mutable_product_viewed()->set_product_id(product);
  return event;
}

inline void add(EncodedEvents& events, const souk::v1::Event& event) {
  const std::string wire = event.SerializeAsString();
  schema::EventFields fields;
  if (schema::scan_event(wire, fields)) events.add(wire, fields);
}

/// Appends and waits for the answer.
inline Result<AppendResult> append(EventLog& log, const std::string& store, EncodedEvents events,
                                   std::optional<Effects> effects = std::nullopt) {
  std::promise<Result<AppendResult>> promise;
  log.append(store, std::move(events), std::move(effects),
             [&](const Result<AppendResult>& result) { promise.set_value(result); });
  return promise.get_future().get();
}

inline Result<AppendResult> append_views(EventLog& log, const std::string& prefix, int from,
                                         int to) {
  EncodedEvents events;
  for (int i = from; i < to; ++i) {
    add(events, view_event(prefix + std::to_string(i), "s" + std::to_string(i % 7)));
  }
  return append(log, "demo", std::move(events));
}

}  // namespace souk::log
