// Who is who → whose tastes they are, and whose are forgotten.
#include "plugins/search/search.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {

void Search::on(const souk::v1::Identified&, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty() || !info.may_personalize()) return;
  envelope_.Clear();
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  if (!read || envelope_.anonymous_id() == info.shopper_id()) return;
  behaviour_.merge(key_of(envelope_.anonymous_id()), key_of(info.shopper_id()));
  examples_.rename(key_of(envelope_.anonymous_id()), key_of(info.shopper_id()));
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::Aliased& event, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty() || !info.may_personalize()) return;
  behaviour_.merge(key_of(event.previous_id()), key_of(info.shopper_id()));
  examples_.rename(key_of(event.previous_id()), key_of(info.shopper_id()));
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  folded(info);
  forget_person(key_of(event.customer_id()));
  for (const auto& id : event.other_ids()) {
    forget_person(key_of(id));
    forget_person(visit_key(id));
  }
  opinions_.clear();
  behaviour_changed_ = true;
}

void Search::forget_person(std::uint64_t person) {
  examples_.forget(person);
  if (const Person* known = behaviour_.person(person)) {
    for (const std::uint64_t visit : known->visits)
      examples_.forget(visit);
  }
  behaviour_.forget(person);
}

void Search::on(const souk::v1::SegmentEntered& event, const EventInfo& info) {
  folded(info);
  behaviour_.in_segment(who_of(info), key_of(event.segment_id()), true);
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::SegmentExited& event, const EventInfo& info) {
  folded(info);
  behaviour_.in_segment(who_of(info), key_of(event.segment_id()), false);
  behaviour_changed_ = true;
}

}  // namespace souk::search
