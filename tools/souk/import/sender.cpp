#include "tools/souk/import/sender.hpp"

#include <algorithm>
#include <chrono>

#include "souk/v1/ingest.pb.h"

namespace souk::cli {
namespace {

constexpr std::size_t kWaitingPerLane = 2;
constexpr int kMaxTries = 120;  // with back-off, about ten minutes
constexpr std::int64_t kMaxBackoffMs = 5'000;

std::int64_t backoff_ms(int attempt) {
  return std::min(kMaxBackoffMs, std::int64_t{100} << std::min(attempt, 6));
}

/// "events[3].time: …" → "time: …": the position within a request says nothing to people.
std::string_view without_position(std::string_view reason) {
  if (!reason.starts_with("events[")) return reason;
  const std::size_t end = reason.find(']');
  if (end == std::string_view::npos) return reason;
  reason.remove_prefix(end + 1);
  if (reason.starts_with('.')) reason.remove_prefix(1);
  if (reason.starts_with(": ")) reason.remove_prefix(2);
  return reason;
}

}  // namespace

Sender::Sender(const std::string& address, const std::string& key, unsigned lanes,
               RefusedEvent refused)
    : address_(address), key_(key), refused_(std::move(refused)) {
  for (unsigned i = 0; i < std::max(1U, lanes); ++i)
    lanes_.push_back(std::make_unique<Lane>());
  for (const auto& lane : lanes_) {
    lane->thread = std::thread([this, &lane = *lane] { run(lane); });
  }
}

Sender::~Sender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& lane : lanes_)
      lane->waiting.clear();
  }
  changed_.notify_all();
  for (const auto& lane : lanes_)
    lane->thread.join();
}

bool Sender::put(std::size_t at, EventBatch batch) {
  Lane& lane = *lanes_[at];
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return lane.waiting.size() < kWaitingPerLane || !failure_.ok(); });
  if (!failure_.ok()) return false;
  lane.waiting.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

Status Sender::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return !failure_.ok() || std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) {
      return lane->waiting.empty() && !lane->busy;
    });
  });
  return failure_;
}

SenderTotals Sender::totals() const {
  return {sent_.load(), accepted_.load(), duplicates_.load(), rejected_.load(), retries_.load()};
}

void Sender::run(Lane& lane) {
  HttpClient client(address_, key_);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !lane.waiting.empty(); });
    if (stopping_) return;
    const EventBatch batch = std::move(lane.waiting.front());
    lane.waiting.pop_front();
    lane.busy = true;
    lock.unlock();
    changed_.notify_all();
    if (!failed()) deliver(client, batch);
    lock.lock();
    lane.busy = false;
    changed_.notify_all();
  }
}

void Sender::deliver(HttpClient& client, const EventBatch& batch) {
  for (int attempt = 0; attempt < kMaxTries; ++attempt) {
    const auto answer =
        client.post("/v1/events", batch.body(), "application/x-protobuf", "application/x-protobuf");
    if (answer && settle(client, batch, *answer)) return;
    if (failed()) return;
    ++retries_;
    const std::int64_t named = answer ? answer->retry_after_ms : -1;
    if (!wait_before_retry(std::max(named, backoff_ms(attempt)))) return;
  }
  fail({Code::unavailable, address_ + " has not taken a request for minutes; gave up"});
}

bool Sender::settle(HttpClient& client, const EventBatch& batch, const HttpAnswer& answer) {
  if (answer.status >= 200 && answer.status < 300) {
    count_reply(batch, answer.body);
    return true;
  }
  if (answer.status == 401) {
    fail({Code::unauthenticated, "the daemon does not know this key"});
    return true;
  }
  if (answer.status == 429 || answer.status >= 500) return false;
  if (answer.status == 403 && batch.size() == 1) {
    fail({Code::permission_denied, "the key may not do this: " + problem_detail(answer)});
    return true;
  }
  if (batch.size() > 1) {  // some event in it spoils it: find out which
    deliver(client, batch.part(0, batch.size() / 2));
    if (!failed()) deliver(client, batch.part(batch.size() / 2, batch.size()));
    return true;
  }
  ++sent_;
  ++rejected_;
  refused_(batch.line(0), without_position(problem_detail(answer)));
  return true;
}

void Sender::count_reply(const EventBatch& batch, const std::string& body) {
  souk::v1::PostEventsReply reply;
  if (!reply.ParseFromString(body)) {
    fail({Code::internal, address_ + " answers, but not as a Souk daemon does"});
    return;
  }
  sent_ += batch.size();
  accepted_ += reply.accepted();
  duplicates_ += reply.duplicates();
  rejected_ += static_cast<std::uint64_t>(reply.rejected_size());
  for (const souk::v1::Rejection& rejection : reply.rejected()) {
    const std::uint64_t line = rejection.index() < batch.size() ? batch.line(rejection.index()) : 0;
    refused_(line, without_position(rejection.reason()));
  }
}

bool Sender::wait_before_retry(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(ms),
                    [this] { return stopping_ || !failure_.ok(); });
  return !stopping_ && failure_.ok();
}

void Sender::fail(Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
  }
  changed_.notify_all();
}

bool Sender::failed() const {
  const std::lock_guard lock(mutex_);
  return !failure_.ok();
}

}  // namespace souk::cli
