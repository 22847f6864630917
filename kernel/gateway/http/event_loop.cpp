#include "kernel/gateway/http/event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace souk::gateway {

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  // Edge-triggered: each write wakes once, and nobody has to read it.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  if (epoll_ < 0 || wake_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "no event loop");
  }
}

EventLoop::~EventLoop() {
  close(wake_);
  close(epoll_);
}

std::uint32_t EventLoop::watch(int descriptor, Watcher& watcher, std::uint32_t registered,
                               std::uint32_t wanted) noexcept {
  if (registered == wanted) return wanted;
  epoll_event event{};
  event.events = wanted;
  event.data.ptr = &watcher;
  int change = EPOLL_CTL_MOD;
  if (registered == 0) change = EPOLL_CTL_ADD;
  if (wanted == 0) {
    change = EPOLL_CTL_DEL;
    for (std::size_t i = next_; i < ready_; ++i) {
      if (events_[i].data.ptr == &watcher) events_[i].data.ptr = nullptr;
    }
  }
  return epoll_ctl(epoll_, change, descriptor, &event) == 0 ? wanted : registered;
}

void EventLoop::after(std::chrono::milliseconds delay, std::function<void()> task) {
  alarms_.push_back({std::chrono::steady_clock::now() + delay, std::move(task)});
}

void EventLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
    has_posted_.store(true, std::memory_order_release);
    if (!std::exchange(asleep_, false)) return;
  }
  (void)eventfd_write(wake_, 1);
}

int EventLoop::timeout(Patience patience) const {
  if (patience == Patience::none) return 0;
  if (alarms_.empty()) return -1;
  const auto first = std::min_element(alarms_.begin(), alarms_.end(),
                                      [](const Alarm& a, const Alarm& b) { return a.due < b.due; });
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(first->due - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

bool EventLoop::fall_asleep() {
  const std::lock_guard lock(mutex_);
  asleep_ = posted_.empty();
  return asleep_;
}

std::size_t EventLoop::turn(Patience patience) {
  const bool sleeps = patience == Patience::endless && fall_asleep();
  const int ready = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                               sleeps ? timeout(patience) : 0);
  if (sleeps) {
    const std::lock_guard lock(mutex_);
    asleep_ = false;
  }
  ready_ = ready > 0 ? static_cast<std::size_t>(ready) : 0;
  std::size_t handlers = 0;
  for (next_ = 0; next_ < ready_;) {
    const epoll_event event = events_[next_++];
    if (event.data.ptr == nullptr) continue;  // it is wake_, or waits no more
    static_cast<Watcher*>(event.data.ptr)->on_events(event.events);
    ++handlers;
  }
  next_ = ready_ = 0;
  handlers += run_posted();
  return handlers + run_alarms();
}

std::size_t EventLoop::run_posted() {
  if (!has_posted_.load(std::memory_order_acquire)) return 0;
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
    has_posted_.store(false, std::memory_order_relaxed);
  }
  for (auto& task : tasks)
    task();
  return tasks.size();
}

std::size_t EventLoop::run_alarms() {
  if (alarms_.empty()) return 0;
  const Time now = std::chrono::steady_clock::now();
  std::vector<Alarm> due;
  for (std::size_t i = 0; i < alarms_.size();) {
    if (alarms_[i].due > now) {
      ++i;
      continue;
    }
    due.push_back(std::move(alarms_[i]));
    alarms_.erase(alarms_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  std::stable_sort(due.begin(), due.end(),
                   [](const Alarm& a, const Alarm& b) { return a.due < b.due; });
  for (Alarm& alarm : due)
    alarm.task();
  return due.size();
}

}  // namespace souk::gateway
