// The report's counts of everybody, kept between questions: to go through a million people for each
// would take most of a second.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

namespace souk::segmentation {

struct Known;
struct ReportData;

/// Counts anew when something happened since, and, of more than kManyPeople people, at most once in
/// kMostAgeS seconds of the log's time. Any thread.
class CountedReport {
 public:
  static constexpr std::uint32_t kMostAgeS = 60;
  static constexpr std::uint32_t kManyPeople = 20'000;

  [[nodiscard]] std::shared_ptr<const ReportData> of(const Known& known);

 private:
  std::mutex counting_;  ///< held by whoever counts
  std::mutex mutex_;     ///< of the two below
  std::shared_ptr<const ReportData> counted_;
  std::uint64_t generation_ = 0;  ///< of the view that was counted
};

}  // namespace souk::segmentation
