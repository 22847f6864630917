#include "plugins/recommendations/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <unordered_map>

#include "plugins/recommendations/model/factor_weights.hpp"

namespace souk::recommendations {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The parameters are chosen on so many items: a fit of these takes a hundredth of one of 10,000.
constexpr std::uint32_t kColumnsToChooseOn = 2'000;
// Of the budget, and at most so long.
constexpr double kShareToChoose = 0.2;
constexpr double kMostToChooseS = 30;
constexpr std::uint32_t kFewestItems = 2;
constexpr const char* kCancelled = "the training was cancelled";

// Factors settle within so many iterations, and sooner from former ones.
constexpr int kIterations = 12;
constexpr int kIterationsFromFormer = 4;
// What the unobserved weigh altogether against what a person has: α₀|I| = 16 |S|, as the best
// published α₀ of two public data sets have in common (0.1 and 0.02; Rendle et al. 2022, table 2).
constexpr double kUnobservedMass = 16;

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

/// One training, step by step.
class Training {
 public:
  Training(const TrainingLimits& limits, const TrainedModel* previous,
           const std::function<bool()>& cancelled, const std::function<void(double)>& progress)
      : limits_(limits),
        previous_(previous),
        progress_(progress),
        crew_(limits.threads, cancelled),
        made_(std::make_shared<TrainedModel>()) {}

  Result<std::shared_ptr<TrainedModel>> run(const Interactions& interactions) {
    TrainingReport& report = made_->report;
    report.observed = interactions.observed();
    take(interactions);
    if (crew_.cancelled()) return Status(Code::cancelled, kCancelled);
    if (data_.columns() < kFewestItems || data_.cells() == 0) {
      return Status(Code::failed_precondition, "too few products have interactions to learn from");
    }
    tell(0.05);
    report.interactions = data_.interactions;
    const std::uint32_t all = data_.columns();
    const std::uint32_t most = most_closed_form_items(limits_, data_.cells());
    const bool closed =
        all <= most || share_of_most_popular(data_, most) >= limits_.share_for_closed_form;
    if (closed) keep_most_popular(data_, most);
    report.people = data_.people.rows();
    report.items = data_.columns();
    report.items_left_out = all - report.items;
    const Status status = closed ? fit_closed_form() : fit_factors();
    if (!status.ok()) return status;
    report.seconds = since(start_);
    tell(1);
    return std::move(made_);
  }

 private:
  void tell(double share) const {
    if (progress_) progress_(share);
  }

  void take(const Interactions& interactions) {
    std::vector<Interaction> copy;
    interactions.copy(copy);
    TrainingRules rules;
    rules.max_items = limits_.max_items;
    data_ = make_training_data(copy, rules, crew_);
  }

  Status fit_closed_form() {
    const double to_choose = std::min(limits_.budget_s * kShareToChoose, kMostToChooseS);
    const ItemLinearChoice choice = choose_item_linear(data_, kColumnsToChooseOn, crew_,
                                                       [&] { return since(start_) > to_choose; });
    if (crew_.cancelled()) return Status(Code::cancelled, kCancelled);
    made_->method = TrainedModel::Method::item_linear;
    made_->parameters = choice.parameters;
    made_->report.ndcg = choice.ndcg;
    tell(0.2);
    auto weights = fit_item_linear(data_, choice.parameters, limits_.widest, crew_,
                                   [&](double share) { tell(0.2 + 0.75 * share); });
    if (!weights) return weights.status();
    made_->weights = std::move(*weights);
    return {};
  }

  Status fit_factors() {
    made_->method = TrainedModel::Method::factors;
    const double mean =
        static_cast<double>(data_.cells()) / std::max<double>(1, data_.people.rows());
    AlsParameters parameters;
    parameters.factors = limits_.factors;
    parameters.unobserved = kUnobservedMass * mean / data_.columns();
    const SparseRows columns = transposed(data_.people, data_.columns(), &crew_);
    if (crew_.cancelled()) return Status(Code::cancelled, kCancelled);
    ImplicitAls als(data_.people, columns, parameters);
    const int iterations = go_on_from_former(als) ? kIterationsFromFormer : kIterations;
    for (int at = 0; at < iterations; ++at) {
      // The last third of the budget is for the weights.
      if (at > 0 && since(start_) > limits_.budget_s * 2 / 3) break;
      if (!als.iterate(crew_)) return Status(Code::cancelled, kCancelled);
      tell(0.05 + 0.7 * (at + 1) / iterations);
    }
    made_->factors = als.take_items();
    made_->factor_items = data_.items;
    auto weights =
        weights_of_factors(made_->factors, data_.items, parameters, mean, limits_.widest, crew_);
    if (!weights) return weights.status();
    made_->weights = std::move(*weights);
    return {};
  }

  /// Items that were known before begin where they ended; popularity may have moved their rows.
  bool go_on_from_former(ImplicitAls& als) const {
    if (previous_ == nullptr || previous_->factors.width != als.items().width) return false;
    std::unordered_map<ItemId, std::uint32_t> row_of;
    for (std::uint32_t row = 0; row < previous_->factor_items.size(); ++row)
      row_of.emplace(previous_->factor_items[row], row);
    const std::size_t width = als.items().width;
    Factors first(als.items().rows, width);
    std::uint32_t known = 0;
    for (std::uint32_t row = 0; row < first.rows; ++row) {
      const auto former = row_of.find(data_.items[row]);
      const bool found = former != row_of.end();
      known += found ? 1 : 0;
      std::memcpy(first.row(row),
                  found ? previous_->factors.row(former->second) : als.items().row(row),
                  width * sizeof(float));
    }
    return known > first.rows / 2 && als.set_items(first);
  }

  const SteadyClock::time_point start_ = SteadyClock::now();
  const TrainingLimits& limits_;
  const TrainedModel* previous_;
  const std::function<void(double)>& progress_;
  Crew crew_;
  std::shared_ptr<TrainedModel> made_;
  TrainingData data_;
};

}  // namespace

std::string_view name_of(TrainedModel::Method method) {
  switch (method) {
    case TrainedModel::Method::item_linear:
      return "item_linear";
    case TrainedModel::Method::factors:
      return "factors";
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
  try {
    return Training(limits, previous, cancelled, progress).run(interactions);
  } catch (const std::bad_alloc&) {
    return Status(Code::resource_exhausted, "no memory for the training");
  }
}

}  // namespace souk::recommendations
