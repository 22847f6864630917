// Publishing events: facts that a plugin tells the store's log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "souk/bytes.hpp"
#include "souk/host.hpp"
#include "souk/result.hpp"

namespace souk {
inline namespace abi1 {

/// Whom and when a published event is about. The texts are borrowed until publish() returns.
struct About {
  std::string_view shopper_id = {};
  std::string_view session_id = {};
  std::string_view account_id = {};
  std::int64_t time_us = 0;   ///< 0: the time of the event being handled, else the host's clock
  std::uint32_t channel = 0;  ///< a souk.v1.Event.Channel, where it happened; 0: not said
};

/// Publishes one event. Any thread. While an event or a timer is handled its id derives from that
/// event, so that handling it again publishes nothing new, and in a replay nothing is published.
/// invalid_argument: the manifest does not list the type, or the event breaks the rules of its
/// schema (a required field is missing, a value out of range). resource_exhausted: 10,000 wait
/// already.
template <Message M>
Status publish_event(const Host& host, const M& event, const About& about) {
  detail::Lease<std::string> bytes;
  if (!detail::serialize(event, *bytes)) {
    return {Code::invalid_argument, "the event does not serialize"};
  }
  souk_publication publication{};
  publication.struct_size = sizeof(publication);
  publication.channel = about.channel;
  publication.time_us = about.time_us;
  publication.type = to_bytes(MessageTraits<M>::name);
  publication.payload = to_bytes(*bytes);
  publication.shopper_id = to_bytes(about.shopper_id);
  publication.session_id = to_bytes(about.session_id);
  publication.account_id = to_bytes(about.account_id);
  const souk_status status = host.raw()->publish(host.raw(), &publication);
  if (bytes->capacity() > detail::kKeepCapacityBelow) std::string().swap(*bytes);
  return detail::to_status(status, "the host refused the publication");
}

}  // namespace abi1
}  // namespace souk
