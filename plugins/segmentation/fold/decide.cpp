// People → who is in which segment, now and when time has passed.
#include <algorithm>

#include "plugins/segmentation/language/reasons.hpp"
#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/state/calendar.hpp"

namespace souk::segmentation {
namespace {

constexpr std::string_view kDueTimer = "due";
constexpr std::string_view kSweepTimer = "sweep";
constexpr std::uint32_t kDueAtOnce = 20'000;  ///< people a timer decides before it gives way
constexpr std::uint32_t kSweptAtOnce = 20'000;

std::string sentence(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts)
    out += (out.empty() ? "" : "; ") + part;
  return out;
}

}  // namespace

void Segmentation::decide(Person& person, DeedSet deeds, bool seen) {
  Subject subject = person.view(segment_numbers_);
  subject.world = &world_;
  subject.predictor = models_.get();
  // Once the due moment has come nobody knows whose it was: all are decided anew.
  const bool all = deeds == ~DeedSet{0} || (person.due_s != 0 && person.due_s <= now_s_);
  std::uint32_t until = all || person.due_s == 0 ? Value::kForever : person.due_s;
  const auto& segments = book_->decided();
  const auto look = [&](const Segment& segment) {
    if (segment.of != person.kind) return;
    const Outcome outcome = segment.condition.evaluate(subject, now_s_);
    until = std::min(until, std::max(outcome.until_s, now_s_ + 1));
    const bool was =
        std::binary_search(segment_numbers_.begin(), segment_numbers_.end(), segment.number);
    if (was == outcome.holds) return;
    change(person, segment, outcome.holds, subject);
    subject = person.view(segment_numbers_);
    subject.world = &world_;
    subject.predictor = models_.get();
  };
  if (all) {
    for (const Segment& segment : segments)
      look(segment);
    // Segments that are no more: nobody left them, they went; should they come back, they are
    // empty.
    std::erase_if(person.segments, [&](const Membership& membership) {
      if (book_->numbered(membership.segment) != nullptr) return false;
      const bool counted = membership.segment < counts_.size();
      if (counted && counts_[membership.segment].size > 0) --counts_[membership.segment].size;
      return true;
    });
  } else {
    for (std::size_t deed = 1; deed < kDeeds; ++deed) {
      if ((deeds >> deed & 1U) == 0) continue;
      for (const std::uint32_t place : book_->read_by(static_cast<Deed>(deed)))
        look(segments[place]);
    }
  }
  person.due_s = until == Value::kForever ? 0 : until;
  people_.commit(seen);
  changed_ = true;
}

void Segmentation::change(Person& person, const Segment& segment, bool in, const Subject& subject) {
  const auto place =
      std::lower_bound(person.segments.begin(), person.segments.end(), segment.number,
                       [](const Membership& membership, std::uint32_t number) {
                         return membership.segment < number;
                       });
  if (segment.number >= counts_.size()) counts_.resize(segment.number + 1);
  SegmentCount& count = counts_[segment.number];
  std::string why;
  if (publishing_) why = sentence(reasons(segment.condition, subject, now_s_));
  if (in) {
    person.segments.insert(place, {segment.number, now_s_});
    ++count.size;
    ++count.entered;
  } else {
    person.segments.erase(place);
    if (count.size > 0) --count.size;
    ++count.exited;
    if (person.kind == SubjectKind::person) {
      audiences_.left(people_.opened(), segment.number, now_s_);
    }
  }
  if (!publishing_) return;
  About about;
  (person.kind == SubjectKind::person ? about.shopper_id : about.account_id) = person.id;
  Status status;
  if (in) {
    souk::v1::SegmentEntered event;
    event.set_segment_id(segment.id);
    event.set_reason(why);
    status = Plugin::publish(event, about);
  } else {
    souk::v1::SegmentExited event;
    event.set_segment_id(segment.id);
    event.set_reason(why);
    status = Plugin::publish(event, about);
  }
  if (!status.ok()) ++unpublished_;
}

/// Decides everybody again, some at a time, after models or definitions changed.
void Segmentation::sweep(std::uint32_t most) {
  for (; sweep_at_ != UINT32_MAX && most > 0; --most) {
    if (sweep_at_ >= people_.numbers()) {
      sweep_at_ = UINT32_MAX;
      break;
    }
    if (Person* person = people_.open(sweep_at_++)) decide(*person, ~DeedSet{0}, false);
  }
}

void Segmentation::arm_timers() {
  if (sweep_at_ != UINT32_MAX) {
    (void)timers().set(kSweepTimer, std::int64_t{now_s_} * 1'000'000);
  }
  const std::uint32_t due = people_.next_due();
  if (due == 0 || (due_timer_s_ != 0 && due_timer_s_ <= due)) return;
  due_timer_s_ = due;
  (void)timers().set(kDueTimer, std::int64_t{due} * 1'000'000);
}

void Segmentation::time_is(std::uint32_t now_s) {
  if (now_s <= now_s_) return;
  const std::uint32_t day = now_s_ / kSecondsADay;
  if (now_s_ != 0 && now_s / kSecondsADay != day) {
    DaySizes sizes{day, people_.size(SubjectKind::person), people_.size(SubjectKind::account), {}};
    for (const SegmentCount& count : counts_)
      sizes.sizes.push_back(static_cast<std::uint32_t>(count.size));
    history_.add(std::move(sizes));
  }
  now_s_ = now_s;
  audiences_.expire(now_s_);
}

void Segmentation::on_timer(const TimerInfo& timer) {
  time_is(static_cast<std::uint32_t>(timer.now().received_us() / 1'000'000));
  if (timer.key() == kDueTimer) {
    due_timer_s_ = 0;
    for (std::uint32_t left = kDueAtOnce; left > 0; --left) {
      const auto number = people_.take_due(now_s_);
      if (!number) break;
      if (Person* person = people_.open(*number)) decide(*person, ~DeedSet{0}, false);
    }
  } else if (timer.key() == kSweepTimer) {
    sweep(kSweptAtOnce);
  } else if (timer.key() == kTrainTimer) {
    training_timer_ = false;
    train();
  }
  arm_timers();
}

}  // namespace souk::segmentation
