#include "kernel/gateway/algolia/index_names.hpp"

#include "kernel/gateway/algolia/json.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

constexpr std::string_view kKind = "search_index";

}  // namespace

std::string index_event(std::string_view index, const char* change, bool catalog,
                        std::string_view from, const std::vector<std::string>& scopes,
                        std::int64_t now_us) {
  souk::v1::SearchIndexSet set;
  set.set_index(std::string(index));
  set.set_change(change);
  set.set_catalog(catalog);
  set.set_from(std::string(from));
  for (const std::string& scope : scopes)
    set.add_scopes(scope);
  std::string event;
  append_timestamp_field(event, souk::v1::Event::kTimeFieldNumber, now_us);
  append_bytes_field(event, souk::v1::Event::kSearchIndexSetFieldNumber, set.SerializeAsString());
  return event;
}

Result<IndexPlace> AlgoliaIndexNames::look(const std::string& store, std::string_view index,
                                           bool& any_catalog, std::size_t& count) {
  if (index.empty() || index.size() > kLongest) {
    return algolia_invalid("indexName must have 1 to 200 bytes");
  }
  const auto rows = database_.entities(store, kKind, {}, kMost + 1);
  if (!rows.ok()) return rows.status();
  IndexPlace place;
  place.index = index;
  for (const storage::EntityRow& row : rows.value()) {
    souk::v1::SearchIndexSet set;
    if (!set.ParseFromString(row.data)) return Status(Code::data_loss, "an index is damaged");
    any_catalog = any_catalog || set.catalog();
    if (row.id != index) continue;
    place.known = true;
    place.catalog = set.catalog();
  }
  count = rows->size();
  return place;
}

Result<IndexPlace> AlgoliaIndexNames::find(const std::string& store, std::string_view index) {
  bool any_catalog = false;
  std::size_t count = 0;
  auto place = look(store, index, any_catalog, count);
  if (place.ok() && !place->known && !any_catalog) place->catalog = true;
  return place;
}

Result<IndexPlace> AlgoliaIndexNames::open(const std::string& store, std::string_view index,
                                           std::int64_t now_us, std::vector<std::string>& events) {
  bool any_catalog = false;
  std::size_t count = 0;
  auto place = look(store, index, any_catalog, count);
  if (!place.ok()) return place;
  const std::lock_guard lock(mutex_);
  if (any_catalog) {
    claimed_.erase(store);
  } else if (!place->known) {
    const auto [claim, first] = claimed_.try_emplace(store, index);
    place->catalog = claim->second == index;
  }
  if (place->known) return place;
  if (count >= kMost) return algolia_invalid("at most 100 indexes are allowed");
  events.push_back(index_event(index, "created", place->catalog, {}, {}, now_us));
  place->known = true;
  return place;
}

void AlgoliaIndexNames::forget(const std::string& store, std::string_view index) {
  const std::lock_guard lock(mutex_);
  const auto claim = claimed_.find(store);
  if (claim != claimed_.end() && claim->second == index) claimed_.erase(claim);
}

}  // namespace souk::gateway
