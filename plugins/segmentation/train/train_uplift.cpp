// Who met which variant, and what came of it → what each experiment changes for whom.
#include <algorithm>
#include <unordered_map>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/train/train.hpp"

namespace souk::segmentation {
namespace {

constexpr std::array<std::string_view, 6> kUsualControls{"control",  "holdout",  "none",
                                                         "baseline", "original", "off"};

bool stands_for_nothing(std::string_view variant, const v1::Experiments& settings) {
  if (settings.controls_size() == 0) {
    return std::find(kUsualControls.begin(), kUsualControls.end(), variant) != kUsualControls.end();
  }
  return std::find(settings.controls().begin(), settings.controls().end(), variant) !=
         settings.controls().end();
}

/// Of one experiment: which variant is which arm, and everybody whose window is over.
struct Gathered {
  std::unordered_map<NameId, std::uint32_t> arms;
  std::vector<std::string> variants;
  std::vector<Experiment::Row> rows;
};

/// Of several meetings, by visitors who became one person, the first counts.
void gather(const Person& person, std::uint32_t over_by_s,
            std::unordered_map<NameId, Gathered>& all) {
  for (const Exposure& exposure : person.exposures) {
    const bool first =
        std::none_of(person.exposures.begin(), person.exposures.end(), [&](const Exposure& other) {
          return other.experiment == exposure.experiment && &other != &exposure &&
                 (other.at_s < exposure.at_s ||
                  (other.at_s == exposure.at_s && &other < &exposure));
        });
    if (!first || exposure.at_s > over_by_s) continue;
    const auto found = all.find(exposure.experiment);
    if (found == all.end()) continue;
    const auto arm = found->second.arms.find(exposure.variant);
    if (arm == found->second.arms.end()) continue;
    found->second.rows.push_back({arm->second, exposure.orders > 0, exposure.met_another != 0,
                                  exposure.revenue, exposure.before});
  }
}

}  // namespace

std::vector<std::string> variants_of(const MetExperiment& met, const Names& names,
                                     const v1::Experiments& settings) {
  std::vector<std::string> out;
  for (const MetVariant& variant : met.variants)
    out.emplace_back(names.text(variant.name));
  std::sort(out.begin(), out.end());
  const auto control = std::find_if(out.begin(), out.end(), [&](const std::string& name) {
    return stands_for_nothing(name, settings);
  });
  if (control != out.end()) std::rotate(out.begin(), control, control + 1);
  return out;
}

std::vector<Experiment> learn_experiments_in(const PeopleView& people,
                                             const std::vector<MetExperiment>& met,
                                             const Names& names, const ExperimentTask& task,
                                             const std::function<bool(double)>& go_on) {
  std::vector<Experiment> out;
  if (met.empty() || task.now_s <= task.window_s) return out;
  std::unordered_map<NameId, Gathered> all;
  for (const MetExperiment& experiment : met) {
    Gathered& gathered = all[experiment.id];
    gathered.variants = variants_of(experiment, names, task.settings);
    for (const MetVariant& variant : experiment.variants) {
      const auto place =
          std::find(gathered.variants.begin(), gathered.variants.end(), names.text(variant.name));
      gathered.arms[variant.name] = static_cast<std::uint32_t>(place - gathered.variants.begin());
    }
  }
  Person person;
  for (std::uint32_t number = 0; number < people.numbers; ++number) {
    if (number % 4'096 == 0 && !go_on(0.95 * number / people.numbers)) return out;
    if (people.read(number, person)) gather(person, task.now_s - task.window_s, all);
  }
  // Those met last first, as there is a bound.
  std::vector<const MetExperiment*> order;
  for (const MetExperiment& experiment : met)
    order.push_back(&experiment);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->last_s > b->last_s; });
  for (const MetExperiment* experiment : order) {
    if (out.size() == ValueModels::kMostExperiments || !go_on(0.95)) break;
    Gathered& gathered = all[experiment->id];
    const std::string id(names.text(experiment->id));
    const auto learned = task.learned.find(id);
    // What hardly grew since it was learned says the same again.
    const bool same = learned != task.learned.end() &&
                      learned->second->window_s() == task.window_s &&
                      learned->second->arms().front().variant == gathered.variants.front() &&
                      static_cast<double>(gathered.rows.size()) <
                          1.02 * static_cast<double>(learned->second->people());
    if (same) continue;
    auto made = Experiment::learn(id, std::move(gathered.variants), gathered.rows, task.window_s,
                                  task.fewest);
    if (made) out.push_back(*std::move(made));
  }
  return out;
}

void write_experiment(const Experiment& experiment, souk::v1::ModelTrained& event) {
  event.set_model(std::string(kUpliftModel));
  event.set_rows(experiment.people());
  const Experiment::Arm* best = experiment.arm({});
  event.set_fit(best == nullptr ? 0 : best->qini.value);
  event.set_regular(best != nullptr && best->model.regular);
  event.set_data(experiment.bytes());
}

}  // namespace souk::segmentation
