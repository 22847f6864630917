// Who belongs to which segment: events of whoever keeps segments, and the tags by which the store
// groups its customers. A tag and a segment of the same name are the same.
#include <algorithm>
#include <array>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {

void Recommendations::take_segments(const Profile& profile) {
  event_segments_.clear();
  for (const std::uint32_t joined : profile.segments) {
    const SegmentId segment = joined & ~Profile::kByTag;
    const bool twice =
        std::find(event_segments_.begin(), event_segments_.end(), segment) != event_segments_.end();
    if (!twice) event_segments_.push_back(segment);
  }
}

void Recommendations::on(const souk::v1::SegmentEntered& event, const EventInfo& info) {
  folded(info);
  const PersonKey person = shopper_key(info.shopper_id());
  if (person.empty() || !info.may_personalize()) return;
  const SegmentId segment = state_->segment_names.intern(event.segment_id());
  if (segment == kNoItem) return;  // no name, or more than max_segments: counted there
  state_->shoppers.open(person).join(segment);
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::SegmentExited& event, const EventInfo& info) {
  folded(info);
  const PersonKey person = shopper_key(info.shopper_id());
  const SegmentId segment = state_->segment_names.find(event.segment_id());
  if (segment == kNoItem || !state_->shoppers.contains(person)) return;
  state_->shoppers.open(person).leave(segment);
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::CustomerUpserted& event, const EventInfo& info) {
  folded(info);
  const PersonKey person = shopper_key(event.customer().id());
  if (person.empty() || !info.may_personalize()) return;
  std::array<std::uint32_t, Profile::kMostSegments> tags{};
  std::size_t count = 0;
  for (const std::string& tag : event.customer().tags()) {
    if (count == tags.size()) break;
    const SegmentId segment = state_->segment_names.intern(tag);
    if (segment != kNoItem) tags[count++] = segment;
  }
  // A record without tags makes no shopper of somebody who was never here.
  if (count == 0 && !state_->shoppers.contains(person)) return;
  state_->shoppers.open(person).join_by_tags({tags.data(), count});
  state_->shoppers.commit();
}

}  // namespace souk::recommendations
