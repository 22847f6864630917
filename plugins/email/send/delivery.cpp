#include "plugins/email/send/delivery.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace souk::email {
namespace {
constexpr std::size_t kMostDomains = 10'000;
constexpr std::int64_t kWebhookTimeoutMs = 10'000;
}  // namespace

bool Delivery::add(Shipment shipment) {
  const std::lock_guard lock(mutex_);
  if (stopped_ || waiting_.size() + held_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(shipment));
  if (threads_.size() < options_.connections && threads_.size() < waiting_.size()) {
    threads_.emplace_back([this] { run(); });
  }
  changed_.notify_one();
  return true;
}

void Delivery::stop() {
  std::vector<std::thread> threads;
  std::deque<Shipment> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    threads.swap(threads_);
    left.swap(waiting_);
    for (auto& [when, shipment] : held_)
      left.push_back(std::move(shipment));
    held_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads)
    thread.join();
  for (const Shipment& shipment : left)
    shipment.ended({SmtpOutcome::again, "the daemon stops"});
}

std::size_t Delivery::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size() + held_.size();
}

bool Delivery::may_go(const Shipment& shipment, Clock::time_point now, Clock::time_point& when) {
  if (options_.per_domain_rate <= 0 || !shipment.webhook_url.empty() || shipment.send) return true;
  const auto gap = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(1 / options_.per_domain_rate));
  if (next_of_domain_.size() > kMostDomains) {
    std::erase_if(next_of_domain_, [now](const auto& entry) { return entry.second <= now; });
  }
  Clock::time_point& next = next_of_domain_[shipment.domain];
  when = std::max(next, now);
  next = when + gap;
  return when <= now;
}

bool Delivery::take(Shipment& shipment) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stopped_) return false;
    const auto now = Clock::now();
    // Those that were held have their turn already.
    if (!held_.empty() && held_.begin()->first <= now) {
      shipment = std::move(held_.begin()->second);
      held_.erase(held_.begin());
      return true;
    }
    if (!waiting_.empty()) {
      Shipment next = std::move(waiting_.front());
      waiting_.pop_front();
      Clock::time_point when;
      if (may_go(next, now, when)) {
        shipment = std::move(next);
        return true;
      }
      held_.emplace(when, std::move(next));
      continue;
    }
    if (held_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, held_.begin()->first);
    }
  }
}

void Delivery::run() {
  std::unique_ptr<SmtpSession> session;
  for (Shipment shipment; take(shipment); shipment = {}) {
    if (shipment.send) {
      shipment.ended(shipment.send());
      continue;
    }
    if (!shipment.webhook_url.empty()) {
      shipment.ended(
          post_json(shipment.webhook_url, shipment.content, shipment.key, kWebhookTimeoutMs));
      continue;
    }
    if (shipment.write && !shipment.write(shipment)) continue;
    if (!session) session = std::make_unique<SmtpSession>(options_.smtp);
    shipment.ended(session->send(shipment.from, shipment.to, shipment.content));
  }
}

}  // namespace souk::email
