// Words that mean the same, from the settings' file and from events.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/search/state/record_store.hpp"

namespace souk::search {

/// Compiled synonyms. What one leads to is not looked up again, so circles do no harm. Immutable
/// once published.
class Synonyms {
 public:
  struct Alternative {
    std::string text;  ///< normalized
    float weight = 1;
  };
  static constexpr std::size_t kMostWords = 5;          ///< of a phrase
  static constexpr std::size_t kMostAlternatives = 16;  ///< of a phrase
  static constexpr std::size_t kMostPhrases = 200'000;

  /// `a, b, c` or `a, b => c, d`. False when there is nothing in it.
  bool add_line(std::string_view line);
  void add(std::string_view from, std::string_view to, float weight);

  /// Null: none. `phrase` is normalized.
  [[nodiscard]] const std::vector<Alternative>* find(std::string_view phrase) const;
  [[nodiscard]] std::size_t phrases() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t longest() const { return longest_; }  ///< words

 private:
  std::map<std::string, std::vector<Alternative>, std::less<>> entries_;
  std::size_t longest_ = 0;
};

/// Records of SearchSynonymsSet as they came, and what they compile to.
class SynonymEvents {
 public:
  RecordStore records;
  [[nodiscard]] const Synonyms& compiled() const { return compiled_; }
  void compile() { compile(records); }
  /// Of some of the records.
  void compile(const RecordStore& some);

 private:
  Synonyms compiled_;
};

}  // namespace souk::search
