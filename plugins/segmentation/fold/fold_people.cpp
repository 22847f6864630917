// Records of customers, accounts and products; who is who; who is forgotten.
#include <algorithm>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {
namespace {

/// Adds what another has; keeps order and bounds.
void join_likings(std::vector<Liking>& into, const std::vector<Liking>& from) {
  for (const Liking& liking : from)
    Person::like(into, liking.name, liking.weight);
}

void join_facts(Facts& into, const Facts& from) {
  const auto earliest = [](std::uint32_t a, std::uint32_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
  };
  // The gap between two people's orders is one more gap.
  if (into.order_days > 0 && from.order_days > 0) {
    const bool before = from.last_order_s <= into.first_order_s;
    const bool after = from.first_order_s >= into.last_order_s;
    const double gap = before  ? (into.first_order_s - from.last_order_s) / 86'400.0
                       : after ? (from.first_order_s - into.last_order_s) / 86'400.0
                               : 0;
    into.gap_days += gap;
    into.gap_days_squared += gap * gap;
  }
  into.revenue += from.revenue;
  into.refunds += from.refunds;
  into.listed += from.listed;
  into.discounts += from.discounts;
  into.spend_sum += from.spend_sum;
  into.gap_days += from.gap_days;
  into.gap_days_squared += from.gap_days_squared;
  into.price_log_sum += from.price_log_sum;
  into.price_log_squared += from.price_log_squared;
  into.first_seen_s = earliest(into.first_seen_s, from.first_seen_s);
  into.last_seen_s = std::max(into.last_seen_s, from.last_seen_s);
  into.first_order_s = earliest(into.first_order_s, from.first_order_s);
  into.last_order_s = std::max(into.last_order_s, from.last_order_s);
  into.last_open_s = std::max(into.last_open_s, from.last_open_s);
  into.next_charge_s = std::max(into.next_charge_s, from.next_charge_s);
  for (std::size_t i = 0; i < kDeeds; ++i)
    into.deeds[i] += from.deeds[i];
  for (std::size_t i = 0; i < into.order_months.size(); ++i)
    into.order_months[i] = static_cast<std::uint16_t>(into.order_months[i] + from.order_months[i]);
  const auto sums = {&Facts::visits,
                     &Facts::order_days,
                     &Facts::spend_days,
                     &Facts::items,
                     &Facts::discounted_orders,
                     &Facts::items_returned,
                     &Facts::several_orders,
                     &Facts::views_before_orders,
                     &Facts::views_since_order,
                     &Facts::sizes_compared,
                     &Facts::mobile,
                     &Facts::desktop,
                     &Facts::sms_sent,
                     &Facts::sms_clicked,
                     &Facts::subscriptions,
                     &Facts::prices};
  for (const auto sum : sums)
    into.*sum += from.*sum;
}

/// Maps of Protobuf have no order of their own; numbers of names must not depend on it.
template <class Map>
std::vector<std::string_view> sorted_keys(const Map& map) {
  std::vector<std::string_view> keys;
  for (const auto& entry : map)
    keys.push_back(entry.first);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

/// A visitor becomes part of a customer. Two customers are never joined: whoever signed in once
/// stays who they are.
void Segmentation::merge(std::string_view from, std::string_view into, const EventInfo& info) {
  if (from.empty() || into.empty() || from == into) return;
  if (!people_.contains(from, SubjectKind::person)) return;
  Person visitor = people_.open(from, SubjectKind::person);
  if (visitor.identified) return;
  people_.remove(from, SubjectKind::person);
  for (const Membership& membership : visitor.segments) {
    if (membership.segment < counts_.size() && counts_[membership.segment].size > 0) {
      --counts_[membership.segment].size;
    }
  }
  const bool is_new = !people_.contains(into, SubjectKind::person);
  if (!is_new) --persons_;
  Person& person = people_.open(into, SubjectKind::person);
  const std::uint32_t now = std::max(person.likings_at_s, visitor.likings_at_s);
  person.age_likings(now, liking_half_life_s_);
  visitor.age_likings(now, liking_half_life_s_);
  join_facts(person.facts, visitor.facts);
  for (const DeedRecord& deed : visitor.deeds)
    person.add(deed, max_deeds_);
  person.forgotten_until_s = std::max(person.forgotten_until_s, visitor.forgotten_until_s);
  join_likings(person.categories, visitor.categories);
  join_likings(person.brands, visitor.brands);
  join_likings(person.sizes, visitor.sizes);
  join_likings(person.sources, visitor.sources);
  if (person.account == 0) person.account = visitor.account;
  person.identified = true;
  if (person.merged.size() == Person::kMostMerged) person.merged.erase(person.merged.begin());
  person.merged.emplace_back(from);
  decide(person, ~DeedSet{0});
  (void)info;
}

void Segmentation::on(const souk::v1::Identified& event, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty()) return;
  envelope_.Clear();
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  const std::string anonymous = read ? envelope_.anonymous_id() : std::string();
  if (info.may_personalize()) merge(anonymous, info.shopper_id(), info);
  did(info, {.deed = Deed::signed_in}, [&](Person& person) {
    if (person.kind != SubjectKind::person) return;
    person.identified = true;
    const auto& traits = event.traits().fields();
    for (const std::string_view name : sorted_keys(traits)) {
      const auto& value = traits.at(std::string(name));
      std::string text;
      if (value.has_string_value()) text = value.string_value();
      if (value.has_bool_value()) text = value.bool_value() ? "true" : "false";
      if (!text.empty()) set_attribute(person, name, text);
    }
  });
}

void Segmentation::on(const souk::v1::Aliased& event, const EventInfo& info) {
  folded(info);
  if (info.may_personalize()) merge(event.previous_id(), info.shopper_id(), info);
}

void Segmentation::set_attribute(Person& person, std::string_view name, std::string_view value) {
  const NameId number = names_.number(name);
  const auto known = std::find_if(person.attributes.begin(), person.attributes.end(),
                                  [&](const Attribute& a) { return a.name == number; });
  if (known != person.attributes.end()) {
    known->value = value_key(value);
  } else if (person.attributes.size() < Person::kMostAttributes) {
    person.attributes.push_back({number, value_key(value)});
  }
}

/// The part that records of customers and accounts have in common. What the record does not hold
/// any more goes.
template <class Record>
void Segmentation::describe(Person& person, const Record& record) {
  person.attributes.clear();
  for (const std::string_view key : sorted_keys(record.attributes()))
    set_attribute(person, key, record.attributes().at(std::string(key)));
  person.tags.clear();
  for (const auto& tag : record.tags())
    if (person.tags.size() < Person::kMostTags) person.tags.push_back(names_.number(tag));
  const std::int64_t created = record.created_at().seconds();
  if (created > 0) {
    person.facts.customer_since_s =
        static_cast<std::uint32_t>(std::min<std::int64_t>(created, UINT32_MAX));
  }
}

void Segmentation::on(const souk::v1::CustomerUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Customer& customer = event.customer();
  if (customer.id().empty()) return;
  if (!people_.contains(customer.id(), SubjectKind::person)) ++persons_;
  Person& person = people_.open(customer.id(), SubjectKind::person);
  person.identified = true;
  describe(person, customer);
  for (const auto& consent : customer.consents()) {
    std::string channel = souk::v1::ChannelConsent::Channel_Name(consent.channel());
    std::string status = souk::v1::ChannelConsent::Status_Name(consent.status());
    std::transform(channel.begin(), channel.end(), channel.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    std::transform(status.begin(), status.end(), status.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    set_attribute(person, "consent." + channel, status);
  }
  if (!customer.country().empty()) set_attribute(person, "country", customer.country());
  if (!customer.locale().empty()) set_attribute(person, "locale", customer.locale());
  if (!customer.account_id().empty()) person.account = names_.number(customer.account_id());
  decide(person, ~DeedSet{0});
}

void Segmentation::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  folded(info);
  const auto forget = [&](const std::string& id) {
    if (!people_.contains(id, SubjectKind::person)) return;
    for (const Membership& membership : people_.open(id, SubjectKind::person).segments)
      if (membership.segment < counts_.size()) --counts_[membership.segment].size;
    people_.remove(id, SubjectKind::person);
    --persons_;
  };
  forget(event.customer_id());
  for (const auto& id : event.other_ids())
    forget(id);
  changed_ = true;
}

void Segmentation::on(const souk::v1::AccountUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Account& record = event.account();
  if (record.id().empty()) return;
  if (!people_.contains(record.id(), SubjectKind::account)) ++accounts_;
  Person& account = people_.open(record.id(), SubjectKind::account);
  account.identified = true;
  describe(account, record);
  decide(account, ~DeedSet{0});
  const NameId number = names_.number(record.id());
  for (const auto& contact : record.contacts()) {
    if (contact.customer_id().empty()) continue;
    if (!people_.contains(contact.customer_id(), SubjectKind::person)) ++persons_;
    Person& person = people_.open(contact.customer_id(), SubjectKind::person);
    person.identified = true;
    person.account = number;
    person.role = names_.number(contact.role());
    decide(person, ~DeedSet{0});
  }
}

void Segmentation::on(const souk::v1::AccountDeleted& event, const EventInfo& info) {
  folded(info);
  if (!people_.contains(event.account_id(), SubjectKind::account)) return;
  for (const Membership& membership :
       people_.open(event.account_id(), SubjectKind::account).segments)
    if (membership.segment < counts_.size()) --counts_[membership.segment].size;
  people_.remove(event.account_id(), SubjectKind::account);
  --accounts_;
  changed_ = true;
}

void Segmentation::on(const souk::v1::ProductUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Product& product = event.product();
  if (product.id().empty()) return;
  Names::Product of;
  if (product.categories_size() > 0) of.category = names_.category(product.categories(0).value());
  of.brand = names_.number(product.brand());
  names_.set_product(names_.number(product.id()), of);
}

}  // namespace souk::segmentation
