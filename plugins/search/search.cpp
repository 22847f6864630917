// The plugin's life: settings, start, snapshots, merges.
#include "plugins/search/search.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::string_view kMergeJob = "merge";
constexpr std::size_t kMostOrders = 100'000;

}  // namespace

Search::Search()
    : accounts_(std::make_shared<Accounts>()), synonyms_(std::make_shared<SynonymEvents>()) {}
Search::~Search() = default;

Status Search::configure(const v1::Settings& settings) {
  if (Status status = validate(settings); !status.ok()) return status;
  index_.configure(index_options(settings));
  auto synonyms = std::make_unique<Synonyms>();
  for (const std::string& line : settings.synonyms().synonyms())
    synonyms->add_line(line);
  file_synonyms_.publish(std::move(synonyms));
  behaviour_.set_limits(behaviour_limits(settings));
  if (settings.has_analytics_days()) days_.set_limit(settings.analytics_days());
  half_life_us_ = popularity_half_life_us(settings);
  half_life_read_us_.store(half_life_us_, std::memory_order_relaxed);
  behaviour_changed_ = true;
  publish();
  return {};
}

Status Search::configure_account(std::string_view, const v1::Settings& settings) {
  return validate(settings);
}

Status Search::start() {
  metrics_ = Metrics(host());
  record_metrics();
  return {};
}

void Search::snapshot(souk::Writer& writer) const {
  index_.save(writer);
  popularity_.save(writer);
  behaviour_.save(writer);
  days_.save(writer);
  accounts_->save(writer);
  synonyms_->save(writer);
  const auto save_orders = [&](const std::unordered_set<std::uint64_t>& orders) {
    std::vector<std::uint64_t> sorted(orders.begin(), orders.end());
    std::sort(sorted.begin(), sorted.end());
    writer.numbers(sorted);
  };
  save_orders(orders_);
  save_orders(older_orders_);
}

Status Search::restore(souk::Reader& reader) {
  index_.load(reader);
  popularity_.load(reader);
  behaviour_.load(reader);
  days_.load(reader);
  accounts_ = std::make_shared<Accounts>();
  accounts_shared_ = false;
  accounts_->load(reader);
  synonyms_ = std::make_shared<SynonymEvents>();
  synonyms_shared_ = false;
  synonyms_->load(reader);
  const auto load_orders = [&](std::unordered_set<std::uint64_t>& orders) {
    const auto read = reader.numbers<std::uint64_t>(kMostOrders + 1);
    orders = {read.begin(), read.end()};
  };
  load_orders(orders_);
  load_orders(older_orders_);
  if (!reader.ok()) return reader.status();
  behaviour_changed_ = true;
  publish();
  return {};
}

Accounts& Search::own_accounts() {
  if (accounts_shared_) {
    accounts_ = std::make_shared<Accounts>(*accounts_);
    accounts_shared_ = false;
  }
  behaviour_changed_ = true;
  return *accounts_;
}

SynonymEvents& Search::own_synonyms() {
  if (synonyms_shared_) {
    synonyms_ = std::make_shared<SynonymEvents>(*synonyms_);
    synonyms_shared_ = false;
  }
  behaviour_changed_ = true;
  return *synonyms_;
}

/// False for one that was counted before: shop page and back office both send it.
bool Search::new_order(std::string_view order_id) {
  const std::uint64_t key = key_of(order_id);
  if (orders_.contains(key) || older_orders_.contains(key)) return false;
  if (orders_.size() >= kMostOrders) {
    older_orders_ = std::move(orders_);
    orders_.clear();
  }
  orders_.insert(key);
  return true;
}

void Search::folded(const EventInfo& info) { last_sequence_ = info.sequence(); }

void Search::publish() {
  index_.publish(last_sequence_);
  if (!behaviour_changed_) return;
  behaviour_changed_ = false;
  accounts_shared_ = true;
  synonyms_shared_ = true;
  known_.publish(std::make_unique<Known>(
      Known{behaviour_.share(), days_.share(), accounts_, synonyms_, last_sequence_}));
}

void Search::on_batch_end() {
  constexpr std::uint32_t kMetricsEvery = 64;  // batches
  publish();
  merge_when_due();
  if (batches_++ % kMetricsEvery == 0) record_metrics();
}

void Search::merge_when_due() {
  if (merging_.load(std::memory_order_acquire) || !index_.merge_due()) return;
  merging_.store(true, std::memory_order_release);
  const Status status = run_job(kMergeJob, [this](const souk::Job& job) {
    index_.merge([&job] { return job.cancelled(); });
    merging_.store(false, std::memory_order_release);
    return Status();
  });
  if (status.ok()) return;
  merging_.store(false, std::memory_order_release);
  // A host without jobs has this thread for it.
  if (status.code() == Code::unsupported) index_.merge([] { return false; });
}

void Search::record_metrics() {
  const auto corpus = index_.read();
  metrics_.record({.products = corpus->products,
                   .segments = corpus->parts.size(),
                   .dropped = index_.dropped(),
                   .merges = index_.merges(),
                   .queries = behaviour_.queries(),
                   .queries_dropped = behaviour_.queries_dropped(),
                   .people = behaviour_.people(),
                   .people_forgotten = behaviour_.people_forgotten(),
                   .searches = behaviour_.searches(),
                   .clicks = behaviour_.clicks(),
                   .orders = behaviour_.orders()});
}

}  // namespace souk::search

SOUK_PLUGIN(souk::search::Search);
