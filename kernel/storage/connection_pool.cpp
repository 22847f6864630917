#include "kernel/storage/connection_pool.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <chrono>

#include "kernel/base/clock.hpp"

namespace souk::storage {
namespace {

constexpr std::int64_t kFirstBackoffUs = 50'000;
constexpr std::int64_t kLastBackoffUs = 2'000'000;

}  // namespace

ConnectionPool::ConnectionPool(DatabaseUrl url, std::size_t capacity, std::int64_t timeout_ms)
    : url_(std::move(url)), capacity_(capacity), timeout_ms_(timeout_ms) {}

ConnectionPool::~ConnectionPool() = default;

ConnectionPool::Lease::Lease(ConnectionPool& pool, Session session)
    : pool_(&pool), session_(std::move(session)) {}

ConnectionPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), session_(std::move(other.session_)) {}

ConnectionPool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->give_back(std::move(session_));
}

void ConnectionPool::Lease::discard() noexcept { session_.reset(); }

Result<ConnectionPool::Lease> ConnectionPool::lease() {
  {
    std::unique_lock lock(mutex_);
    const auto place_free = [&] { return leased_ < capacity_; };
    if (!freed_.wait_for(lock, std::chrono::milliseconds(timeout_ms_), place_free)) {
      return Status(Code::unavailable,
                    "all " + std::to_string(capacity_) + " database connections are busy");
    }
    ++leased_;
    if (!idle_.empty()) {
      Session session = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(session));
    }
  }
  auto session = open_session();
  if (!session) {
    give_back(nullptr);
    return std::move(session).status();
  }
  return Lease(*this, std::move(*session));
}

Result<Session> ConnectionPool::open_session() {
  {
    const std::lock_guard lock(mutex_);
    if (base::system_clock().monotonic_us() < retry_at_us_) {
      return Status(Code::unavailable, last_failure_);
    }
  }
  auto session = connect(url_, timeout_ms_);
  const std::lock_guard lock(mutex_);
  if (session) {
    backoff_us_ = 0;
    retry_at_us_ = 0;
    return session;
  }
  backoff_us_ = std::clamp(backoff_us_ * 2, kFirstBackoffUs, kLastBackoffUs);
  retry_at_us_ = base::system_clock().monotonic_us() + backoff_us_;
  last_failure_ = session.status().message();
  return session;
}

void ConnectionPool::give_back(Session session) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --leased_;
    if (session) idle_.push_back(std::move(session));
  }
  freed_.notify_one();
}

void ConnectionPool::drop_idle() noexcept {
  std::vector<Session> closing;
  const std::lock_guard lock(mutex_);
  closing.swap(idle_);
}

}  // namespace souk::storage
