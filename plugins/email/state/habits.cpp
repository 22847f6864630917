#include "plugins/email/state/habits.hpp"

namespace souk::email {
namespace {

template <class T>
void save_numbers(souk::Writer& writer, const SmallList<T>& list) {
  writer.count(list.size());
  for (const T one : list)
    writer.number(one);
}

template <class T>
void load_numbers(souk::Reader& reader, SmallList<T>& list, std::size_t most) {
  list.clear();
  for (std::uint64_t left = reader.count(most); left > 0 && reader.ok(); --left)
    list.push_back(reader.number<T>());
}

}  // namespace

HourCounts Habits::counts() const noexcept {
  HourCounts made;
  for (const std::uint8_t hour : hours)
    made.add(hour);
  return made;
}

void Habits::told_on(std::uint8_t channel, std::uint32_t now_s) noexcept {
  if (told[channel] == UINT8_MAX) {
    told[channel] /= 2;
    came[channel] /= 2;
  }
  ++told[channel];
  last_channel = channel;
  last_message_s = now_s;
  answered = false;
}

bool Habits::answers(std::uint32_t at_s) noexcept {
  constexpr std::uint32_t kAnswerWithinS = 86'400;
  if (answered || last_message_s == 0 || at_s < last_message_s ||
      at_s - last_message_s > kAnswerWithinS) {
    return false;
  }
  answered = true;
  ++came[last_channel];
  return true;
}

std::size_t Habits::bytes() const noexcept {
  const auto cost = [](std::size_t bytes) { return bytes == 0 ? 0 : bytes + 16; };
  return sizeof(Habits) + 16 + cost(hours.bytes()) + cost(sms_s.bytes());
}

void Habits::save(souk::Writer& writer) const {
  save_numbers(writer, hours);
  save_numbers(writer, sms_s);
  writer.number(last_visit_s);
  writer.number(last_message_s);
  writer.number(last_channel);
  writer.boolean(answered);
  writer.boolean(sms_refused);
  for (const auto* counts : {&told, &came}) {
    for (const std::uint8_t count : *counts)
      writer.number(count);
  }
}

void Habits::load(souk::Reader& reader) {
  load_numbers(reader, hours, kMostHours);
  load_numbers(reader, sms_s, 64);
  last_visit_s = reader.number<std::uint32_t>();
  last_message_s = reader.number<std::uint32_t>();
  last_channel = reader.number<std::uint8_t>();
  if (last_channel > 1) return reader.fail("a message on no known channel");
  answered = reader.boolean();
  sms_refused = reader.boolean();
  for (auto* counts : {&told, &came}) {
    for (std::uint8_t& count : *counts)
      count = reader.number<std::uint8_t>();
  }
}

void SendTimes::fit(std::span<const HourCounts> people) {
  curve_ = fit_hours(people, shop_);
  next_fit_ = visits_ + visits_ / 4 + 100;
}

ShopHours::Curve SendTimes::worth(const HourCounts& person) const noexcept {
  return reading_if_sent(hours_of_person(person, curve_), delay_.shares());
}

void SendTimes::save(souk::Writer& writer) const {
  for (const double count : shop_.counts())
    writer.number(count);
  for (const double count : delay_.counts())
    writer.number(count);
  for (const double value : curve_)
    writer.number(value);
  for (const Response& one : responses_) {
    writer.count(one.told);
    writer.count(one.came);
  }
  writer.count(visits_);
  writer.count(next_fit_);
}

void SendTimes::load(souk::Reader& reader) {
  ShopHours::Curve counts{};
  for (double& count : counts)
    count = reader.number<double>();
  shop_.set_counts(counts);
  for (double& count : counts)
    count = reader.number<double>();
  delay_.set_counts(counts);
  for (double& value : curve_)
    value = reader.number<double>();
  for (Response& one : responses_) {
    one.told = reader.count();
    one.came = reader.count();
  }
  visits_ = reader.count();
  next_fit_ = reader.count();
}

}  // namespace souk::email
