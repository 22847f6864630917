// From chosen products to the answer that is sent.
#pragma once

#include <string_view>

#include "plugins/recommendations/serve/recommender.hpp"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations {

/// Fills `reply`, which must be clear: items with reasons, token, note, and with `explain` where it
/// all comes from. `request_id` follows the question; it and the state make the token.
void write_reply(const StoreState& state, const Recommender& done, std::string_view request_id,
                 souk::v1::RecommendReply& reply);

}  // namespace souk::recommendations
