// What became of messages.
#include "plugins/email/email.hpp"

namespace souk::email {

/// Moves the message to a later stage, never back. Null when it is unknown.
JournalEntry* Email::stage(const std::string& message_id, MessageStage stage,
                           const EventInfo& info) {
  JournalEntry* entry = journal_.find(message_id);
  if (entry != nullptr && entry->stage < stage) {
    entry->stage = stage;
    entry->changed_us = info.time_us();
  }
  return entry;
}

/// The newest message of a flow was opened or clicked by the person it went to.
void Email::touched(const EventInfo& info, const std::string& flow_id, std::uint8_t how) {
  const PersonNumber number = people_.find(info.shopper_id());
  const std::uint16_t flow = book_.find(flow_id);
  if (number == kNobody) return;
  for (Inside& stay : people_.at(number).inside) {
    if (flow != kNoFlow && book_.version(stay.version).flow_number == flow) {
      stay.message_state = static_cast<std::uint8_t>(stay.message_state | how);
    }
  }
  const Happening happening =
      how == kClicked ? Happening::message_clicked : Happening::message_opened;
  happened(number, {.happening = happening}, info);
}

void Email::on(const souk::v1::MessageSent& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  JournalEntry* entry = stage(event.message_id(), MessageStage::sent, info);
  // An attempt that was repeated tells of the same message again.
  if (entry == nullptr || entry->was_sent) return;
  entry->was_sent = true;
  entry->subject = event.subject();
  if (entry->variant.empty()) entry->variant = event.variant();
  entry->sent_us = info.time_us();
  measure_message(*entry, MessageStage::sent);
  ++book_.figures(entry->flow_id).sent;
  if (VariantArm* arm = variants_.arm(entry->flow_id, entry->step, entry->variant)) ++arm->sent;
}

void Email::on(const souk::v1::MessageDelivered& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  (void)stage(event.message_id(), MessageStage::delivered, info);
}

void Email::on(const souk::v1::MessageOpened& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  if (event.automated()) {
    if (const std::uint16_t flow = book_.find(event.flow_id()); flow != kNoFlow)
      ++measures_.of(flow).machine_opens;
    return;
  }
  JournalEntry* entry = stage(event.message_id(), MessageStage::opened, info);
  if (entry != nullptr && !entry->was_opened) {
    entry->was_opened = true;
    measure_message(*entry, MessageStage::opened);
    ++book_.figures(entry->flow_id).opened;
    if (VariantArm* arm = variants_.arm(entry->flow_id, entry->step, entry->variant)) ++arm->opened;
    variants_.opened(entry->message_id);
    read_message(people_.find(info.shopper_id()), *entry, info);
  }
  touched(info, event.flow_id(), kOpened);
}

void Email::on(const souk::v1::MessageClicked& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  if (event.automated()) {
    JournalEntry* scanned = journal_.find(event.message_id());
    if (scanned != nullptr) retract_click(*scanned, info.time_us());
    return;
  }
  JournalEntry* entry = stage(event.message_id(), MessageStage::clicked, info);
  if (entry != nullptr && !entry->was_clicked) {
    entry->was_clicked = true;
    entry->clicked_us = info.time_us();
    measure_message(*entry, MessageStage::clicked);
    ++book_.figures(entry->flow_id).clicked;
    if (VariantArm* arm = variants_.arm(entry->flow_id, entry->step, entry->variant))
      ++arm->clicked;
    variants_.clicked(entry->message_id);
    if (!entry->was_opened) read_message(people_.find(info.shopper_id()), *entry, info);
  }
  mark_click(people_.find(info.shopper_id()), book_.find(event.flow_id()),
             entry != nullptr ? entry->variant : std::string_view(), info.time_us());
  touched(info, event.flow_id(), kClicked);
}

void Email::on(const souk::v1::MessageBounced& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  JournalEntry* entry = stage(event.message_id(), MessageStage::bounced, info);
  if (entry != nullptr) {
    entry->reason = event.reason();
    ++book_.figures(entry->flow_id).bounced;
    variants_.bounced(entry->message_id);
  }
  const PersonNumber number = people_.find(info.shopper_id());
  if (number == kNobody || !event.permanent()) return;
  read_envelope(info);
  if (envelope_.channel() == souk::v1::Event::SMS) {
    people_.at(number).own_habits().sms_refused = true;
  } else {
    people_.at(number).bounced = true;
  }
}

void Email::on(const souk::v1::MessageMarkedAsSpam& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  const JournalEntry* entry = stage(event.message_id(), MessageStage::complained, info);
  if (entry != nullptr) ++book_.figures(entry->flow_id).complained;
  const PersonNumber number = people_.find(info.shopper_id());
  if (number == kNobody) return;
  people_.at(number).complained = true;
  withdraw(people_.at(number), false, {});
}

void Email::on(const v1::SigningKeyMade& event, const EventInfo& info) {
  const Lock lock(mutex_);
  folded(info);
  if (signing_key_.empty()) {
    signing_key_ = event.key();
    new_maker_ = true;
  }
}

}  // namespace souk::email
