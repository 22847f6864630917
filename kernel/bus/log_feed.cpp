#include "kernel/bus/log_feed.hpp"

#include <utility>

namespace souk::bus {
namespace {

constexpr std::size_t kTailBytes = 1U << 20U;
// Two pieces are read ahead while a third is folded: memory stays below about 16 MiB a replay.
constexpr std::size_t kPieceBytes = 4U << 20U;
constexpr std::size_t kPiecesAhead = 2;

}  // namespace

LogFeed::LogFeed(BusServices& services, std::string store_id, std::function<void()> wake)
    : services_(services), store_id_(std::move(store_id)), wake_(std::move(wake)) {}

LogFeed::Piece LogFeed::next(std::uint64_t from) {
  std::unique_lock lock(mutex_);
  if (!ahead_.empty() && ahead_.front().from == from) {
    Piece piece{State::ready, std::move(ahead_.front().batches), {}};
    const std::uint64_t end = piece.batches.back()->last_sequence() + 1;
    ahead_.pop_front();
    if (!reading_) read_ahead(lock, ahead_.empty() ? end : ahead_.back().end());
    return piece;
  }
  if (failure_) {
    Piece piece{State::failed, {}, std::move(*failure_)};
    failure_.reset();
    return piece;
  }
  if (reading_) {
    wanted_ = true;
    return {State::pending, {}, {}};
  }
  ahead_.clear();
  lock.unlock();
  if (auto tail = services_.log.read_tail(store_id_, from, kTailBytes)) {
    if (tail->empty()) return {State::end, {}, {}};
    return {State::ready, std::move(*tail), {}};
  }
  lock.lock();
  wanted_ = true;
  read_ahead(lock, from);
  return {State::pending, {}, {}};
}

void LogFeed::read_ahead(std::unique_lock<std::mutex>& lock, std::uint64_t from) {
  if (reading_ || closed_ || ahead_.size() >= kPiecesAhead) return;
  reading_ = true;
  lock.unlock();
  const bool posted =
      services_.readers.post([self = shared_from_this(), from] { self->read(from); });
  lock.lock();
  if (!posted) reading_ = false;
}

void LogFeed::read(std::uint64_t from) {
  // Once the tail has it, the cursor gets it from there.
  Result<std::vector<log::BatchPtr>> batches = std::vector<log::BatchPtr>{};
  bool in_tail = false;
  if (auto tail = services_.log.read_tail(store_id_, from, 1)) {
    in_tail = true;
  } else {
    batches = services_.log.read(store_id_, from, kPieceBytes);
    if (batches.ok()) {
      for (const log::BatchPtr& batch : *batches)
        (void)batch->events();
    }
  }
  std::unique_lock lock(mutex_);
  reading_ = false;
  if (!batches.ok()) {
    if (wanted_) failure_ = batches.status();
  } else if (!batches->empty() && !in_tail) {
    ahead_.push_back({from, std::move(*batches)});
    read_ahead(lock, ahead_.back().end());
  }
  if (std::exchange(wanted_, false) && !closed_) wake_();
}

void LogFeed::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  ahead_.clear();
}

}  // namespace souk::bus
