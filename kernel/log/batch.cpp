#include "kernel/log/batch.hpp"

#include "kernel/log/encoded_events.hpp"
#include "kernel/log/row_codec.hpp"

namespace souk::log {

Batch::Batch(std::string store_id, std::uint64_t first_sequence, std::uint32_t count,
             std::int64_t committed_us, std::string raw, std::vector<CommitPart> commits)
    : store_id_(std::move(store_id)),
      first_sequence_(first_sequence),
      count_(count),
      committed_us_(committed_us),
      raw_(std::move(raw)),
      commits_(std::move(commits)) {}

Result<std::shared_ptr<const Batch>> Batch::from_row(const storage::EventRow& row) {
  auto raw = decode_row(row);
  if (!raw) return std::move(raw).status();
  auto commits = decode_commits(row);
  if (!commits) return std::move(commits).status();
  auto batch =
      std::make_shared<const Batch>(row.store_id, row.first_sequence, row.count, row.committed_us,
                                    std::move(*raw), std::move(*commits));
  if (batch->events().size() != row.count) {
    return Status(Code::data_loss, "log of store \"" + row.store_id + "\", sequence " +
                                       std::to_string(row.first_sequence) + ": " +
                                       std::to_string(row.count) + " events announced, " +
                                       std::to_string(batch->events().size()) + " found");
  }
  return batch;
}

const std::vector<LoggedEvent>& Batch::events() const {
  std::call_once(decoded_, [this] {
    events_.reserve(count_);
    std::string_view rest = raw_;
    std::string_view wire;
    auto commit = commits_.begin();
    std::size_t next_commit = 0;  // index of the event that begins it
    std::int64_t committed_us = committed_us_;
    while (events_.size() < count_ && take_frame(rest, wire)) {
      LoggedEvent event;
      event.sequence = first_sequence_ + events_.size();
      event.begins_commit = events_.size() == next_commit;
      if (event.begins_commit && commit != commits_.end()) {
        committed_us = commit->committed_us;
        next_commit += (commit++)->count;
      }
      event.received_us = committed_us;
      event.wire = wire;
      // An erased event is an empty frame: a place in the order without content.
      if (!schema::scan_event(wire, event.fields)) event.fields = {};
      events_.push_back(event);
    }
  });
  return events_;
}

}  // namespace souk::log
