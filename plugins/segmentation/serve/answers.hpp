// Parts that several answers have in common. Any thread.
#pragma once

#include "plugins/segmentation/language/reasons.hpp"
#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {

/// Orders that stood.
[[nodiscard]] std::uint32_t orders_of(const Facts& facts);

/// False, and nothing filled in, before the first order or the first model.
bool fill_prediction(const ValueModels& models, const Subject& subject, std::uint32_t now_s,
                     std::uint32_t horizon_days, double churn_horizon_s,
                     souk::v1::CustomerPrediction& out);

/// What the experiments learned from most people would change for a person.
void fill_uplifts(const ValueModels& models, const Subject& subject, std::uint32_t now_s,
                  souk::v1::CustomerPrediction& out);

void fill_memberships(const Person& person, const Known& known, const Surroundings& world,
                      bool brief,
                      google::protobuf::RepeatedPtrField<souk::v1::SegmentMembership>& out);

}  // namespace souk::segmentation
