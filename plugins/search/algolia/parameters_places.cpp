#include "plugins/search/algolia/parameters_places.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace souk::search::algolia {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMostNumbers = 2'000;
constexpr std::size_t kMostAreas = 100;

std::vector<double> numbers_of(std::string_view text) {
  std::vector<double> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end && numbers.size() < kMostNumbers) {
    while (at != end && (*at == ' ' || *at == ','))
      ++at;
    double number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    at = next;
  }
  return numbers;
}

std::string_view text_of(const element& value) {
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view();
}

/// The areas of a value: each a list of numbers. One text is one area, and so is a flat list.
std::vector<std::vector<double>> areas_of(const element& value) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return {numbers_of(text_of(value))};
  std::vector<std::vector<double>> areas;
  std::vector<double> flat;
  for (const element one : list) {
    double number = 0;
    simdjson::dom::array inner;
    if (one.get(number) == simdjson::SUCCESS) {
      if (flat.size() < kMostNumbers) flat.push_back(number);
    } else if (one.get(inner) == simdjson::SUCCESS) {
      if (areas.size() == kMostAreas) break;
      std::vector<double>& numbers = areas.emplace_back();
      for (const element part : inner) {
        if (part.get(number) != simdjson::SUCCESS) {
          const std::vector<double> read = numbers_of(text_of(part));
          number = read.size() == 1 ? read.front() : NAN;
        }
        if (numbers.size() < kMostNumbers) numbers.push_back(number);
      }
    } else if (areas.size() < kMostAreas) {
      areas.push_back(numbers_of(text_of(one)));
    }
  }
  if (!flat.empty()) areas.push_back(std::move(flat));
  return areas;
}

}  // namespace

Status read_around(const element& value, Parameters& into) {
  const std::vector<double> numbers = numbers_of(text_of(value));
  if (numbers.size() != 2) return wrong_parameter("aroundLatLng", "must be latitude and longitude");
  const GeoPoint point{numbers[0], numbers[1]};
  if (!is_place(point)) return wrong_parameter("aroundLatLng", "is no place on earth");
  into.around = point;
  return {};
}

Status read_boxes(const element& value, Parameters& into) {
  into.boxes.clear();
  for (const std::vector<double>& n : areas_of(value)) {
    for (std::size_t i = 0; i + 4 <= n.size() && into.boxes.size() < kMostAreas; i += 4) {
      if (!is_place({n[i], n[i + 1]}) || !is_place({n[i + 2], n[i + 3]})) continue;
      into.boxes.push_back({std::min(n[i], n[i + 2]), std::min(n[i + 1], n[i + 3]),
                            std::max(n[i], n[i + 2]), std::max(n[i + 1], n[i + 3])});
    }
  }
  if (!into.boxes.empty()) return {};
  return wrong_parameter("insideBoundingBox", "must hold boxes: two places on earth each");
}

Status read_polygons(const element& value, Parameters& into) {
  into.polygons.clear();
  for (const std::vector<double>& n : areas_of(value)) {
    std::vector<GeoPoint> corners;
    for (std::size_t i = 0; i + 2 <= n.size(); i += 2) {
      if (is_place({n[i], n[i + 1]})) corners.push_back({n[i], n[i + 1]});
    }
    if (corners.size() * 2 != n.size() || corners.size() < 3) {
      return wrong_parameter("insidePolygon",
                             "must hold polygons: three to a thousand places on earth each");
    }
    into.polygons.push_back(polygon_of(std::move(corners)));
  }
  return {};
}

}  // namespace souk::search::algolia
