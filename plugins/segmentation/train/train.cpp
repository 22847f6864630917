// Everybody's purchases → models of value. The result is an event: what the models decide is the
// same whether the log is lived or read again.
#include <utility>
#include <vector>

#include "plugins/segmentation/segmentation.hpp"

namespace souk::segmentation {

/// Begins a training in the background; one at a time.
void Segmentation::train() {
  if (training_.exchange(true)) return;
  const double horizon_s = static_cast<double>(settings()->churn_horizon()) / 1'000;
  const Status status = run_job("train", [this, horizon_s](souk::Job job) -> Status {
    struct Ended {
      std::atomic<bool>& training;
      ~Ended() { training.store(false); }
    } ended{training_};
    const auto known = known_.read();
    if (!known) return {};
    std::vector<PurchaseSummary> customers;
    std::vector<SpendSummary> spends;
    Person person;
    for (std::uint32_t number = 0; number < known->people.numbers; ++number) {
      if (number % 4'096 == 0) {
        if (job.cancelled()) return {Code::cancelled, "the training was cancelled"};
        job.progress(0.8 * number / known->people.numbers);
      }
      if (!known->people.read(number, person) || person.kind != SubjectKind::person) continue;
      const auto summary = summary_of(person.facts, known->now_s);
      if (!summary) continue;
      customers.push_back(*summary);
      spends.push_back(spend_of(person.facts));
    }
    if (customers.empty()) return {};
    const ValueModels models =
        ValueModels::fit(std::move(customers), std::move(spends), {.churn_horizon_s = horizon_s});
    souk::v1::ModelTrained event;
    models.write(event);
    return Plugin::publish(event);
  });
  if (!status.ok()) training_.store(false);
}

void Segmentation::on(const souk::v1::ModelTrained& event, const EventInfo& info) {
  folded(info);
  auto models = std::make_shared<ValueModels>();
  models->fitted_at_us = info.received_us();
  if (!models->read(event)) return;
  models_ = std::move(models);
  sweep_at_ = 0;  // predictions moved: everybody is decided again
  changed_ = true;
}

}  // namespace souk::segmentation
