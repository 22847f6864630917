// Everybody's purchases → models of value. The result is an event: what the models decide is the
// same whether the log is lived or read again.
#include "plugins/segmentation/train/train.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {

std::optional<ValueModels> fit_on(const PeopleView& people, std::uint32_t now_s,
                                  const ValueModels::Options& options,
                                  const std::function<bool(double)>& go_on) {
  ValueModels::Customers all;
  all.today = static_cast<std::int32_t>(now_s / 86'400);
  // A hundred thousand show how the whole behaves when it is looked back at.
  constexpr std::uint32_t kMostLookedBackAt = 100'000;
  const std::uint32_t stride = 1 + people.size / kMostLookedBackAt;
  Person person;
  std::vector<std::uint32_t> segments;
  for (std::uint32_t number = 0; number < people.numbers; ++number) {
    if (number % 4'096 == 0 && !go_on(0.5 * number / people.numbers)) return std::nullopt;
    if (!people.read(number, person) || person.kind != SubjectKind::person) continue;
    const auto summary = summary_of(person.facts, now_s);
    if (!summary) continue;
    all.purchases.push_back(*summary);
    all.spends.push_back(spend_of(person.facts));
    all.revenue += std::max(0.0, person.facts.revenue);
    all.orders += person.facts.deeds[static_cast<std::size_t>(Deed::order_completed)];
    if (number % stride == 0) all.days.push_back(order_days_of(person.view(segments)));
  }
  if (all.purchases.empty()) return ValueModels();
  return ValueModels::fit(all, options);
}

std::optional<DiscoveredGroups> discover_in(const PeopleView& people, std::uint32_t now_s,
                                            const DiscoveredGroups::Options& options,
                                            const DiscoveredGroups* before,
                                            const std::function<bool(double)>& go_on) {
  // Some more than are learned from, as not everybody has ordered.
  const auto stride =
      static_cast<std::uint32_t>(1 + people.size / (8 * DiscoveredGroups::kMostLearnedFrom));
  std::vector<BehaviourValues> customers;
  Person person;
  std::vector<std::uint32_t> segments;
  for (std::uint32_t number = 0; number < people.numbers; number += stride) {
    if (number % 4'096 == 0 && !go_on(0.5 + 0.3 * number / people.numbers)) return std::nullopt;
    if (!people.read(number, person) || person.kind != SubjectKind::person) continue;
    if (person.facts.order_days == 0) continue;
    customers.push_back(behaviour_of(person.view(segments), now_s));
  }
  return DiscoveredGroups::learn(customers, options, before);
}

namespace {

/// How many groups the settings ask for; nothing when they are off.
std::optional<DiscoveredGroups::Options> discovery_options(const v1::Settings& settings) {
  DiscoveredGroups::Options options;
  const std::string& asked = settings.discovered().segments();
  if (asked == "off") return std::nullopt;
  if (asked.empty() || asked == "auto") return options;
  options.fewest = options.most = static_cast<unsigned>(std::stoul(asked));
  return options;
}

}  // namespace

/// The job: each model is told as soon as it is there.
Status Segmentation::learn(souk::Job& job) {
  const auto known = known_.read();
  if (!known) return {};
  const auto settings_now = settings();
  const auto go_on = [&](double fraction) {
    job.progress(fraction);
    return !job.cancelled();
  };
  const Status stopped{Code::cancelled, "the training was cancelled"};
  const double horizon_s = static_cast<double>(settings_now->churn_horizon()) / 1'000;
  const auto models = fit_on(known->people, known->now_s, {.churn_horizon_s = horizon_s}, go_on);
  if (!models) return stopped;
  if (models->trained()) {
    souk::v1::ModelTrained event;
    models->write(event);
    if (Status status = Plugin::publish(event); !status.ok()) return status;
  }

  for (const ShopChurn& churn :
       learn_churn_in(known->people, known->now_s, *models,
                      static_cast<std::uint32_t>(std::min(horizon_s, 4e9)), go_on)) {
    souk::v1::ModelTrained left;
    write_churn(churn, left);
    if (Status status = Plugin::publish(left); !status.ok()) return status;
  }
  if (job.cancelled()) return stopped;
  if (Status status = learn_uplift(*known, *settings_now, job); !status.ok()) return status;

  const auto& discovered = settings_now->discovered();
  const std::uint64_t fewest = discovered.has_min_customers() ? discovered.min_customers() : 50;
  const auto options = discovery_options(*settings_now);
  if (!options || models->customers() < fewest) return {};
  const auto groups =
      discover_in(known->people, known->now_s, *options, known->models->discovered.get(), go_on);
  if (!groups) return stopped;
  souk::v1::ModelTrained told;
  write_discovered(*groups, told);
  return Plugin::publish(told);
}

Status Segmentation::learn_uplift(const Known& known, const v1::Settings& settings_now,
                                  souk::Job& job) {
  const auto& own = settings_now.experiments();
  const ExperimentTask task{
      .now_s = known.now_s,
      .window_s = own.has_window() ? static_cast<std::uint32_t>(own.window() / 1'000)
                                   : kDefaultExperimentWindowS,
      .fewest = own.has_min_people() ? own.min_people() : kDefaultExperimentPeople,
      .settings = own,
      .learned = known.models->experiments};
  const auto go_on = [&](double) { return !job.cancelled(); };
  for (const Experiment& experiment :
       learn_experiments_in(known.people, *known.experiments, names_, task, go_on)) {
    souk::v1::ModelTrained told;
    write_experiment(experiment, told);
    if (Status status = Plugin::publish(told); !status.ok()) return status;
  }
  return job.cancelled() ? Status(Code::cancelled, "the training was cancelled") : Status();
}

/// Begins a training in the background; one at a time.
void Segmentation::train() {
  if (training_.exchange(true)) return;
  const Status status = run_job("train", [this](souk::Job job) -> Status {
    struct Ended {
      std::atomic<bool>& training;
      ~Ended() { training.store(false); }
    } ended{training_};
    return learn(job);
  });
  if (!status.ok()) training_.store(false);
}

void write_discovered(const DiscoveredGroups& groups, souk::v1::ModelTrained& event) {
  event.set_model(std::string(kDiscoveredModel));
  event.set_rows(groups.customers());
  event.set_fit(groups.silhouette());
  event.set_regular(!groups.groups().empty());
  event.set_data(groups.bytes());
}

void Segmentation::on(const souk::v1::ModelTrained& event, const EventInfo& info) {
  folded(info);
  auto models = std::make_shared<ValueModels>(*models_);
  if (event.model() == kDiscoveredModel) {
    auto groups = std::make_shared<DiscoveredGroups>();
    if (!groups->read(event.data())) return;
    models->discovered = std::move(groups);
    models_ = std::move(models);
    // The settings were good before; what is new can't be at fault.
    (void)make_book();
  } else if (event.model() == kChurnModel) {
    auto churn = std::make_shared<ShopChurn>();
    if (!churn->read(event.data())) return;
    models->churn[static_cast<std::size_t>(churn->kind())] = std::move(churn);
    models_ = std::move(models);
  } else if (event.model() == kUpliftModel) {
    Experiment experiment;
    if (!experiment.read(event.data())) return;
    models->add(std::move(experiment), info.received_us());
    models_ = std::move(models);
  } else {
    models->fitted_at_us = info.received_us();
    if (!models->read(event)) return;
    models_ = std::move(models);
  }
  sweep_at_ = 0;  // predictions moved: everybody is decided again
  changed_ = true;
}

}  // namespace souk::segmentation
