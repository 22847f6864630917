// One request of one account in Algolia's form: what it is answered from, held while it lives.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plugins/search/algolia/indexes.hpp"
#include "plugins/search/algolia/parameters.hpp"
#include "plugins/search/search.hpp"

namespace souk::search {

/// One thread.
struct Search::AlgoliaCall {
  AlgoliaCall(const Search& of, const CallInfo& info, std::string_view named);
  AlgoliaCall(const Search& of, std::string_view of_account, std::int64_t at_us,
              std::string_view id = {});

  [[nodiscard]] bool started() const { return static_cast<bool>(held); }
  /// NOT_FOUND when there is no such index.
  [[nodiscard]] Result<algolia::Target> target(std::string_view index) const;
  [[nodiscard]] const Sources& sources(const algolia::Target& target) const;
  /// Parameters of a search over the defaults of its index, which is `index` or else named in
  /// `given`. `hits`: as many a page unless the request says otherwise; 0: as the index says.
  Result<algolia::Parameters> read(const simdjson::dom::object& given, std::string_view index,
                                   algolia::Target& target, std::uint32_t hits = 0) const;

  const Search& search;
  std::string_view account;
  Held held;  ///< the store's catalog
  std::string_view request_id;
  std::int64_t now_us;
  mutable std::map<std::string, Held> beside;  ///< other indexes that were asked for
};

}  // namespace souk::search
