// Records of customers, accounts and products; who is who; who is forgotten.
#include <algorithm>
#include <initializer_list>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {
namespace {

/// Before a channel's name: the property that holds what the person said of it.
constexpr std::string_view kConsentOn = "consent.";

/// Maps of Protobuf have no order of their own; numbers of names must not depend on it.
template <class Map>
std::vector<std::string_view> sorted_keys(const Map& map) {
  std::vector<std::string_view> keys;
  for (const auto& entry : map)
    keys.push_back(entry.first);
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// Whether the customer's record allows ad audiences: what was said last of the channel as a whole,
/// later than any refusal on the shop's own pages.
bool allows_ads(const souk::v1::Customer& customer, std::uint32_t declined_s) {
  const souk::v1::ChannelConsent* last = nullptr;
  for (const auto& consent : customer.consents()) {
    if (consent.channel() != souk::v1::ChannelConsent::ADS || !consent.topic().empty()) continue;
    if (last == nullptr || consent.time().seconds() >= last->time().seconds()) last = &consent;
  }
  if (last == nullptr || last->status() != souk::v1::ChannelConsent::GRANTED) return false;
  return declined_s == 0 || last->time().seconds() > static_cast<std::int64_t>(declined_s);
}

/// What the person said last of a channel as a whole, "" for nothing; topics have words of their
/// own.
std::string word_on(const souk::v1::Customer& customer, int channel) {
  const souk::v1::ChannelConsent* last = nullptr;
  for (const auto& consent : customer.consents()) {
    if (consent.channel() != channel || !consent.topic().empty()) continue;
    if (last == nullptr || consent.time().seconds() >= last->time().seconds()) last = &consent;
  }
  return last == nullptr ? std::string()
                         : lower_case(souk::v1::ChannelConsent::Status_Name(last->status()));
}

/// Views into the record.
Contact contact_of(const souk::v1::Customer& customer) {
  const auto property = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto found = customer.attributes().find(name);
      if (found != customer.attributes().end()) return std::string_view(found->second);
    }
    return std::string_view();
  };
  return {.email = customer.email(),
          .phone = customer.phone(),
          .name = customer.name(),
          .first_name = property({"first_name", "firstName"}),
          .last_name = property({"last_name", "lastName"}),
          .city = property({"city"}),
          .state = property({"state", "region"}),
          .zip = property({"zip", "postal_code", "postalCode", "postcode"}),
          .country = customer.country(),
          .gender = property({"gender"}),
          .birthday = property({"birthday", "birth_date", "birthDate"})};
}

}  // namespace

/// A visitor becomes part of a customer. Two customers are never joined: whoever signed in once
/// stays who they are.
void Segmentation::merge(std::string_view from, std::string_view into) {
  if (from.empty() || into.empty() || from == into) return;
  if (!people_.contains(from, SubjectKind::person)) return;
  Person visitor = people_.open(from, SubjectKind::person);
  if (visitor.identified) return;
  people_.remove(from, SubjectKind::person);
  Person& person = people_.open(into, SubjectKind::person);
  const std::uint32_t now = std::max(person.likings_at_s, visitor.likings_at_s);
  person.age_likings(now, liking_half_life_s_);
  visitor.age_likings(now, liking_half_life_s_);
  person.identified = true;
  person.take_in(visitor, max_deeds_);
  // Who refused as a visitor is the same person: off until the record says otherwise.
  const bool refused = visitor.facts.no_ads_s != 0;
  const std::uint32_t number = people_.opened();
  decide(person, ~DeedSet{0});
  if (refused) audiences_.set(number, {}, numbers_of(person), now_s_);
}

/// The joined visitor is somebody of its own again, with what it had brought.
void Segmentation::on(const souk::v1::ProfilesSeparated& event, const EventInfo& info) {
  folded(info);
  const std::string& id = event.previous_id();
  if (id.empty() || !people_.contains(info.shopper_id(), SubjectKind::person)) return;
  Person& person = people_.open(info.shopper_id(), SubjectKind::person);
  const std::optional<Person> visitor =
      person.give_back(id, liking_half_life_s_, experiment_window_s_);
  if (!visitor) {
    ++inseparable_;
    changed_ = true;
    return;
  }
  decide(person, ~DeedSet{0});
  // It may have come back meanwhile: then both are its own.
  Person& again = people_.open(id, SubjectKind::person);
  again.age_likings(std::max(again.likings_at_s, visitor->likings_at_s), liking_half_life_s_);
  again.add_up(*visitor, max_deeds_);
  if (again.likings_at_s == 0) again.likings_at_s = visitor->likings_at_s;
  decide(again, ~DeedSet{0});
}

/// Someone declines advertising, or that data is passed on: no network is told of them from now on.
void Segmentation::declined(const EventInfo& info) {
  if (info.may_market() || info.shopper_id().empty()) return;
  if (!people_.contains(info.shopper_id(), SubjectKind::person)) return;
  Person& person = people_.open(info.shopper_id(), SubjectKind::person);
  decline_ads(person);
  people_.commit();
}

void Segmentation::decline_ads(Person& person) {
  person.facts.no_ads_s = now_s_;
  audiences_.set(people_.opened(), {}, numbers_of(person), now_s_);
  changed_ = true;
}

std::vector<std::uint32_t> Segmentation::numbers_of(const Person& person) {
  std::vector<std::uint32_t> numbers;
  for (const Membership& membership : person.segments)
    numbers.push_back(membership.segment);
  return numbers;
}

/// Somebody goes: out of their segments, and off the audiences.
void Segmentation::leave(std::uint32_t number, const Person& person) {
  for (const Membership& membership : person.segments)
    if (membership.segment < counts_.size() && counts_[membership.segment].size > 0)
      --counts_[membership.segment].size;
  if (person.kind == SubjectKind::person) {
    audiences_.set(number, {}, numbers_of(person), now_s_);
  }
  changed_ = true;
}

void Segmentation::on(const souk::v1::Identified& event, const EventInfo& info) {
  folded(info);
  if (info.shopper_id().empty()) return;
  envelope_.Clear();
  const bool read =
      envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
  const std::string anonymous = read ? envelope_.anonymous_id() : std::string();
  if (info.may_personalize()) merge(anonymous, info.shopper_id());
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
  if (info.may_personalize()) merge(event.previous_id(), info.shopper_id());
}

/// A property of a record or of identify. None of them is a word on consent, whatever its name.
void Segmentation::set_attribute(Person& person, std::string_view name, std::string_view value) {
  if (!name.starts_with(kConsentOn)) set_property(person, name, value);
}

void Segmentation::set_property(Person& person, std::string_view name, std::string_view value) {
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
  Person& person = people_.open(customer.id(), SubjectKind::person);
  person.identified = true;
  person.attributes.clear();
  // Consents come first: properties without number must not crowd them out.
  using Consent = souk::v1::ChannelConsent;
  for (int channel = Consent::EMAIL; channel <= Consent::Channel_MAX; ++channel) {
    const std::string word = word_on(customer, channel);
    if (word.empty()) continue;
    const auto named = static_cast<Consent::Channel>(channel);
    set_property(person, std::string(kConsentOn) + lower_case(Consent::Channel_Name(named)), word);
  }
  describe(person, customer);
  if (!customer.country().empty()) set_attribute(person, "country", customer.country());
  if (!customer.locale().empty()) set_attribute(person, "locale", customer.locale());
  if (!customer.account_id().empty()) person.buys_for(names_.number(customer.account_id()));
  const std::uint32_t number = people_.opened();
  const bool allowed = allows_ads(customer, person.facts.no_ads_s);
  decide(person, ~DeedSet{0});
  audiences_.set(number, allowed ? identifiers_of(contact_of(customer)) : std::vector<Identifier>{},
                 numbers_of(person), now_s_);
}

void Segmentation::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  folded(info);
  people_.remove(event.customer_id(), SubjectKind::person);
  for (const auto& id : event.other_ids())
    people_.remove(id, SubjectKind::person);
}

void Segmentation::on(const souk::v1::AccountUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Account& record = event.account();
  if (record.id().empty()) return;
  Person& account = people_.open(record.id(), SubjectKind::account);
  account.identified = true;
  account.attributes.clear();
  describe(account, record);
  decide(account, ~DeedSet{0});
  const NameId number = names_.number(record.id());
  for (const auto& contact : record.contacts()) {
    if (contact.customer_id().empty()) continue;
    Person& person = people_.open(contact.customer_id(), SubjectKind::person);
    person.identified = true;
    person.buys_for(number);
    person.role = names_.number(contact.role());
    decide(person, ~DeedSet{0});
  }
}

void Segmentation::on(const souk::v1::AccountDeleted& event, const EventInfo& info) {
  folded(info);
  people_.remove(event.account_id(), SubjectKind::account);
}

void Segmentation::on(const souk::v1::ProductUpserted& event, const EventInfo& info) {
  folded(info);
  const souk::v1::Product& product = event.product();
  if (product.id().empty()) return;
  Names::Product of;
  if (product.categories_size() > 0) of.category = names_.category(product.categories(0).value());
  of.brand = names_.number(product.brand());
  const NameId number = names_.number(product.id());
  names_.set_product(number, of);
  // Of several variants the cheapest: no one of them must look reduced because another is dear.
  double list = 0;
  for (const auto& variant : product.variants()) {
    const double price =
        static_cast<double>(std::max(variant.list_price().amount(), variant.price().amount()));
    if (price > 0 && (list == 0 || price < list)) list = price;
  }
  if (list == 0) {
    list = static_cast<double>(
        std::max(product.list_price_range().min().amount(), product.price_range().min().amount()));
  }
  names_.set_list_price(number, static_cast<float>(list / 100));
}

}  // namespace souk::segmentation
