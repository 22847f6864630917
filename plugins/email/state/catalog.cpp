#include "plugins/email/state/catalog.hpp"

#include <array>

namespace souk::email {

std::uint32_t Catalog::find(std::string_view id) const {
  const auto found = numbers_.find(std::string(id));
  return found == numbers_.end() ? kNoProduct : found->second;
}

std::uint32_t Catalog::number(std::string_view id) {
  if (id.empty()) return kNoProduct;
  if (const std::uint32_t known = find(id); known != kNoProduct) return known;
  if (products_.size() >= kMostProducts) return kNoProduct;
  const auto made = static_cast<std::uint32_t>(products_.size());
  products_.emplace_back().id = std::string(id);
  numbers_.emplace(std::string(id), made);
  return made;
}

bool Catalog::add_interested(std::uint32_t product, std::uint32_t person) {
  auto& list = products_[product].interested;
  if (list.size() >= kMostInterested) return false;
  list.push_back(person);
  return true;
}

void Catalog::save(souk::Writer& writer) const {
  writer.count(products_.size());
  for (const ProductFacts& product : products_) {
    for (const std::string* text : {&product.id, &product.title, &product.url, &product.image,
                                    &product.currency, &product.category, &product.brand})
      writer.text(*text);
    writer.number(product.price);
    writer.number(product.list_price);
    writer.number(product.available);
    writer.boolean(product.from_catalog);
    writer.boolean(product.hidden);
    writer.boolean(product.out);
    writer.numbers(product.interested);
  }
}

void Catalog::load(souk::Reader& reader) {
  products_.clear();
  numbers_.clear();
  const std::uint64_t count = reader.count(kMostProducts);
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
    ProductFacts& product = products_.emplace_back();
    for (std::string* text : {&product.id, &product.title, &product.url, &product.image,
                              &product.currency, &product.category, &product.brand})
      *text = reader.text(64 * 1024);
    product.price = reader.number<std::int64_t>();
    product.list_price = reader.number<std::int64_t>();
    product.available = reader.number<double>();
    product.from_catalog = reader.boolean();
    product.hidden = reader.boolean();
    product.out = reader.boolean();
    product.interested = reader.numbers<std::uint32_t>(kMostInterested);
    numbers_.emplace(product.id, static_cast<std::uint32_t>(i));
  }
}

int minor_digits(std::string_view currency) noexcept {
  constexpr std::array<std::string_view, 16> kNone{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                   "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                   "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> kThree{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  for (const std::string_view one : kNone) {
    if (one == currency) return 0;
  }
  for (const std::string_view one : kThree) {
    if (one == currency) return 3;
  }
  return 2;
}

}  // namespace souk::email
