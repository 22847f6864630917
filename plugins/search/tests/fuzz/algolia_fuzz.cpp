// Requests of Algolia's clients from anybody, as JSON and as URL-encoded parameters: never a crash,
// never a number outside its limits, and what the one form becomes in the other can be read.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugins/search/algolia/json_value.hpp"
#include "plugins/search/algolia/parameters.hpp"

namespace {

using souk::search::algolia::Parameters;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_limits(const Parameters& read) {
  require(read.page <= 1'000'000'000 && read.offset.value_or(0) <= 1'000'000'000);
  require(read.hits_per_page <= 1'000 && read.length.value_or(0) <= 1'000);
  require(read.max_values <= 1'000 && read.max_facet_hits <= 100 && read.distinct <= 10);
  require(read.facets.size() <= 1'000 && read.retrieve.size() <= 1'000);
  require(!read.around || souk::search::is_place(*read.around));
  require(!read.radius_m || std::isfinite(*read.radius_m));
  for (const auto& box : read.boxes) {
    require(box.south <= box.north && box.west <= box.east);
  }
}

/// The filters are read later, by the engine's own parsers; here with what came out of JSON.
void check_filters(const Parameters& read) {
  using namespace souk::search;
  (void)parse_filter(read.filters, "filters", Dialect::algolia);
  (void)parse_facet_filters(read.facet_filters, "facetFilters");
  (void)parse_numeric_filters(read.numeric_filters, "numericFilters");
  (void)parse_tag_filters(read.tag_filters, "tagFilters");
  (void)parse_optional_filters(read.optional_filters, "optionalFilters");
}

/// Whether it was an object of parameters that can be read.
bool read_body(std::string_view json, Parameters& read) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS) return false;
  const bool ok = souk::search::algolia::read_parameters(object, read).ok();
  check_limits(read);
  if (ok) check_filters(read);
  return ok;
}

/// URL-encoded parameters give an object, whatever the bytes.
void check_packed(std::string_view params) {
  std::string json;
  souk::search::algolia::params_to_json(params, json);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  require(parser.parse(json).get(object) == simdjson::SUCCESS);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Parameters flat;
  if (read_body(bytes, flat)) check_packed(flat.text);
  check_packed(bytes);
  std::string body = "{\"params\":";
  souk::search::algolia::append_json_text(bytes, body);
  Parameters packed;
  read_body(body + "}", packed);
  return 0;
}
