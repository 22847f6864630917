#include "kernel/log/compactor.hpp"

#include <algorithm>
#include <cstring>

#include "kernel/base/logging.hpp"

namespace souk::log {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;
/// A store's last rows wait for their run to grow: they are not worth a look every second.
constexpr std::int64_t kLookAgainUs = 5'000'000;

std::uint64_t end_of(const storage::EventRow& row) noexcept {
  return row.first_sequence + row.count;
}

void add_people(const storage::EventRow& row, std::vector<std::uint32_t>& people) {
  if (row.people.empty()) return;  // neither may memcpy be asked about nothing
  const std::size_t before = people.size();
  people.resize(before + row.people.size() / sizeof(std::uint32_t));
  std::memcpy(people.data() + before, row.people.data(),
              (people.size() - before) * sizeof(std::uint32_t));
}

void add_commits(const Batch& batch, std::vector<CommitPart>& commits) {
  if (batch.commits().empty()) {
    commits.push_back({batch.count(), batch.committed_us()});
  } else {
    commits.insert(commits.end(), batch.commits().begin(), batch.commits().end());
  }
}

}  // namespace

Compactor::Compactor(storage::Database& database, const CompactionSettings& settings,
                     int compression_level)
    : database_(database), settings_(settings), encoder_(compression_level) {}

bool Compactor::find_run(const Rows& heads, std::size_t begin, std::int64_t until_us,
                         std::uint64_t last_sequence, std::size_t& end) const {
  std::uint64_t events = 0;
  std::size_t bytes = 0;
  for (end = begin; end < heads.size(); ++end) {
    const storage::EventRow& row = heads[end];
    if (row.committed_us > until_us || end_of(row) > last_sequence + 1) return false;
    const bool follows = end == begin || (row.first_sequence == end_of(heads[end - 1]) &&
                                          row.committed_us >= heads[end - 1].committed_us);
    events += row.count;
    bytes += row.raw_size;
    if (!follows || (end > begin && (events > settings_.max_events || bytes > settings_.max_bytes)))
      return true;
  }
  return false;
}

Result<CompactionReport> Compactor::step(std::string_view store_id, std::int64_t until_us,
                                         std::uint64_t last_sequence) {
  Place& place = places_[std::string(store_id)];
  std::uint64_t& next = place.next;
  CompactionReport report;
  if (until_us < place.look_again_us) return report;
  // One more than may be merged, so that the last run of them is known to be complete.
  auto heads = database_.read_event_heads(store_id, next, settings_.max_events + std::size_t{1});
  if (!heads) return std::move(heads).status();
  std::size_t begin = 0;
  std::size_t end = 0;
  while (find_run(*heads, begin, until_us, last_sequence, end)) {
    report.more = true;
    if (end - begin >= settings_.min_rows) {
      auto merged = merge_run((*heads)[begin], (*heads)[end - 1]);
      if (!merged && merged.code() != Code::data_loss) return std::move(merged).status();
      // Whatever became of it, the next step looks behind it; the next start looks at it again.
      next = end_of((*heads)[end - 1]);
      report.rows = merged ? *merged : 0;
      report.merges = report.rows > 0 ? 1 : 0;
      return report;
    }
    next = end_of((*heads)[end - 1]);
    begin = end;
  }
  if (!report.more) place.look_again_us = until_us + kLookAgainUs;
  return report;
}

Result<Compactor::Rows> Compactor::read_run(const storage::EventRow& first,
                                            const storage::EventRow& last) {
  Rows rows;
  for (std::uint64_t from = first.first_sequence; from < end_of(last);) {
    auto more = database_.read_events(first.store_id, from, kReadBytes);
    if (!more) return std::move(more).status();
    if (more->empty()) break;
    from = end_of(more->back());
    for (storage::EventRow& row : *more) {
      if (row.first_sequence <= last.first_sequence) rows.push_back(std::move(row));
    }
  }
  return rows;
}

Result<std::uint64_t> Compactor::merge_run(const storage::EventRow& first,
                                           const storage::EventRow& last) {
  auto rows = read_run(first, last);
  if (!rows) return std::move(rows).status();
  if (rows->empty() || rows->front().first_sequence != first.first_sequence ||
      rows->back().first_sequence != last.first_sequence) {
    return Status(Code::failed_precondition, "the rows have changed since they were read");
  }
  return merge(std::move(*rows));
}

/// Answers how many rows went. DATA_LOSS when one of them does not verify: it stays as it is, for
/// `souk log verify` to name, and so do its neighbours.
Result<std::uint64_t> Compactor::merge(Rows rows) {
  std::string raw;
  std::vector<std::uint32_t> people;
  std::vector<CommitPart> commits;
  storage::EventRow merged;
  merged.store_id = rows.front().store_id;
  merged.first_sequence = rows.front().first_sequence;
  merged.committed_us = rows.back().committed_us;
  for (const storage::EventRow& row : rows) {
    auto batch = Batch::from_row(row);
    if (!batch) {
      base::log_error("log", "a damaged row keeps its neighbours from being merged",
                      {{"store", row.store_id}, {"reason", batch.status().message()}});
      return std::move(batch).status();
    }
    if (row.first_sequence != merged.first_sequence + merged.count) {
      return Status(Code::failed_precondition, "the rows have changed since they were read");
    }
    raw += (*batch)->raw();
    add_people(row, people);
    add_commits(**batch, commits);
    merged.count += row.count;
  }
  encoder_.encode(raw, people, merged, commits);
  // What goes in must come out: the rows that this replaces are gone for good afterwards.
  if (auto back = Batch::from_row(merged); !back || (*back)->raw() != raw) {
    return Status(Code::internal, "a merged row does not read back");
  }
  if (Status status = database_.replace_events(rows, merged); !status.ok()) return status;
  return static_cast<std::uint64_t>(rows.size() - 1);
}

}  // namespace souk::log
