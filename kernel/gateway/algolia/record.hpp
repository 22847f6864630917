// Records as clients of the Algolia API send them: JSON objects of any shape with an objectID. In
// the catalog each is a product that keeps its record whole in `metadata.algolia`, so that hits
// give it back as it was sent. Pure functions; any thread.
#pragma once

#include <google/protobuf/struct.pb.h>
#include <simdjson.h>

#include <string>
#include <string_view>

#include "kernel/base/status.hpp"
#include "souk/v1/product.pb.h"

namespace souk::gateway {

/// Numbers are doubles: integers beyond 2^53 lose digits.
using Record = google::protobuf::Struct;

/// Objects and lists within one another that a record may have.
inline constexpr int kMaxRecordDepth = 32;
/// The member of a product's metadata that holds the record.
inline constexpr const char* kRecordMember = "algolia";

/// INVALID_ARGUMENT for what is no object or nested too deep.
Status read_record(const simdjson::dom::element& element, Record& record);

/// The record's objectID; numbers become text. Empty when there is none.
[[nodiscard]] std::string record_id(const Record& record);
void set_record_id(Record& record, std::string_view id);

/// The product that a record is: title, description, brand, prices (major units, of `currency`
/// unless the record names one), categories (paths of hierarchicalCategories first), pictures,
/// page, rating, tags, availability by the names that catalogs use, and every other text, number
/// and truth value as an attribute. The id is not checked here.
[[nodiscard]] souk::v1::Product product_of(const Record& record, std::string_view currency);

/// The record of a product: the one it was made from, or for a product that came another way one
/// with its id, name, description, brand, price, categories, image and url.
[[nodiscard]] Record record_of(const souk::v1::Product& product, std::string_view currency);

/// Replaces the attributes that `changes` names, and does its built-in operations (Increment,
/// Decrement, Add, AddUnique, Remove, IncrementFrom, IncrementSet).
Status apply_partial(const Record& changes, Record& record);

}  // namespace souk::gateway
