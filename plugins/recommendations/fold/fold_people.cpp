// Who is who → whose visits and carts they are, and whose are forgotten.
#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {
// A device in a shop window or a library signs in one person after the other.
constexpr std::uint32_t kMostMergedIds = 32;
}  // namespace

/// Makes what an anonymous visitor did the shopper's. Two shoppers who have both signed in are
/// never made one, nor is one made of more ids than a person has.
void Recommendations::merge(PersonKey from, PersonKey into) {
  if (from.empty() || into.empty() || from == into) return;
  if (!state_->shoppers.read(from, merged_, merge_scratch_)) return;
  Profile& profile = state_->shoppers.open(into);
  if (merged_.identified || profile.merged + merged_.merged >= kMostMergedIds) {
    state_->counts.merges_refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  for (const Profile::Viewed& view : merged_.viewed)
    state_->attribution.move(from, into, view.item);
  for (const Profile::InCart& line : merged_.cart)
    state_->attribution.move(from, into, line.item);
  profile.absorb(merged_);
  state_->shoppers.commit();
  state_->trails.adopt(bytes_of(from), bytes_of(into),
                       std::int64_t{merged_.last_seen_s} * 1'000'000);
  // What is cancelled or sent back later is found with the shopper.
  state_->orders.adopt(from, into, merged_.orders);
  state_->shoppers.remove(from);
  state_->interactions.alias(from.low, into.low);
  state_->counts.merges.fetch_add(1, std::memory_order_relaxed);
}

void Recommendations::on(const souk::v1::Identified&, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty() || !info.may_personalize()) return;
  const PersonKey into = shopper_key(info.shopper_id());
  envelope_.Clear();
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  if (read && envelope_.anonymous_id() != info.shopper_id()) {
    merge(shopper_key(envelope_.anonymous_id()), into);
  }
  merge(visitor_key(info.session_id()), into);
  Profile& profile = state_->shoppers.open(into);
  const Actor actor = actor_of(info);
  profile.identified = true;
  profile.last_seen_s = std::max(profile.last_seen_s, actor.now_s);
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::Aliased& event, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty() || !info.may_personalize()) return;
  merge(shopper_key(event.previous_id()), shopper_key(info.shopper_id()));
}

void Recommendations::erase_person(PersonKey person) {
  if (person.empty()) return;
  if (state_->shoppers.read(person, merged_, merge_scratch_)) {
    for (const VisitKey visit : merged_.visits)
      state_->sessions.forget(bytes_of(visit));
    state_->shoppers.remove(person);
  }
  state_->trails.forget(bytes_of(person));
  state_->exposures.forget(person.low);
  state_->orders.forget(person);
  state_->attribution.forget(person);
  state_->guard.forget(person.low);
  merged_.clear();
}

void Recommendations::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  folded(info);
  std::vector<std::uint64_t> erased;  // at once: it looks through all interactions
  const auto erase = [&](PersonKey person) {
    erase_person(person);
    if (!person.empty()) erased.push_back(person.low);
  };
  erase(shopper_key(event.customer_id()));
  for (const auto& id : event.other_ids()) {
    erase(shopper_key(id));
    erase(visitor_key(id));
  }
  if (!erased.empty()) state_->interactions.forget(erased);
}

}  // namespace souk::recommendations
