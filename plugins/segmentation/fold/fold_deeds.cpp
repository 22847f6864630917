// What shoppers do → records, sums and likings of the shopper and of the account.
#include <algorithm>
#include <cmath>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kVisitGapS = 30 * 60;
constexpr float kLooked = 1;
constexpr float kListed = 0.5F;
constexpr float kAdded = 3;

/// An amount that can be one; what is none counts nothing.
double amount_of(double amount) { return amount > 0 && amount <= kMostMoney ? amount : 0; }

bool is_mobile(const souk::v1::Context& context) {
  if (!context.device().empty()) {
    return context.device() == "mobile" || context.device() == "tablet";
  }
  return context.user_agent().find("Mobi") != std::string::npos ||
         context.user_agent().find("Android") != std::string::npos;
}

/// Where a visit came from: the campaign's source, else the referring host, else nothing.
std::string source_of(const souk::v1::Context& context) {
  if (!context.campaign().source().empty()) return context.campaign().source();
  std::string_view referrer = context.referrer();
  const std::size_t scheme = referrer.find("://");
  if (scheme == std::string_view::npos) return {};
  referrer.remove_prefix(scheme + 3);
  return std::string(referrer.substr(0, referrer.find_first_of("/?#:")));
}

}  // namespace

/// Clocks of senders may run ahead: nothing was done later than it was received.
std::uint32_t Segmentation::at_s(const EventInfo& info) {
  const std::int64_t at_us = std::min(info.time_us(), info.received_us());
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(at_us / 1'000'000, 1, UINT32_MAX - 1));
}

void Segmentation::folded(const EventInfo& info) {
  time_is(static_cast<std::uint32_t>(info.received_us() / 1'000'000));
  constexpr std::uint32_t kSwept = 64;
  sweep(kSwept);
}

void Segmentation::visit(Person& person, const EventInfo& info, std::uint32_t at) {
  Facts& facts = person.facts;
  const std::uint32_t session = info.session_id().empty() ? 0 : value_key(info.session_id());
  const bool late = at > facts.last_seen_s + kVisitGapS;
  const bool same = session != 0 ? session == person.session && !late : !late;
  if (facts.visits > 0 && same) return;
  ++facts.visits;
  person.session = session;
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  if (read && envelope_.consent().has_sharing() && !envelope_.consent().sharing()) {
    decline_ads(person);
  }
  if (!read || !envelope_.has_context()) return;
  ++(is_mobile(envelope_.context()) ? facts.mobile : facts.desktop);
  Person::like(person.sources, names_.number(source_of(envelope_.context())), 1);
}

/// Whether another size or colour of something is looked at.
void Segmentation::research(Person& person, const Done& done, NameId product) {
  if (done.variant.empty()) return;
  const std::uint32_t variant = value_key(done.variant);
  const auto known = std::find(person.looked.begin(), person.looked.end(), product);
  if (known != person.looked.end()) {
    std::uint32_t& before =
        person.variants[static_cast<std::size_t>(known - person.looked.begin())];
    if (before != variant) ++person.facts.sizes_compared;
    before = variant;
    return;
  }
  if (person.looked.size() == Person::kMostLooked) {
    person.looked.erase(person.looked.begin());
    person.variants.erase(person.variants.begin());
  }
  person.looked.push_back(product);
  person.variants.push_back(variant);
}

void Segmentation::keep(Person& person, const EventInfo& info, const Done& done) {
  const std::uint32_t at = at_s(info);
  Facts& facts = person.facts;
  person.age_likings(std::max(at, person.likings_at_s), liking_half_life_s_);
  if (!done.by_shop) {
    visit(person, info, at);
    person.seen_at(at);
  }
  ++facts.deeds[static_cast<std::size_t>(done.deed)];

  DeedRecord record;
  record.at_s = at;
  record.deed = done.deed;
  record.product = names_.number(done.product);
  Names::Product product = names_.product(record.product);
  if (!done.category.empty()) product.category = names_.category(done.category);
  if (!done.brand.empty()) product.brand = names_.number(done.brand);
  if (done.deed != Deed::tracked) names_.set_product(record.product, product);
  record.category = product.category;
  record.amount = static_cast<float>(done.amount);
  record.quantity = static_cast<std::uint16_t>(std::clamp(done.quantity, 0.0, 65'535.0));
  record.flags = done.discounted ? DeedRecord::kDiscounted : 0;
  if (facts.mobile > facts.desktop) record.flags |= DeedRecord::kMobile;
  person.add(record, max_deeds_);

  Person::like(person.categories, product.category, done.liking);
  Person::like(person.brands, product.brand, done.liking);
  if (done.deed == Deed::product_viewed) {
    ++facts.views_since_order;
    research(person, done, record.product);
  }
}

void Segmentation::did(const EventInfo& info, const Done& done,
                       const std::function<void(Person&)>& also) {
  folded(info);
  if (!info.may_measure() && !info.may_personalize()) return declined(info);
  if (!info.shopper_id().empty()) {
    Person& person = people_.open(info.shopper_id(), SubjectKind::person);
    if (!info.account_id().empty()) person.buys_for(names_.number(info.account_id()));
    if (!info.may_market()) decline_ads(person);
    keep(person, info, done);
    if (also) also(person);
    decide(person, people_.opened_new() ? ~DeedSet{0} : set_of(done.deed));
  }
  if (!info.account_id().empty()) {
    Person& account = people_.open(info.account_id(), SubjectKind::account);
    account.identified = true;
    keep(account, info, done);
    if (also) also(account);
    decide(account, people_.opened_new() ? ~DeedSet{0} : set_of(done.deed));
  }
}

template <class Line>
void Segmentation::did_with_product(const EventInfo& info, Deed deed, const Line& event,
                                    float liking) {
  Done done;
  done.deed = deed;
  done.product = event.product_id();
  done.category = event.category();
  done.brand = event.brand();
  done.variant = event.variant_id().empty() ? event.variant() : event.variant_id();
  if (event.has_price()) done.amount = amount_of(event.price());
  if (event.has_quantity() && event.quantity() > 0) done.quantity = event.quantity();
  done.liking = liking;
  did(info, done);
}

void Segmentation::on(const souk::v1::ProductViewed& event, const EventInfo& info) {
  did_with_product(info, Deed::product_viewed, event, kLooked);
}
void Segmentation::on(const souk::v1::ProductClicked& event, const EventInfo& info) {
  did_with_product(info, Deed::product_clicked, event, 0);
}
void Segmentation::on(const souk::v1::ProductAdded& event, const EventInfo& info) {
  did_with_product(info, Deed::product_added, event, kAdded);
}
void Segmentation::on(const souk::v1::ProductRemoved& event, const EventInfo& info) {
  did_with_product(info, Deed::product_removed, event, 0);
}
void Segmentation::on(const souk::v1::ProductAddedToWishlist& event, const EventInfo& info) {
  did_with_product(info, Deed::wishlist_added, event, kAdded);
}
void Segmentation::on(const souk::v1::ProductListViewed& event, const EventInfo& info) {
  did(info, {.deed = Deed::list_viewed, .category = event.category(), .liking = kListed});
}
void Segmentation::on(const souk::v1::ProductListFiltered& event, const EventInfo& info) {
  did(info, {.deed = Deed::list_filtered, .category = event.category()});
}
void Segmentation::on(const souk::v1::ProductsSearched&, const EventInfo& info) {
  did(info, {.deed = Deed::searched});
}
void Segmentation::on(const souk::v1::CartViewed&, const EventInfo& info) {
  did(info, {.deed = Deed::cart_viewed});
}
void Segmentation::on(const souk::v1::CheckoutStarted& event, const EventInfo& info) {
  did(info,
      {.deed = Deed::checkout_started, .amount = event.has_value() ? amount_of(event.value()) : 0});
}
void Segmentation::on(const souk::v1::CouponApplied&, const EventInfo& info) {
  did(info, {.deed = Deed::coupon_applied, .discounted = true});
}
void Segmentation::on(const souk::v1::ProductShared& event, const EventInfo& info) {
  did(info, {.deed = Deed::product_shared, .product = event.product_id()});
}
void Segmentation::on(const souk::v1::ProductReviewed& event, const EventInfo& info) {
  did(info, {.deed = Deed::product_reviewed, .product = event.product_id()});
}
void Segmentation::on(const souk::v1::PromotionClicked&, const EventInfo& info) {
  did(info, {.deed = Deed::promotion_clicked});
}
void Segmentation::on(const souk::v1::PageViewed&, const EventInfo& info) {
  did(info, {.deed = Deed::page_viewed});
}

void Segmentation::on(const souk::v1::Tracked& event, const EventInfo& info) {
  // What trackers of shops call it when somebody opens the reviews of a product.
  const bool reviews = event.name() == "Product Reviews Viewed" || event.name() == "Reviews Read";
  did(info, {.deed = reviews ? Deed::reviews_read : Deed::tracked, .product = event.name()});
}

/// Which way a message went; whoever does not say means e-mail.
Segmentation::Carrier Segmentation::carrier_of(const EventInfo& info) {
  envelope_.Clear();
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  if (read && envelope_.channel() == souk::v1::Event::SMS) return Carrier::sms;
  if (read && envelope_.channel() == souk::v1::Event::PUSH) return Carrier::other;
  return Carrier::email;
}

void Segmentation::on(const souk::v1::MessageSent&, const EventInfo& info) {
  const Carrier by = carrier_of(info);
  did(info, {.deed = Deed::message_sent, .by_shop = true}, [by](Person& person) {
    person.facts.email_sent += by == Carrier::email ? 1 : 0;
    person.facts.sms_sent += by == Carrier::sms ? 1 : 0;
  });
}
void Segmentation::on(const souk::v1::MessageOpened& event, const EventInfo& info) {
  if (event.automated()) return folded(info);
  const Carrier by = carrier_of(info);
  did(info, {.deed = Deed::message_opened}, [&](Person& person) {
    person.opened_at(at_s(info));
    person.facts.email_opened += by == Carrier::email ? 1 : 0;
  });
}
void Segmentation::on(const souk::v1::MessageClicked& event, const EventInfo& info) {
  if (event.automated()) return folded(info);
  const Carrier by = carrier_of(info);
  did(info, {.deed = Deed::message_clicked}, [&](Person& person) {
    person.opened_at(at_s(info));
    person.facts.email_clicked += by == Carrier::email ? 1 : 0;
    person.facts.sms_clicked += by == Carrier::sms ? 1 : 0;
  });
}
void Segmentation::on(const souk::v1::Unsubscribed&, const EventInfo& info) {
  did(info, {.deed = Deed::unsubscribed});
}

void Segmentation::on(const souk::v1::SubscriptionStarted& event, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_started}, [&](Person& person) {
    if (person.facts.subscriptions++ == 0) person.facts.subscribed_s = at_s(info);
    person.charged_at(static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(event.next_charge_at().seconds(), 0, UINT32_MAX)));
  });
}
void Segmentation::on(const souk::v1::SubscriptionRenewed&, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_renewed, .by_shop = true});
}
void Segmentation::on(const souk::v1::SubscriptionSkipped&, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_skipped});
}
void Segmentation::on(const souk::v1::SubscriptionPaused&, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_paused});
}
void Segmentation::on(const souk::v1::SubscriptionResumed&, const EventInfo& info) { folded(info); }
void Segmentation::on(const souk::v1::SubscriptionCancelled&, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_cancelled}, [](Person& person) {
    if (person.facts.subscriptions > 0) --person.facts.subscriptions;
    if (person.facts.subscriptions == 0) person.facts.subscribed_s = 0;
  });
}
void Segmentation::on(const souk::v1::SubscriptionPaymentFailed&, const EventInfo& info) {
  did(info, {.deed = Deed::subscription_payment_failed, .by_shop = true});
}

}  // namespace souk::segmentation
