#include "kernel/log/verify.hpp"

#include <algorithm>

namespace souk::log {
namespace {

constexpr std::size_t kVerifiedBytes = std::size_t{8} << 20U;
constexpr std::size_t kMaxFaults = 1'000;

void add_fault(VerifyReport& report, std::string fault) {
  if (report.faults.size() < kMaxFaults) report.faults.push_back(std::move(fault));
}

std::string range(std::uint64_t first, std::uint64_t last) {
  return "sequence " + std::to_string(first) + " to " + std::to_string(last);
}

/// Whether a row that begins before what is expected took the place of rows that were checked
/// already: then the row before it ends where it begins.
Result<bool> was_merged(storage::Database& database, const storage::EventRow& row) {
  if (row.first_sequence <= 1) return true;
  auto before = database.read_event_heads(row.store_id, row.first_sequence - 1, 1);
  if (!before) return std::move(before).status();
  return before->empty() || before->front().first_sequence >= row.first_sequence ||
         before->front().first_sequence + before->front().count == row.first_sequence;
}

void check_row(const storage::EventRow& row, std::uint64_t expected, std::int64_t last_us,
               bool merged, VerifyReport& report) {
  ++report.rows;
  report.events += row.count;
  if (merged) report.events -= std::min<std::uint64_t>(row.count, expected - row.first_sequence);
  if (row.first_sequence > expected) {
    add_fault(report, range(expected, row.first_sequence - 1) + " is missing");
  }
  if (row.first_sequence < expected && !merged) {
    add_fault(report, range(row.first_sequence, expected - 1) + " is there twice");
  }
  const auto batch = Batch::from_row(row);
  if (!batch) add_fault(report, batch.status().message());
  const std::int64_t first_us = batch ? (*batch)->first_committed_us() : row.committed_us;
  if ((merged ? row.committed_us : first_us) < last_us) {
    add_fault(report, "sequence " + std::to_string(row.first_sequence) + ": time falls");
  }
}

}  // namespace

Result<VerifyReport> verify_log(storage::Database& database, std::string_view store_id,
                                const std::function<void(double)>& progress) {
  auto bounds = database.log_bounds(store_id);
  if (!bounds) return std::move(bounds).status();
  VerifyReport report;
  if (bounds->rows == 0) return report;
  std::uint64_t expected = bounds->first_sequence;
  std::int64_t last_us = INT64_MIN;
  while (expected <= bounds->last_sequence) {
    auto rows = database.read_events(store_id, expected, kVerifiedBytes);
    if (!rows) return std::move(rows).status();
    if (rows->empty()) {
      add_fault(report, range(expected, bounds->last_sequence) + " is missing");
      break;
    }
    for (const storage::EventRow& row : *rows) {
      Result<bool> merged = false;
      if (&row == &rows->front() && row.first_sequence < expected) {
        merged = was_merged(database, row);
        if (!merged) return std::move(merged).status();
      }
      check_row(row, expected, last_us, *merged, report);
      expected = std::max(expected, row.first_sequence + std::max<std::uint64_t>(1, row.count));
      last_us = row.committed_us;
    }
    if (progress) {
      progress(static_cast<double>(expected - bounds->first_sequence) /
               static_cast<double>(bounds->last_sequence - bounds->first_sequence + 1));
    }
  }
  return report;
}

}  // namespace souk::log
