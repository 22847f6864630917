#include "tools/souk/import/event_batch.hpp"

namespace souk::cli {
namespace {

constexpr char kEventsTag = 0x0A;  // field 1, length-delimited

}  // namespace

void EventBatch::add(std::string_view event, std::uint64_t line) {
  items_.push_back({body_.size(), line});
  body_.push_back(kEventsTag);
  std::uint64_t size = event.size();
  for (; size >= 0x80; size >>= 7U)
    body_.push_back(static_cast<char>(size | 0x80U));
  body_.push_back(static_cast<char>(size));
  body_.append(event);
}

EventBatch EventBatch::part(std::size_t from, std::size_t to) const {
  EventBatch batch;
  const std::size_t begin = items_[from].offset;
  const std::size_t end = to < items_.size() ? items_[to].offset : body_.size();
  batch.body_ = body_.substr(begin, end - begin);
  for (std::size_t at = from; at < to; ++at) {
    batch.items_.push_back({items_[at].offset - begin, items_[at].line});
  }
  return batch;
}

}  // namespace souk::cli
