// Whether somebody may be written to, on which channel, and how often.
#include <algorithm>
#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "plugins/email/email.hpp"
#include "plugins/email/model/variants.hpp"
#include "plugins/email/send/sms_text.hpp"

namespace souk::email {
namespace {

/// Messages that what the whole shop answers on a channel counts for, beside the person's own.
constexpr double kUsualMessages = 4.0;
/// Before anybody answered: one of ten comes back.
constexpr double kUsualAnswers = 0.1;
constexpr double kUsualWeight = 20.0;

}  // namespace

std::string_view Email::unreachable(const Person& person, Channel channel) const {
  if (channel == Channel::sms) {
    if (!can_text_) return "no-server";
    if (international_number(person.texts.get(Contact::phone)).empty()) return "no-address";
    return person.habits() != nullptr && person.habits()->sms_refused ? "bounced" : "";
  }
  if (!can_send_) return "no-server";
  if (person.texts.get(Contact::email).empty()) return "no-address";
  if (person.bounced) return "bounced";
  return person.complained ? "complained" : "";
}

Email::Verdict Email::judge(const Person& person, const Flow& flow, const Instruction& message,
                            Channel channel) const {
  if (const std::string_view why = unreachable(person, channel); !why.empty()) return {why};
  const bool sms = channel == Channel::sms;
  const Word word = sms ? person.sms_word : person.email_word;
  bool granted = word == Word::granted;
  for (const TopicWord& one : person.rare().topics) {
    std::string_view topic = names_[one.topic];
    if (is_sms_topic(one.topic) != sms) continue;
    if (sms) topic.remove_prefix(kSmsTopic.size());
    if (topic != message.topic) continue;
    if (!one.granted) return {"unsubscribed"};
    granted = word != Word::withdrawn;
  }
  // To a telephone that said STOP nothing goes, whatever it is: networks would not take it.
  if (sms && word == Word::withdrawn) return {"unsubscribed"};
  if (flow.transactional) return {};
  if (word == Word::withdrawn) return {"unsubscribed"};
  if (!granted) return {"no-consent"};
  if (const std::int64_t end = end_of(quiet_, zone_of(person), now_s_); end != now_s_) {
    return {"quiet-hours", static_cast<std::uint32_t>(end)};
  }
  return capped(person, channel);
}

Email::Verdict Email::capped(const Person& person, Channel channel) const {
  const SmallList<std::uint32_t>* const texts =
      person.habits() != nullptr ? &person.habits()->sms_s : nullptr;
  const auto full = [&](const Cap& cap, bool with_mails, bool with_texts) -> Verdict {
    std::array<std::uint32_t, 128> times;
    std::size_t count = 0;
    const auto add = [&](const SmallList<std::uint32_t>& list) {
      for (const std::uint32_t at_s : list) {
        if (at_s + cap.window_s > now_s_ && count < times.size()) times[count++] = at_s;
      }
    };
    if (with_mails) add(person.sent_s);
    if (with_texts && texts != nullptr) add(*texts);
    if (cap.most == 0 || count < cap.most) return {};
    std::sort(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(count));
    const std::uint32_t room_s = times[count - cap.most] + cap.window_s;
    return {"frequency-cap", cap.defers ? room_s : 0};
  };
  const bool sms = channel == Channel::sms;
  const Verdict own = full(caps_[static_cast<std::size_t>(channel)], !sms, sms);
  return own.reason.empty() ? full(cap_all_, true, true) : own;
}

std::pair<Channel, Email::Verdict> Email::choose_channel(const Person& person, const Flow& flow,
                                                         const Instruction& message,
                                                         std::string_view id) {
  std::array<Channel, 2> allowed{};
  std::array<VariantResult, 2> results{};
  std::size_t count = 0;
  std::pair<Channel, Verdict> refused{message.channels.front(), {}};
  for (const Channel channel : message.channels) {
    const Verdict verdict = judge(person, flow, message, channel);
    if (!verdict.reason.empty()) {
      // What can still be sent later is the better answer than what never can.
      const bool better =
          refused.second.reason.empty() || (refused.second.retry_s == 0 && verdict.retry_s != 0);
      if (better) refused = {channel, verdict};
      continue;
    }
    const auto i = static_cast<std::size_t>(channel);
    const SendTimes::Response& all = send_times_.response(static_cast<std::uint8_t>(i));
    const double usual = (static_cast<double>(all.came) + kUsualAnswers * kUsualWeight) /
                         (static_cast<double>(all.told) + kUsualWeight);
    const double told = person.habits() != nullptr ? person.habits()->told[i] : 0;
    const double came = person.habits() != nullptr ? person.habits()->came[i] : 0;
    results[count] = {told + kUsualMessages, came + kUsualMessages * usual};
    allowed[count++] = channel;
  }
  if (count == 0) return refused;
  if (count == 1) return {allowed[0], {}};
  return {allowed[choose_variant(results, XXH3_64bits(id.data(), id.size()))], {}};
}

void Email::note_sent(Person& person, Channel channel, bool marketing) {
  const auto i = static_cast<std::uint8_t>(channel);
  if (learns_hours_) {
    person.own_habits().told_on(i, now_s_);
    ++send_times_.response(i).told;
  }
  if (!marketing || most_kept_ == 0) return;
  SmallList<std::uint32_t>& times =
      channel == Channel::sms ? person.own_habits().sms_s : person.sent_s;
  times.push_bounded(now_s_, most_kept_);
}

}  // namespace souk::email
