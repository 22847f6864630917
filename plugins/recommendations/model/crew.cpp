#include "plugins/recommendations/model/crew.hpp"

#include <algorithm>
#include <system_error>

namespace souk::recommendations {

Crew::Crew(unsigned threads, std::function<bool()> cancelled) : asked_(std::move(cancelled)) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned member = 1; member < threads; ++member) {
    try {
      helpers_.emplace_back([this, member] { help(member); });
    } catch (const std::system_error&) {
      break;  // slower, not wrong
    }
  }
}

Crew::~Crew() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  begun_.notify_all();
  for (std::thread& helper : helpers_)
    helper.join();
}

bool Crew::ask() {
  if (!cancelled() && asked_ && asked_()) stop_.store(true, std::memory_order_relaxed);
  return cancelled();
}

bool Crew::each(std::size_t count, const std::function<void(std::size_t, unsigned)>& turn) {
  if (ask()) return false;
  {
    const std::lock_guard lock(mutex_);
    turn_ = &turn;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    busy_ = helpers_.size();
    ++loop_;
  }
  begun_.notify_all();
  work(0);
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return busy_ == 0; });
  return !cancelled();
}

void Crew::work(unsigned member) {
  for (std::size_t at = next_++; at < count_; at = next_++) {
    if (member == 0 ? ask() : cancelled()) return;
    (*turn_)(at, member);
  }
}

void Crew::help(unsigned member) {
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    begun_.wait(lock, [&] { return over_ || loop_ != seen; });
    if (over_) return;
    seen = loop_;
    lock.unlock();
    work(member);
    lock.lock();
    if (--busy_ == 0) ended_.notify_one();
  }
}

}  // namespace souk::recommendations
