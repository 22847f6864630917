#include "plugins/search/fold/product_vector.hpp"

#include <cstdint>
#include <span>

#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/serve/wire.hpp"

namespace souk::search {
namespace {

bool direction_of(const souk::v1::Product& product, std::string& bytes) {
  const auto size = static_cast<std::size_t>(product.vector_size());
  bytes.resize(size);
  return to_byte_direction(std::span(product.vector().data(), size),
                           std::span(reinterpret_cast<std::int8_t*>(bytes.data()), size));
}

}  // namespace

bool has_sound_vector(const souk::v1::Product& product) {
  std::string bytes;
  return product.vector_size() == 0 || direction_of(product, bytes);
}

void append_stored_vector(const souk::v1::Product& product, std::string& source) {
  std::string bytes;
  if (product.vector_size() == 0 || !direction_of(product, bytes)) return;
  wire::append_bytes(kStoredVectorField, bytes, source);
}

std::string_view stored_vector(std::string_view source) {
  wire::Fields fields(source);
  std::string_view found;
  while (fields.next()) {
    if (fields.field() == kStoredVectorField) found = fields.text();
  }
  return found;
}

std::string_view without_stored_vector(std::string_view source) {
  wire::Fields fields(source);
  std::size_t end = 0;
  while (fields.next() && fields.field() != kStoredVectorField)
    end += fields.whole().size();
  return fields.ok() ? source.substr(0, end) : source;
}

}  // namespace souk::search
