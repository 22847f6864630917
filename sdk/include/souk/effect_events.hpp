// Events that say what an effect came to: durable if and only if the effect's end is, so that a
// crash neither loses nor repeats them. Included by plugins that need it; outbox.hpp does not.
#pragma once

#include <cstdint>
#include <string>

#include "souk/bytes.hpp"
#include "souk/ext/effect_events.h"
#include "souk/host.hpp"
#include "souk/publish.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// Publishes one event with the attempt at effect `id` that goes on now; any thread, before
/// EffectDone::finish(). It is stored with the effect's end, and dropped when finish() asks for
/// another attempt. A host without souk.effect_events/1 publishes it at once, and a crash may then
/// fall between the event and the end.
template <Message M>
Status publish_with_effect(const Host& host, std::uint64_t id, const M& event, const About& about) {
  const auto* events = host.extension<souk_effect_events_v1>(SOUK_EXT_EFFECT_EVENTS);
  if (events == nullptr) return publish_event(host, event, about);
  std::string bytes;
  if (!detail::serialize(event, bytes)) {
    return {Code::invalid_argument, "the event does not serialize"};
  }
  souk_publication publication{};
  publication.struct_size = sizeof(publication);
  publication.channel = about.channel;
  publication.time_us = about.time_us;
  publication.type = to_bytes(MessageTraits<M>::name);
  publication.payload = to_bytes(bytes);
  publication.shopper_id = to_bytes(about.shopper_id);
  publication.session_id = to_bytes(about.session_id);
  publication.account_id = to_bytes(about.account_id);
  return detail::to_status(events->publish(host.raw(), id, &publication),
                           "the host refused the publication");
}

}  // namespace abi1
}  // namespace souk
