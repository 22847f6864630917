// A product as a shopper of one account may see it.
#pragma once

#include <string>
#include <string_view>

#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/segment.hpp"
#include "souk/result.hpp"
#include "souk/v1/product.souk.hpp"

namespace souk::search {

/// Costs and the lists of accounts are left out, stock and prices are those of now and of this
/// account. `prices` may be null. False when the product can't be read.
bool view_product(const Segment& segment, DocId doc, const PriceListFacts* prices,
                  std::string_view currency, souk::v1::Product& product);

/// The fields of products that an answer has, one bit for each number; ~0: all.
using FieldSet = std::uint64_t;

/// Texts of a product, in its own bytes.
struct ProductTexts {
  std::string_view id, title, brand, description;
};

/// Appends what view_product() and keep_fields() make of the product, as bytes; mostly those that
/// are kept of it. False when the product can't be read.
bool append_view(const Segment& segment, DocId doc, const PriceListFacts* prices,
                 std::string_view currency, FieldSet fields, std::string& out);
/// Of the product as it is kept.
[[nodiscard]] ProductTexts texts_of(const Segment& segment, DocId doc);

/// The set of the fields named, as JSON or Protobuf writes them; none named: all.
template <class Names>
FieldSet field_set(const Names& names);
/// Clears what is not in the set; `id` stays always.
void keep_fields(FieldSet fields, souk::v1::Product& product);

/// INVALID_ARGUMENT names the first that no product has.
template <class Names>
Status check_fields(const Names& names);

namespace detail {

struct ProductField {
  std::string_view snake;
  std::string_view camel;
  unsigned number;
  void (*clear)(souk::v1::Product&);
};
/// All of a product's fields but its id, to each its eraser.
const ProductField* product_fields(std::size_t& count);

}  // namespace detail

template <class Names>
FieldSet field_set(const Names& names) {
  FieldSet kept = ~FieldSet{0};
  if (names.empty()) return kept;
  std::size_t count = 0;
  const detail::ProductField* fields = detail::product_fields(count);
  for (std::size_t i = 0; i < count; ++i) {
    bool named = false;
    for (const auto& name : names)
      named = named || name == fields[i].snake || name == fields[i].camel;
    if (!named) kept &= ~(FieldSet{1} << fields[i].number);
  }
  return kept;
}

template <class Names>
Status check_fields(const Names& names) {
  std::size_t count = 0;
  const detail::ProductField* fields = detail::product_fields(count);
  for (const auto& name : names) {
    bool known = name == "id";
    for (std::size_t i = 0; i < count; ++i)
      known = known || name == fields[i].snake || name == fields[i].camel;
    if (!known) {
      std::string all = "id";
      for (std::size_t i = 0; i < count; ++i)
        all.append(", ").append(fields[i].camel);
      return Status(Code::invalid_argument,
                    "\"" + std::string(name) + "\" is no field of a product; allowed are " + all,
                    "fields");
    }
  }
  return {};
}

}  // namespace souk::search
