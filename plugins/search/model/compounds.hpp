// Compounds of German, Dutch and Swedish, split by what the catalog itself writes apart: a word is
// two others when both stand alone somewhere ("damenschuhe" = "damen" + "schuhe"), with a linking
// "s", "es", "n", "en" or "er" between them. After Koehn, Knight, "Empirical Methods for Compound
// Splitting", EACL 2003: of all ways, the one whose parts have the largest geometric mean count.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/search/model/vocabulary.hpp"

namespace souk::search {

struct CompoundSplit {
  std::string_view modifier;  ///< of the word, its link left out
  std::string_view head;
  double score = 0;  ///< geometric mean of the counts; 0 when there is none
};

inline constexpr std::size_t kMinCompound = 8;  ///< bytes
inline constexpr std::size_t kMinModifier = 4;
inline constexpr std::size_t kMinHead = 4;

/// The best split of `word`; `count` tells how often a word was seen, 0 for never. With `links`,
/// letters that only hold the parts together may stand between them.
CompoundSplit split_compound(std::string_view word,
                             const std::function<std::uint32_t(std::string_view)>& count,
                             bool links);

/// The parts of every word of a vocabulary.
class CompoundParts {
 public:
  /// `occurrences`: by word. Nothing seen fewer than twice is a part.
  void split_all(const Vocabulary& vocabulary, std::span<const std::uint32_t> occurrences);
  /// Of word n: at most four; empty when it is none.
  [[nodiscard]] std::span<const std::uint32_t> of(std::uint32_t n) const;

 private:
  void add_parts(const Vocabulary& vocabulary, std::span<const std::uint32_t> occurrences,
                 std::string_view word, unsigned depth);
  std::vector<std::uint32_t> begin_;
  std::vector<std::uint32_t> parts_;
};

}  // namespace souk::search
