#include "plugins/search/model/places.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace souk::search {
namespace {

constexpr double kRadiusM = 6'371'008.8;
constexpr double kRadian = std::numbers::pi / 180;

}  // namespace

GeoPolygon polygon_of(std::vector<GeoPoint> corners) {
  GeoPolygon polygon;
  polygon.corners = std::move(corners);
  polygon.bounds = {90, 180, -90, -180};
  for (const GeoPoint& corner : polygon.corners) {
    polygon.bounds.south = std::min(polygon.bounds.south, corner.latitude);
    polygon.bounds.north = std::max(polygon.bounds.north, corner.latitude);
    polygon.bounds.west = std::min(polygon.bounds.west, corner.longitude);
    polygon.bounds.east = std::max(polygon.bounds.east, corner.longitude);
  }
  return polygon;
}

bool contains(const GeoPolygon& polygon, const GeoPoint& point) noexcept {
  if (!contains(polygon.bounds, point)) return false;
  bool inside = false;
  for (std::size_t i = 0, before = polygon.corners.size() - 1; i < polygon.corners.size();
       before = i++) {
    const GeoPoint& a = polygon.corners[i];
    const GeoPoint& b = polygon.corners[before];
    if ((a.latitude > point.latitude) == (b.latitude > point.latitude)) continue;
    const double share = (point.latitude - a.latitude) / (b.latitude - a.latitude);
    if (point.longitude < a.longitude + share * (b.longitude - a.longitude)) inside = !inside;
  }
  return inside;
}

bool is_place(const GeoPoint& point) noexcept {
  return std::abs(point.latitude) <= 90 && std::abs(point.longitude) <= 180;  // false for NaN
}

double distance_m(const GeoPoint& a, const GeoPoint& b) noexcept {
  const double south_north = std::sin((b.latitude - a.latitude) * kRadian / 2);
  const double west_east = std::sin((b.longitude - a.longitude) * kRadian / 2);
  const double h = south_north * south_north + std::cos(a.latitude * kRadian) *
                                                   std::cos(b.latitude * kRadian) * west_east *
                                                   west_east;
  return 2 * kRadiusM * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
}

bool contains(const GeoBox& box, const GeoPoint& point) noexcept {
  if (point.latitude < box.south || point.latitude > box.north) return false;
  if (box.west <= box.east) return point.longitude >= box.west && point.longitude <= box.east;
  return point.longitude >= box.west || point.longitude <= box.east;
}

Places::Places(std::span<const Document> documents, std::uint64_t& dropped) {
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto doc = static_cast<DocId>(i);
    for (const GeoPoint& point : documents[i].places) {
      if (!is_place(point)) {
        ++dropped;
        continue;
      }
      if (docs_.empty() || docs_.back() != doc) {
        docs_.push_back(doc);
        begin_.push_back(static_cast<std::uint32_t>(points_.size()));
      }
      points_.push_back({point, doc});
    }
  }
  begin_.push_back(static_cast<std::uint32_t>(points_.size()));
  by_latitude_ = points_;
  std::sort(by_latitude_.begin(), by_latitude_.end(), [](const Place& a, const Place& b) {
    return a.point.latitude != b.point.latitude ? a.point.latitude < b.point.latitude
                                                : a.doc < b.doc;
  });
}

std::span<const Places::Place> Places::of(DocId doc) const noexcept {
  const auto found = std::lower_bound(docs_.begin(), docs_.end(), doc);
  if (found == docs_.end() || *found != doc) return {};
  const auto at = static_cast<std::size_t>(found - docs_.begin());
  return std::span(points_).subspan(begin_[at], begin_[at + 1] - begin_[at]);
}

bool Places::has(DocId doc) const noexcept { return !of(doc).empty(); }

double Places::nearest(DocId doc, const GeoPoint& from) const noexcept {
  double least = kNowhere;
  for (const Place& place : of(doc))
    least = std::min(least, distance_m(from, place.point));
  return least;
}

bool Places::inside(DocId doc, const GeoBox& box) const noexcept {
  const auto places = of(doc);
  return std::any_of(places.begin(), places.end(),
                     [&](const Place& place) { return contains(box, place.point); });
}

bool Places::inside(DocId doc, const GeoPolygon& polygon) const noexcept {
  const auto places = of(doc);
  return std::any_of(places.begin(), places.end(),
                     [&](const Place& place) { return contains(polygon, place.point); });
}

template <class Holds>
void Places::add_between(double south, double north, DocSet& out, Holds&& holds) const {
  auto at = std::partition_point(by_latitude_.begin(), by_latitude_.end(),
                                 [&](const Place& p) { return p.point.latitude < south; });
  for (; at != by_latitude_.end() && at->point.latitude <= north; ++at) {
    if (!out.contains(at->doc) && holds(at->point)) out.add(at->doc);
  }
}

void Places::add_near(const GeoPoint& from, double radius_m, DocSet& out) const {
  // A thousandth more than the sphere says: rounding never loses what is on the edge.
  const double degrees = radius_m / (kRadiusM * kRadian) * 1.001 + 1e-9;
  add_between(from.latitude - degrees, from.latitude + degrees, out,
              [&](const GeoPoint& point) { return distance_m(from, point) <= radius_m; });
}

void Places::add_inside(const GeoBox& box, DocSet& out) const {
  add_between(box.south, box.north, out,
              [&](const GeoPoint& point) { return contains(box, point); });
}

void Places::add_inside(const GeoPolygon& polygon, DocSet& out) const {
  add_between(polygon.bounds.south, polygon.bounds.north, out,
              [&](const GeoPoint& point) { return contains(polygon, point); });
}

}  // namespace souk::search
