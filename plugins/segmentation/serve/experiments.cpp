// What experiments changed, for all and for whom.
#include <algorithm>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/serve/answers.hpp"
#include "plugins/segmentation/train/train.hpp"

namespace souk::segmentation {
namespace {

void put_change(const Change& change, souk::v1::Estimate& estimate) {
  estimate.set_value(change.value);
  estimate.set_low(change.low);
  estimate.set_high(change.high);
}

const Experiment* learned_of(const Known& known, std::string_view id) {
  const auto found = known.models->experiments.find(id);
  return found == known.models->experiments.end() ? nullptr : found->second.found.get();
}

/// The experiment of this id; of none that was learned from most people, else met last. Null: none.
const MetExperiment* met_of(const Known& known, const Names& names, const std::string& id) {
  const MetExperiment* found = nullptr;
  const auto rank = [&](const MetExperiment& met) {
    const Experiment* learned = learned_of(known, names.text(met.id));
    return std::pair(learned == nullptr ? 0 : learned->people(), met.last_s);
  };
  for (const MetExperiment& met : *known.experiments) {
    if (!id.empty() && names.text(met.id) != id) continue;
    if (found == nullptr || rank(met) > rank(*found)) found = &met;
  }
  return found;
}

Status nobody_met(const std::string& id) {
  return {Code::not_found,
          id.empty() ? std::string("nobody met an experiment yet: send experimentExposed events")
                     : "nobody met an experiment \"" + id + "\"; GET /v1/experiments lists them",
          "experiment_id"};
}

/// Why nothing was learned of an experiment yet.
std::string lack_of(const MetExperiment& met, const Names& names, const v1::Experiments& settings) {
  const std::uint64_t fewest =
      settings.has_min_people() ? settings.min_people() : kDefaultExperimentPeople;
  const std::int64_t window_days =
      (settings.has_window() ? settings.window() / 1'000 : kDefaultExperimentWindowS) / 86'400;
  if (met.variants.size() < 2) {
    return "too little data: only \"" + std::string(names.text(met.variants.front().name)) +
           "\" was met, there is nothing to compare it with";
  }
  std::string out = "too little data: of each variant " + std::to_string(fewest) +
                    " people are needed whose " + std::to_string(window_days) +
                    " days are over, and some orders of theirs; met so far:";
  for (const MetVariant& variant : met.variants) {
    out += (&variant == met.variants.data() ? " " : ", ") + std::to_string(variant.people) + " \"" +
           std::string(names.text(variant.name)) + "\"";
  }
  return out;
}

void fill_arm(const Experiment::Arm& arm, souk::v1::ArmReport& out) {
  const auto people = static_cast<double>(std::max<std::uint64_t>(1, arm.people));
  out.set_people(arm.people);
  out.set_ordered(static_cast<double>(arm.ordered) / people);
  out.set_revenue(arm.revenue / people);
  if (!arm.learned) return;
  put_change(arm.effect, *out.mutable_effect());
  put_change(arm.qini, *out.mutable_qini());
  for (std::string& reason : Experiment::reasons(arm, 3))
    out.add_reasons(std::move(reason));
}

void fill_policies(const Experiment::Arm& arm, souk::v1::UpliftReportReply& reply) {
  const auto add = [&](const char* name, const Experiment::Policy& policy) {
    auto* added = reply.add_policies();
    added->set_policy(name);
    if (policy.treated > 0) added->set_variant(arm.variant);
    added->set_treated(policy.treated);
    put_change(policy.ordered, *added->mutable_ordered());
  };
  if (reply.policies_size() == 0) add("nobody", arm.nobody);
  add("everybody", arm.everybody);
  add("who gains", arm.gainers);
}

}  // namespace

void fill_uplifts(const ValueModels& models, const Subject& subject, std::uint32_t now_s,
                  souk::v1::CustomerPrediction& out) {
  constexpr std::size_t kMostShown = 8;
  const auto values = models.experiments.empty() ? std::nullopt : uplift_values(subject, now_s);
  if (!values) return;
  std::vector<const Experiment*> shown;
  for (const auto& [id, learned] : models.experiments)
    shown.push_back(learned.found.get());
  std::stable_sort(shown.begin(), shown.end(), [](const Experiment* a, const Experiment* b) {
    return a->people() > b->people();
  });
  shown.resize(std::min(shown.size(), kMostShown));
  for (const Experiment* experiment : shown) {
    for (const Experiment::Arm& arm : experiment->arms()) {
      if (!arm.learned) continue;
      const Change change = experiment->change(arm, *values);
      auto* added = out.add_uplifts();
      added->set_experiment_id(experiment->id());
      added->set_variant(arm.variant);
      put_change(change, *added->mutable_uplift());
      added->set_percentile(Experiment::percentile(arm, change.value));
    }
  }
}

Status Segmentation::predict_uplift(const souk::v1::PredictUpliftRequest& request, const CallInfo&,
                                    souk::v1::PredictUpliftReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const MetExperiment* met = met_of(*known, names_, request.experiment_id());
  if (met == nullptr) return nobody_met(request.experiment_id());
  reply.set_experiment_id(std::string(names_.text(met->id)));
  const Experiment* experiment = learned_of(*known, reply.experiment_id());
  for (const std::string& id : request.ids())
    reply.add_customers()->set_id(id);
  if (experiment == nullptr) {
    reply.set_note(lack_of(*met, names_, settings()->experiments()));
    return {};
  }
  const Experiment::Arm* arm = experiment->arm(request.variant());
  if (arm == nullptr) {
    std::string there;
    for (const Experiment::Arm& one : experiment->arms())
      if (one.learned) there += (there.empty() ? "\"" : ", \"") + one.variant + "\"";
    return {Code::not_found,
            "of \"" + request.variant() + "\" nothing is learned; what is learned: " + there,
            "variant"};
  }
  reply.set_variant(arm->variant);
  reply.set_note(experiment->note());
  Person person;
  std::vector<std::uint32_t> numbers;
  for (auto& customer : *reply.mutable_customers()) {
    std::optional<UpliftValues> values;
    if (known->people.read(customer.id(), SubjectKind::person, person)) {
      values = uplift_values(person.view(numbers), known->now_s);
    }
    const Change change = values ? experiment->change(*arm, *values) : arm->effect;
    put_change(change, *customer.mutable_uplift());
    customer.set_percentile(Experiment::percentile(*arm, change.value));
    customer.set_treat(change.value > reply.threshold());
  }
  return {};
}

Status Segmentation::uplift_report(const souk::v1::UpliftReportRequest& request, const CallInfo&,
                                   souk::v1::UpliftReportReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const MetExperiment* met = met_of(*known, names_, request.experiment_id());
  if (met == nullptr) return nobody_met(request.experiment_id());
  const auto settings_now = settings();
  const auto& own = settings_now->experiments();
  reply.set_experiment_id(request.experiment_id());
  const Experiment* experiment = learned_of(*known, request.experiment_id());
  const std::uint32_t window_s = experiment != nullptr ? experiment->window_s()
                                 : own.has_window()
                                     ? static_cast<std::uint32_t>(own.window() / 1'000)
                                     : kDefaultExperimentWindowS;
  reply.set_horizon_days((window_s + 86'399) / 86'400);
  for (const std::string& variant : variants_of(*met, names_, own)) {
    auto* arm = reply.add_arms();
    arm->set_variant(variant);
    for (const MetVariant& one : met->variants)
      if (names_.text(one.name) == variant) arm->set_met(one.people);
    if (experiment == nullptr) continue;
    for (const Experiment::Arm& learned : experiment->arms())
      if (learned.variant == variant) fill_arm(learned, *arm);
  }
  reply.set_control(reply.arms(0).variant());
  if (experiment == nullptr) {
    reply.set_note(lack_of(*met, names_, own));
    return {};
  }
  reply.set_control(experiment->arms().front().variant);
  for (const Experiment::Arm& arm : experiment->arms())
    if (arm.learned) fill_policies(arm, reply);
  reply.set_note(experiment->note());
  const std::int64_t at_us = known->models->experiments.find(request.experiment_id())->second.at_us;
  reply.mutable_learned_at()->set_seconds(at_us / 1'000'000);
  return {};
}

Status Segmentation::list_experiments(const souk::v1::ListExperimentsRequest&, const CallInfo&,
                                      souk::v1::ListExperimentsReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const auto settings_now = settings();
  const auto& own = settings_now->experiments();
  std::vector<const MetExperiment*> order;
  for (const MetExperiment& met : *known->experiments)
    order.push_back(&met);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->last_s > b->last_s; });
  for (const MetExperiment* met : order) {
    auto* added = reply.add_experiments();
    added->set_id(std::string(names_.text(met->id)));
    std::uint64_t people = 0;
    for (const MetVariant& variant : met->variants)
      people += variant.people;
    added->set_met(people);
    for (std::string& variant : variants_of(*met, names_, own))
      added->add_variants(std::move(variant));
    added->mutable_first_met_at()->set_seconds(met->first_s);
    added->mutable_last_met_at()->set_seconds(met->last_s);
    const Experiment* experiment = learned_of(*known, added->id());
    added->set_learned(experiment != nullptr);
    added->set_note(experiment != nullptr ? experiment->note() : lack_of(*met, names_, own));
  }
  return {};
}

}  // namespace souk::segmentation
