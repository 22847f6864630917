// What an answer says of itself: why it is short, empty or general.
#pragma once

#include <string>

#include "plugins/recommendations/serve/recommender.hpp"
#include "souk/v1/recommendations.pb.h"

namespace souk::recommendations {

/// Writes the note into `note`: empty when the answer is as asked, never empty when it has fewer
/// products than asked for.
void write_note(const StoreState& state, const Recommender& done, std::string& note);

/// Where the answer comes from, for `explain`.
void write_explanation(const StoreState& state, const Recommender& done,
                       souk::v1::RecommendExplanation& out);

}  // namespace souk::recommendations
