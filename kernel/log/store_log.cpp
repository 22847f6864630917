#include "kernel/log/store_log.hpp"

#include <algorithm>

#include "kernel/log/event_log.hpp"

namespace souk::log {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{8} << 20U;
/// What a batch costs beside its bytes: the decoded envelopes.
std::size_t footprint(const Batch& batch) noexcept {
  return batch.raw().size() + batch.count() * sizeof(LoggedEvent) + sizeof(Batch);
}

}  // namespace

StoreLog::StoreLog(std::string id, const EventLogSettings& settings)
    : dedupe(settings.dedupe_window_us, settings.dedupe_max_ids),
      id_(std::move(id)),
      tail_bytes_(settings.tail_cache_bytes),
      window_us_(settings.dedupe_window_us),
      max_ids_(settings.dedupe_max_ids) {}

void StoreLog::learn_ids(const Batch& batch, std::int64_t oldest_us) {
  if (batch.committed_us() < oldest_us) return;
  for (const LoggedEvent& event : batch.events()) {
    if (event.received_us < oldest_us || event.fields.id.empty()) continue;
    dedupe.insert(base::hash128(event.fields.id), event.received_us);
  }
}

Result<std::vector<BatchPtr>> StoreLog::catch_up(storage::Database& database, std::int64_t now_us) {
  auto bounds = database.log_bounds(id_);
  if (!bounds) return std::move(bounds).status();
  std::vector<BatchPtr> fresh;
  if (bounds->rows == 0) return fresh;
  first_sequence_ = bounds->first_sequence;
  const bool opening = last_sequence_ == 0;
  std::uint64_t from = last_sequence_ + 1;
  if (opening) {
    from = bounds->first_sequence;
    if (bounds->last_sequence > max_ids_) {
      from = std::max(from, bounds->last_sequence - max_ids_ + 1);
    }
  }
  while (from <= bounds->last_sequence) {
    auto rows = database.read_events(id_, from, kPieceBytes);
    if (!rows) return std::move(rows).status();
    if (rows->empty()) break;
    for (const storage::EventRow& row : *rows) {
      from = row.first_sequence + row.count;
      if (opening && row.committed_us < now_us - window_us_) continue;
      auto batch = Batch::from_row(row);
      // A damaged row is reported by whoever must read it; its ids are lost to deduplication.
      if (!batch) continue;
      learn_ids(**batch, now_us - window_us_);
      if (!opening) {
        push(*batch);
        fresh.push_back(*batch);
      }
    }
  }
  last_sequence_ = bounds->last_sequence;
  last_committed_us = std::max(last_committed_us, bounds->last_committed_us);
  return fresh;
}

void StoreLog::push(const BatchPtr& batch) {
  {
    const std::lock_guard lock(tail_mutex_);
    tail_.push_back(batch);
    tail_used_ += footprint(*batch);
    while (tail_.size() > 1 && tail_used_ > tail_bytes_) {
      tail_used_ -= footprint(*tail_.front());
      tail_.pop_front();
    }
  }
  last_committed_us = batch->committed_us();
  last_sequence_ = batch->last_sequence();
}

void StoreLog::forget_tail() {
  const std::lock_guard lock(tail_mutex_);
  tail_.clear();
  tail_used_ = 0;
}

std::optional<std::vector<BatchPtr>> StoreLog::tail(std::uint64_t from,
                                                    std::size_t max_bytes) const {
  std::vector<BatchPtr> batches;
  const std::lock_guard lock(tail_mutex_);
  // Read under the lock: a batch is in the tail before the sequence says so.
  if (from > last_sequence_) return batches;
  if (tail_.empty() || tail_.front()->first_sequence() > from) return std::nullopt;
  auto at = std::partition_point(tail_.begin(), tail_.end(), [from](const BatchPtr& batch) {
    return batch->last_sequence() < from;
  });
  std::size_t bytes = 0;
  for (; at != tail_.end() && (batches.empty() || bytes < max_bytes); ++at) {
    bytes += (*at)->raw().size();
    batches.push_back(*at);
  }
  return batches;
}

}  // namespace souk::log
