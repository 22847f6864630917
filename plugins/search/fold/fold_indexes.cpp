// Settings of indexes, and indexes beside the store's catalog.
#include <algorithm>

#include "plugins/search/algolia/index_settings.hpp"
#include "plugins/search/fold/searchable_attributes.hpp"
#include "plugins/search/search.hpp"

namespace souk::search {
namespace {

using algolia::IndexSettings;
using algolia::IndexSettingsBook;

template <class Scopes>
bool names(const Scopes& scopes, std::string_view wanted) {
  return std::any_of(scopes.begin(), scopes.end(),
                     [wanted](const auto& scope) { return scope == wanted; });
}

}  // namespace

void Search::on(const souk::v1::SearchSettingsSet& event, const EventInfo& info) {
  folded(info);
  auto next = std::make_shared<IndexSettingsBook>(*index_settings_);
  next->set(event.index(), event.json(), event.forward_to_replicas());
  index_settings_ = std::move(next);
  configure_indexes(*settings());
}

void Search::on(const souk::v1::SearchIndexRecordSet& event, const EventInfo& info) {
  folded(info);
  if (event.record().id().empty()) return;
  Beside* beside = open_index(event.index());
  if (beside == nullptr) {
    ++records_dropped_;
    return;
  }
  beside->writer->put(event.record());
}

void Search::on(const souk::v1::SearchIndexRecordDeleted& event, const EventInfo& info) {
  folded(info);
  const auto at = beside_.find(event.index());
  if (at != beside_.end()) at->second.writer->remove(event.record_id());
}

void Search::on(const souk::v1::SearchIndexSet& event, const EventInfo& info) {
  folded(info);
  const std::string& index = event.index();
  const std::string& change = event.change();
  if (change == "created" && event.catalog()) {
    catalog_ = index;
    configure_indexes(*settings());
  } else if (change == "created") {
    open_index(index);
  } else if (change == "replacing") {
    hold(index, true);
  } else if (change == "replaced") {
    take_over(event.from(), index, true, true, true);
    forget_index(event.from());
    hold(index, false);
  } else if (change == "copied") {
    const auto& scopes = event.scopes();
    take_over(event.from(), index, names(scopes, "settings"), names(scopes, "synonyms"),
              names(scopes, "rules"));
    hold(index, false);
  } else if (change == "deleted") {
    forget_index(index);
  }
  behaviour_changed_ = true;
}

/// Null when there is no room for another.
Search::Beside* Search::open_index(const std::string& index) {
  const auto at = beside_.find(index);
  if (at != beside_.end()) return &at->second;
  if (beside_.size() >= kMostIndexes) return nullptr;
  Beside& made = beside_[index];
  made.writer = std::make_shared<IndexWriter>();
  made.writer->configure(options_for(*settings(), index));
  compile_merchandising();
  return &made;
}

void Search::hold(const std::string& index, bool held) {
  if (held && !replacing_.contains(index) && replacing_.size() >= kMostIndexes) return;
  const auto at = beside_.find(index);
  IndexWriter& writer = at == beside_.end() ? index_ : *at->second.writer;
  writer.hold(held);
  if (held) {
    replacing_.insert(index);
  } else {
    replacing_.erase(index);
  }
}

void Search::take_over(const std::string& from, const std::string& into, bool with_settings,
                       bool with_synonyms, bool with_rules) {
  if (from.empty() || from == into) return;
  if (with_settings) {
    auto next = std::make_shared<IndexSettingsBook>(*index_settings_);
    next->copy(from, into);
    index_settings_ = std::move(next);
  }
  if (with_synonyms) {
    auto next = std::make_shared<SynonymEvents>(*synonyms_);
    next->records.copy(from, into);
    synonyms_ = std::move(next);
  }
  if (with_rules) {
    auto next = std::make_shared<RuleEvents>(*rules_);
    next->records.copy(from, into);
    rules_ = std::move(next);
  }
  compile_merchandising();
  if (with_settings) configure_indexes(*settings());
}

void Search::forget_index(const std::string& index) {
  if (replacing_.contains(index)) hold(index, false);
  beside_.erase(index);
  if (catalog_ == index) catalog_.clear();
  auto settings_left = std::make_shared<IndexSettingsBook>(*index_settings_);
  settings_left->remove(index);
  index_settings_ = std::move(settings_left);
  auto synonyms = std::make_shared<SynonymEvents>(*synonyms_);
  synonyms->records.remove(index);
  synonyms_ = std::move(synonyms);
  auto rules = std::make_shared<RuleEvents>(*rules_);
  rules->records.remove(index);
  rules_ = std::move(rules);
  compile_merchandising();
  configure_indexes(*settings());
}

IndexWriter::Options Search::options_for(const v1::Settings& settings,
                                         std::string_view index) const {
  IndexWriter::Options options = index_options(settings);
  const IndexSettings* own = index_settings_->find(index);
  if (own == nullptr) return options;
  options.document.searchable = own->searchable;
  if (!own->group_by.empty()) options.document.group_by = own->group_by;
  if (!own->searchable.empty()) {
    options.segment.text.weights = weights_in_order(own->searchable, options.segment.text.weights);
  }
  return options;
}

void Search::configure_indexes(const v1::Settings& settings) {
  std::string_view catalog = catalog_;
  if (catalog.empty()) {
    // Any name is the catalog's: the first that says how texts are read is heard.
    for (const auto& [index, own] : index_settings_->all()) {
      if (beside_.contains(index) || !index_settings_->primary_of(index).empty()) continue;
      catalog = index;
      break;
    }
  }
  index_.configure(options_for(settings, catalog));
  for (auto& [index, beside] : beside_)
    beside.writer->configure(options_for(settings, index));
  behaviour_changed_ = true;
}

void Search::save_indexes(souk::Writer& writer) const {
  index_settings_->save(writer);
  writer.text(catalog_);
  writer.count(beside_.size());
  for (const auto& [index, beside] : beside_) {
    writer.text(index);
    beside.writer->save(writer);
  }
  writer.count(replacing_.size());
  for (const std::string& index : replacing_)
    writer.text(index);
}

/// First of all, as the settings say how records are read.
void Search::load_indexes(souk::Reader& reader) {
  auto book = std::make_shared<IndexSettingsBook>();
  book->load(reader);
  index_settings_ = std::move(book);
  catalog_ = reader.text();
  beside_.clear();
  for (std::uint64_t left = reader.count(kMostIndexes); left > 0 && reader.ok(); --left) {
    const std::string index = reader.text();
    Beside& beside = beside_[index];
    beside.writer = std::make_shared<IndexWriter>();
    beside.writer->configure(options_for(*settings(), index));
    beside.writer->load(reader);
  }
  configure_indexes(*settings());
  replacing_.clear();
  for (std::uint64_t left = reader.count(kMostIndexes); left > 0 && reader.ok(); --left)
    replacing_.insert(reader.text());
}

}  // namespace souk::search
