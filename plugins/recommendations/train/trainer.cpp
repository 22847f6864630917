#include "plugins/recommendations/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <new>

namespace souk::recommendations {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The parameters are chosen on so many items: a fit of these takes a hundredth of one of 10,000.
constexpr std::uint32_t kColumnsToChooseOn = 2'000;
// Of the budget, and at most so long.
constexpr double kShareToChoose = 0.2;
constexpr double kMostToChooseS = 30;
constexpr std::uint32_t kFewestItems = 2;

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

}  // namespace

std::string_view name_of(TrainedModel::Method method) {
  switch (method) {
    case TrainedModel::Method::item_linear:
      return "item_linear";
  }
  return "unknown";
}

void TrainedModel::predict(std::span<const ItemId> history, std::size_t k,
                           ItemWeightsScratch& scratch, std::vector<Candidate>& out) const {
  weights->predict(history, k, scratch, out);
}

std::uint32_t most_closed_form_items(const TrainingLimits& limits, std::size_t cells) {
  std::uint32_t items = limits.closed_form_items;
  while (items > kFewestItems &&
         bytes_to_fit(items, cells, limits.widest) + cells * 8 > limits.memory_bytes) {
    items -= items / 16 + 1;
  }
  return items;
}

Result<std::shared_ptr<TrainedModel>> train(const Interactions& interactions,
                                            const TrainingLimits& limits,
                                            const TrainedModel* previous,
                                            const std::function<bool()>& cancelled,
                                            const std::function<void(double)>& progress) {
  const auto start = SteadyClock::now();
  static_cast<void>(previous);
  const auto tell = [&](double share) {
    if (progress) progress(share);
  };
  try {
    auto made = std::make_shared<TrainedModel>();
    Crew crew(limits.threads, cancelled);
    TrainingReport& report = made->report;
    report.observed = interactions.observed();
    TrainingData data;
    {
      std::vector<Interaction> copy;
      interactions.copy(copy);
      TrainingRules rules;
      rules.max_items = most_closed_form_items(limits, copy.size());
      data = make_training_data(copy, rules, crew);
    }
    if (crew.cancelled()) return Status(Code::cancelled, "the training was cancelled");
    if (data.columns() < kFewestItems || data.cells() == 0) {
      return Status(Code::failed_precondition, "too few products have interactions to learn from");
    }
    tell(0.05);
    report.interactions = data.interactions;
    report.people = data.people.rows();
    report.items = data.columns();

    const double to_choose = std::min(limits.budget_s * kShareToChoose, kMostToChooseS);
    const ItemLinearChoice choice = choose_item_linear(data, kColumnsToChooseOn, crew,
                                                       [&] { return since(start) > to_choose; });
    made->parameters = choice.parameters;
    report.ndcg = choice.ndcg;
    tell(0.2);
    auto weights = fit_item_linear(data, choice.parameters, limits.widest, crew,
                                   [&](double share) { tell(0.2 + 0.75 * share); });
    if (!weights) return weights.status();
    made->weights = std::move(*weights);
    report.seconds = since(start);
    tell(1);
    return made;
  } catch (const std::bad_alloc&) {
    return Status(Code::resource_exhausted, "no memory for the training");
  }
}

}  // namespace souk::recommendations
