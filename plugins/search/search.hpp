// The plugin: what it reads, answers and keeps. Each group of functions has a file of its own:
// fold/fold_*.cpp (events → state), serve/service.cpp (requests → answers), search.cpp (life,
// settings, snapshots), health.cpp (health, metrics).
#pragma once

#include <souk/souk.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "plugins/search/metrics.hpp"
#include "plugins/search/serve/finder.hpp"
#include "plugins/search/settings.hpp"
#include "plugins/search/state/accounts.hpp"
#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/examples.hpp"
#include "plugins/search/state/index_writer.hpp"
#include "plugins/search/state/known.hpp"
#include "plugins/search/state/meaning.hpp"
#include "plugins/search/state/opinions.hpp"
#include "plugins/search/state/popularity.hpp"
#include "plugins/search/train/ranker_trainer.hpp"
#include "souk/v1/algolia.souk.hpp"
#include "souk/v1/event.souk.hpp"
#include "souk/v1/recommendations.souk.hpp"
#include "souk/v1/search.souk.hpp"
#include "souk/v1/segmentation.souk.hpp"

namespace souk::search {

namespace algolia {
struct Parameters;
struct Target;
}  // namespace algolia

/// Threads: as plugin.hpp says: one for the fold and one for control, never together; answers on
/// any thread at any time; merges in a job. They meet in published views, which need no locks.
class Search : public souk::Plugin<Search, v1::Settings> {
 public:
  static constexpr souk::PluginInfo identity{
      .id = "search",
      .version = "0.1.0",
      .description = "Search that forgives, knows the catalog and the shopper, and learns",
      .vendor = "Souk",
      .license = "Apache-2.0"};
  using Services = souk::Types<souk::v1::SearchService, souk::v1::AlgoliaSearchService>;
  using Calls = souk::Types<souk::v1::RecommendationsService, souk::v1::SegmentationService>;
  static constexpr std::uint32_t snapshot_version = 4;

  Search();
  ~Search();

  // Life and settings.
  Status configure(const v1::Settings& settings);
  Status configure_account(std::string_view account_id, const v1::Settings& settings);
  Status start();
  void snapshot(souk::Writer& writer) const;
  Status restore(souk::Reader& reader);

  // What there is to buy, and for whom: fold/fold_catalog.cpp.
  void on(const souk::v1::ProductUpserted& event, const EventInfo& info);
  void on(const souk::v1::ProductDeleted& event, const EventInfo& info);
  void on(const souk::v1::InventorySet& event, const EventInfo& info);
  void on(const souk::v1::InventoryDeleted& event, const EventInfo& info);
  void on(const souk::v1::AccountUpserted& event, const EventInfo& info);
  void on(const souk::v1::AccountDeleted& event, const EventInfo& info);
  void on(const souk::v1::PriceListSet& event, const EventInfo& info);
  void on(const souk::v1::PriceListDeleted& event, const EventInfo& info);
  // What shoppers do: fold/fold_shopping.cpp.
  void on(const souk::v1::ProductsSearched& event, const EventInfo& info);
  void on(const souk::v1::ProductListViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductClicked& event, const EventInfo& info);
  void on(const souk::v1::ProductViewed& event, const EventInfo& info);
  void on(const souk::v1::ProductAdded& event, const EventInfo& info);
  void on(const souk::v1::OrderCompleted& event, const EventInfo& info);
  void on(const souk::v1::ProductReturned& event, const EventInfo& info);
  // What merchandisers say: fold/fold_merchandising.cpp.
  void on(const souk::v1::SearchSynonymsSet& event, const EventInfo& info);
  void on(const souk::v1::SearchRulesSet& event, const EventInfo& info);
  // Indexes: fold/fold_indexes.cpp.
  void on(const souk::v1::SearchSettingsSet& event, const EventInfo& info);
  void on(const souk::v1::SearchIndexRecordSet& event, const EventInfo& info);
  void on(const souk::v1::SearchIndexRecordDeleted& event, const EventInfo& info);
  void on(const souk::v1::SearchIndexSet& event, const EventInfo& info);
  // Who they are: fold/fold_people.cpp.
  void on(const souk::v1::Identified& event, const EventInfo& info);
  void on(const souk::v1::Aliased& event, const EventInfo& info);
  void on(const souk::v1::CustomerErased& event, const EventInfo& info);
  void on(const souk::v1::SegmentEntered& event, const EventInfo& info);
  void on(const souk::v1::SegmentExited& event, const EventInfo& info);
  void on_batch_end();

  /// souk.v1.Search: serve/service.cpp.
  void find(const souk::v1::SearchRequest& request, const CallInfo& info,
            souk::Reply<souk::v1::SearchReply> reply);
  Status suggest(const souk::v1::SuggestRequest& request, const CallInfo& info,
                 souk::v1::SuggestReply& reply);
  Status analytics(const souk::v1::SearchAnalyticsRequest& request, const CallInfo& info,
                   souk::v1::SearchAnalytics& reply);
  Status propose_synonyms(const souk::v1::ProposeSynonymsRequest& request, const CallInfo& info,
                          souk::v1::SynonymProposals& reply);

  /// serve/ranker_report.cpp
  Status ranker(const souk::v1::SearchRankerRequest& request, const CallInfo& info,
                souk::v1::SearchRankerReport& reply);

  /// souk.v1.AlgoliaSearch: algolia/service.cpp.
  using HttpBody = souk::v1::HttpBody;
  void queries(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
               souk::Reply<HttpBody> reply);
  void query(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
             souk::Reply<HttpBody> reply);
  Status facet_query(const souk::v1::AlgoliaFacetRequest& request, const CallInfo& info,
                     HttpBody& reply);
  void recommendations(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                       souk::Reply<HttpBody> reply);
  Status get_objects(const souk::v1::AlgoliaRequest& request, const CallInfo& info,
                     HttpBody& reply);
  Status get_object(const souk::v1::AlgoliaObjectRequest& request, const CallInfo& info,
                    HttpBody& reply);
  Status browse(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                HttpBody& reply);
  Status list_indexes(const souk::v1::AlgoliaListRequest& request, const CallInfo& info,
                      HttpBody& reply);
  Status get_settings(const souk::v1::AlgoliaIndexReadRequest& request, const CallInfo& info,
                      HttpBody& reply);
  Status get_rule(const souk::v1::AlgoliaObjectRequest& request, const CallInfo& info,
                  HttpBody& reply);
  Status search_rules(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                      HttpBody& reply);
  Status get_synonym(const souk::v1::AlgoliaObjectRequest& request, const CallInfo& info,
                     HttpBody& reply);
  Status search_synonyms(const souk::v1::AlgoliaIndexRequest& request, const CallInfo& info,
                         HttpBody& reply);

  void health(souk::v1::PluginHealth& health) const;

  /// Everything that an answer to this account is made from, held as long as this lives. Any
  /// thread.
  class Held {
   public:
    /// `index`: one beside the store's catalog; empty, or no such one: the catalog.
    Held(const Search& search, std::string_view account, std::string_view index = {});
    /// False until the plugin has its settings.
    explicit operator bool() const { return sources_.has_value(); }
    [[nodiscard]] const Sources& operator*() const { return *sources_; }
    [[nodiscard]] const Sources* operator->() const { return &*sources_; }
    /// Of the catalog, whichever index this is of.
    [[nodiscard]] const Known* known() const { return &*known_; }

   private:
    static souk::Reading<Corpus> records(const Search& search, const OtherIndex* other);
    souk::Reading<Known> known_;
    const OtherIndex* other_;
    souk::Reading<Corpus> corpus_;
    souk::Reading<Meaning> meaning_;
    souk::Reading<PersistentMap<Compiled>> compiled_;
    souk::Reading<RankerView> ranker_;
    SettingsReading<v1::Settings> settings_;
    ServingSettings serving_;
    std::optional<Sources> sources_;
  };

 private:
  /// On whose behalf, and under which number, a search is asked.
  struct Asker {
    std::string_view account, request_id;
  };
  void answer(const souk::v1::SearchRequest& request, const Asker& asker,
              souk::Reply<souk::v1::SearchReply> reply);
  /// Appends the bytes of a SearchReply.
  Status find(const souk::v1::SearchRequest& request, const Asker& asker, std::string& bytes);
  /// What other plugins say of the shopper: serve/opinion_service.cpp.
  struct Consulting;
  struct Consulted {
    std::string_view shopper, session, account;
  };
  /// Which of the plugins that have an opinion are not there, and which are worth asking now.
  struct Absent {
    bool segments = false, recommendations = false;
    bool ask_segments = false, ask_recommendations = false;
    [[nodiscard]] bool ask() const { return ask_segments || ask_recommendations; }
  };
  [[nodiscard]] Absent absent_of(const Consulted& of) const;
  /// Asks, and calls `go_on` once, on any thread, when they said what they have to say.
  void consult(const Consulted& of, const Absent& absent, std::function<void()> go_on);
  void consulted(Consulting& waiting);
  /// 0: of nobody in particular.
  [[nodiscard]] static std::uint64_t opinion_key(std::string_view shopper,
                                                 std::string_view account);
  /// What they said lately; null when nothing. Appends the contexts of rules that follow from it.
  std::shared_ptr<const Opinion> opinion_of(std::string_view shopper, std::string_view account,
                                            std::int64_t now_us,
                                            std::vector<std::string>& contexts) const;
  struct AlgoliaCall;
  Status queries(const souk::v1::AlgoliaRequest& request, const Asker& asker, HttpBody& reply);
  Status query(const souk::v1::AlgoliaIndexRequest& request, const Asker& asker, HttpBody& reply);
  /// Answers by one of these, at once or when other plugins said what they think of the shopper.
  template <class Request>
  void answer_algolia(const Request& request, const CallInfo& info, souk::Reply<HttpBody> reply);
  /// Appends one element of `results`.
  Status algolia_one(const AlgoliaCall& call, const algolia::Target& target,
                     algolia::Parameters& parameters, std::size_t ordinal, std::string& out,
                     std::uint64_t* found = nullptr);
  /// Appends the record; false when this account may not see it.
  bool algolia_object(const AlgoliaCall& call, const algolia::Target& target, std::string_view id,
                      const std::vector<std::string>& attributes, std::string& out) const;
  struct Gathering;
  /// One more answer is there; the last sends them all: algolia/recommend_service.cpp.
  void gathered(Gathering& gathering) const;
  Status recommended(const Gathering& gathering, HttpBody& reply) const;
  [[nodiscard]] static Behaviour::Who who_of(const EventInfo& info);
  /// The key of the search that an event names, in its payload or by its token; 0: none.
  [[nodiscard]] static std::uint64_t search_named(std::string_view query_id, const EventInfo& info);
  /// The key of the query that an event belongs to; 0: none.
  std::uint64_t query_behind(const Behaviour::Who& who, std::string_view query_id,
                             const EventInfo& info, bool from_visit);
  /// Counts towards what is popular and what this person likes.
  void touch_product(const Behaviour::Who& who, std::string_view product_id, double weight);
  void count_bought(const Behaviour::Who& who, std::uint64_t query, bool ordered);
  void folded(const EventInfo& info);
  /// Examples for the learned ranker: fold/fold_examples.cpp.
  [[nodiscard]] std::uint64_t example_of(const Behaviour::Who& who, std::uint64_t id,
                                         std::uint64_t query) const;
  void record_example(const Behaviour::Who& who, std::uint64_t id, std::uint64_t query);
  void example_outcome(const Behaviour::Who& who, std::uint64_t id, std::uint64_t product,
                       Examples::Outcome outcome, bool from_person);
  void forget_person(std::uint64_t person);
  /// Sizes that a shopper bought, or that came back.
  void size_of_line(const Behaviour::Who& who, std::string_view product, std::string_view variant,
                    bool kept);
  /// Its training: train/ranker_job.cpp.
  [[nodiscard]] bool ranker_due(std::int64_t now_us) const;
  void train_ranker_when_due(std::int64_t now_us);
  Status run_ranker_training(const souk::Job& job, const Examples::List& examples,
                             std::int64_t now_us);
  void ranker_health(souk::v1::PluginHealth& health) const;
  void vectors_health(souk::v1::PluginHealth& health) const;
  void publish();
  /// Large merges, in a job: search.cpp.
  void merge_when_due();
  void record_metrics();
  /// What words mean, learned in a job: train/train_job.cpp.
  [[nodiscard]] bool training_due(std::int64_t now_us) const;
  void train_when_due(std::int64_t now_us);
  Status train(const souk::Job& job, std::int64_t now_us);

  IndexWriter index_;
  Popularity popularity_;
  Behaviour behaviour_;
  Examples examples_;
  QueryDays days_;
  std::shared_ptr<Accounts> accounts_;  ///< copied before it is changed
  bool accounts_shared_ = false;
  Accounts& own_accounts();
  std::shared_ptr<const SynonymEvents> synonyms_;
  std::shared_ptr<const RuleEvents> rules_;
  /// Of the indexes beside the catalog, by name.
  struct Beside {
    std::shared_ptr<IndexWriter> writer;
    std::shared_ptr<const SynonymEvents> synonyms;
    std::shared_ptr<const RuleEvents> rules;
  };
  static constexpr std::size_t kMostIndexes = 100;
  std::map<std::string, Beside, std::less<>> beside_;
  std::set<std::string, std::less<>> replacing_;  ///< shown again when all is written
  std::string catalog_;
  std::shared_ptr<const algolia::IndexSettingsBook> index_settings_;
  std::uint64_t records_dropped_ = 0;
  Popularity nothing_popular_;  ///< of records that are no products
  Beside* open_index(const std::string& index);
  void hold(const std::string& index, bool held);
  void take_over(const std::string& from, const std::string& into, bool settings, bool synonyms,
                 bool rules);
  void forget_index(const std::string& index);
  /// After settings or the set of indexes changed: each index reads texts as its settings say.
  void configure_indexes(const v1::Settings& settings);
  void compile_merchandising();
  [[nodiscard]] IndexWriter::Options options_for(const v1::Settings& settings,
                                                 std::string_view index) const;
  void save_indexes(souk::Writer& writer) const;
  void load_indexes(souk::Reader& reader);

  souk::View<Known> known_;
  /// The files of the store's settings under key 0, and those of each account with its own.
  PersistentMap<Compiled> compiled_;
  souk::View<PersistentMap<Compiled>> compiled_view_;
  void compile(std::uint64_t account, const v1::Settings& settings);
  std::unordered_set<std::uint64_t> orders_;  ///< counted; the older half gives way
  std::unordered_set<std::uint64_t> older_orders_;
  bool new_order(std::string_view order_id);
  std::int64_t half_life_us_ = 0;
  std::atomic<std::int64_t> half_life_read_us_{0};
  Metrics metrics_;
  MeaningWriter meaning_;
  Opinions opinions_;
  std::atomic<std::uint64_t> useless_vectors_{0};
  struct Trained {
    std::atomic<std::uint64_t> products{0};  ///< 0: never
    std::atomic<std::uint64_t> puts{0};
    std::atomic<std::uint64_t> clicks{0};
    std::atomic<std::int64_t> at_us{0};
  };
  Trained trained_;  ///< as of when the last training began; written by its job
  bool latent_off_ = false;
  bool live_ = false;  ///< not history
  std::int64_t last_us_ = 0;
  std::atomic<bool> training_{false};
  std::atomic<bool> merging_{false};
  bool behaviour_changed_ = true;
  std::uint64_t last_sequence_ = 0;
  souk::v1::Event envelope_;
  std::vector<Behaviour::Shown> shown_;
  // The learned ranker: the fold's part,
  Ranker fold_ranker_;
  RankingWeights fold_weights_;
  std::int64_t visit_gap_us_ = 0;
  std::int64_t window_us_ = 0;
  RankerSettings ranker_settings_;
  std::uint64_t examples_taken_ever_ = 0;
  std::int64_t ranker_trained_us_ = 0;  ///< when a training last began; 0: never
  std::uint64_t ranker_taken_ = 0;
  // and what answers read.
  std::atomic<bool> ranker_training_{false};
  std::atomic<std::uint64_t> examples_read_{0}, examples_taken_read_{0}, examples_seen_read_{0},
      examples_dropped_read_{0};
  souk::View<RankerView> ranker_view_;
};

}  // namespace souk::search
