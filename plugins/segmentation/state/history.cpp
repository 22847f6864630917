#include "plugins/segmentation/state/history.hpp"

#include <utility>

namespace souk::segmentation {

void SizeHistory::add(DaySizes day) {
  auto days = std::make_shared<Days>(*days_);
  if (days->size() == kMostDays) days->erase(days->begin());
  days->push_back(std::make_shared<const DaySizes>(std::move(day)));
  days_ = std::move(days);
}

void SizeHistory::save(souk::Writer& writer) const {
  writer.count(days_->size());
  for (const auto& day : *days_) {
    writer.number(day->day);
    writer.number(day->persons);
    writer.number(day->accounts);
    writer.numbers(day->sizes);
  }
}

void SizeHistory::load(souk::Reader& reader) {
  auto days = std::make_shared<Days>();
  for (std::uint64_t left = reader.count(kMostDays); left > 0 && reader.ok(); --left) {
    DaySizes day;
    day.day = reader.number<std::uint32_t>();
    day.persons = reader.number<std::uint32_t>();
    day.accounts = reader.number<std::uint32_t>();
    day.sizes = reader.numbers<std::uint32_t>(1U << 16U);
    days->push_back(std::make_shared<const DaySizes>(std::move(day)));
  }
  days_ = std::move(days);
}

}  // namespace souk::segmentation
