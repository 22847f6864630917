// Views, clicks and carts → state.
#include <algorithm>

#include "plugins/recommendations/recommendations.hpp"

namespace souk::recommendations {
namespace {

// What an event says of demand, in views.
constexpr double kViewWeight = 1;
constexpr double kAgainWeight = 0.1;  // of the same visit: one who reloads a page is not a crowd
constexpr double kCartWeight = 3;
// Trackers report a click in a list and then the page it leads to: one look, not two.
constexpr std::uint32_t kClickLeadsToViewS = 60;

float quantity_of(const souk::v1::ProductAdded& event) {
  return event.has_quantity() ? static_cast<float>(event.quantity()) : 1.0f;
}

}  // namespace

Recommendations::Actor Recommendations::actor_of(const EventInfo& info) {
  Actor actor;
  if (info.may_personalize()) {
    actor.person =
        info.shopper_id().empty() ? visitor_key(info.session_id()) : shopper_key(info.shopper_id());
  }
  actor.lasting = !actor.person.empty() && !info.shopper_id().empty();
  actor.counted = info.may_measure();
  // A sender's clock may run ahead; the log's may not, and history arrives with old times.
  actor.now_us = info.time_us();
  if (info.received_us() > 0) actor.now_us = std::min(actor.now_us, info.received_us());
  const std::int64_t seconds = actor.now_us / 1'000'000;
  actor.now_s = static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, 0xffffffff));
  return actor;
}

VisitKey Recommendations::enter_visit(Profile& profile, const Actor& actor,
                                      const EventInfo& info) const {
  VisitKey visit = 0;
  if (!info.session_id().empty()) {
    visit = visit_of_session(info.session_id());
  } else if (!profile.visits.empty() && actor.now_s <= profile.last_seen_s + visit_gap_s_) {
    visit = profile.visits.back();
  } else {
    visit = visit_of_shopper(actor.person, actor.now_s);
  }
  profile.enter(visit);
  profile.last_seen_s = std::max(profile.last_seen_s, actor.now_s);
  return visit;
}

void Recommendations::remember(ItemId item, const Actor& actor) {
  if (actor.lasting && actor.counted) {
    state_->trails.observe(bytes_of(actor.person), item, actor.now_us);
  }
}

void Recommendations::categories_of(ItemId item) {
  event_categories_.clear();
  const Catalog& catalog = state_->catalog;
  catalog.sets().for_each(catalog.categories(item), [&](std::uint32_t category) {
    event_categories_.push_back(category);
    return true;
  });
}

void Recommendations::count(ItemId item, const Actor& actor, double weight) {
  categories_of(item);
  state_->trending.observe(item, event_categories_, actor.now_us, weight * actor.weight);
  for (const SegmentId segment : event_segments_) {
    state_->segments.observe(segment, item, actor.person.low, actor.now_us, weight * actor.weight);
  }
}

void Recommendations::fold_view(ItemId item, bool click, const EventInfo& info) {
  folded(info);
  if (item == kNoItem) return;
  Actor actor = actor_of(info);
  guard(actor, info, item);
  attribute_click(item, actor, info);
  if (click && actor.counted) {
    state_->exposures.click(info.attribution_token(), item);
    count_trial(item, info);
  }
  bool again = false;
  bool in_visit = false;
  if (!actor.person.empty()) {
    Profile& profile = state_->shoppers.open(actor.person);
    take_segments(profile);
    const VisitKey visit = enter_visit(profile, actor, info);
    if (!profile.viewed.empty()) {
      const Profile::Viewed& last = profile.viewed.back();
      again = profile.last_was_click && !click && last.item == item &&
              last.visit == static_cast<std::uint32_t>(visit) &&
              actor.now_s <= last.at_s + kClickLeadsToViewS;
    }
    if (actor.counted) state_->affinities.observe_view(profile, visit, item, state_->catalog);
    in_visit =
        std::any_of(profile.viewed.begin(), profile.viewed.end(), [&](const Profile::Viewed& view) {
          return view.item == item && view.visit == static_cast<std::uint32_t>(visit);
        });
    profile.view(item, actor.now_s);
    profile.last_was_click = click;
    state_->shoppers.commit();
    if (actor.counted && !again) {
      state_->sessions.observe(bytes_of(visit), item, actor.now_us);
      remember(item, actor);
      state_->interactions.observe(actor.person.low, item, Interest::view);
    }
  }
  if (actor.counted && !again) count(item, actor, in_visit ? kAgainWeight : kViewWeight);
}

void Recommendations::on(const souk::v1::ProductViewed& event, const EventInfo& info) {
  const ItemId item = state_->items.intern(event.product_id());
  state_->catalog.hint(item, event.name(), event.category());
  fold_view(item, false, info);
}

void Recommendations::on(const souk::v1::ProductClicked& event, const EventInfo& info) {
  const ItemId item = state_->items.intern(event.product_id());
  state_->catalog.hint(item, event.name(), event.category());
  fold_view(item, true, info);
}

void Recommendations::on(const souk::v1::ProductAdded& event, const EventInfo& info) {
  const ItemId item = state_->items.intern(event.product_id());
  folded(info);
  if (item == kNoItem) return;
  state_->exposures.click(info.attribution_token(), item);
  state_->catalog.hint(item, event.name(), event.category());
  Actor actor = actor_of(info);
  guard(actor, info, item);
  attribute_add(item, actor, info);
  if (!actor.person.empty()) {
    Profile& profile = state_->shoppers.open(actor.person);
    take_segments(profile);
    const VisitKey visit = enter_visit(profile, actor, info);
    if (actor.counted) state_->affinities.observe_cart(profile, item);
    profile.put_in_cart(item, quantity_of(event));
    const bool looked_at = !profile.viewed.empty() && profile.viewed.back().item == item &&
                           profile.viewed.back().visit == static_cast<std::uint32_t>(visit);
    // Straight from a list into the cart: a look at it all the same.
    if (!looked_at) profile.view(item, actor.now_s);
    state_->shoppers.commit();
    if (actor.counted && !looked_at) {
      state_->sessions.observe(bytes_of(visit), item, actor.now_us);
      remember(item, actor);
    }
    if (actor.counted) state_->interactions.observe(actor.person.low, item, Interest::cart);
  }
  if (actor.counted) count(item, actor, kCartWeight);
}

void Recommendations::on(const souk::v1::ProductRemoved& event, const EventInfo& info) {
  folded(info);
  const Actor actor = actor_of(info);
  const ItemId item = state_->items.find(event.product_id());
  if (actor.person.empty() || item == kNoItem) return;
  Profile& profile = state_->shoppers.open(actor.person);
  enter_visit(profile, actor, info);
  profile.take_from_cart(item, event.has_quantity() ? static_cast<float>(event.quantity()) : 0);
  state_->shoppers.commit();
}

void Recommendations::on(const souk::v1::CartViewed& event, const EventInfo& info) {
  folded(info);
  const Actor actor = actor_of(info);
  if (actor.person.empty()) return;
  Profile& profile = state_->shoppers.open(actor.person);
  enter_visit(profile, actor, info);
  profile.cart.clear();
  for (const auto& line : event.products()) {
    const ItemId item = state_->items.intern(line.product_id());
    if (item == kNoItem) continue;
    profile.put_in_cart(item, line.has_quantity() ? static_cast<float>(line.quantity()) : 1.0f);
  }
  state_->shoppers.commit();
}

}  // namespace souk::recommendations
