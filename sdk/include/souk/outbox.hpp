// Effects on the world (a message, a webhook), neither lost nor repeated by a crash: an effect is
// enqueued while an event is handled, becomes durable together with that event's position, and is
// then performed, again and again until it is done or given up.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "souk/bytes.hpp"
#include "souk/ext/outbox.h"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// An effect to perform: `void perform(const Effect&, EffectDone)`. Valid until perform() returns.
struct Effect {
  std::uint64_t id;          ///< the same at every attempt: the receiver's idempotency key
  std::uint32_t attempt;     ///< from 1; above 1 the effect may have happened already
  std::string_view key;      ///< as enqueued
  std::string_view payload;  ///< as enqueued
};

/// The right, and the duty, to say how one attempt ended. Move-only; any thread. One that is
/// destroyed unused says internal, which gives the effect up.
class EffectDone {
 public:
  EffectDone(const souk_host* host, const souk_outbox_v1* outbox, std::uint64_t id) noexcept
      : host_(host), outbox_(outbox), id_(id) {}
  EffectDone(EffectDone&& other) noexcept
      : host_(other.host_), outbox_(std::exchange(other.outbox_, nullptr)), id_(other.id_) {}
  EffectDone& operator=(EffectDone&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(outbox_, other.outbox_);
    std::swap(id_, other.id_);
    return *this;
  }
  EffectDone(const EffectDone&) = delete;
  EffectDone& operator=(const EffectDone&) = delete;
  ~EffectDone() {
    if (outbox_ != nullptr) send({Code::internal, "the plugin dropped the effect"});
  }

  /// ok: done. unavailable, deadline_exceeded, resource_exhausted: again later, for up to 3 days.
  /// Anything else: given up and kept as a dead letter with the sentence.
  void finish(const Status& status) && { send(status); }

 private:
  void send(const Status& status) noexcept {
    const souk_outbox_v1* outbox = std::exchange(outbox_, nullptr);
    outbox->done(host_, id_, static_cast<souk_status>(status.code()), to_bytes(status.message()));
  }

  const souk_host* host_;
  const souk_outbox_v1* outbox_;
  std::uint64_t id_;
};

/// Records an effect; from event handlers and on_timer() only. `key` (1 to 128 bytes) names its
/// kind for operators; `payload` is at most 1 MiB. With effects off it succeeds and nothing is
/// recorded.
inline Status enqueue_effect(const Host& host, std::string_view key, std::string_view payload,
                             std::int64_t not_before_us = 0) {
  const auto* outbox = host.extension<souk_outbox_v1>(SOUK_EXT_OUTBOX);
  if (outbox == nullptr) return {Code::unsupported, "this host has no outbox"};
  return detail::to_status(
      outbox->enqueue(host.raw(), to_bytes(key), not_before_us, to_bytes(payload)),
      "the effect was refused");
}

}  // namespace abi1
}  // namespace souk
