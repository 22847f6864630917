// Everybody's purchases → models of value. The result is an event: what the models decide is the
// same whether the log is lived or read again.
#include "plugins/segmentation/train/train.hpp"

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
    if (number % stride == 0) all.days.push_back(order_days_of(person.view(segments)));
  }
  if (all.purchases.empty()) return ValueModels();
  return ValueModels::fit(all, options);
}

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
    const auto models =
        fit_on(known->people, known->now_s, {.churn_horizon_s = horizon_s}, [&](double fraction) {
          job.progress(fraction);
          return !job.cancelled();
        });
    if (!models) return {Code::cancelled, "the training was cancelled"};
    if (!models->trained()) return {};
    souk::v1::ModelTrained event;
    models->write(event);
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
