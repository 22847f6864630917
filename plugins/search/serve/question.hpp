// What is asked of the search, whichever API it came by, and what is answered. The REST routes
// (service.cpp) and other dialects fill a Question and render an Answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/model/facets.hpp"
#include "plugins/search/model/filter.hpp"
#include "plugins/search/model/places.hpp"
#include "plugins/search/model/stemmer.hpp"
#include "plugins/search/model/text_query.hpp"
#include "plugins/search/serve/word_choice.hpp"
#include "plugins/search/state/segment.hpp"

namespace souk::search {

/// Values of one attribute that a shopper ticked: any of them will do. Counts of that attribute
/// leave the choice out, so that the others can still be ticked.
struct FacetChoice {
  std::string attribute;
  std::vector<std::string> values;
};

struct Opinion;

struct Question {
  std::string text;
  std::shared_ptr<const Opinion> opinion;  ///< what other plugins say of the shopper; may be null
  std::vector<float> vector;         ///< as the merchant's own model understands it; may be empty
  Filter filter;                     ///< must hold
  std::vector<FacetChoice> choices;  ///< must hold, one of each
  std::vector<BoostRule> boosts;
  std::vector<std::string> facets;  ///< "*": all
  std::uint32_t max_values = 100;
  std::string sort;  ///< empty: by relevance
  std::uint64_t page = 0;
  std::uint32_t limit = 20;
  bool hits = true;  ///< false: products are only counted
  std::uint32_t distinct = 0;
  std::optional<GeoPoint> around;
  std::vector<std::string> contexts;
  std::string account;
  std::string segment;
  std::uint64_t shopper = 0;  ///< key; 0: nobody in particular
  std::uint64_t visit = 0;
  bool explain = false;
  bool personal = true;
  bool prefix = true;
  bool typos = true;
  TypoChoice typo_choice = TypoChoice::all;
  std::uint8_t one_typo_from = 0;           ///< letters; 0: as the settings say
  std::uint8_t two_typos_from = 0;          ///< letters; 0: as the settings say
  std::vector<std::string> exact_words;     ///< folded; no errors are forgiven in them
  std::vector<std::string> optional_words;  ///< folded
  bool without_stop_words = false;          ///< words like "the" are not looked for
  std::vector<Language> stop_languages;     ///< whose words those are
  Removal removal = Removal::usual;
  FieldMask fields = kAllFields;  ///< of texts, where to look
  bool syntax = true;             ///< "-" excludes, quotes keep words together
  bool synonyms = true;
  bool rules = true;
  /// Sort in which products of about the same score stand; empty: by the score alone.
  std::string order;
  double personal_share = 1;  ///< how much the shopper counts, of what the settings say
  bool alphabetical = false;  ///< values of facets, also when only the first are wanted
  std::vector<std::string> grouped_facets;  ///< count groups, as `distinct` shows them; "*": all
  Dialect dialect = Dialect::souk;
  std::int64_t now_us = 0;
};

/// One factor of a score.
struct Factor {
  std::string_view name;  ///< of static life
  double value = 1;
};

struct Hit {
  std::uint32_t part = 0;  ///< of the corpus
  DocId doc = 0;
  double score = 0;
  double text = 0;    ///< relevance of the text, and of the meaning where that was asked for
  double words = 0;   ///< of it, that of the text alone, where a meaning was asked for
  float meaning = 0;  ///< cosine to the question; 0: not asked for
  float exactness = 0;
  bool pinned = false;
  bool behind = false;  ///< not among those of which all is weighed
  std::uint32_t group_size = 0;
  double distance = -1;              ///< metres; below 0: not asked or not known
  std::uint8_t matched = 0;          ///< words of the question that it has
  std::uint8_t typos = 0;            ///< errors in them
  std::vector<Factor> factors = {};  ///< with explain
  std::string reason = {};           ///< with explain
};

/// What was read from the query beyond its words.
struct Intent {
  std::string words;
  std::string filter;
  std::string evidence;
  Filter when;
  double factor = 1;  ///< of products for which it holds
  bool soft = true;
  bool in_text = false;  ///< its words are looked for in texts too
};

/// Kept and refilled by the thread that asks.
struct Answer {
  std::vector<Hit> hits;  ///< of this page
  std::uint64_t total = 0;
  std::uint64_t pages = 0;
  std::vector<Facet> facets;
  std::string corrected;
  std::string note;
  std::vector<Intent> intents;
  std::vector<std::string> words;    ///< what was searched for, with alternatives
  std::vector<std::string> matched;  ///< the same, without what is said of them
  std::vector<std::string> notes;
  std::vector<std::string> sources;
  std::string redirect;
  std::vector<std::string> banners;  ///< JSON objects
  std::vector<std::string> applied_rules;
  bool relaxed = false;
  bool personal = false;  ///< ranked for a shopper of whom something is known

  void clear() { *this = Answer(); }
};

}  // namespace souk::search
