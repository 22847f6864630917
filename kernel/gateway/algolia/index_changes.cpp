#include "kernel/gateway/algolia/index_changes.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "kernel/gateway/algolia/json.hpp"
#include "kernel/gateway/entity_events.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

constexpr std::size_t kRowsAtOnce = 1'000;

const EntityKind& product_kind() { return entity_kinds().front(); }

/// The same bytes whenever the product is the same: maps in the order of their keys, and not when
/// it was written, which the catalog stamps.
std::string canonical(const std::string& wire) {
  souk::v1::Product product;
  if (!product.ParseFromString(wire)) return wire;
  product.clear_updated_at();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    product.SerializeToCodedStream(&out);
  }
  return bytes;
}

/// Walks all entities of a kind in the order of their ids.
class Walk {
 public:
  Walk(storage::Database& database, const std::string& store, std::string kind)
      : database_(database), store_(store), kind_(std::move(kind)) {}

  /// Null at the end.
  Result<const storage::EntityRow*> look() {
    if (at_ == page_.size() && !ended_) {
      auto next = database_.entities(store_, kind_, after_, kRowsAtOnce);
      if (!next.ok()) return next.status();
      page_ = std::move(next).value();
      at_ = 0;
      ended_ = page_.size() < kRowsAtOnce;
      if (!page_.empty()) after_ = page_.back().id;
    }
    return at_ < page_.size() ? &page_[at_] : nullptr;
  }
  void step() { ++at_; }

 private:
  storage::Database& database_;
  const std::string& store_;
  std::string kind_;
  std::string after_;
  std::vector<storage::EntityRow> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

Status IndexChanges::add(std::string event) {
  bytes_ += event.size();
  if (bytes_ > kMostBytes) {
    return algolia_invalid(
        "that is more than can be written at once (192 MiB of events): send less in one request");
  }
  events_.push_back(std::move(event));
  return {};
}

Result<const IndexPlace*> IndexChanges::place_of(const std::string& index) {
  const auto known = places_.find(index);
  if (known != places_.end()) return &known->second;
  if (const auto ended = ended_.find(index); ended != ended_.end()) {
    // This very request ended it: the database does not know yet.
    const IndexPlace again{index, ended->second, true};
    events_.push_back(index_event(index, "created", again.catalog, {}, {}, now_us_));
    ended_.erase(ended);
    return &places_.emplace(index, again).first->second;
  }
  auto place = names_.open(store_, index, now_us_, events_);
  if (!place.ok()) return place.status();
  return &places_.emplace(index, std::move(place).value()).first->second;
}

Status IndexChanges::apply(RecordOperation& operation) {
  using Action = RecordOperation::Action;
  if (operation.action == Action::remove_index) return remove_index(operation.index);
  const auto place = place_of(operation.index);
  if (!place.ok()) return place.status();
  switch (operation.action) {
    case Action::put:
      return put(**place, operation.id, operation.record);
    case Action::partial:
      return partial(**place, operation, true);
    case Action::partial_no_create:
      return partial(**place, operation, false);
    case Action::remove:
      return remove(**place, operation.id);
    default:
      return clear(**place);
  }
}

Status IndexChanges::put(const IndexPlace& place, const std::string& id, const Record& record) {
  const souk::v1::Product product = product_of(record, currency_);
  if (Status status = put_product(place, product.SerializeAsString()); !status.ok()) return status;
  written_[place.index][id] = record;
  return {};
}

Status IndexChanges::put_product(const IndexPlace& place, const std::string& wire) {
  if (place.catalog) {
    auto made = upsert_events(product_kind(), wire, {}, now_us_);
    if (!made.ok()) return made.status();
    for (std::string& event : made.value()) {
      if (Status status = add(std::move(event)); !status.ok()) return status;
    }
    return {};
  }
  std::string set;
  append_bytes_field(set, souk::v1::SearchIndexRecordSet::kIndexFieldNumber, place.index);
  append_bytes_field(set, souk::v1::SearchIndexRecordSet::kRecordFieldNumber, wire);
  std::string event;
  append_timestamp_field(event, souk::v1::Event::kTimeFieldNumber, now_us_);
  append_bytes_field(event, souk::v1::Event::kSearchIndexRecordSetFieldNumber, set);
  return add(std::move(event));
}

Status IndexChanges::partial(const IndexPlace& place, const RecordOperation& operation,
                             bool create) {
  Result<Record> before = stored(place, operation.id);
  if (!before.ok()) {
    if (before.code() != Code::not_found) return before.status();
    if (!create) return {};
    before = Record();
  }
  Record record = std::move(before).value();
  if (Status status = apply_partial(operation.record, record); !status.ok()) return status;
  set_record_id(record, operation.id);
  return put(place, operation.id, record);
}

Status IndexChanges::remove(const IndexPlace& place, const std::string& id) {
  const Result<Record> before = stored(place, id);
  if (before.code() == Code::not_found) return {};
  if (!before.ok()) return before.status();
  erase(place, id);
  return {};
}

void IndexChanges::erase(const IndexPlace& place, const std::string& id) {
  written_[place.index][id] = std::nullopt;
  if (place.catalog) {
    events_.push_back(delete_event(product_kind(), id, now_us_));
    return;
  }
  souk::v1::SearchIndexRecordDeleted deleted;
  deleted.set_index(place.index);
  deleted.set_record_id(id);
  std::string event;
  append_timestamp_field(event, souk::v1::Event::kTimeFieldNumber, now_us_);
  append_bytes_field(event, souk::v1::Event::kSearchIndexRecordDeletedFieldNumber,
                     deleted.SerializeAsString());
  events_.push_back(std::move(event));
}

Status IndexChanges::clear(const IndexPlace& place) {
  for (const auto& [id, record] : Written(written_[place.index])) {
    if (record) erase(place, id);
  }
  Walk walk(database_, store_, place.kind());
  for (;; walk.step()) {
    const auto row = walk.look();
    if (!row.ok()) return row.status();
    if (*row == nullptr) return {};
    if (!written_[place.index].contains((*row)->id)) erase(place, (*row)->id);
  }
}

Result<Record> IndexChanges::stored(const IndexPlace& place, const std::string& id) {
  const Written& written = written_[place.index];
  if (const auto it = written.find(id); it != written.end()) {
    if (!it->second) return Status(Code::not_found, "it was deleted");
    return *it->second;
  }
  auto row = database_.entity(store_, place.kind(), id);
  if (!row.ok()) return row.status();
  souk::v1::Product product;
  if (!product.ParseFromString(row->data)) return Status(Code::data_loss, "the record is damaged");
  return record_of(product, currency_);
}

/// Both in the order of ids: what is in one only, what is in both.
Status IndexChanges::join(const IndexPlace& from, const IndexPlace& into, bool move) {
  Walk source(database_, store_, from.kind());
  Walk target(database_, store_, into.kind());
  for (;;) {
    const auto left = source.look();
    if (!left.ok()) return left.status();
    const auto right = target.look();
    if (!right.ok()) return right.status();
    if (*left == nullptr && *right == nullptr) return {};
    const int order = *left == nullptr    ? 1
                      : *right == nullptr ? -1
                                          : (*left)->id.compare((*right)->id);
    if (order > 0) {
      erase(into, (*right)->id);
      target.step();
      continue;
    }
    const storage::EntityRow& row = **left;
    if (order < 0 || canonical(row.data) != canonical((*right)->data)) {
      if (Status status = put_product(into, row.data); !status.ok()) return status;
    }
    if (move) erase(from, row.id);
    source.step();
    if (order == 0) target.step();
  }
}

Status IndexChanges::replace(const std::string& from, const std::string& into, bool move,
                             const std::vector<std::string>& scopes) {
  if (from == into) return algolia_invalid("destination must be another index");
  auto source = names_.find(store_, from);
  if (!source.ok()) return source.status();
  if (!source->known && !source->catalog) {
    return Status(Code::not_found, "Index " + from + " does not exist");
  }
  if (move && source->catalog) {
    return algolia_invalid("Index " + from +
                           " is the store's catalog and can't be moved away: copy it");
  }
  if (source->catalog) {
    const auto opened = place_of(from);
    if (!opened.ok()) return opened.status();
    *source = **opened;
  }
  const auto target = place_of(into);
  if (!target.ok()) return target.status();
  const IndexPlace place = **target;
  Status status = add(index_event(into, "replacing", place.catalog, from, {}, now_us_));
  if (status.ok()) status = join(*source, place, move);
  if (!status.ok()) return status;
  if (!move) return add(index_event(into, "copied", place.catalog, from, scopes, now_us_));
  names_.forget(store_, from);
  return add(index_event(into, "replaced", place.catalog, from, {}, now_us_));
}

Status IndexChanges::copy(const std::string& from, const std::string& into,
                          const std::vector<std::string>& scopes) {
  for (const std::string& index : {from, into}) {
    const auto place = place_of(index);
    if (!place.ok()) return place.status();
  }
  return add(index_event(into, "copied", places_[into].catalog, from, scopes, now_us_));
}

Status IndexChanges::remove_index(const std::string& index) {
  auto place = names_.find(store_, index);
  if (!place.ok()) return place.status();
  if (!place->known && !place->catalog) {
    // Its settings may be there all the same.
    return add(index_event(index, "deleted", false, {}, {}, now_us_));
  }
  if (Status status = clear(*place); !status.ok()) return status;
  places_.erase(index);
  ended_[index] = place->catalog;
  names_.forget(store_, index);
  return add(index_event(index, "deleted", false, {}, {}, now_us_));
}

}  // namespace souk::gateway
