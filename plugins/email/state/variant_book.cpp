#include "plugins/email/state/variant_book.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "plugins/email/model/variants.hpp"

namespace souk::email {
namespace {

constexpr std::uint64_t kLooksBegin = 200;
constexpr int kLookDraws = 4'000;
/// Clicks say more than opens, which machines and previews blur, but are rare: from so many a
/// variant on they are what counts.
constexpr std::uint64_t kClicksEach = 10;

std::uint64_t hash_of_id(std::string_view id) { return XXH3_64bits(id.data(), id.size()); }

std::vector<VariantResult> results_of(const VariantContest& contest,
                                      const std::vector<std::size_t>& arms) {
  std::uint64_t clicks = 0;
  bool tried = true;
  for (const std::size_t i : arms) {
    clicks += contest.arms[i].trial_clicks;
    tried = tried && contest.arms[i].trials >= VariantBook::kLeastTrials;
  }
  const bool by_clicks = tried && clicks >= kClicksEach * arms.size();
  std::vector<VariantResult> results;
  for (const std::size_t i : arms) {
    const VariantArm& arm = contest.arms[i];
    results.push_back({static_cast<double>(arm.trials),
                       static_cast<double>(by_clicks ? arm.trial_clicks : arm.trial_opens)});
  }
  return results;
}

}  // namespace

VariantContest* VariantBook::contest(std::string_view flow_id, std::uint32_t step, bool make) {
  const auto found = std::find_if(
      contests_.begin(), contests_.end(),
      [&](const VariantContest& one) { return one.step == step && one.flow_id == flow_id; });
  if (found != contests_.end()) return &*found;
  if (!make || contests_.size() >= kMostContests) return nullptr;
  VariantContest& made = contests_.emplace_back();
  made.flow_id = flow_id;
  made.step = step;
  return &made;
}

VariantArm* VariantBook::arm_of(VariantContest& contest, std::string_view name, bool make) {
  const auto found = std::find_if(contest.arms.begin(), contest.arms.end(),
                                  [&](const VariantArm& one) { return one.name == name; });
  if (found != contest.arms.end()) return &*found;
  if (!make || contest.arms.size() >= kMostArms) return nullptr;
  VariantArm& made = contest.arms.emplace_back();
  made.name = name;
  return &made;
}

VariantArm* VariantBook::arm(std::string_view flow_id, std::uint32_t step, std::string_view name) {
  VariantContest* of = name.empty() ? nullptr : contest(flow_id, step, false);
  return of == nullptr ? nullptr : arm_of(*of, name, false);
}

std::size_t VariantBook::choose(std::string_view flow_id, std::uint32_t step,
                                const std::vector<std::string>& names, std::string_view message_id,
                                std::uint32_t now_s) {
  settle(now_s);
  VariantContest* of = contest(flow_id, step, true);
  const std::uint64_t seed = hash_of_id(message_id);
  if (of == nullptr) return names.empty() ? 0 : seed % names.size();
  std::vector<std::size_t> arms;
  std::uint64_t entrants = 0;
  for (const std::string& name : names) {
    const VariantArm* found = arm_of(*of, name, true);
    if (found == nullptr) return 0;
    arms.push_back(static_cast<std::size_t>(found - of->arms.data()));
    entrants += hash_of_id(name);
  }
  // Another choice to make: the former winner has to win again.
  if (of->entrants != entrants) {
    of->entrants = entrants;
    of->winner.clear();
    of->next_look = kLooksBegin;
  }
  look(*of, arms);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    if (!of->winner.empty() && of->arms[arms[i]].name == of->winner) return i;
  }
  return choose_variant(results_of(*of, arms), seed);
}

/// Works out who is how probably the best, at a tenth more trials each time.
void VariantBook::look(VariantContest& contest, const std::vector<std::size_t>& arms) {
  std::uint64_t trials = 0;
  bool tried = true;
  for (const std::size_t i : arms) {
    trials += contest.arms[i].trials;
    tried = tried && contest.arms[i].trials >= kLeastTrials;
  }
  if (trials < contest.next_look || !contest.winner.empty()) return;
  contest.next_look = trials + trials / 10 + 20;
  const std::vector<double> best = probability_best(results_of(contest, arms), trials, kLookDraws);
  for (std::size_t i = 0; i < arms.size(); ++i) {
    VariantArm& arm = contest.arms[arms[i]];
    arm.probability_best = best[i];
    if (tried && best[i] >= kClearlyBest) contest.winner = arm.name;
  }
}

void VariantBook::decided(std::string_view flow_id, std::uint32_t step, std::string_view name,
                          std::string_view message_id, std::uint32_t now_s) {
  VariantContest* of = contest(flow_id, step, false);
  VariantArm* arm = of == nullptr ? nullptr : arm_of(*of, name, false);
  if (arm == nullptr) return;
  ++arm->decided;
  if (pending_.size() >= kMostPending) settle_first();
  const std::uint64_t id = hash_of_id(message_id);
  numbers_.insert_or_assign(id, first_ + pending_.size());
  pending_.push_back({id, now_s, static_cast<std::uint16_t>(of - contests_.data()),
                      static_cast<std::uint8_t>(arm - of->arms.data()), 0});
}

void VariantBook::touched(std::string_view message_id, std::uint8_t fate) {
  const auto found = numbers_.find(hash_of_id(message_id));
  if (found == numbers_.end()) return;
  Pending& pending = pending_[static_cast<std::size_t>(found->second - first_)];
  pending.fate = static_cast<std::uint8_t>(pending.fate | fate);
}

void VariantBook::settle(std::uint32_t now_s) {
  while (!pending_.empty() && pending_.front().decided_s + kCountsWithinS <= now_s)
    settle_first();
}

void VariantBook::settle_first() {
  const Pending done = pending_.front();
  pending_.pop_front();
  ++first_;
  numbers_.erase(done.id);
  VariantArm& arm = contests_[done.contest].arms[done.arm];
  if ((done.fate & kArmLost) != 0) return;
  ++arm.trials;
  arm.trial_opens += (done.fate & kArmOpened) != 0 ? 1 : 0;
  arm.trial_clicks += (done.fate & kArmClicked) != 0 ? 1 : 0;
}

void VariantBook::save(souk::Writer& writer) const {
  writer.count(contests_.size());
  for (const VariantContest& contest : contests_) {
    writer.text(contest.flow_id);
    writer.number(contest.step);
    writer.text(contest.winner);
    writer.number(contest.entrants);
    writer.count(contest.next_look);
    writer.count(contest.arms.size());
    for (const VariantArm& arm : contest.arms) {
      writer.text(arm.name);
      for (const std::uint64_t count : {arm.decided, arm.sent, arm.opened, arm.clicked, arm.trials,
                                        arm.trial_opens, arm.trial_clicks})
        writer.count(count);
      writer.number(arm.probability_best);
    }
  }
  writer.count(pending_.size());
  for (const Pending& one : pending_) {
    writer.number(one.id);
    writer.number(one.decided_s);
    writer.number(one.contest);
    writer.number(one.arm);
    writer.number(one.fate);
  }
}

void VariantBook::load(souk::Reader& reader) {
  contests_.clear();
  pending_.clear();
  numbers_.clear();
  first_ = 0;
  for (std::uint64_t left = reader.count(kMostContests); left > 0 && reader.ok(); --left) {
    VariantContest& contest = contests_.emplace_back();
    contest.flow_id = reader.text(256);
    contest.step = reader.number<std::uint32_t>();
    contest.winner = reader.text(256);
    contest.entrants = reader.number<std::uint64_t>();
    contest.next_look = reader.count();
    for (std::uint64_t more = reader.count(kMostArms); more > 0 && reader.ok(); --more) {
      VariantArm& arm = contest.arms.emplace_back();
      arm.name = reader.text(256);
      for (std::uint64_t* count : {&arm.decided, &arm.sent, &arm.opened, &arm.clicked, &arm.trials,
                                   &arm.trial_opens, &arm.trial_clicks})
        *count = reader.count();
      arm.probability_best = reader.number<double>();
    }
  }
  for (std::uint64_t left = reader.count(kMostPending); left > 0 && reader.ok(); --left) {
    Pending one{};
    one.id = reader.number<std::uint64_t>();
    one.decided_s = reader.number<std::uint32_t>();
    one.contest = reader.number<std::uint16_t>();
    one.arm = reader.number<std::uint8_t>();
    one.fate = reader.number<std::uint8_t>();
    if (one.contest >= contests_.size() || one.arm >= contests_[one.contest].arms.size()) {
      return reader.fail("a message of a variant that is not there");
    }
    numbers_.insert_or_assign(one.id, pending_.size());
    pending_.push_back(one);
  }
}

}  // namespace souk::email
