// Algolia Insights: POST /1/events. What shoppers clicked, viewed and bought, with the search that
// led there (queryID), becomes events of the store's log, for search, recommendations and whoever
// else learns from them. As that API does, all events of a request are taken or none.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/gateway/ingest.hpp"
#include "kernel/gateway/surface.hpp"

namespace souk::gateway {

/// One object of an event: a product, and what was paid for it.
struct InsightsObject {
  std::string id;
  std::string query_id;
  std::optional<std::int32_t> position;
  std::optional<double> price;
  std::optional<double> quantity;
  std::optional<double> discount;
};

/// One event, checked.
struct InsightsEvent {
  enum class Type { click, view, conversion, telemetry };
  enum class Subtype { none, add_to_cart, purchase };
  Type type = Type::click;
  Subtype subtype = Subtype::none;
  std::string name;
  std::string index;
  std::string user;       ///< who: the authenticated token where there is one
  std::string anonymous;  ///< the device's token, beside an authenticated one
  std::int64_t time_us = 0;
  bool timed = false;  ///< the sender said when
  std::vector<InsightsObject> objects;
  std::vector<std::string> filters;  ///< "brand:Acme", decoded
  std::string currency;
  std::optional<double> value;
};

/// Reads and checks one event. INVALID_ARGUMENT with Algolia's words.
Result<InsightsEvent> read_insights(const simdjson::dom::element& element, std::int64_t now_us);

/// Appends the events (wire bytes of souk.v1.Event) that it amounts to: clicks and views of
/// products, products put into a cart, an order. Filters that were clicked are kept as
/// souk.v1.Tracked; telemetry is nothing. The same event always gives the same ids, when it says
/// its time.
void append_insights(const InsightsEvent& event, std::vector<std::string>& out);

/// Thread-safe.
class AlgoliaInsights {
 public:
  explicit AlgoliaInsights(const Ingest& ingest) noexcept : ingest_(ingest) {}
  void add_handlers(HandlerTable& table);

 private:
  void post(Call& call) const;
  const Ingest& ingest_;
};

}  // namespace souk::gateway
