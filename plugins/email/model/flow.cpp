#include "plugins/email/model/flow.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "plugins/email/model/zones.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMostInstructions = 1'000;
constexpr int kDeepestStep = 8;
constexpr std::uint32_t kLeastReentryOfCircleS = 3'600;

constexpr std::array<std::pair<std::string_view, Happening>, 17> kHappenings{{
    {"productViewed", Happening::product_viewed},
    {"productAdded", Happening::product_added},
    {"productRemoved", Happening::product_removed},
    {"productAddedToWishlist", Happening::wished},
    {"cartViewed", Happening::cart_viewed},
    {"checkoutStarted", Happening::checkout_started},
    {"orderCompleted", Happening::order_completed},
    {"orderCancelled", Happening::order_cancelled},
    {"orderDelivered", Happening::order_delivered},
    {"productReviewed", Happening::product_reviewed},
    {"pageViewed", Happening::page_viewed},
    {"subscribed", Happening::subscribed},
    {"unsubscribed", Happening::unsubscribed},
    {"customerUpserted", Happening::customer_upserted},
    {"messageOpened", Happening::message_opened},
    {"messageClicked", Happening::message_clicked},
    {"confirmationWanted", Happening::confirmation_wanted},
}};
constexpr std::array<std::string_view, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                    "thursday", "friday", "saturday"};

Status flow_fault(const std::string& field, std::string message) {
  return {Code::invalid_argument, std::move(message), field};
}

template <class Names>
void read_channels(const Names& names, std::vector<Channel>& out) {
  if (names.empty()) return;
  out.clear();
  for (const std::string& name : names) {
    const Channel channel = name == "sms" ? Channel::sms : Channel::email;
    if (std::find(out.begin(), out.end(), channel) == out.end()) out.push_back(channel);
  }
}

Status read_condition(const std::string& text, const std::string& field, Condition& out) {
  auto condition = Condition::parse(text);
  if (!condition.ok()) return flow_fault(field, condition.status().message());
  out = *std::move(condition);
  return {};
}

Status read_match(const std::string& event, const std::string& where, const std::string& field,
                  EventMatch& out) {
  out.happening = happening_of(event);
  if (out.happening == Happening::none && !event.empty()) {
    // A name in camelCase is meant for the vocabulary; a tracked event's has spaces or capitals.
    const bool ours = event[0] >= 'a' && event[0] <= 'z' && event.find(' ') == std::string::npos &&
                      std::any_of(event.begin(), event.end(), [](char c) { return c < 'a'; });
    if (ours) {
      std::string known;
      for (const auto& [name, happening] : kHappenings)
        known += (known.empty() ? "" : ", ") + std::string(name);
      return flow_fault(field + ".event", "\"" + event + "\" brings nobody in; known are " + known +
                                              ", and names of tracked events");
    }
    out.happening = Happening::tracked;
    out.tracked = event;
  }
  return read_condition(where, field + ".where", out.where);
}

std::uint32_t seconds_from_ms(std::int64_t ms) {
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>((ms + 999) / 1'000, 1, UINT32_MAX / 2));
}

/// Lays steps out one after another.
class FlowCompiler {
 public:
  FlowCompiler(Flow& flow, std::string root) : flow_(flow), root_(std::move(root)) {}

  template <class Steps>
  Status sequence(const Steps& steps, const std::string& field, int depth = 0) {
    if (depth > kDeepestStep) return flow_fault(field, "steps are nested too deeply");
    for (int i = 0; i < steps.size(); ++i) {
      const std::string at = field + "[" + std::to_string(i) + "]";
      if (Status status = step(steps.Get(i), at, depth); !status.ok()) return status;
    }
    return {};
  }
  Status finish() {
    emit(Op::exit);
    return flow_.program.size() > kMostInstructions ? flow_fault(root_, "has too many steps")
                                                    : Status();
  }

 private:
  Instruction& emit(Op op) {
    Instruction& made = flow_.program.emplace_back();
    made.op = op;
    made.number = static_cast<std::uint16_t>(number_);
    return made;
  }
  [[nodiscard]] std::uint16_t here() const {
    return static_cast<std::uint16_t>(flow_.program.size());
  }

  Status step(const v1::Step& step, const std::string& field, int depth) {
    if (step.action_case() == v1::Step::ACTION_NOT_SET) {
      return flow_fault(field,
                        "says nothing to do: delay, until, wait_for, if, split, message, "
                        "webhook or exit");
    }
    if (flow_.program.size() > kMostInstructions) return flow_fault(root_, "has too many steps");
    ++number_;
    if (step.has_delay()) emit(Op::delay).seconds = seconds_from_ms(step.delay());
    if (step.has_exit()) emit(Op::exit);
    if (step.has_webhook()) emit(Op::webhook).url = step.webhook().url();
    if (step.has_until()) return until(step.until(), field);
    if (step.has_message()) return message(step.message(), field);
    if (step.has_if_()) {
      Instruction& made = emit(Op::branch);
      Status status = read_condition(step.if_().when(), field + ".if.when", made.when);
      return status.ok() ? two_ways(step.if_(), field + ".if", depth) : status;
    }
    if (step.has_split()) {
      emit(Op::split).share = step.split().share() / 100;
      return two_ways(step.split(), field + ".split", depth);
    }
    if (step.has_wait_for()) {
      Instruction& made = emit(Op::wait);
      made.seconds = seconds_from_ms(step.wait_for().timeout());
      Status status = read_match(step.wait_for().event(), step.wait_for().where(),
                                 field + ".wait_for", made.match);
      return status.ok() ? two_ways(step.wait_for(), field + ".wait_for", depth) : status;
    }
    return {};
  }
  Status until(const v1::Until& until, const std::string& field) {
    Instruction& made = emit(Op::until);
    made.minute = minute_of_day(until.time());
    if (made.minute == 0xffff) return flow_fault(field + ".until.time", "must be such as 09:30");
    for (std::size_t day = 0; day < kWeekdays.size(); ++day) {
      if (kWeekdays[day] == until.weekday()) made.weekday = static_cast<std::uint8_t>(day);
    }
    return {};
  }
  Status message(const v1::Message& message, const std::string& field) {
    Instruction& made = emit(Op::message);
    made.template_name = message.template_();
    if (made.template_name.empty()) made.template_name = flow_.id;
    made.subject = message.subject();
    made.recommend = message.recommend();
    made.recommend_limit = message.recommend_limit() == 0 ? 3 : message.recommend_limit();
    made.topic = message.topic().empty() ? flow_.id : message.topic();
    made.learned_time =
        !flow_.transactional &&
        (message.send_time().empty() ? flow_.learned_time : message.send_time() == "learned");
    made.send_within_s =
        message.has_send_within() ? seconds_from_ms(message.send_within()) : flow_.send_within_s;
    made.channels = flow_.channels;
    read_channels(message.channels(), made.channels);
    if (Status status = offers(message, made, field + ".message.offers"); !status.ok()) {
      return status;
    }
    if (Status status = variants(message, made, field + ".message.variants"); !status.ok()) {
      return status;
    }
    constexpr std::array<std::pair<std::string_view, Products>, 6> kProducts{
        {{"", Products::none},
         {"none", Products::none},
         {"cart", Products::cart},
         {"viewed", Products::viewed},
         {"bought", Products::bought},
         {"subject", Products::subject}}};
    for (const auto& [name, products] : kProducts) {
      if (name != message.products()) continue;
      made.products = products;
      return {};
    }
    return flow_fault(field + ".message.products", "must be none, cart, viewed, bought or subject");
  }
  static Status offers(const v1::Message& message, Instruction& made, const std::string& field) {
    made.needs_offer = message.without_offer() == "skip";
    for (int i = 0; i < message.offers_size(); ++i) {
      const v1::Offer& given = message.offers(i);
      const std::string at = field + "[" + std::to_string(i) + "]";
      for (const OfferRule& other : made.offers) {
        if (other.name == given.name())
          return flow_fault(at + ".name", "\"" + given.name() + "\" is there already");
      }
      if (given.code().empty() && given.percent() <= 0 && !given.early_access())
        return flow_fault(at, "offers nothing: code, percent or early_access");
      OfferRule& offer = made.offers.emplace_back();
      offer.name = given.name();
      offer.code = given.code();
      offer.percent = given.percent();
      offer.early_access = given.early_access();
      offer.meant_for.assign(given.for_().begin(), given.for_().end());
      offer.not_for.assign(given.not_for().begin(), given.not_for().end());
      Status status = read_condition(given.when(), at + ".when", offer.when);
      if (!status.ok()) return status;
      offer.budget = given.budget().max();
      offer.period_s =
          given.budget().per() > 0 ? seconds_from_ms(given.budget().per()) : 30 * 86'400;
    }
    return {};
  }
  static Status variants(const v1::Message& message, Instruction& made, const std::string& field) {
    if (message.variants_size() == 1)
      return flow_fault(field, "one is no choice: give two or more");
    for (int i = 0; i < message.variants_size(); ++i) {
      const v1::Variant& given = message.variants(i);
      const std::string at = field + "[" + std::to_string(i) + "]";
      for (const VariantText& other : made.variants) {
        if (other.name == given.name()) {
          return flow_fault(at + ".name", "\"" + given.name() + "\" is there already");
        }
      }
      if (given.subject().empty() && given.template_().empty()) {
        return flow_fault(at, "needs a subject or a template that differs");
      }
      made.variants.push_back({given.name(),
                               given.subject().empty() ? made.subject : given.subject(),
                               given.template_().empty() ? made.template_name : given.template_()});
    }
    return {};
  }
  /// then…, jump over else, else…; the instruction before jumps to else.
  template <class Ways>
  Status two_ways(const Ways& ways, const std::string& field, int depth) {
    const std::size_t fork = flow_.program.size() - 1;
    if (Status status = sequence(ways.then(), field + ".then", depth + 1); !status.ok()) {
      return status;
    }
    const std::size_t leap = flow_.program.size();
    emit(Op::jump);
    flow_.program[fork].otherwise = here();
    if (Status status = sequence(ways.else_(), field + ".else", depth + 1); !status.ok()) {
      return status;
    }
    flow_.program[leap].otherwise = here();
    return {};
  }

  Flow& flow_;
  std::string root_;
  unsigned number_ = 0;
};

/// A ready flow with what the merchant changed.
v1::Flow overlaid(const v1::Flow& ready, const v1::Flow& own) {
  v1::Flow flow = ready;
  if (!own.name().empty()) flow.set_name(own.name());
  if (own.has_trigger()) *flow.mutable_trigger() = own.trigger();
  if (!own.filter().empty()) flow.set_filter(own.filter());
  if (!own.goal().empty()) flow.set_goal(own.goal());
  if (own.has_reentry()) flow.set_reentry(own.reentry());
  if (own.has_once()) flow.set_once(own.once());
  if (own.has_restart()) flow.set_restart(own.restart());
  if (own.has_priority()) flow.set_priority(own.priority());
  if (own.has_transactional()) flow.set_transactional(own.transactional());
  if (own.steps_size() > 0) *flow.mutable_steps() = own.steps();
  flow.set_send_time(own.send_time());
  *flow.mutable_channels() = own.channels();
  flow.set_send_within(own.send_within());
  return flow;
}

/// `after`, `subject` and `template` are short for the first steps.
void apply_shorthands(const v1::Flow& own, v1::Flow& flow) {
  if (own.has_after()) {
    if (flow.steps_size() > 0 && flow.steps(0).delay() > 0) {
      flow.mutable_steps(0)->set_delay(own.after());
    } else {
      auto* steps = flow.mutable_steps();
      steps->Add()->set_delay(own.after());
      for (int i = steps->size() - 1; i > 0; --i)
        steps->SwapElements(i, i - 1);
    }
  }
  for (v1::Step& step : *flow.mutable_steps()) {
    if (!step.has_message()) continue;
    if (!own.subject().empty()) step.mutable_message()->set_subject(own.subject());
    if (!own.template_().empty()) step.mutable_message()->set_template_(own.template_());
    if (own.offers_size() > 0) *step.mutable_message()->mutable_offers() = own.offers();
    if (own.variants_size() > 0) *step.mutable_message()->mutable_variants() = own.variants();
    break;
  }
}

/// Segments of the segmentation plugin that say what is foretold.
std::string segment_of_prediction(const std::string& prediction) {
  return prediction == "due_for_refill" ? "due_for_replenishment" : prediction;
}

Status read_date(const v1::Trigger& trigger, const std::string& field, Flow& flow) {
  if (trigger.date().empty()) {
    if (trigger.at().empty() && trigger.days_before() == 0) return {};
    return flow_fault(field + (trigger.at().empty() ? ".days_before" : ".at"),
                      "says when a date's flow begins: it needs `date`, such as date: birthday");
  }
  flow.trigger = TriggerKind::date;
  flow.date = trigger.date();
  flow.minute = minute_of_day(trigger.at().empty() ? "09:00" : trigger.at());
  flow.days_before = trigger.days_before();
  if (flow.minute == 0xffff) return flow_fault(field + ".at", "must be such as 09:30");
  return {};
}

Status read_trigger(const v1::Trigger& trigger, const std::string& field, Flow& flow) {
  const int given = !trigger.event().empty() + !trigger.segment_entered().empty() +
                    !trigger.segment_exited().empty() + trigger.back_in_stock() +
                    (trigger.price_drop() > 0) + !trigger.date().empty() +
                    !trigger.prediction().empty() + trigger.call();
  if (given != 1) {
    return flow_fault(field,
                      "needs one of event, segment_entered, segment_exited, back_in_stock, "
                      "price_drop, date, prediction, call");
  }
  if (trigger.back_in_stock()) flow.trigger = TriggerKind::back_in_stock;
  if (trigger.price_drop() > 0) flow.trigger = TriggerKind::price_drop;
  flow.price_drop = trigger.price_drop() / 100;
  flow.segment = trigger.segment_entered() + segment_of_prediction(trigger.prediction());
  if (!flow.segment.empty()) flow.trigger = TriggerKind::segment_entered;
  if (!trigger.segment_exited().empty()) flow.trigger = TriggerKind::segment_exited;
  flow.segment += trigger.segment_exited();
  if (trigger.call()) flow.trigger = TriggerKind::call;
  if (Status status = read_date(trigger, field, flow); !status.ok()) return status;
  return read_match(trigger.event(), trigger.where(), field, flow.match);
}

/// A flow that its own messages begin would go round for ever.
Status check_circle(const Flow& flow, const std::string& root) {
  const auto has = [&](Op op) {
    return std::any_of(flow.program.begin(), flow.program.end(),
                       [op](const Instruction& one) { return one.op == op; });
  };
  const bool by_message =
      flow.trigger == TriggerKind::event && (flow.match.happening == Happening::message_opened ||
                                             flow.match.happening == Happening::message_clicked);
  const bool by_webhook = flow.trigger == TriggerKind::call && has(Op::webhook);
  if (!(by_message && has(Op::message)) && !by_webhook) return {};
  if (flow.once || flow.reentry_s >= kLeastReentryOfCircleS) return {};
  return flow_fault(root + ".reentry",
                    std::string("what this flow ") +
                        (by_webhook ? "calls could begin it again" : "sends begins it again") +
                        ": say once: true, or reentry: 1h or more");
}

Status read_flow(const v1::Flow& settings, const std::string& root, Flow& flow) {
  flow.name = settings.name().empty() ? flow.id : settings.name();
  if (Status status = read_trigger(settings.trigger(), root + ".trigger", flow); !status.ok()) {
    return status;
  }
  if (Status status = read_condition(settings.filter(), root + ".filter", flow.filter);
      !status.ok()) {
    return status;
  }
  if (Status status = read_match(settings.goal(), "", root + ".goal", flow.goal); !status.ok()) {
    return flow_fault(root + ".goal", status.message());
  }
  flow.once = settings.once();
  flow.restart = settings.restart();
  flow.transactional = settings.transactional();
  flow.migrate = settings.on_change() == "migrate";
  flow.reentry_s = settings.reentry() > 0 ? seconds_from_ms(settings.reentry()) : 0;
  flow.priority = static_cast<std::uint8_t>(settings.has_priority() ? settings.priority() : 50);
  read_channels(settings.channels(), flow.channels);
  flow.learned_time = settings.send_time() == "learned";
  flow.send_within_s =
      settings.send_within() > 0 ? seconds_from_ms(settings.send_within()) : 86'400;
  if (settings.steps_size() == 0) return flow_fault(root + ".steps", "a flow needs steps");
  FlowCompiler compiler(flow, root + ".steps");
  if (Status status = compiler.sequence(settings.steps(), root + ".steps"); !status.ok()) {
    return status;
  }
  if (Status status = compiler.finish(); !status.ok()) return status;
  return check_circle(flow, root);
}

}  // namespace

Happening happening_of(std::string_view name) noexcept {
  for (const auto& [text, happening] : kHappenings) {
    if (text == name) return happening;
  }
  return Happening::none;
}

Result<std::shared_ptr<const Flow>> Flow::make(const std::string& id, const v1::Flow& settings) {
  auto flow = std::make_shared<Flow>();
  flow->id = id;
  const v1::Flow* ready = ready_flow(id);
  flow->ready = ready != nullptr;
  const std::string root = "flows." + id;
  if (ready == nullptr && !settings.has_trigger()) {
    return flow_fault(
        root, "a flow of one's own needs a trigger and steps; ready flows are " + ready_flow_ids());
  }
  v1::Flow whole = ready != nullptr ? overlaid(*ready, settings) : settings;
  apply_shorthands(settings, whole);
  whole.clear_after();
  whole.clear_subject();
  whole.clear_template_();
  whole.clear_variants();
  whole.clear_offers();
  whole.clear_holdout();
  whole.set_on_change(settings.on_change());
  if (Status status = read_flow(whole, root, *flow); !status.ok()) return status;
  flow->definition = whole.SerializeAsString();
  return std::shared_ptr<const Flow>(std::move(flow));
}

std::shared_ptr<const Flow> Flow::from_definition(const std::string& id, bool ready,
                                                  const std::string& definition) {
  auto flow = std::make_shared<Flow>();
  flow->id = id;
  flow->ready = ready;
  v1::Flow settings;
  if (!settings.ParseFromString(definition) || !read_flow(settings, "flows." + id, *flow).ok()) {
    return nullptr;
  }
  flow->definition = definition;
  return flow;
}

std::string Flow::trigger_words() const {
  std::string words;
  switch (trigger) {
    case TriggerKind::event:
      for (const auto& [event, happening] : kHappenings) {
        if (happening == match.happening) words = event;
      }
      if (match.happening == Happening::tracked) words = match.tracked;
      break;
    case TriggerKind::segment_entered:
      words = "enters the segment " + segment;
      break;
    case TriggerKind::segment_exited:
      words = "leaves the segment " + segment;
      break;
    case TriggerKind::back_in_stock:
      words = "a product is there again";
      break;
    case TriggerKind::price_drop:
      words = "a product costs less";
      break;
    case TriggerKind::date:
      words = std::to_string(std::abs(days_before)) +
              (days_before < 0 ? " days after " : " days before ") + date;
      if (days_before == 0) words = "on " + date;
      break;
    case TriggerKind::call:
      words = "another system calls";
      break;
  }
  return match.where.always() ? words : words + " where " + match.where.text();
}

std::string Flow::words(const Instruction& instruction) {
  const std::string wait = std::to_string(instruction.seconds) + " s";
  switch (instruction.op) {
    case Op::delay:
      return "wait " + wait;
    case Op::until:
      return "wait until " +
             (instruction.weekday < 7 ? std::string(kWeekdays[instruction.weekday]) + " "
                                      : std::string()) +
             (instruction.minute < 600 ? "0" : "") + std::to_string(instruction.minute / 60) + ":" +
             (instruction.minute % 60 < 10 ? "0" : "") + std::to_string(instruction.minute % 60);
    case Op::wait:
      return "wait for an event, " + wait + " at most";
    case Op::branch:
      return "if " + instruction.when.text();
    case Op::split:
      return "split by chance";
    case Op::message:
      return "message " + instruction.template_name;
    case Op::webhook:
      return "webhook";
    case Op::jump:
      return {};
    case Op::exit:
      return "exit";
  }
  return {};
}

}  // namespace souk::email
