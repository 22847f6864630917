// Which variants of messages were sent and what became of them, and which is sent next: Thompson
// sampling (model/variants.hpp) until one is clearly the best.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace souk::email {

/// One variant's figures. `trials` are messages older than the time that counts; what came of them
/// in that time are `trial_opens` and `trial_clicks`.
struct VariantArm {
  std::string name;
  std::uint64_t decided = 0, sent = 0, opened = 0, clicked = 0;
  std::uint64_t trials = 0, trial_opens = 0, trial_clicks = 0;
  double probability_best = 0;  ///< when it was last worked out
};

/// The variants of one message of one flow.
struct VariantContest {
  std::string flow_id;
  std::uint32_t step = 0;
  std::vector<VariantArm> arms;  ///< those of former definitions too, for their figures
  std::string winner;            ///< empty: none is clearly the best
  std::uint64_t entrants = 0;    ///< hash of the names among which it was chosen
  std::uint64_t next_look = 0;   ///< trials at which probabilities are worked out again
};

/// Bounded: so many contests, arms and messages under way. Not thread-safe.
class VariantBook {
 public:
  /// An open or a click within this time counts; later it is the reader's mood.
  static constexpr std::uint32_t kCountsWithinS = 86'400;
  /// One is sent alone from then on.
  static constexpr double kClearlyBest = 0.99;
  static constexpr std::uint64_t kLeastTrials = 100;  ///< of each, before that
  static constexpr std::size_t kMostPending = 200'000;
  static constexpr std::size_t kMostContests = 2'000;
  static constexpr std::size_t kMostArms = 40;

  /// Which of `names` goes out under `message_id`; the same state and id give the same answer.
  std::size_t choose(std::string_view flow_id, std::uint32_t step,
                     const std::vector<std::string>& names, std::string_view message_id,
                     std::uint32_t now_s);
  /// It was decided: from now on its fate counts.
  void decided(std::string_view flow_id, std::uint32_t step, std::string_view name,
               std::string_view message_id, std::uint32_t now_s);
  /// The arm of a message, for figures; null when it is unknown.
  [[nodiscard]] VariantArm* arm(std::string_view flow_id, std::uint32_t step,
                                std::string_view name);
  void opened(std::string_view message_id) { touched(message_id, kArmOpened); }
  void clicked(std::string_view message_id) { touched(message_id, kArmOpened | kArmClicked); }
  /// It never arrived: neither success nor failure.
  void bounced(std::string_view message_id) { touched(message_id, kArmLost); }

  [[nodiscard]] const std::vector<VariantContest>& contests() const noexcept { return contests_; }
  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  static constexpr std::uint8_t kArmOpened = 1, kArmClicked = 2, kArmLost = 4;
  /// A message whose time is not over.
  struct Pending {
    std::uint64_t id;  ///< hash of the message's id
    std::uint32_t decided_s;
    std::uint16_t contest;
    std::uint8_t arm;
    std::uint8_t fate;
  };
  VariantContest* contest(std::string_view flow_id, std::uint32_t step, bool make);
  VariantArm* arm_of(VariantContest& contest, std::string_view name, bool make);
  void touched(std::string_view message_id, std::uint8_t fate);
  void settle(std::uint32_t now_s);
  void settle_first();
  void look(VariantContest& contest, const std::vector<std::size_t>& arms);

  std::vector<VariantContest> contests_;
  std::deque<Pending> pending_;  ///< oldest first
  std::uint64_t first_ = 0;      ///< number of the oldest
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;
};

}  // namespace souk::email
