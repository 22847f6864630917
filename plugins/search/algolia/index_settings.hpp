// Settings of indexes, as PUT /1/indexes/{index}/settings said them. Kept whole, whatever their
// names; what of them has a meaning here is read once, when they change.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/algolia/parameters.hpp"

namespace souk::search::algolia {

/// One of attributesForFaceting.
struct FacetSetting {
  std::string name;
  bool filter_only = false;
  bool searchable = false;
  bool after_distinct = false;
};

struct IndexSettings {
  std::map<std::string, std::string, std::less<>> values;  ///< by name, JSON
  Parameters defaults;                                     ///< of searches
  std::vector<std::string> searchable;                     ///< in order; empty: all
  std::optional<std::vector<FacetSetting>> facets;         ///< absent: every attribute is one
  std::string sort;      ///< what `ranking` puts before relevance, as a sort
  std::string order;     ///< customRanking, as a sort
  std::string group_by;  ///< attributeForDistinct
  std::vector<std::string> unretrievable;
  std::vector<std::string> replicas;        ///< names, without virtual()
  std::uint64_t most_hits = 0;              ///< paginationLimitedTo; 0: all
  std::vector<std::string> without_effect;  ///< names of settings that mean nothing here

  /// Null when it is no facet; facets without a list are all there.
  [[nodiscard]] const FacetSetting* facet(std::string_view name) const;
};

/// Written by the fold; readers have copies of a moment.
class IndexSettingsBook {
 public:
  static constexpr std::size_t kMostIndexes = 500;
  static constexpr std::size_t kMostBytes = 256U << 10U;  ///< of one index

  /// `json` is an object; what it does not name stays, null goes back to the default.
  void set(std::string_view index, std::string_view json, bool forward_to_replicas);
  void copy(std::string_view from, std::string_view to);
  void remove(std::string_view index);

  /// What holds for searches of this name; a replica has what its primary has, and its own before
  /// that. Null: nothing was ever set.
  [[nodiscard]] const IndexSettings* find(std::string_view index) const;
  /// The index that names this one among its replicas; empty: none does.
  [[nodiscard]] std::string_view primary_of(std::string_view replica) const;
  /// By name; for health.
  [[nodiscard]] const auto& all() const { return compiled_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  using Values = std::map<std::string, std::string, std::less<>>;
  void compile();

  std::map<std::string, Values, std::less<>> own_;
  std::map<std::string, std::shared_ptr<const IndexSettings>, std::less<>> compiled_;
  std::map<std::string, std::string, std::less<>> primaries_;  ///< by replica
  std::uint64_t dropped_ = 0;
};

/// Reads what settings mean. Values of a wrong type mean nothing.
[[nodiscard]] IndexSettings read_settings(
    const std::map<std::string, std::string, std::less<>>& values);

/// All of them with Algolia's defaults, as GET /1/indexes/{index}/settings answers.
void append_settings(const IndexSettings* settings, std::string_view primary, std::uint8_t one_typo,
                     std::uint8_t two_typos, std::string& out);

}  // namespace souk::search::algolia
