// The newest messages and what became of them, for operators and for figures.
#pragma once

#include <souk/snapshot.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace souk::email {

enum class MessageStage : std::uint8_t {
  queued,
  sent,
  delivered,
  opened,
  clicked,
  bounced,
  complained,
  suppressed,
  deferred,
};
[[nodiscard]] std::string_view stage_name(MessageStage stage) noexcept;

struct JournalEntry {
  std::string message_id;  ///< empty when it was not sent
  std::string shopper_id;
  std::string flow_id;
  std::string subject;
  std::string reason;
  std::string variant;
  std::string offer;
  std::string timing;  ///< why it left when it did
  std::int64_t decided_us = 0;
  std::int64_t changed_us = 0;
  std::int64_t sent_us = 0;     ///< 0: not yet
  std::int64_t clicked_us = 0;  ///< the first time, by a person
  std::uint32_t step = 0;
  MessageStage stage = MessageStage::queued;
  bool sms = false;
  bool was_sent = false;
  bool was_opened = false;
  bool was_clicked = false;
};

/// The newest kMost. Not thread-safe.
class Journal {
 public:
  static constexpr std::size_t kMost = 20'000;

  void add(JournalEntry entry);
  /// Null for one that is unknown or too old.
  [[nodiscard]] JournalEntry* find(std::string_view message_id);
  [[nodiscard]] const JournalEntry* find(std::string_view message_id) const;
  /// Takes the person out of every entry.
  void forget(std::string_view shopper_id);

  [[nodiscard]] std::uint64_t end() const noexcept { return first_ + entries_.size(); }
  [[nodiscard]] std::uint64_t begin() const noexcept { return first_; }
  [[nodiscard]] const JournalEntry& at(std::uint64_t number) const {
    return entries_[static_cast<std::size_t>(number - first_)];
  }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  std::deque<JournalEntry> entries_;
  std::uint64_t first_ = 0;
  std::unordered_map<std::string, std::uint64_t> numbers_;
};

}  // namespace souk::email
