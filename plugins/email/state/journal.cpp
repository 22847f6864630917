#include "plugins/email/state/journal.hpp"

#include <array>

namespace souk::email {

std::string_view stage_name(MessageStage stage) noexcept {
  constexpr std::array<std::string_view, 9> kNames{"queued",     "sent",       "delivered",
                                                   "opened",     "clicked",    "bounced",
                                                   "complained", "suppressed", "deferred"};
  return kNames[static_cast<std::size_t>(stage)];
}

void Journal::add(JournalEntry entry) {
  if (entries_.size() >= kMost) {
    numbers_.erase(entries_.front().message_id);
    entries_.pop_front();
    ++first_;
  }
  if (!entry.message_id.empty()) numbers_.insert_or_assign(entry.message_id, end());
  entries_.push_back(std::move(entry));
}

JournalEntry* Journal::find(std::string_view message_id) {
  const auto found = numbers_.find(std::string(message_id));
  return found == numbers_.end() ? nullptr
                                 : &entries_[static_cast<std::size_t>(found->second - first_)];
}

const JournalEntry* Journal::find(std::string_view message_id) const {
  const auto found = numbers_.find(std::string(message_id));
  return found == numbers_.end() ? nullptr
                                 : &entries_[static_cast<std::size_t>(found->second - first_)];
}

void Journal::forget(std::string_view shopper_id) {
  for (JournalEntry& entry : entries_) {
    if (entry.shopper_id != shopper_id) continue;
    entry.shopper_id.clear();
    entry.subject.clear();
    entry.reason.clear();
    entry.timing.clear();
  }
}

void Journal::save(souk::Writer& writer) const {
  writer.count(first_);
  writer.count(entries_.size());
  for (const JournalEntry& entry : entries_) {
    for (const std::string* text :
         {&entry.message_id, &entry.shopper_id, &entry.flow_id, &entry.subject, &entry.reason,
          &entry.variant, &entry.offer, &entry.timing})
      writer.text(*text);
    writer.number(entry.decided_us);
    writer.number(entry.changed_us);
    writer.number(entry.sent_us);
    writer.number(entry.clicked_us);
    writer.number(entry.step);
    writer.number(entry.stage);
    writer.boolean(entry.sms);
    writer.boolean(entry.was_sent);
    writer.boolean(entry.was_opened);
    writer.boolean(entry.was_clicked);
  }
}

void Journal::load(souk::Reader& reader) {
  entries_.clear();
  numbers_.clear();
  first_ = reader.count();
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
    JournalEntry entry;
    for (std::string* text : {&entry.message_id, &entry.shopper_id, &entry.flow_id, &entry.subject,
                              &entry.reason, &entry.variant, &entry.offer, &entry.timing})
      *text = reader.text(64 * 1024);
    entry.decided_us = reader.number<std::int64_t>();
    entry.changed_us = reader.number<std::int64_t>();
    entry.sent_us = reader.number<std::int64_t>();
    entry.clicked_us = reader.number<std::int64_t>();
    entry.step = reader.number<std::uint32_t>();
    const auto stage = reader.number<std::uint8_t>();
    if (stage > static_cast<std::uint8_t>(MessageStage::deferred)) {
      return reader.fail("a message in no known state");
    }
    entry.stage = static_cast<MessageStage>(stage);
    entry.sms = reader.boolean();
    entry.was_sent = reader.boolean();
    entry.was_opened = reader.boolean();
    entry.was_clicked = reader.boolean();
    if (!entry.message_id.empty()) numbers_.insert_or_assign(entry.message_id, end());
    entries_.push_back(std::move(entry));
  }
}

}  // namespace souk::email
