#include "kernel/bus/timer_queue.hpp"

#include <cstring>
#include <utility>

namespace souk::bus {
namespace {

template <class T>
void append_number(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool read_number(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

bool read_text(std::string_view& bytes, std::size_t max, std::string_view& text) {
  std::uint32_t size = 0;
  if (!read_number(bytes, size) || size > bytes.size() || size > max) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

Status TimerQueue::set(std::string_view key, std::int64_t due_us, std::string_view payload) {
  if (key.empty() || key.size() > kMaxKey) {
    return {Code::invalid_argument, "a timer's key has 1 to 256 bytes"};
  }
  if (payload.size() > kMaxPayload) {
    return {Code::invalid_argument, "a timer's payload has at most 4 KiB"};
  }
  std::optional<Entry> before = take(key);
  if (!before && timers_.size() >= kMaxTimers) {
    return {Code::resource_exhausted, "the instance has 1,000,000 timers, which is the limit"};
  }
  undo_.push_back({std::string(key), std::move(before)});
  put(key, {due_us, std::string(payload)});
  return {};
}

Status TimerQueue::cancel(std::string_view key) {
  std::optional<Entry> before = take(key);
  if (!before) return {Code::not_found, "there is no timer of this key"};
  undo_.push_back({std::string(key), std::move(before)});
  return {};
}

std::optional<Timer> TimerQueue::front() const {
  if (order_.empty()) return std::nullopt;
  const Order& first = *order_.begin();
  return Timer{std::string(first.key), first.due_us, timers_.find(first.key)->second.payload};
}

void TimerQueue::rollback() {
  while (!undo_.empty()) {
    Undo undo = std::move(undo_.back());
    undo_.pop_back();
    take(undo.key);
    if (undo.before) put(undo.key, std::move(*undo.before));
  }
}

void TimerQueue::save(std::string& out) const {
  append_number(out, static_cast<std::uint64_t>(order_.size()));
  for (const Order& item : order_) {
    const std::string& payload = timers_.find(item.key)->second.payload;
    append_number(out, item.due_us);
    append_number(out, static_cast<std::uint32_t>(item.key.size()));
    out += item.key;
    append_number(out, static_cast<std::uint32_t>(payload.size()));
    out += payload;
  }
}

Result<std::string_view> TimerQueue::load(std::string_view bytes) {
  order_.clear();
  timers_.clear();
  undo_.clear();
  const Status wrong(Code::data_loss, "the timers of the snapshot are malformed");
  std::uint64_t count = 0;
  if (!read_number(bytes, count) || count > kMaxTimers) return wrong;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::int64_t due_us = 0;
    std::string_view key;
    std::string_view payload;
    if (!read_number(bytes, due_us) || !read_text(bytes, kMaxKey, key) || key.empty() ||
        !read_text(bytes, kMaxPayload, payload) || timers_.contains(key)) {
      return wrong;
    }
    put(key, {due_us, std::string(payload)});
  }
  return bytes;
}

void TimerQueue::put(std::string_view key, Entry entry) {
  const std::int64_t due_us = entry.due_us;
  const auto placed = timers_.emplace(std::string(key), std::move(entry)).first;
  order_.insert({due_us, placed->first});
}

std::optional<TimerQueue::Entry> TimerQueue::take(std::string_view key) {
  const auto found = timers_.find(key);
  if (found == timers_.end()) return std::nullopt;
  order_.erase({found->second.due_us, found->first});
  Entry entry = std::move(found->second);
  timers_.erase(found);
  return entry;
}

}  // namespace souk::bus
