#include "kernel/bus/endpoint.hpp"

#include <chrono>
#include <limits>
#include <thread>
#include <utility>

namespace souk::bus {
namespace {

constexpr std::string_view kBusy =
    "the plugin works on as many questions as it may at a time, and they do not end";
constexpr std::string_view kTooMany =
    "the plugin has too many questions open and does not answer them";

/// Statuses come from a plugin: what is not in the contract is its defect.
Code checked_code(souk_status status, std::string_view& error, std::string& text) {
  if (status >= SOUK_OK && status <= SOUK_E_UNSUPPORTED) return static_cast<Code>(status);
  text = "the plugin answered with the unknown status " + std::to_string(status);
  error = text;
  return Code::internal;
}

}  // namespace

Endpoint::Endpoint(CallTarget& target, const EndpointSettings& settings, const base::Clock& clock,
                   const EndpointMetrics& metrics, DeadlineWatch* deadlines)
    : target_(target),
      settings_(settings),
      clock_(clock),
      deadlines_(deadlines),
      metrics_(metrics),
      open_calls_(settings.max_open) {}

bool Endpoint::enter() noexcept {
  inside_.fetch_add(1);
  if (!closed_.load()) return true;
  inside_.fetch_sub(1);
  return false;
}

void Endpoint::ask(const Question& question, CallDone done) {
  if (!serving_.load(std::memory_order_acquire)) {
    done(Code::unavailable, {}, target_.unavailable_reason());
    return;
  }
  CallContext& context = call_context();
  if (context.depth >= kMaxDepth) {
    done(Code::resource_exhausted, {}, "plugins ask each other in a circle");
    return;
  }
  calls_.add();
  metrics_.calls.add();
  const int allowed = context.depth > 0 ? settings_.max_inside / 2 : settings_.max_inside;
  if (inside_.load(std::memory_order_relaxed) > allowed) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    metrics_.failures.add();
    done(Code::unavailable, {}, kBusy);
    return;
  }
  const souk_call* const call = open_calls_.open(question, std::move(done));
  if (call == nullptr) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    metrics_.failures.add();
    done(Code::resource_exhausted, {}, kTooMany);
    return;
  }
  if (deadlines_ != nullptr) deadlines_->note(question.deadline_mono_us);
  const CallContext outer = context;
  context.deadline_mono_us = question.deadline_mono_us;
  context.request_id = question.request_id;
  ++context.depth;
  const std::int64_t began = clock_.monotonic_us();
  target_.call(call);
  const std::int64_t took_us = clock_.monotonic_us() - began;
  metrics_.seconds.observe(static_cast<double>(took_us) * 1e-6);
  if (took_us > settings_.slow_us) metrics_.slow_calls.add();
  context = outer;
}

void Endpoint::reply(std::uint64_t handle, souk_status status, std::string_view reply,
                     std::string_view error) {
  std::string text;
  const Code code = checked_code(status, error, text);
  if (!open_calls_.answer(handle, code, code == Code::ok ? reply : std::string_view{}, error)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    metrics_.dropped_replies.add();
  } else if (code != Code::ok) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    metrics_.failures.add();
  }
}

std::int64_t Endpoint::expire(std::int64_t monotonic_us) {
  const OpenCalls::Expired expired = open_calls_.expire(
      monotonic_us, Code::deadline_exceeded, "the plugin did not answer within the time allowed");
  failures_.fetch_add(expired.count, std::memory_order_relaxed);
  if (expired.count > 0) metrics_.failures.add(static_cast<double>(expired.count));
  return expired.next_us;
}

bool Endpoint::close(std::int64_t timeout_us) {
  closed_ = true;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  while ((inside_ != 0 || open_calls_.open_count() != 0) &&
         std::chrono::steady_clock::now() < until) {
    expire(clock_.monotonic_us());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  serving_ = false;
  open_calls_.expire(std::numeric_limits<std::int64_t>::max(), Code::unavailable,
                     "the plugin was stopped before it answered");
  return inside_ == 0;
}

}  // namespace souk::bus
