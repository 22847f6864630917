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
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::Aliased& event, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty() || !info.may_personalize()) return;
  behaviour_.merge(key_of(event.previous_id()), key_of(info.shopper_id()));
  behaviour_changed_ = true;
}

void Search::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  folded(info);
  behaviour_.forget(key_of(event.customer_id()));
  for (const auto& id : event.other_ids()) {
    behaviour_.forget(key_of(id));
    behaviour_.forget(visit_key(id));
  }
  behaviour_changed_ = true;
}

}  // namespace souk::search
