// Records that merchandisers wrote over the Algolia API, as JSON by index and id.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace souk::search {

class RecordStore {
 public:
  static constexpr std::size_t kMost = 20'000;
  using Records = std::map<std::pair<std::string, std::string>, std::string>;

  /// Does what SearchRulesSet or SearchSynonymsSet says.
  template <class Event>
  void apply(const Event& event) {
    if (event.clear()) {
      std::erase_if(records_,
                    [&](const auto& record) { return record.first.first == event.index(); });
    }
    for (const std::string& id : event.deleted_ids())
      records_.erase(Records::key_type{event.index(), id});
    for (const auto& record : event.records())
      put(event.index(), record.id(), record.json());
  }

  /// Does what SearchIndexSet says of records.
  void copy(const std::string& from, const std::string& to) {
    Records copied;
    for (const auto& [key, json] : records_) {
      if (key.first == from) copied[{to, key.second}] = json;
    }
    remove(to);
    for (const auto& [key, json] : copied)
      put(key.first, key.second, json);
  }
  void remove(const std::string& index) {
    std::erase_if(records_, [&](const auto& record) { return record.first.first == index; });
  }
  /// Those of the indexes that `chosen` says yes to.
  template <class Chosen>
  [[nodiscard]] RecordStore of(Chosen&& chosen) const {
    RecordStore some;
    for (const auto& [key, json] : records_) {
      if (chosen(key.first)) some.records_.emplace(key, json);
    }
    return some;
  }

  /// By (index, objectID).
  [[nodiscard]] const Records& all() const { return records_; }
  /// Records that had no room.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void save(souk::Writer& writer) const {
    writer.count(records_.size());
    for (const auto& [key, json] : records_) {
      writer.text(key.first);
      writer.text(key.second);
      writer.text(json);
    }
  }
  void load(souk::Reader& reader) {
    records_.clear();
    for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
      std::string index = reader.text();
      std::string id = reader.text();
      records_.insert_or_assign({std::move(index), std::move(id)}, reader.text());
    }
  }

 private:
  void put(const std::string& index, const std::string& id, const std::string& json) {
    const Records::key_type key{index, id};
    if (records_.size() >= kMost && !records_.contains(key)) {
      ++dropped_;
    } else {
      records_.insert_or_assign(key, json);
    }
  }

  Records records_;
  std::uint64_t dropped_ = 0;
};

}  // namespace souk::search
