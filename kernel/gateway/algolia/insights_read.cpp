// The JSON of Insights, checked.
#include <algorithm>
#include <cmath>

#include "kernel/gateway/algolia/insights.hpp"
#include "kernel/gateway/target.hpp"

namespace souk::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxObjects = 20;
constexpr std::int64_t kOldestUs = std::int64_t{30} * 86'400 * 1'000'000;
constexpr std::int64_t kAheadUs = std::int64_t{86'400} * 1'000'000;

Status wrong(std::string what) { return Status(Code::invalid_argument, std::move(what)); }

std::string member_text(const dom::element& element, const char* name) {
  std::string_view text;
  return element[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::optional<double> number_of(const dom::element& element, const char* name) {
  const auto found = element[name];
  double number = 0;
  if (found.get(number) == simdjson::SUCCESS && std::isfinite(number)) return number;
  std::string_view text;
  if (found.get(text) != simdjson::SUCCESS || text.empty() || text.size() > 32) return {};
  char* end = nullptr;
  const std::string copy(text);
  number = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || !std::isfinite(number)) return {};
  return number;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 129 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
           c == '=' || c == '/' || c == '+' || c == '-';
  });
}

bool is_query_id(std::string_view text) noexcept {
  if (text.starts_with("message_")) {
    return text.size() > 8 && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
  }
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Status read_type(const dom::element& element, InsightsEvent& event) {
  const std::string type = member_text(element, "eventType");
  if (type.empty()) return wrong("EventType is required");
  using Type = InsightsEvent::Type;
  if (type == "click") {
    event.type = Type::click;
  } else if (type == "view") {
    event.type = Type::view;
  } else if (type == "conversion") {
    event.type = Type::conversion;
  } else if (type == "instantsearch") {
    event.type = Type::telemetry;
  } else {
    return wrong("EventType must be one of: click, conversion, view");
  }
  const std::string subtype = member_text(element, "eventSubtype");
  if (subtype == "addToCart") {
    event.subtype = InsightsEvent::Subtype::add_to_cart;
  } else if (subtype == "purchase") {
    event.subtype = InsightsEvent::Subtype::purchase;
  } else if (!subtype.empty()) {
    return wrong("EventSubtype must be one of: addToCart, purchase");
  }
  if (!subtype.empty() && event.type != Type::conversion) {
    return wrong("EventSubtype is for conversions");
  }
  return {};
}

Status read_who_and_when(const dom::element& element, std::int64_t now_us, InsightsEvent& event) {
  event.name = member_text(element, "eventName");
  if (event.name.empty()) return wrong("EventName is required");
  const bool printable = std::all_of(event.name.begin(), event.name.end(),
                                     [](char c) { return c >= ' ' && c < 0x7F; });
  if (event.name.size() > 64 || !printable) {
    return wrong("EventName must be 1 to 64 printable ASCII characters");
  }
  event.user = member_text(element, "userToken");
  if (event.user.empty()) return wrong("UserToken is required");
  if (!is_token(event.user)) return wrong("UserToken must match [a-zA-Z0-9_=/+-]{1,129}");
  if (std::string known = member_text(element, "authenticatedUserToken"); !known.empty()) {
    if (!is_token(known)) return wrong("AuthenticatedUserToken must match [a-zA-Z0-9_=/+-]{1,129}");
    event.anonymous = std::exchange(event.user, std::move(known));
  }
  event.time_us = now_us;
  if (element["timestamp"].error() == simdjson::SUCCESS && !element["timestamp"].is_null()) {
    const auto time_ms = number_of(element, "timestamp");
    if (!time_ms || *time_ms < 0 || *time_ms > 9e15) {
      return wrong("Timestamp must be a number of milliseconds");
    }
    event.time_us = static_cast<std::int64_t>(*time_ms) * 1'000;
    event.timed = true;
    if (event.time_us < now_us - kOldestUs) return wrong("Timestamp must be within 30 days");
    if (event.time_us > now_us + kAheadUs) return wrong("Timestamp must not be in the future");
  }
  return {};
}

/// The texts of a list; false when it is there and no list of texts.
bool read_texts(const dom::element& element, const char* name, std::vector<std::string>& out) {
  const auto found = element[name];
  if (found.error() != simdjson::SUCCESS || found.is_null()) return true;
  dom::array list;
  if (found.get(list) != simdjson::SUCCESS) return false;
  for (const dom::element one : list) {
    std::string_view text;
    if (one.get(text) != simdjson::SUCCESS) return false;
    out.emplace_back(text);
  }
  return true;
}

Status read_positions(const dom::element& element, InsightsEvent& event) {
  const auto found = element["positions"];
  if (found.error() != simdjson::SUCCESS || found.is_null()) {
    const bool after_search = event.type == InsightsEvent::Type::click && !event.objects.empty() &&
                              !event.objects.front().query_id.empty();
    return after_search ? wrong("Positions are required with a QueryID") : Status();
  }
  dom::array list;
  if (found.get(list) != simdjson::SUCCESS) return wrong("Positions must be a list of numbers");
  if (event.type != InsightsEvent::Type::click) return wrong("Positions are for clicks");
  if (list.size() != event.objects.size()) {
    return wrong("Positions must have as many elements as ObjectIDs");
  }
  std::size_t i = 0;
  for (const dom::element one : list) {
    std::int64_t position = 0;
    if (one.get(position) != simdjson::SUCCESS || position < 1 || position > 1'000'000'000) {
      return wrong("Positions must be whole numbers from 1");
    }
    event.objects[i++].position = static_cast<std::int32_t>(position);
  }
  return {};
}

Status read_object_data(const dom::element& element, InsightsEvent& event) {
  dom::array list;
  if (element["objectData"].get(list) != simdjson::SUCCESS) return {};
  if (list.size() != event.objects.size()) {
    return wrong("ObjectData must have as many elements as ObjectIDs");
  }
  std::size_t i = 0;
  for (const dom::element one : list) {
    InsightsObject& object = event.objects[i++];
    object.price = number_of(one, "price");
    object.quantity = number_of(one, "quantity");
    object.discount = number_of(one, "discount");
    const std::string query = member_text(one, "queryID");
    if (query.empty()) continue;
    if (!is_query_id(query)) return wrong("QueryID must be 32 lower-case hexadecimal digits");
    object.query_id = query;
  }
  return {};
}

Status read_objects(const dom::element& element, InsightsEvent& event) {
  std::vector<std::string> ids;
  if (!read_texts(element, "objectIDs", ids)) return wrong("ObjectIDs must be a list of strings");
  if (!read_texts(element, "filters", event.filters)) {
    return wrong("Filters must be a list of strings");
  }
  if (ids.empty() == event.filters.empty()) {
    return wrong(ids.empty() ? "ObjectIDs or Filters are required"
                             : "ObjectIDs and Filters can't be given together");
  }
  if (ids.size() > kMaxObjects) return wrong("ObjectIDs can hold at most 20 elements");
  if (event.filters.size() > kMaxObjects) return wrong("Filters can hold at most 20 elements");
  const std::string query = member_text(element, "queryID");
  if (!query.empty() && !is_query_id(query)) {
    return wrong("QueryID must be 32 lower-case hexadecimal digits");
  }
  for (std::string& id : ids) {
    if (id.empty() || id.size() > 256) return wrong("ObjectIDs must have 1 to 256 bytes");
    InsightsObject object;
    object.id = std::move(id);
    object.query_id = query;
    event.objects.push_back(std::move(object));
  }
  // The official client percent-encodes filters, others don't.
  for (std::string& filter : event.filters) {
    std::string decoded;
    const bool good = percent_decode("the filter", filter, false, decoded).ok();
    if (good && is_utf8(decoded)) filter = std::move(decoded);
  }
  Status status = read_positions(element, event);
  return status.ok() ? read_object_data(element, event) : status;
}

}  // namespace

Result<InsightsEvent> read_insights(const dom::element& element, std::int64_t now_us) {
  if (!element.is_object()) return wrong("An event must be an object");
  InsightsEvent event;
  Status status = read_type(element, event);
  if (status.ok()) status = read_who_and_when(element, now_us, event);
  if (!status.ok()) return status;
  if (event.type == InsightsEvent::Type::telemetry) return event;
  event.index = member_text(element, "index");
  if (event.index.empty()) return wrong("Index is required");
  event.currency = member_text(element, "currency");
  event.value = number_of(element, "value");
  status = read_objects(element, event);
  if (!status.ok()) return status;
  return event;
}

}  // namespace souk::gateway
