// How large segments were at the end of each day: what the report draws.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace souk::segmentation {

/// Days are of UTC.
struct DaySizes {
  std::uint32_t day = 0;  ///< since 1970
  std::uint32_t persons = 0;
  std::uint32_t accounts = 0;
  std::vector<std::uint32_t> sizes;  ///< by the segments' numbers
};

/// At most kMostDays, the oldest give way. Days on which nothing happened are not in it: sizes were
/// those of the day before. One thread; what share() gave stays as it is, for any thread.
class SizeHistory {
 public:
  static constexpr std::size_t kMostDays = 400;
  using Days = std::vector<std::shared_ptr<const DaySizes>>;

  SizeHistory() : days_(std::make_shared<const Days>()) {}
  /// A day has ended. Days come in their order.
  void add(DaySizes day);
  /// Oldest first.
  [[nodiscard]] std::shared_ptr<const Days> share() const { return days_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::shared_ptr<const Days> days_;
};

}  // namespace souk::segmentation
