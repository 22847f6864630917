#include "plugins/email/state/offer_book.hpp"

#include <algorithm>

namespace souk::email {

OfferFigures* OfferBook::find(std::string_view flow_id, std::uint32_t step, std::string_view name) {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const OfferFigures& one) {
    return one.step == step && one.name == name && one.flow_id == flow_id;
  });
  if (found != all_.end()) return &*found;
  if (all_.size() >= kMost) return nullptr;
  OfferFigures& made = all_.emplace_back();
  made.flow_id = flow_id;
  made.step = step;
  made.name = name;
  return &made;
}

std::uint64_t OfferBook::left(OfferFigures& figures, const OfferRule& offer, std::uint32_t now_s) {
  if (offer.budget == 0) return UINT64_MAX;
  const std::uint32_t period = now_s / std::max<std::uint32_t>(1, offer.period_s);
  if (figures.period != period) {
    figures.period = period;
    figures.given_in_period = 0;
  }
  return offer.budget > figures.given_in_period ? offer.budget - figures.given_in_period : 0;
}

void OfferBook::save(souk::Writer& writer) const {
  writer.count(all_.size());
  for (const OfferFigures& one : all_) {
    writer.text(one.flow_id);
    writer.number(one.step);
    writer.text(one.name);
    for (const std::uint64_t count :
         {one.given, one.not_meant, one.out_of_budget, one.given_in_period})
      writer.count(count);
    writer.number(one.period);
  }
}

void OfferBook::load(souk::Reader& reader) {
  all_.clear();
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left) {
    OfferFigures& one = all_.emplace_back();
    one.flow_id = reader.text(256);
    one.step = reader.number<std::uint32_t>();
    one.name = reader.text(256);
    for (std::uint64_t* count :
         {&one.given, &one.not_meant, &one.out_of_budget, &one.given_in_period})
      *count = reader.count();
    one.period = reader.number<std::uint32_t>();
  }
}

}  // namespace souk::email
