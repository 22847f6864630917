// What was shown lately, and what became of it: lessons that are not over yet.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "plugins/recommendations/model/blender.hpp"
#include "plugins/recommendations/model/item_dictionary.hpp"
#include "plugins/recommendations/model/snapshot_io.hpp"

namespace souk::recommendations {

/// Answers that were shown to somebody, by attribution token. An answer waits for clicks, then is
/// taught as one lesson. Writer only.
class Exposures {
 public:
  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr std::size_t kMostProducts = 12;  ///< of an answer: few look further
  static constexpr std::size_t kMostOfPerson = 8;   ///< waiting: nobody teaches for all
  static constexpr std::uint32_t kWaitS = 30 * 60;  ///< for clicks

  struct Product {
    ItemId item = kNoItem;
    BlendExample example;
  };

  /// Whether an answer may still be added: not shown before under this token, not one too many of
  /// this person (hash).
  [[nodiscard]] bool wanted(std::string_view token, std::uint64_t person) const;
  /// An answer was shown at `at_s`.
  void add(std::string_view token, std::uint64_t person, std::uint32_t at_s,
           std::vector<Product> products);
  /// A product of an answer was clicked; nothing when it is not waited for.
  void click(std::string_view token, ItemId item);
  /// Teaches what has waited long enough at `now_s`, and what there is no room for.
  void settle(std::uint32_t now_s, Blender& blender);
  /// Forgets what was shown to a person.
  void forget(std::uint64_t person);

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  /// Section "SKEX" v1: answers u32, oldest first; for each token, person (u64), second, products
  /// (u32), and of each product its item, position (u32), whether it was clicked (u8), parts and
  /// traits (f64).
  [[nodiscard]] Status save(ByteSink& sink) const;
  [[nodiscard]] Status load(ByteSource& source, std::uint32_t items);

 private:
  struct Answer {
    std::uint64_t token = 0;  ///< hash
    std::uint64_t person = 0;
    std::uint32_t at_s = 0;
    std::vector<Product> products;
  };
  void load_answer(SnapshotReader& in, std::uint32_t items);

  std::deque<Answer> waiting_;  ///< oldest first
  std::vector<BlendExample> lesson_;
};

}  // namespace souk::recommendations
