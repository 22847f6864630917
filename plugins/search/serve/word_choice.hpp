// What a question may wish of its words.
#pragma once

#include <cstdint>

namespace souk::search {

/// What becomes of words when nothing has them all.
enum class Removal : std::uint8_t {
  usual,  ///< first what has most of them, then what has any
  none,   ///< nothing is found
  last,   ///< words are left out from the end on, until something is found
  first,  ///< from the beginning on
  any,    ///< what has any of them is found too
};

/// How many typing errors hits may have, of those that are forgiven at all.
enum class TypoChoice : std::uint8_t {
  all,
  fewest,  ///< when something is found without one, only that
  few,     ///< when something is found with one at most, only that
};

}  // namespace souk::search
