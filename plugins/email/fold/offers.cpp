// Which offer goes with a message: the first one that is meant for this person and still has
// budget.
#include <algorithm>

#include "plugins/email/fold/facts.hpp"

namespace souk::email {

bool Email::in_one_of(const Person& person, const std::vector<std::string>& segments) const {
  return std::any_of(person.segments.begin(), person.segments.end(), [&](std::uint16_t one) {
    return std::find(segments.begin(), segments.end(), names_[one]) != segments.end();
  });
}

bool Email::is_meant(const OfferRule& offer, const Person& person, const Inside& stay) const {
  if (!offer.meant_for.empty() && !in_one_of(person, offer.meant_for)) return false;
  if (in_one_of(person, offer.not_for)) return false;
  const Deed nothing;
  return offer.when.holds(FactsOf(*this, person, nothing, &stay));
}

/// Counts who was refused; what is given is counted once the message is decided.
const OfferRule* Email::choose_offer(const Person& person, const Inside& stay, const Flow& flow,
                                     const Instruction& message, std::string& refused) {
  for (const OfferRule& offer : message.offers) {
    OfferFigures* figures = offers_.find(flow.id, message.number, offer.name);
    if (figures == nullptr) continue;
    if (!is_meant(offer, person, stay)) {
      ++figures->not_meant;
      if (refused.empty()) refused = "offer-not-meant";
    } else if (OfferBook::left(*figures, offer, now_s_) == 0) {
      ++figures->out_of_budget;
      refused = "offer-budget";
    } else {
      return &offer;
    }
  }
  return nullptr;
}

void Email::give_offer(v1::Outgoing& out, const OfferRule& offer) const {
  out.set_offer(offer.name);
  out.set_coupon_code(offer.code);
  out.set_coupon_percent(offer.percent);
  out.set_early_access(offer.early_access);
}

void Email::note_offer(const v1::Outgoing& out) {
  if (out.offer().empty()) return;
  OfferFigures* figures = offers_.find(out.flow_id(), out.step(), out.offer());
  if (figures == nullptr) return;
  ++figures->given;
  ++figures->given_in_period;
}

}  // namespace souk::email
