// The plugin's life: settings, start, snapshots, merges.
#include "plugins/search/search.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "plugins/search/algolia/index_settings.hpp"
#include "plugins/search/state/keys.hpp"
#include "plugins/search/state/memory.hpp"
#include "plugins/search/state/memory_account.hpp"

namespace souk::search {
namespace {

constexpr std::string_view kMergeJob = "merge";
constexpr std::uint32_t kFollowedAtOnce = 2048;  ///< products of a segment
constexpr std::uint32_t kManyProducts = 5'000;   ///< a merge of so many leaves 20 MB free
constexpr std::size_t kMostOrders = 100'000;

/// Of records that are no products nothing is learned.
const Meaning& nothing_meant() {
  static const Meaning nothing;
  return nothing;
}

const OtherIndex* find_other(const souk::Reading<Known>& known, std::string_view index) {
  if (!known || index.empty()) return nullptr;
  const auto at = known->others.find(index);
  return at == known->others.end() ? nullptr : &at->second;
}

}  // namespace

Search::Search()
    : accounts_(std::make_shared<Accounts>()),
      synonyms_(std::make_shared<const SynonymEvents>()),
      rules_(std::make_shared<const RuleEvents>()),
      index_settings_(std::make_shared<const algolia::IndexSettingsBook>()) {}
Search::~Search() = default;

Status Search::configure(const v1::Settings& settings) {
  if (Status status = validate(settings); !status.ok()) return status;
  compile(0, settings);
  configure_indexes(settings);
  latent_off_ = settings.has_latent() && !settings.latent();
  trained_.products = 0;  // words may have other stems now
  const BehaviourLimits limits = behaviour_limits(settings);
  behaviour_.set_limits(limits);
  visit_gap_us_ = limits.visit_gap_us;
  window_us_ = limits.window_us;
  ranker_settings_ = ranker_settings(settings);
  examples_.set_limits({.max_examples = ranker_settings_.max_examples});
  fold_weights_ = serving_settings(settings).weights;
  if (settings.has_analytics_days()) days_.set_limit(settings.analytics_days());
  half_life_us_ = popularity_half_life_us(settings);
  half_life_read_us_.store(half_life_us_, std::memory_order_relaxed);
  behaviour_changed_ = true;
  publish();
  merge_when_due();
  return {};
}

Status Search::configure_account(std::string_view account_id, const v1::Settings& settings) {
  if (Status status = validate(settings); !status.ok()) return status;
  compile(key_of(account_id), settings);
  return {};
}

/// Of settings that are valid.
void Search::compile(std::uint64_t account, const v1::Settings& settings) {
  auto made = std::make_shared<Compiled>();
  for (const std::string& line : settings.synonyms().synonyms())
    made->synonyms.add_line(line);
  if (auto rules = Rules::compile(settings.rules()); rules.ok()) made->rules = std::move(*rules);
  compiled_.set(account, std::move(made));
  compiled_view_.publish(std::make_unique<PersistentMap<Compiled>>(compiled_.share()));
}

souk::Reading<Corpus> Search::Held::records(const Search& search, const OtherIndex* other) {
  return other != nullptr ? other->writer->read() : search.index_.read();
}

Search::Held::Held(const Search& search, std::string_view account, std::string_view index)
    : known_(search.known_.read()),
      other_(nullptr),
      corpus_(records(search, other_ = find_other(known_, index))),
      meaning_(search.meaning_.read()),
      compiled_(search.compiled_view_.read()),
      ranker_(search.ranker_view_.read()),
      settings_(search.settings(account)),
      serving_(serving_settings(*settings_)) {
  if (!known_ || !corpus_ || !compiled_) return;
  // An account whose own settings were taken back has the store's again, and so its files.
  const bool own = &*settings_ != &*search.settings();
  const Compiled* compiled = own ? compiled_->find(key_of(account)) : nullptr;
  if (compiled == nullptr) compiled = compiled_->find(0);
  if (compiled == nullptr) return;
  const bool beside = other_ != nullptr;
  const bool learned =
      !beside && serving_.learned && ranker_ && ranker_->trained && ranker_->trained->passed();
  sources_.emplace(Sources{*corpus_, beside ? *other_->known : *known_,
                           beside ? nothing_meant() : *meaning_,
                           beside ? search.nothing_popular_ : search.popularity_,
                           search.half_life_read_us_.load(std::memory_order_relaxed), *settings_,
                           serving_, *compiled, learned ? &ranker_->trained->model : nullptr});
}

Status Search::start() {
  metrics_ = Metrics(host());
  record_metrics();
  // Snapshots hold nothing that was trained.
  train_when_due(host().now_us());
  // Snapshots hold no trained ranker: it is made again from what they hold.
  train_ranker_when_due(host().now_us());
  return {};
}

void Search::snapshot(souk::Writer& writer) const {
  save_indexes(writer);
  index_.save(writer);
  popularity_.save(writer);
  behaviour_.save(writer);
  examples_.save(writer);
  writer.number(examples_taken_ever_);
  days_.save(writer);
  accounts_->save(writer);
  synonyms_->records.save(writer);
  rules_->records.save(writer);
  const auto save_orders = [&](const std::unordered_set<std::uint64_t>& orders) {
    std::vector<std::uint64_t> sorted(orders.begin(), orders.end());
    std::sort(sorted.begin(), sorted.end());
    writer.numbers(sorted);
  };
  save_orders(orders_);
  save_orders(older_orders_);
}

Status Search::restore(souk::Reader& reader) {
  load_indexes(reader);
  index_.load(reader);
  popularity_.load(reader);
  behaviour_.load(reader);
  examples_.load(reader);
  examples_taken_ever_ = reader.number<std::uint64_t>();
  days_.load(reader);
  accounts_ = std::make_shared<Accounts>();
  accounts_shared_ = false;
  accounts_->load(reader);
  auto synonyms = std::make_shared<SynonymEvents>();
  synonyms->records.load(reader);
  synonyms_ = std::move(synonyms);
  auto rules = std::make_shared<RuleEvents>();
  rules->records.load(reader);
  rules_ = std::move(rules);
  compile_merchandising();
  for (const std::string& index : std::set(replacing_))
    hold(index, true);
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

void Search::folded(const EventInfo& info) {
  last_sequence_ = info.sequence();
  last_us_ = info.received_us();
  live_ = info.effects();
}

void Search::publish() {
  index_.publish(last_sequence_);
  for (const auto& [index, beside] : beside_)
    beside.writer->publish(last_sequence_);
  // Large segments get their places in the job that made them.
  meaning_.follow([this] { return index_.read(); }, kFollowedAtOnce);
  if (!behaviour_changed_) return;
  behaviour_changed_ = false;
  accounts_shared_ = true;
  auto known =
      std::make_unique<Known>(Known{behaviour_.share(), days_.share(), accounts_, synonyms_, rules_,
                                    last_sequence_, behaviour_.clicks()});
  known->settings = index_settings_;
  known->catalog = catalog_;
  for (const auto& [index, beside] : beside_) {
    auto own = std::make_shared<Known>();
    own->accounts = accounts_;
    own->synonyms = beside.synonyms;
    own->rules = beside.rules;
    own->settings = index_settings_;
    own->last_sequence = last_sequence_;
    known->others[index] = {beside.writer, std::move(own)};
  }
  known_.publish(std::move(known));
}

void Search::on_batch_end() {
  publish();
  merge_when_due();
  if (live_) train_when_due(last_us_);
  if (live_) train_ranker_when_due(last_us_);
  record_metrics();
}

void Search::merge_when_due() {
  if (merging_.load(std::memory_order_acquire)) return;
  // A raw pointer for the catalog's writer, which lives as long as the plugin; the others are held.
  std::vector<std::shared_ptr<IndexWriter>> all;
  all.emplace_back(std::shared_ptr<IndexWriter>(), &index_);
  for (const auto& [index, beside] : beside_)
    all.push_back(beside.writer);
  const auto is_due = [](const auto& writer) { return writer->merge_due(); };
  if (std::none_of(all.begin(), all.end(), is_due)) return;
  merging_.store(true, std::memory_order_release);
  const Status status = run_job(kMergeJob, [this, all, is_due](const souk::Job& job) {
    std::uint32_t merged = 0;
    // What comes to be due meanwhile may be the last for long.
    for (auto due = std::find_if(all.begin(), all.end(), is_due);
         due != all.end() && !job.cancelled(); due = std::find_if(all.begin(), all.end(), is_due)) {
      merged = std::max(merged, (*due)->merge([&job] { return job.cancelled(); }, true));
    }
    meaning_.follow([this] { return index_.read(); }, ~std::uint32_t{0});
    if (merged > kManyProducts) give_back_memory();
    merging_.store(false, std::memory_order_release);
    return Status();
  });
  if (status.ok()) return;
  merging_.store(false, std::memory_order_release);
  // A host without jobs has this thread for it.
  if (status.code() != Code::unsupported) return;
  for (const auto& writer : all)
    writer->merge([] { return false; });
}

void Search::record_metrics() {
  examples_read_.store(examples_.size(), std::memory_order_relaxed);
  examples_taken_read_.store(examples_.taken(), std::memory_order_relaxed);
  examples_seen_read_.store(examples_.seen(), std::memory_order_relaxed);
  examples_dropped_read_.store(examples_.dropped(), std::memory_order_relaxed);
  const auto corpus = index_.read();
  const CatalogMemory memory = catalog_memory(*corpus, *meaning_.read());
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
                   .orders = behaviour_.orders(),
                   .examples = examples_.size(),
                   .examples_dropped = examples_.dropped(),
                   .index_bytes = memory.all() - memory.records,
                   .record_bytes = memory.records});
}

}  // namespace souk::search

SOUK_PLUGIN(souk::search::Search);
