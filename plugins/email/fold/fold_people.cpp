// Who people are, what they allow, and who is forgotten.
#include <algorithm>

#include "plugins/email/email.hpp"
#include "plugins/email/send/mime.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostNames = 60'000;

std::string trait(const google::protobuf::Struct& traits, const char* name) {
  const auto found = traits.fields().find(name);
  return found == traits.fields().end() ? std::string() : found->second.string_value();
}

/// One address as it may stand in an envelope, by the same rules as when it is sent to.
bool looks_like_address(std::string_view text) {
  const Result<Mailbox> mailbox = parse_mailbox(text);
  return mailbox.ok() && mailbox->address == text;
}

/// "de-AT" → "AT", where the country is not said.
std::string country_of(const std::string& country, const std::string& locale) {
  if (!country.empty() || locale.size() < 5) return country;
  const std::string tail = locale.substr(locale.size() - 2);
  const bool region = (locale[locale.size() - 3] == '-' || locale[locale.size() - 3] == '_') &&
                      tail[0] >= 'A' && tail[0] <= 'Z' && tail[1] >= 'A' && tail[1] <= 'Z';
  return region ? tail : std::string();
}

}  // namespace

std::uint16_t Email::name_number(std::string_view name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<std::uint16_t>(found - names_.begin());
  if (names_.size() >= kMostNames) return static_cast<std::uint16_t>(kMostNames);
  names_.emplace_back(name);
  return static_cast<std::uint16_t>(names_.size() - 1);
}

void Email::read_envelope(const EventInfo& info) {
  envelope_.Clear();
  (void)envelope_.ParseFromArray(info.envelope().data(), static_cast<int>(info.envelope().size()));
}

/// A topic is a purpose of one channel: news by e-mail say nothing of news on the telephone.
std::uint16_t Email::topic_number(bool sms, std::string_view topic) {
  return name_number(sms ? std::string(kSmsTopic) + std::string(topic) : std::string(topic));
}

void Email::grant(Person& person, bool sms, std::string_view topic) {
  if (topic.empty()) {
    (sms ? person.sms_word : person.email_word) = Word::granted;
    person.complained = person.complained && sms;
    if (sms && person.habits() != nullptr) person.own_habits().sms_refused = false;
  }
  const std::uint16_t number = topic.empty() ? kNoFlow : topic_number(sms, topic);
  // A word on everything answers for every topic that was refused before.
  person.erase_rare_if(&Rare::topics, [&](const TopicWord& one) {
    return one.topic == number || (topic.empty() && !one.granted && is_sms_topic(one.topic) == sms);
  });
  if (!topic.empty() && number < names_.size()) person.own_rare().topics.push_back({number, true});
}

void Email::withdraw(Person& person, bool sms, std::string_view topic) {
  person.withdrawn_s = now_s_;
  if (topic.empty()) {
    (sms ? person.sms_word : person.email_word) = Word::withdrawn;
    person.erase_rare_if(&Rare::topics,
                         [&](const TopicWord& one) { return is_sms_topic(one.topic) == sms; });
    return;
  }
  const std::uint16_t number = topic_number(sms, topic);
  person.erase_rare_if(&Rare::topics, [&](const TopicWord& one) { return one.topic == number; });
  if (number < names_.size()) person.own_rare().topics.push_back({number, false});
}

void Email::consent(Person& person, const souk::v1::ChannelConsent& word) {
  using Said = souk::v1::ChannelConsent;
  const bool sms = word.channel() == Said::SMS;
  if (!sms && word.channel() != Said::EMAIL) return;
  // A record that a shop writes again says nothing new: what was taken back since then stays so.
  const bool newer = word.has_time() && word.time().seconds() > person.withdrawn_s;
  const bool may_grant = person.withdrawn_s == 0 || newer;
  Word& whole = sms ? person.sms_word : person.email_word;
  switch (word.status()) {
    case Said::GRANTED:
      if (may_grant) grant(person, sms, word.topic());
      break;
    case Said::PENDING:
      if (word.topic().empty() && whole == Word::none) whole = Word::pending;
      break;
    case Said::WITHDRAWN: {
      const std::uint32_t when = word.has_time()
                                     ? static_cast<std::uint32_t>(std::clamp<std::int64_t>(
                                           word.time().seconds(), 1, now_s_))
                                     : now_s_;
      withdraw(person, sms, word.topic());
      person.withdrawn_s = when;
      break;
    }
    default:
      break;
  }
}

void Email::on(const souk::v1::CustomerUpserted& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const souk::v1::Customer& given = event.customer();
  const PersonNumber number = people_.find_or_add(given.id());
  if (number == kNobody) return;
  Person& person = people_.at(number);
  const std::string email = looks_like_address(given.email()) ? given.email() : std::string();
  if (email != person.texts.get(Contact::email)) person.bounced = false;
  person.texts.set(Contact::email, email);
  if (given.phone() != person.texts.get(Contact::phone) && person.habits() != nullptr)
    person.own_habits().sms_refused = false;
  person.texts.set(Contact::phone, given.phone());
  person.texts.set(Contact::name, given.name());
  person.texts.set(Contact::locale, given.locale());
  person.texts.set(Contact::country, country_of(given.country(), given.locale()));
  person.zone = given.time_zone().empty() ? Zones::kUnknown : zones_.number(given.time_zone());
  for (const souk::v1::ChannelConsent& word : given.consents())
    consent(person, word);
  DatesByName dates;
  for (const auto& [name, value] : given.attributes()) {
    if (const YearlyDate date = yearly_date(value); date.month != 0) dates.emplace_back(name, date);
  }
  note_dates(number, dates, true);
  happened(number, {.happening = Happening::customer_upserted}, info);
}

void Email::on(const souk::v1::Identified& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  if (number == kNobody) return;
  Person& person = people_.at(number);
  const auto& traits = event.traits();
  if (const std::string email = trait(traits, "email"); looks_like_address(email)) {
    if (email != person.texts.get(Contact::email)) person.bounced = false;
    person.texts.set(Contact::email, email);
  }
  if (const std::string phone = trait(traits, "phone"); !phone.empty())
    person.texts.set(Contact::phone, phone);
  std::string name = trait(traits, "name");
  if (name.empty()) name = trait(traits, "firstName");
  if (!name.empty()) person.texts.set(Contact::name, name);
  DatesByName dates;
  for (const auto& [key, value] : traits.fields()) {
    const YearlyDate date = yearly_date(value.string_value());
    if (date.month != 0) dates.emplace_back(key, date);
  }
  if (!dates.empty()) note_dates(number, dates, false);
  read_envelope(info);
  const auto& context = envelope_.context();
  if (person.texts.get(Contact::locale).empty())
    person.texts.set(Contact::locale, context.locale());
  if (person.zone == Zones::kUnknown && !context.time_zone().empty())
    person.zone = zones_.number(context.time_zone());
  merge(envelope_.anonymous_id(), number);
}

void Email::on(const souk::v1::Aliased& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  if (number != kNobody) merge(event.previous_id(), number);
}

/// A visitor becomes part of a customer: cart, likings, orders, and the flows the visitor is in.
void Email::merge(std::string_view from, PersonNumber into) {
  const PersonNumber old = people_.find(from);
  if (old == kNobody || old == into || people_.at(old).has_address()) return;
  Person visitor = std::move(people_.at(old));
  people_.at(old) = Person();
  people_.at(old).texts.set(Contact::id, from);
  people_.remove(old);
  Person& person = people_.at(into);
  for (const CartLine& line : visitor.cart)
    person.cart.push_bounded(line, People::kMostCart);
  for (const Interest& one : visitor.interests) {
    person.interests.push_bounded(one, People::kMostInterests);
    (void)catalog_.add_interested(one.product, into);
  }
  for (const Bought& one : visitor.rare().bought)
    person.own_rare().bought.push_bounded(one, People::kMostBought);
  if (const Habits* before = visitor.habits(); before != nullptr) {
    for (const std::uint8_t hour : before->hours)
      person.own_habits().add_hour(hour);
    Habits& habits = person.own_habits();
    habits.last_visit_s = std::max(habits.last_visit_s, before->last_visit_s);
  }
  person.cart_at_s = std::max(person.cart_at_s, visitor.cart_at_s);
  person.last_order_s = std::max(person.last_order_s, visitor.last_order_s);
  person.orders = static_cast<std::uint16_t>(std::min(person.orders + visitor.orders, 0xffff));
  person.spent += visitor.spent;
  for (Inside stay : visitor.inside) {
    const std::uint16_t flow = book_.version(stay.version).flow_number;
    const bool inside_already = std::any_of(
        person.inside.begin(), person.inside.end(),
        [&](const Inside& one) { return book_.version(one.version).flow_number == flow; });
    if (inside_already || person.inside.size() >= People::kMostInside) {
      book_.leave(stay.version);
      --stays_;
      continue;
    }
    stay.serial = next_serial(person);
    person.inside.push_back(stay);
    wait_until(into, person.inside.size() - 1, stay.due_s);
  }
}

void Email::forget(std::string_view id) {
  journal_.forget(id);
  const PersonNumber number = people_.find(id);
  if (number == kNobody) return;
  for (const Inside& stay : people_.at(number).inside) {
    book_.leave(stay.version);
    --stays_;
  }
  people_.remove(number);
}

void Email::on(const souk::v1::CustomerErased& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  forget(event.customer_id());
  for (const std::string& other : event.other_ids())
    forget(other);
}

void Email::segment_changed(const EventInfo& info, const std::string& segment, bool in) {
  const PersonNumber number = people_.find_or_add(info.shopper_id());
  if (number == kNobody || segment.empty()) return;
  Person& person = people_.at(number);
  const std::uint16_t name = name_number(segment);
  person.segments.erase_if([&](std::uint16_t one) { return one == name; });
  if (in && name < names_.size()) person.segments.push_back(name);
  const TriggerKind kind = in ? TriggerKind::segment_entered : TriggerKind::segment_exited;
  for (std::uint16_t flow = 0; flow < book_.flows().size(); ++flow) {
    const FlowState& state = book_.flows()[flow];
    if (state.current == kNoFlow) continue;
    const Flow& definition = *book_.version(state.current).flow;
    if (definition.trigger == kind && definition.segment == segment &&
        admits(definition, number, {}))
      bring_in(number, flow, kNoProduct, info.time_us());
  }
}

void Email::on(const souk::v1::SegmentEntered& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  segment_changed(info, event.segment_id(), true);
}

void Email::on(const souk::v1::SegmentExited& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  segment_changed(info, event.segment_id(), false);
}

void Email::on(const souk::v1::Subscribed& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  if (number == kNobody) return;
  read_envelope(info);
  const bool sms = envelope_.channel() == souk::v1::Event::SMS;
  Person& person = people_.at(number);
  if (double_opt_in_ && !event.confirmed() && !sms) {
    // Whoever confirmed before need not again.
    if (person.email_word == Word::granted && event.topic().empty()) return;
    if (person.email_word != Word::granted) person.email_word = Word::pending;
    subscription_source_ = event.source();
    subscription_topic_ = event.topic();
    happened(number, {.happening = Happening::confirmation_wanted}, info);
    subscription_source_.clear();
    subscription_topic_.clear();
    return;
  }
  // Who refused everything and now asks for one topic gets that one, and nothing else.
  if (!sms && !event.topic().empty() && person.email_word == Word::withdrawn)
    person.email_word = Word::none;
  grant(person, sms, event.topic());
  happened(number, {.happening = Happening::subscribed}, info);
}

void Email::on(const souk::v1::Unsubscribed& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const PersonNumber number = seen(info);
  if (number == kNobody) return;
  read_envelope(info);
  const bool sms = envelope_.channel() == souk::v1::Event::SMS;
  Person& person = people_.at(number);
  // Nine boxes of one page, or a request that mail programs repeat, are one shopper who had enough.
  const bool counted = person.withdrawn_s == now_s_ ||
                       (sms ? person.sms_word : person.email_word) == Word::withdrawn;
  withdraw(person, sms, event.topic());
  const JournalEntry* entry = journal_.find(event.message_id());
  if (!counted && entry != nullptr) ++book_.figures(entry->flow_id).unsubscribed;
  happened(number, {.happening = Happening::unsubscribed}, info);
}

}  // namespace souk::email
