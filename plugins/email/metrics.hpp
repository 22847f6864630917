// What the plugin counts for Prometheus.
#pragma once

#include <souk/host.hpp>

namespace souk::email {

/// Counters from any thread; gauges from the fold's.
struct Metrics {
  Metrics() = default;
  explicit Metrics(const Host& host)
      : steps(host.counter("steps", "Steps of flows that were taken")),
        decided(host.counter("messages_decided", "Messages that were decided")),
        suppressed(host.counter("messages_suppressed", "Messages that were not sent")),
        sent(host.counter("messages_sent", "Messages that were handed over")),
        retried(host.counter("attempts_failed", "Attempts that will be made again")),
        segments(host.counter("sms_segments", "Segments of text messages that were handed over")),
        bounced(host.counter("messages_bounced", "Messages that were refused for good")),
        people(host.gauge("people", "Shoppers and visitors remembered")),
        inside(host.gauge("people_inside", "Stays in flows")),
        forgotten(host.gauge("people_forgotten", "Visitors that gave way")),
        products(host.gauge("products", "Products remembered")),
        waiting(host.gauge("messages_waiting", "Messages that wait for a connection")) {}

  Counter steps, decided, suppressed, sent, retried, segments, bounced;
  Gauge people, inside, forgotten, products, waiting;
};

}  // namespace souk::email
