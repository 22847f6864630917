// Who enters a flow, waits, goes on and leaves.
#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/email/fold/facts.hpp"

namespace souk::email {
namespace {

constexpr std::string_view kDueTimer = "due";
/// Jumps only lead forwards, so this is a flow's length and not a guard against circles.
constexpr int kMostStepsAtOnce = 2'000;
/// A step due longer ago than this is left out: its history was imported.
constexpr std::uint32_t kStaleS = 3'600;
// Questions wait meanwhile, and the host refuses publications when 10,000 wait: the rest is due at
// once again.
constexpr std::size_t kStepsOfATimer = 256;

bool matches(const EventMatch& match, const Deed& deed, const Facts& facts) {
  if (match.happening == Happening::none || match.happening != deed.happening) return false;
  if (match.happening == Happening::tracked && match.tracked != deed.tracked) return false;
  return match.where.holds(facts);
}

/// The same way for the same shopper, whenever it is asked: 0 to 1.
double chance_of(std::string_view shopper, std::uint16_t step, std::string_view flow) {
  std::string text(shopper);
  text.push_back('\0');
  text += flow;
  const std::uint64_t hash = XXH3_64bits_withSeed(text.data(), text.size(), step);
  return static_cast<double>(hash >> 11U) * 0x1p-53;
}

}  // namespace

void Email::happened(PersonNumber number, const Deed& deed, const EventInfo& info) {
  if (number == kNobody) return;
  Person& person = people_.at(number);
  for (std::size_t i = person.inside.size(); i-- > 0;) {
    const FlowVersion& version = book_.version(person.inside[i].version);
    const FactsOf facts(*this, person, deed, &person.inside[i]);
    if (matches(version.flow->goal, deed, facts)) {
      ++book_.flow(version.flow_number).figures.goals;
      leave(number, i, "goal");
      continue;
    }
    const Instruction& at = version.flow->program[person.inside[i].at];
    if (at.op == Op::wait && matches(at.match, deed, facts)) {
      ++person.inside[i].at;
      person.inside[i].due_s = now_s_;
      go_on(number, i, false);
    }
  }
  for (std::uint16_t flow = 0; flow < book_.flows().size(); ++flow) {
    const FlowState& state = book_.flows()[flow];
    if (state.current == kNoFlow) continue;
    const Flow& definition = *book_.version(state.current).flow;
    if (definition.trigger != TriggerKind::event) continue;
    if (!matches(definition.match, deed, FactsOf(*this, person, deed, nullptr))) continue;
    bring_in(number, flow, deed.product, info.time_us());
  }
}

std::uint16_t Email::next_serial(Person& person) {
  if (++person.serial == kDateSerial) ++person.serial;
  return person.serial;
}

void Email::bring_in(PersonNumber number, std::uint16_t flow, std::uint32_t subject,
                     std::int64_t since_us) {
  Person& person = people_.at(number);
  FlowState& state = book_.flow(flow);
  const Flow& definition = *book_.version(state.current).flow;
  const auto since_s = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(since_us / 1'000'000, 1, std::max<std::int64_t>(now_s_, 1)));
  const Instruction& first = definition.program.front();
  const std::uint32_t first_s = first.op == Op::delay ? first.seconds : 0;
  if (since_s + first_s + kStaleS < now_s_) return;
  for (std::size_t i = 0; i < person.inside.size(); ++i) {
    Inside& stay = person.inside[i];
    if (book_.version(stay.version).flow_number != flow) continue;
    if (!definition.restart || stay.at != 0 || first.op != Op::delay) return;
    stay.entered_s = since_s;
    stay.subject = subject;
    return wait_until(number, i, since_s + first_s);
  }
  for (const Entered& entered : person.entered) {
    if (entered.flow != flow) continue;
    if (definition.once || since_s < entered.at_s + definition.reentry_s) return;
  }
  if (person.inside.size() >= People::kMostInside) return;
  Inside stay{};
  stay.version = state.current;
  stay.entered_s = since_s;
  stay.due_s = since_s;
  stay.subject = subject;
  stay.serial = next_serial(person);
  person.inside.push_back(stay);
  ++stays_;
  book_.enter(state.current);
  ++state.figures.entered;
  if (person.has_address()) {
    souk::v1::FlowEntered event;
    event.set_flow_id(state.id);
    event.set_version(book_.version(state.current).version);
    event.set_reason(definition.trigger_words());
    (void)publish(event, {.shopper_id = person.id()});
  }
  go_on(number, person.inside.size() - 1, false);
}

void Email::wait_until(PersonNumber number, std::size_t stay, std::uint32_t due_s) {
  Inside& inside = people_.at(number).inside[stay];
  inside.due_s = due_s;
  const Flow& flow = *book_.version(inside.version).flow;
  agenda_.add({due_s, number, inside.serial, static_cast<std::uint8_t>(255 - flow.priority)});
}

void Email::leave(PersonNumber number, std::size_t stay, std::string_view reason) {
  Person& person = people_.at(number);
  const Inside inside = person.inside[stay];
  const std::uint16_t flow = book_.version(inside.version).flow_number;
  const Flow& definition = *book_.version(inside.version).flow;
  person.entered.erase_if([flow](const Entered& entered) { return entered.flow == flow; });
  // Needed only where it can keep somebody out.
  if (definition.once || definition.reentry_s > 0)
    person.entered.push_back({flow, inside.entered_s});
  FlowFigures& figures = book_.flow(flow).figures;
  ++figures.exited;
  if (reason == "completed") ++figures.completed;
  if (person.has_address()) {
    souk::v1::FlowExited event;
    event.set_flow_id(book_.flows()[flow].id);
    event.set_version(book_.version(inside.version).version);
    event.set_reason(std::string(reason));
    (void)publish(event, {.shopper_id = person.id()});
  }
  person.inside.erase(stay);
  --stays_;
  book_.leave(inside.version);
}

void Email::go_on(PersonNumber number, std::size_t stay, bool waited) {
  const std::uint16_t serial = people_.at(number).inside[stay].serial;
  for (int i = 0; i < kMostStepsAtOnce; ++i) {
    ++steps_;
    if (!step(number, stay, waited)) return;
    waited = false;
    const auto& inside = people_.at(number).inside;
    if (stay >= inside.size() || inside[stay].serial != serial) return;
  }
}

bool Email::migrated(Inside& stay, std::uint16_t current) {
  const Flow& next = *book_.version(current).flow;
  if (stay.version == current || !next.migrate) return false;
  const std::uint16_t old = stay.version;
  stay.at = static_cast<std::uint16_t>(std::min<std::size_t>(stay.at, next.program.size() - 1));
  stay.version = current;
  book_.enter(current);
  book_.leave(old);
  return true;
}

bool Email::step(PersonNumber number, std::size_t at, bool waited) {
  Person& person = people_.at(number);
  Inside& stay = person.inside[at];
  const FlowState& state = book_.flows()[book_.version(stay.version).flow_number];
  if (state.current == kNoFlow) return leave(number, at, "flow-removed"), false;
  (void)migrated(stay, state.current);
  // Kept: a stay that ends may be the last one of its version.
  const std::shared_ptr<const Flow> flow = book_.version(stay.version).flow;
  const Deed nothing;
  const FactsOf facts(*this, person, nothing, &stay);
  const Instruction& now = flow->program[stay.at];
  if (now.op != Op::exit && !flow->filter.holds(facts)) return leave(number, at, "filter"), false;
  const auto next = static_cast<std::uint16_t>(stay.at + 1);
  switch (now.op) {
    case Op::delay:
    case Op::until:
    case Op::wait:
      if (!waited) return begin_wait(number, at, now), false;
      stay.at = now.op == Op::wait ? now.otherwise : next;
      return true;
    case Op::branch:
      stay.at = now.when.holds(facts) ? next : now.otherwise;
      return true;
    case Op::split:
      stay.at = chance_of(person.id(), now.number, flow->id) < now.share ? next : now.otherwise;
      return true;
    case Op::jump:
      stay.at = now.otherwise;
      return true;
    case Op::message:
      if (!send_message(number, at, now)) return false;
      stay.at = next;
      return true;
    case Op::webhook:
      send_webhook(number, at, now);
      stay.at = next;
      return true;
    case Op::exit:
      return leave(number, at, "completed"), false;
  }
  return false;
}

void Email::begin_wait(PersonNumber number, std::size_t at, const Instruction& now) {
  const Person& person = people_.at(number);
  const Inside& stay = person.inside[at];
  // From when the step before was due, not from when that was noticed: waits add up no delays.
  std::uint32_t due_s = std::max(stay.due_s, stay.entered_s) + now.seconds;
  if (now.op == Op::until) {
    const TimeZone& zone = zones_.zone(person.zone == Zones::kUnknown ? own_zone_ : person.zone);
    due_s = static_cast<std::uint32_t>(next_at(now.minute, now.weekday, zone, now_s_));
  }
  wait_until(number, at, due_s);
}

void Email::run_due(std::size_t most) {
  for (; most > 0 && !agenda_.empty() && agenda_.first().due_s <= now_s_; --most) {
    const AgendaEntry entry = agenda_.take();
    if (entry.person >= people_.end()) continue;
    if (entry.serial == kDateSerial) {
      run_dates(entry.person, entry.due_s);
      continue;
    }
    auto& inside = people_.at(entry.person).inside;
    const auto* stay = std::find_if(inside.begin(), inside.end(), [&](const Inside& one) {
      return one.serial == entry.serial && one.due_s == entry.due_s;
    });
    if (stay == inside.end()) continue;
    go_on(entry.person, static_cast<std::size_t>(stay - inside.begin()), true);
  }
}

void Email::arm_timer() {
  // Whoever restarts a wait leaves an entry behind; when most are such, the queue is made anew.
  if (agenda_.size() > 4 * (stays_ + appointments_) + 10'000) rebuild_agenda();
  if (agenda_.empty()) return;
  const std::uint32_t due_s = agenda_.first().due_s;
  if (armed_s_ != 0 && armed_s_ <= due_s) return;
  if (timers().set(kDueTimer, static_cast<std::int64_t>(due_s) * 1'000'000).ok()) armed_s_ = due_s;
}

void Email::rebuild_agenda() {
  agenda_.clear();
  stays_ = 0;
  appointments_ = 0;
  for (PersonNumber number = 0; number < people_.end(); ++number) {
    for (const Inside& stay : people_.at(number).inside) {
      ++stays_;
      const Flow& flow = *book_.version(stay.version).flow;
      agenda_.add(
          {stay.due_s, number, stay.serial, static_cast<std::uint8_t>(255 - flow.priority)});
    }
    for (const Dated& date : people_.at(number).rare().dates) {
      if (date.flow != kNoFlow && book_.flows()[date.flow].current != kNoFlow)
        make_appointment(number, date);
    }
  }
}

void Email::on_timer(const TimerInfo& timer) {
  if (timer.key() != kDueTimer) return;
  const Lock lock(mutex_);
  folded(timer.now());
  now_s_ = std::max(now_s_, static_cast<std::uint32_t>(timer.due_us() / 1'000'000));
  armed_s_ = 0;
  run_due(kStepsOfATimer);
  // What is left is due already: the host fires it before the next event.
  arm_timer();
}

}  // namespace souk::email
