// What brings shoppers in besides their own deeds: dates that come back every year, and calls of
// other systems.
#include <algorithm>

#include "plugins/email/fold/facts.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostFactsOfDates = 8;

}  // namespace

bool Email::admits(const Flow& flow, PersonNumber number, const Deed& deed) const {
  return flow.match.where.holds(FactsOf(*this, people_.at(number), deed, nullptr));
}

void Email::note_dates(PersonNumber number, DatesByName& given, bool all) {
  Person& person = people_.at(number);
  // By name: a map of Protobuf has no order of its own.
  std::sort(given.begin(), given.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  if (given.size() > kMostFactsOfDates) given.resize(kMostFactsOfDates);
  if (all && given.empty()) {
    return person.erase_rare_if(&Rare::dates, [](const Dated&) { return true; });
  }
  std::vector<Dated> facts;
  for (const auto& [name, date] : given) {
    const std::uint16_t numbered = name_number(name);
    if (numbered < names_.size()) facts.push_back({0, numbered, kNoFlow, date.month, date.day, 0});
  }
  for (const Dated& former : person.rare().dates) {
    const bool named = std::any_of(facts.begin(), facts.end(),
                                   [&](const Dated& fact) { return fact.name == former.name; });
    if (!all && !named && former.flow == kNoFlow && facts.size() < kMostFactsOfDates)
      facts.push_back(former);
  }
  if (facts.empty() && person.rare().dates.empty()) return;
  SmallList<Dated>& dates = person.own_rare().dates;
  dates.erase_if([](const Dated& one) { return one.flow == kNoFlow; });
  // An appointment of a date that changed is made anew; schedule_dates() keeps the others.
  dates.erase_if([&](const Dated& one) {
    return std::none_of(facts.begin(), facts.end(), [&](const Dated& fact) {
      return fact.name == one.name && fact.month == one.month && fact.day == one.day;
    });
  });
  for (const Dated& fact : facts)
    dates.push_back(fact);
  schedule_dates(number);
}

void Email::schedule_dates(PersonNumber number) {
  Person& person = people_.at(number);
  if (person.rare().dates.empty()) return;
  SmallList<Dated>& dates = person.own_rare().dates;
  const std::vector<Dated> former(dates.begin(), dates.end());
  dates.erase_if([](const Dated& one) { return one.flow != kNoFlow; });
  for (const Dated& fact : former) {
    if (fact.flow != kNoFlow) continue;
    for (std::uint16_t flow = 0; flow < book_.flows().size(); ++flow) {
      if (book_.flows()[flow].current == kNoFlow) continue;
      const Flow& definition = *book_.version(book_.flows()[flow].current).flow;
      if (definition.trigger != TriggerKind::date || definition.date != names_[fact.name]) continue;
      if (dates.size() >= People::kMostDates) return;
      const auto kept = std::find_if(former.begin(), former.end(), [&](const Dated& one) {
        return one.flow == flow && one.name == fact.name;
      });
      Dated made = fact;
      made.flow = flow;
      // One that is due already is on its way.
      const bool waits = kept != former.end() && kept->due_s <= now_s_;
      made.due_s = waits ? kept->due_s : next_date(person, definition, fact);
      dates.push_back(made);
      if (kept == former.end() || kept->due_s != made.due_s) make_appointment(number, made);
    }
  }
}

std::uint32_t Email::next_date(const Person& person, const Flow& flow, const Dated& fact) const {
  const TimeZone& zone = zones_.zone(person.zone == Zones::kUnknown ? own_zone_ : person.zone);
  return static_cast<std::uint32_t>(
      next_of({fact.month, fact.day}, flow.minute, flow.days_before, zone, now_s_));
}

void Email::make_appointment(PersonNumber number, const Dated& date) {
  const Flow& flow = *book_.version(book_.flows()[date.flow].current).flow;
  agenda_.add({date.due_s, number, kDateSerial, static_cast<std::uint8_t>(255 - flow.priority)});
  ++appointments_;
}

void Email::run_dates(PersonNumber number, std::uint32_t due_s) {
  Person& person = people_.at(number);
  if (person.rare().dates.empty()) return;
  std::vector<std::uint16_t> due;
  for (Dated& date : person.own_rare().dates) {
    if (date.flow == kNoFlow || date.due_s != due_s) continue;
    if (book_.flows()[date.flow].current == kNoFlow) continue;
    due.push_back(date.flow);
    date.due_s = next_date(person, *book_.version(book_.flows()[date.flow].current).flow, date);
    make_appointment(number, date);
  }
  for (const std::uint16_t flow : due) {
    const Flow& definition = *book_.version(book_.flows()[flow].current).flow;
    if (person.has_address() && admits(definition, number, {}))
      bring_in(number, flow, kNoProduct, static_cast<std::int64_t>(due_s) * 1'000'000);
  }
}

void Email::on(const v1::FlowCalled& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  if (!called_.add(event.flow_id(), event.call_id())) return;
  const PersonNumber number = seen(info);
  const std::uint16_t flow = book_.find(event.flow_id());
  if (number == kNobody || flow == kNoFlow || book_.flows()[flow].current == kNoFlow) return;
  const Flow& definition = *book_.version(book_.flows()[flow].current).flow;
  if (definition.trigger != TriggerKind::call) return;
  Deed deed;
  deed.happening = Happening::tracked;
  deed.properties = &event.said();
  if (admits(definition, number, deed)) bring_in(number, flow, kNoProduct, info.time_us());
}

}  // namespace souk::email
