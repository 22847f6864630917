// Where the products of a segment are, and how far from somewhere.
//
// Kept by latitude: a question about a circle or a box looks only at the places between its
// southern and northern end. Distances are great circles on a sphere of 6,371,008.8 m (IUGG mean
// radius), by the haversine formula (R. W. Sinnott, Sky & Telescope 68, 1984), which is within 0.6
// % of the ellipsoid.
//
// Immutable once built: any number of threads may read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/search/model/doc_set.hpp"
#include "plugins/search/model/document.hpp"

namespace souk::search {

/// Corners of a box; from west to east, so `west > east` crosses the 180th meridian.
struct GeoBox {
  double south = 0;
  double west = 0;
  double north = 0;
  double east = 0;
};

/// A closed line; what it goes around by the even-odd rule is inside. Corners are joined straight
/// in degrees, as Algolia does; none lies beyond the 180th meridian.
struct GeoPolygon {
  std::vector<GeoPoint> corners;
  GeoBox bounds;
};
/// With its bounds.
[[nodiscard]] GeoPolygon polygon_of(std::vector<GeoPoint> corners);

/// A finite point with latitude and longitude in range.
[[nodiscard]] bool is_place(const GeoPoint& point) noexcept;
/// Metres between two places.
[[nodiscard]] double distance_m(const GeoPoint& a, const GeoPoint& b) noexcept;
[[nodiscard]] bool contains(const GeoBox& box, const GeoPoint& point) noexcept;
[[nodiscard]] bool contains(const GeoPolygon& polygon, const GeoPoint& point) noexcept;

class Places {
 public:
  /// What nearest() says of a document without a place: behind all others.
  static constexpr double kNowhere = 1e12;

  Places() = default;
  /// Points that are not places are left out and counted in `dropped`.
  Places(std::span<const Document> documents, std::uint64_t& dropped);

  [[nodiscard]] bool empty() const noexcept { return points_.empty(); }
  /// Metres from the nearest of the document's places, or kNowhere.
  [[nodiscard]] double nearest(DocId doc, const GeoPoint& from) const noexcept;
  [[nodiscard]] bool inside(DocId doc, const GeoBox& box) const noexcept;
  [[nodiscard]] bool inside(DocId doc, const GeoPolygon& polygon) const noexcept;
  [[nodiscard]] bool has(DocId doc) const noexcept;

  /// Adds the documents with a place at most `radius_m` away, in the box or polygon, or with any.
  void add_near(const GeoPoint& from, double radius_m, DocSet& out) const;
  void add_inside(const GeoBox& box, DocSet& out) const;
  void add_inside(const GeoPolygon& polygon, DocSet& out) const;
  void add_present(DocSet& out) const { out.add_all(docs_); }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return docs_.capacity() * 4 + begin_.capacity() * 4 +
           (points_.capacity() + by_latitude_.capacity()) * sizeof(Place);
  }

 private:
  struct Place {
    GeoPoint point;
    DocId doc = 0;
  };
  [[nodiscard]] std::span<const Place> of(DocId doc) const noexcept;
  template <class Holds>
  void add_between(double south, double north, DocSet& out, Holds&& holds) const;

  std::vector<DocId> docs_;           ///< with a place, ascending
  std::vector<std::uint32_t> begin_;  ///< in points_, by place in docs_; one more at the end
  std::vector<Place> points_;         ///< by document
  std::vector<Place> by_latitude_;
};

}  // namespace souk::search
