// Places in the parameters of an Algolia search: a point, boxes, polygons; as texts of numbers with
// commas between them, or as lists.
#pragma once

#include "plugins/search/algolia/parameters.hpp"

namespace souk::search::algolia {

/// INVALID_ARGUMENT "name: what", as clients show it.
[[nodiscard]] Status wrong_parameter(std::string_view name, std::string_view what);

Status read_around(const simdjson::dom::element& value, Parameters& into);
Status read_boxes(const simdjson::dom::element& value, Parameters& into);
Status read_polygons(const simdjson::dom::element& value, Parameters& into);

}  // namespace souk::search::algolia
