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

/// Keeps the fields named, as JSON or Protobuf writes them; `id` always. None named: all.
template <class Names>
void keep_fields(const Names& names, souk::v1::Product& product);

/// INVALID_ARGUMENT names the first that no product has.
template <class Names>
Status check_fields(const Names& names);

namespace detail {

struct ProductField {
  std::string_view snake;
  std::string_view camel;
  void (*clear)(souk::v1::Product&);
};
/// All of a product's fields but its id, to each its eraser.
const ProductField* product_fields(std::size_t& count);

}  // namespace detail

template <class Names>
void keep_fields(const Names& names, souk::v1::Product& product) {
  if (names.empty()) return;
  std::size_t count = 0;
  const detail::ProductField* fields = detail::product_fields(count);
  for (std::size_t i = 0; i < count; ++i) {
    bool kept = false;
    for (const auto& name : names)
      kept = kept || name == fields[i].snake || name == fields[i].camel;
    if (!kept) fields[i].clear(product);
  }
}

template <class Names>
Status check_fields(const Names& names) {
  std::size_t count = 0;
  const detail::ProductField* fields = detail::product_fields(count);
  for (const auto& name : names) {
    bool known = name == "id";
    std::string all = "id";
    for (std::size_t i = 0; i < count; ++i) {
      known = known || name == fields[i].snake || name == fields[i].camel;
      all.append(", ").append(fields[i].camel);
    }
    if (!known) {
      return Status(Code::invalid_argument,
                    "\"" + std::string(name) + "\" is no field of a product; allowed are " + all,
                    "fields");
    }
  }
  return {};
}

}  // namespace souk::search
