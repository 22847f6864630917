#include "kernel/schema/complete_payload.hpp"

#include "kernel/schema/wire.hpp"
#include "souk/v1/event.pb.h"

namespace souk::schema {
namespace {

namespace payload_types = souk::v1;

void widen(payload_types::PriceRange& range, const payload_types::Money& price) {
  if (!range.has_min() || price.amount() < range.min().amount()) *range.mutable_min() = price;
  if (!range.has_max() || price.amount() > range.max().amount()) *range.mutable_max() = price;
}

/// Ranges over the variants that are priced in the currency of the first priced one: amounts of
/// different currencies can not be compared. Before a reduction, a variant that is not reduced
/// costs what it costs now.
bool derive_ranges(payload_types::Product& product) {
  if (product.has_price_range()) return false;
  payload_types::PriceRange now;
  payload_types::PriceRange before;
  bool reduced = false;
  for (const payload_types::Variant& variant : product.variants()) {
    if (!variant.has_price()) continue;
    if (now.has_min() && variant.price().currency() != now.min().currency()) continue;
    widen(now, variant.price());
    const bool has_list =
        variant.has_list_price() && variant.list_price().currency() == variant.price().currency();
    reduced = reduced || has_list;
    widen(before, has_list ? variant.list_price() : variant.price());
  }
  if (!now.has_min()) return false;
  if (reduced && !product.has_list_price_range()) *product.mutable_list_price_range() = before;
  *product.mutable_price_range() = now;
  return true;
}

}  // namespace

bool complete_payload(std::uint32_t payload_field, std::string_view payload, std::string& out) {
  if (payload_field != payload_types::Event::kProductUpsertedFieldNumber) return false;
  payload_types::ProductUpserted event;
  if (!event.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return false;
  return derive_ranges(*event.mutable_product()) && event.SerializeToString(&out);
}

bool complete_event(std::string_view wire, const EventFields& fields, std::string& out) {
  std::string payload;
  if (!complete_payload(fields.payload_field, fields.payload, payload)) return false;
  out.clear();
  WireReader reader(wire);
  while (!reader.done()) {
    const char* const begin = reader.position();
    std::uint32_t number = 0;
    WireType type{};
    if (!reader.tag(number, type) || !reader.skip(type)) return false;
    if (number != fields.payload_field) out.append(begin, reader.position());
  }
  char head[20];
  char* end = put_varint(head, tag_of(fields.payload_field, WireType::length));
  out.append(head, put_varint(end, payload.size()));
  out += payload;
  return true;
}

}  // namespace souk::schema
