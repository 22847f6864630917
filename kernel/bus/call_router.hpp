// CallRouter: from (store, account, method) to the instance that answers. The table is immutable
// and read without locks; what runs changes by publishing another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/clock.hpp"
#include "kernel/bus/endpoint.hpp"
#include "kernel/bus/published.hpp"
#include "kernel/bus/subscription_table.hpp"

namespace souk::bus {

/// Where a question goes: to an endpoint, or nowhere for a reason.
struct RouteTarget {
  Endpoint* endpoint = nullptr;
  std::uint32_t method = 0;
  std::string unavailable;  ///< when there is no endpoint: a sentence
};

/// One method of one store.
struct MethodRoute {
  RouteTarget store;
  TextMap<RouteTarget> accounts;  ///< accounts that differ: their own module, or off
};

/// store → "souk.v1.Recommendations/Recommend" → where.
using RoutingTable = TextMap<TextMap<MethodRoute>>;

struct RoutedQuestion {
  std::string_view store_id;
  std::string_view account_id;
  std::string_view method;
  std::string_view request;
  std::string_view request_id;
  std::string_view caller;
  std::int64_t timeout_us = 0;  ///< > 0
};

/// Thread-safe.
class CallRouter {
 public:
  explicit CallRouter(const base::Clock& clock);

  /// Endpoints that left the table are not entered any more once this returns.
  void publish(RoutingTable table);
  /// Asks. The views must stay valid until `done` has been called, which may be before this
  /// returns. A question asked while another is being answered on this thread ends with that one's
  /// deadline.
  void call(const RoutedQuestion& question, CallDone done) const;

 private:
  /// The target, entered; its endpoint is nullptr when the question was not let in.
  RouteTarget enter(const RoutedQuestion& question) const;

  const base::Clock& clock_;
  Published<RoutingTable> table_;
};

}  // namespace souk::bus
