#include "kernel/bus/endpoint.hpp"

#include <chrono>
#include <limits>
#include <thread>
#include <utility>

namespace souk::bus {
namespace {

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

Endpoint::Endpoint(CallTarget& target, std::size_t max_open, const base::Clock& clock,
                   const EndpointMetrics& metrics)
    : target_(target), clock_(clock), metrics_(metrics), open_calls_(max_open) {}

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
  calls_.fetch_add(1, std::memory_order_relaxed);
  metrics_.calls.add();
  const souk_call* const call = open_calls_.open(question, std::move(done));
  if (call == nullptr) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    metrics_.failures.add();
    done(Code::resource_exhausted, {}, kTooMany);
    return;
  }
  const CallContext outer = context;
  context.deadline_mono_us = question.deadline_mono_us;
  context.request_id = question.request_id;
  ++context.depth;
  const std::int64_t began = clock_.monotonic_us();
  target_.call(call);
  metrics_.seconds.observe(static_cast<double>(clock_.monotonic_us() - began) * 1e-6);
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

void Endpoint::expire(std::int64_t monotonic_us) {
  const std::size_t expired = open_calls_.expire(
      monotonic_us, Code::deadline_exceeded, "the plugin did not answer within the time allowed");
  failures_.fetch_add(expired, std::memory_order_relaxed);
  metrics_.failures.add(static_cast<double>(expired));
}

bool Endpoint::close(std::int64_t timeout_us) {
  closed_ = true;
  const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(timeout_us);
  while ((inside_ != 0 || open_calls_.open_count() != 0) &&
         std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  serving_ = false;
  open_calls_.expire(std::numeric_limits<std::int64_t>::max(), Code::unavailable,
                     "the plugin was stopped before it answered");
  return inside_ == 0;
}

}  // namespace souk::bus
