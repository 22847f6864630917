// What is known of somebody, in the words of the API.
#include <algorithm>
#include <cmath>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/serve/answers.hpp"
#include "plugins/segmentation/train/train.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kDefaultHorizonDays = 365;

void affinities(const std::vector<Liking>& likings, const Names& names,
                google::protobuf::RepeatedPtrField<souk::v1::Affinity>& out) {
  double sum = 0;
  for (const Liking& liking : likings)
    sum += liking.weight;
  for (const Liking& liking : likings) {
    auto* added = out.Add();
    added->set_name(std::string(names.text(liking.name)));
    added->set_share(sum > 0 ? liking.weight / sum : 0);
  }
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Of things told one by one: more may be said to have come back or been opened than went out.
double part_of_all(double part, double whole) { return std::min(1.0, share(part, whole)); }

void rates(const Facts& f, double orders, souk::v1::CustomerProfile& reply) {
  const auto done = [&](Deed deed) { return double{} + f.deeds[static_cast<std::size_t>(deed)]; };
  reply.set_average_order(share(f.revenue, orders));
  if (f.order_days > 1) reply.set_interval_days(f.gap_days / (f.order_days - 1));
  // A cancelled order was placed with its discount, and after its views.
  const double placed = done(Deed::order_completed);
  reply.set_discount_share(part_of_all(f.discounted_orders, placed));
  reply.set_discount_depth(share(f.discounts, f.listed));
  reply.set_return_rate(part_of_all(f.items_returned, f.items));
  if (f.prices > 0) reply.set_price_level(std::exp(f.price_log_sum / f.prices));
  reply.set_views_before_order(share(f.views_before_orders, placed));
  reply.set_sizes_compared(f.sizes_compared);
  reply.set_message_open_rate(part_of_all(done(Deed::message_opened), done(Deed::message_sent)));
  reply.set_message_click_rate(share(done(Deed::message_clicked), done(Deed::message_sent)));
  reply.set_email_open_rate(part_of_all(f.email_opened, f.email_sent));
  reply.set_email_click_rate(share(f.email_clicked, f.email_sent));
  reply.set_sms_click_rate(share(f.sms_clicked, f.sms_sent));
  reply.set_mobile_share(share(f.mobile, double{} + f.mobile + f.desktop));
}

void times(const Facts& f, souk::v1::CustomerProfile& reply) {
  if (f.first_seen_s > 0) reply.mutable_first_seen_at()->set_seconds(f.first_seen_s);
  if (f.last_seen_s > 0) reply.mutable_last_seen_at()->set_seconds(f.last_seen_s);
  if (f.first_order_s > 0) reply.mutable_first_order_at()->set_seconds(f.first_order_s);
  if (f.last_order_s > 0) reply.mutable_last_order_at()->set_seconds(f.last_order_s);
}

void put_estimate(const Range& range, souk::v1::Estimate& estimate) {
  estimate.set_value(range.value);
  estimate.set_low(range.low);
  estimate.set_high(range.high);
}

/// Who leaves, by what was learned of those who left, and why.
void fill_learned_churn(const ValueModels::Leaving& leaving, souk::v1::CustomerPrediction& out) {
  put_estimate(leaving.risk, *out.mutable_churn());
  const bool subscriber = leaving.by->kind() == ChurnKind::subscriber;
  out.set_churn_model(subscriber ? "logistic_subscription" : "logistic");
  if (!leaving.by->model().out_of_time) {
    out.set_churn_note(
        "calibrated on people of the same time as those learned from: too few are known over two "
        "horizons yet");
  }
}

/// The same by the model of purchases alone.
void fill_churn_of_silence(const Range& risk, souk::v1::CustomerPrediction& out) {
  put_estimate(risk, *out.mutable_churn());
  out.set_churn_model("pareto_nbd");
  out.set_churn_note(
      "too few who stayed and who left over a whole horizon are known, or they are foretold no "
      "better by more: the model of purchases decides alone");
}

/// Who leaves, by whichever model says most of this subject; of subscribers without orders too.
/// False when none does.
bool fill_churn(const ValueModels& models, const Subject& subject, std::uint32_t now_s,
                double churn_horizon_s, souk::v1::CustomerPrediction& out) {
  const Facts& facts = *subject.facts;
  const auto leaving = models.leaving(subject, now_s);
  const bool learned = leaving && leaving->by != nullptr;
  const auto customer = models.trained() ? summary_of(facts, now_s) : std::nullopt;
  if (!learned && !customer) return false;
  if (learned) {
    fill_learned_churn(*leaving, out);
  } else {
    fill_churn_of_silence(models.silent_range(*customer, churn_horizon_s), out);
  }
  const double risk = out.churn().value();
  out.set_churn_risk(risk);
  out.set_churn_level(risk < 0.33 ? "low" : risk < 0.66 ? "medium" : "high");
  if (customer) {
    const auto days = [](double weeks) { return std::to_string(std::lround(weeks * 7)) + " days"; };
    out.add_churn_reasons("last order " + days(customer->age - customer->recency) + " ago");
    out.add_churn_reasons(facts.order_days > 1
                              ? "usually orders every " +
                                    days(facts.gap_days / (facts.order_days - 1) / 7)
                              : "ordered on one day only");
  }
  if (!learned) return true;
  for (std::string& reason : leaving->by->reasons(leaving->values, 3))
    out.add_churn_reasons(std::move(reason));
  return true;
}

}  // namespace

std::uint32_t orders_of(const Facts& facts) {
  const std::uint32_t placed = facts.deeds[static_cast<std::size_t>(Deed::order_completed)];
  return placed - std::min(placed, facts.deeds[static_cast<std::size_t>(Deed::order_cancelled)]);
}

bool fill_prediction(const ValueModels& models, const Subject& subject, std::uint32_t now_s,
                     std::uint32_t horizon_days, double churn_horizon_s,
                     souk::v1::CustomerPrediction& out) {
  const Facts& facts = *subject.facts;
  const bool any = fill_churn(models, subject, now_s, churn_horizon_s, out);
  const auto customer = summary_of(facts, now_s);
  if (!customer || !models.trained()) return any;
  const double horizon_s = horizon_days * 86'400.0;
  out.set_horizon_days(horizon_days);
  put_estimate(models.alive(*customer), *out.mutable_alive());
  out.set_likely_orders(models.likely_orders(*customer, horizon_s));
  const Range orders = models.orders(*customer, horizon_s);
  const Range spend = models.order_value(spend_of(facts));
  put_estimate(orders, *out.mutable_orders());
  put_estimate(spend, *out.mutable_order_value());
  put_estimate({orders.value * spend.value, orders.low * spend.low, orders.high * spend.high},
               *out.mutable_value());
  if (const auto next = models.next_order_s(*customer)) {
    out.mutable_next_order_at()->set_seconds(static_cast<std::int64_t>(now_s + *next));
  }
  const Predictions predictions = models.predict(subject, now_s);
  out.set_value_percentile(predictions.value_percentile);
  out.set_discount_sensitivity(predictions.discount_sensitivity);
  out.set_model("pareto_nbd+gamma_gamma");
  out.set_note(models.note());
  return true;
}

void fill_memberships(const Person& person, const Known& known, const Surroundings& world,
                      bool brief,
                      google::protobuf::RepeatedPtrField<souk::v1::SegmentMembership>& out) {
  std::vector<std::uint32_t> numbers;
  Subject subject = person.view(numbers);
  subject.world = &world;
  subject.predictor = known.models.get();
  for (const std::uint32_t place : known.book->listed()) {
    const Segment& segment = known.book->decided()[place];
    const auto membership =
        std::find_if(person.segments.begin(), person.segments.end(),
                     [&](const Membership& member) { return member.segment == segment.number; });
    if (membership == person.segments.end()) continue;
    auto* added = out.Add();
    added->set_segment_id(segment.id);
    added->set_name(segment.name);
    added->mutable_entered_at()->set_seconds(membership->since_s);
    if (brief) continue;
    for (std::string& reason : reasons(segment.condition, subject, known.now_s))
      added->add_evidence(std::move(reason));
  }
}

Status Segmentation::profile_of(SubjectKind kind, const souk::v1::ProfileRequest& request,
                                souk::v1::CustomerProfile& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  Person person;
  if (!known->people.read(request.id(), kind, person)) {
    return {Code::not_found, "nothing is known of \"" + request.id() + "\"", "id"};
  }
  const Facts& facts = person.facts;
  reply.set_id(person.id);
  reply.set_kind(kind == SubjectKind::account ? "account"
                 : person.identified          ? "customer"
                                              : "visitor");
  times(facts, reply);
  const std::uint32_t orders = orders_of(facts);
  reply.set_visits(facts.visits);
  reply.set_orders(orders);
  reply.set_revenue(facts.revenue);
  rates(facts, orders, reply);
  for (const std::uint16_t month : facts.order_months)
    reply.add_order_months(month);
  affinities(person.categories, names_, *reply.mutable_categories());
  affinities(person.brands, names_, *reply.mutable_brands());
  affinities(person.sizes, names_, *reply.mutable_sizes());
  affinities(person.sources, names_, *reply.mutable_sources());
  reply.set_account_id(std::string(names_.text(person.account)));
  reply.set_account_role(std::string(names_.text(person.role)));
  for (std::size_t deed = 1; deed < kDeeds; ++deed) {
    if (facts.deeds[deed] == 0) continue;
    (*reply.mutable_deeds())[std::string(name_of(static_cast<Deed>(deed)))] = facts.deeds[deed];
  }
  fill_memberships(person, *known, world_, false, *reply.mutable_segments());
  const std::uint32_t horizon =
      request.has_horizon_days() ? request.horizon_days() : kDefaultHorizonDays;
  const double churn_s = static_cast<double>(settings()->churn_horizon()) / 1'000;
  souk::v1::CustomerPrediction prediction;
  std::vector<std::uint32_t> numbers;
  if (fill_prediction(*known->models, person.view(numbers), known->now_s, horizon, churn_s,
                      prediction)) {
    if (kind == SubjectKind::person) {
      fill_uplifts(*known->models, person.view(numbers), known->now_s, prediction);
    }
    *reply.mutable_prediction() = prediction;
  }
  for (const std::string& id : person.merged)
    reply.add_merged_ids(id);
  for (const JoinedPart& part : person.parts)
    reply.add_separable_ids(part.id);
  const auto number = known->people.number_of(request.id(), kind);
  reply.set_in_ad_audiences(number && !known->audiences.people.find(*number).empty());
  reply.set_subscriptions(facts.subscriptions);
  return {};
}

Status Segmentation::profile(const souk::v1::ProfileRequest& request, const CallInfo&,
                             souk::v1::CustomerProfile& reply) {
  return profile_of(SubjectKind::person, request, reply);
}

Status Segmentation::account_profile(const souk::v1::ProfileRequest& request, const CallInfo&,
                                     souk::v1::CustomerProfile& reply) {
  return profile_of(SubjectKind::account, request, reply);
}

Status Segmentation::predict_value(const souk::v1::PredictValueRequest& request, const CallInfo&,
                                   souk::v1::PredictValueReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const std::uint32_t horizon =
      request.has_horizon_days() ? request.horizon_days() : kDefaultHorizonDays;
  const std::uint32_t now_s = request.has_time()
                                  ? static_cast<std::uint32_t>(std::clamp<std::int64_t>(
                                        request.time().seconds(), 0, UINT32_MAX))
                                  : known->now_s;
  const double churn_s = static_cast<double>(settings()->churn_horizon()) / 1'000;
  std::optional<ValueModels> fitted;
  if (request.fit()) {
    fitted =
        fit_on(known->people, now_s, {.churn_horizon_s = churn_s, .level_horizon_days = horizon},
               [](double) { return true; });
    fitted->fitted_at_us = std::int64_t{now_s} * 1'000'000;
  }
  const ValueModels& models = fitted ? *fitted : *known->models;
  Person person;
  std::vector<std::uint32_t> numbers;
  for (const std::string& id : request.ids()) {
    auto* customer = reply.add_customers();
    customer->set_id(id);
    souk::v1::CustomerPrediction prediction;
    if (known->people.read(id, SubjectKind::person, person) &&
        fill_prediction(models, person.view(numbers), now_s, horizon, churn_s, prediction)) {
      *customer->mutable_prediction() = prediction;
    }
  }
  models.describe(reply);
  return {};
}

}  // namespace souk::segmentation
