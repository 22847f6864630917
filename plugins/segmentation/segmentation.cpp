// The plugin's life: settings, start, snapshots, what is published.
#include "plugins/segmentation/segmentation.hpp"

#include "plugins/segmentation/train/train.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "plugins/segmentation/state/calendar.hpp"

namespace souk::segmentation {
namespace {

std::uint64_t hash_of(const SegmentBook& book) {
  std::uint64_t hash = 0;
  for (const Segment& segment : book.decided()) {
    const std::string text = segment.id + '\n' + segment.condition.text();
    hash = XXH3_64bits_withSeed(text.data(), text.size(), hash + static_cast<unsigned>(segment.of));
  }
  return hash;
}

/// What would make money of nothing, or nothing of money.
Status check_rates(const v1::Settings& settings) {
  for (const auto& [currency, rate] : settings.rates()) {
    const bool code = !currency.empty() && currency_code(currency) == currency;
    if (code && std::isfinite(rate) && rate > 0) continue;
    return {Code::invalid_argument,
            "rates." + currency + ": " +
                (code ? "a rate is a number above 0"
                      : "a currency has three capital letters, such as USD")};
  }
  return {};
}

}  // namespace

Segmentation::Segmentation()
    : world_(names_),
      book_(std::make_shared<const SegmentBook>()),
      models_(std::make_shared<const ValueModels>()) {}
Segmentation::~Segmentation() = default;

Status Segmentation::configure(const v1::Settings& settings) {
  // Tried first: settings that are refused must leave no trace in names and numbers.
  SegmentBook::Numbers tried = numbers_;
  const auto book = SegmentBook::make(
      settings, tried, [](std::string_view) { return NameId{0}; }, models_->discovered.get());
  if (!book.ok()) return book.status();
  if (Status status = check_rates(settings); !status.ok()) return status;
  own_ = settings;
  publishing_ = !settings.has_publish() || settings.publish();
  if (settings.has_max_people()) people_.set_most(settings.max_people());
  if (settings.has_max_deeds()) max_deeds_ = settings.max_deeds();
  if (settings.has_max_names()) names_.set_most(settings.max_names());
  if (settings.has_liking_half_life()) {
    liking_half_life_s_ = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(settings.liking_half_life() / 1'000, 1, UINT32_MAX));
  }
  if (settings.has_removals_kept()) {
    audiences_.set_kept(static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(settings.removals_kept() / 1'000, 0, UINT32_MAX)));
  }
  if (settings.experiments().has_window()) {
    experiment_window_s_ = static_cast<std::uint32_t>(settings.experiments().window() / 1'000);
  }
  if (settings.has_train_every()) train_every_us_ = settings.train_every() * 1'000;
  if (Status status = make_book(); !status.ok()) return status;
  publish_view();
  // A word to the fold, through the log: everybody is to be decided again.
  if (started_ && sweep_at_ == 0) {
    souk::v1::ModelTrained event;
    event.set_model("definitions");
    (void)Plugin::publish(event);
  }
  return {};
}

Status Segmentation::make_book() {
  auto book = SegmentBook::make(
      own_, numbers_, [this](std::string_view name) { return names_.number(name); },
      own_.discovered().segments() == "off" ? nullptr : models_->discovered.get());
  if (!book.ok()) return book.status();
  book_ = *std::move(book);
  counts_.resize(std::max(counts_.size(), numbers_.size()));
  if (const std::uint64_t hash = hash_of(*book_); hash != decided_by_) {
    decided_by_ = hash;
    sweep_at_ = 0;
  }
  return {};
}

Status Segmentation::start() {
  metrics_ = Metrics(host());
  started_ = true;
  arm_timers();
  record_metrics();
  return {};
}

void Segmentation::snapshot(souk::Writer& writer) const {
  names_.save(writer);
  numbers_.save(writer);
  people_.save(writer);
  audiences_.save(writer, people_.numbers());
  history_.save(writer);
  orders_.save(writer);
  experiments_.save(writer);
  writer.count(counts_.size());
  for (const SegmentCount& count : counts_) {
    writer.count(count.size);
    writer.count(count.entered);
    writer.count(count.exited);
  }
  writer.number(now_s_);
  writer.number(sweep_at_);
  writer.number(decided_by_);
  writer.count(refused_money_);
  writer.count(inseparable_);
  writer.text(store_currency_);
  writer.number(due_timer_s_);
  writer.boolean(training_timer_);
  writer.number(first_wait_us_);
  souk::v1::ModelTrained models;
  if (models_->trained()) models_->write(models);
  writer.message(models);
  writer.number(models_->fitted_at_us);
  souk::v1::ModelTrained groups;
  if (models_->discovered != nullptr) write_discovered(*models_->discovered, groups);
  writer.message(groups);
  for (const auto& churn : models_->churn) {
    souk::v1::ModelTrained told;
    if (churn != nullptr) write_churn(*churn, told);
    writer.message(told);
  }
  writer.count(models_->experiments.size());
  for (const auto& [id, learned] : models_->experiments) {
    souk::v1::ModelTrained told;
    write_experiment(*learned.found, told);
    writer.message(told);
    writer.number(learned.at_us);
  }
}

Status Segmentation::restore(souk::Reader& reader) {
  names_.load(reader);
  numbers_.load(reader);
  people_.load(reader);
  audiences_.load(reader);
  history_.load(reader);
  orders_.load(reader);
  experiments_.load(reader);
  counts_.assign(reader.count(SegmentBook::Numbers::kMost), {});
  for (SegmentCount& count : counts_) {
    count.size = reader.count();
    count.entered = reader.count();
    count.exited = reader.count();
  }
  now_s_ = reader.number<std::uint32_t>();
  sweep_at_ = reader.number<std::uint32_t>();
  decided_by_ = reader.number<std::uint64_t>();
  refused_money_ = reader.count();
  inseparable_ = reader.count();
  store_currency_ = reader.text(16);
  due_timer_s_ = reader.number<std::uint32_t>();
  training_timer_ = reader.boolean();
  first_wait_us_ = reader.number<std::int64_t>();
  souk::v1::ModelTrained event;
  reader.message(event);
  auto models = std::make_shared<ValueModels>();
  models->fitted_at_us = reader.number<std::int64_t>();
  souk::v1::ModelTrained told;
  reader.message(told);
  for (auto& churn : models->churn) {
    souk::v1::ModelTrained left;
    reader.message(left);
    if (!reader.ok() || left.data().empty()) continue;
    auto read = std::make_shared<ShopChurn>();
    if (!read->read(left.data())) {
      return {Code::data_loss, "the churn model of the snapshot is malformed"};
    }
    churn = std::move(read);
  }
  for (std::uint64_t left = reader.count(ValueModels::kMostExperiments); left > 0; --left) {
    souk::v1::ModelTrained one;
    reader.message(one);
    const auto at_us = reader.number<std::int64_t>();
    Experiment experiment;
    if (!reader.ok() || !experiment.read(one.data())) {
      return {Code::data_loss, "an experiment of the snapshot is malformed"};
    }
    models->add(std::move(experiment), at_us);
  }
  if (!reader.ok()) return reader.status();
  if (!told.data().empty()) {
    auto groups = std::make_shared<DiscoveredGroups>();
    if (!groups->read(told.data())) {
      return {Code::data_loss, "the groups of the snapshot are malformed"};
    }
    models->discovered = std::move(groups);
  }
  if (event.parameters_size() > 0 && !models->read(event)) {
    return {Code::data_loss, "the models of the snapshot are malformed"};
  }
  models_ = std::move(models);
  if (Status status = make_book(); !status.ok()) return status;
  publish_view();
  return {};
}

void Segmentation::on_batch_end() {
  arm_timers();
  if (!training_timer_ && people_.size(SubjectKind::person) > 0) {
    training_timer_ = true;
    // Until there is something to learn from it is tried ever more seldom.
    const std::int64_t wait_us =
        models_->trained() ? train_every_us_ : std::min(first_wait_us_, train_every_us_);
    if (!models_->trained()) first_wait_us_ = std::min(2 * first_wait_us_, train_every_us_);
    (void)timers().set(kTrainTimer, std::int64_t{now_s_} * 1'000'000 + wait_us);
  }
  if (!changed_) return;
  changed_ = false;
  publish_view();
  record_metrics();
}

void Segmentation::publish_view() {
  known_.publish(std::make_unique<Known>(
      Known{.people = people_.share(),
            .audiences = audiences_.share(),
            .history = history_.share(),
            .book = book_,
            .models = models_,
            .experiments = experiments_.share(),
            .currency = store_currency(),
            .counts = counts_,
            .persons = people_.size(SubjectKind::person),
            .accounts = people_.size(SubjectKind::account),
            .now_s = now_s_,
            .removals_kept_s = audiences_.kept_s(),
            .generation = ++generation_,
            .undecided = people_.numbers() - std::min(people_.numbers(), sweep_at_)}));
}

void Segmentation::record_metrics() {
  Figures figures{.persons = people_.size(SubjectKind::person),
                  .accounts = people_.size(SubjectKind::account),
                  .in_audiences = audiences_.size(),
                  .forgotten = people_.forgotten(),
                  .names_dropped = names_.dropped(),
                  .refused_money = refused_money_,
                  .unpublished = unpublished_,
                  .inseparable = inseparable_,
                  .experiments = experiments_.size(),
                  .experiments_dropped = experiments_.dropped(),
                  .customers_trained_on = models_->customers()};
  for (const SegmentCount& count : counts_) {
    figures.entered += count.entered;
    figures.exited += count.exited;
  }
  metrics_.record(figures);
}

}  // namespace souk::segmentation

SOUK_PLUGIN(souk::segmentation::Segmentation);
