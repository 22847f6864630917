// Who stayed and who left since one horizon ago → models of churn.
#include "plugins/segmentation/train/train.hpp"

namespace souk::segmentation {

std::vector<ShopChurn> learn_churn_in(const PeopleView& people, std::uint32_t now_s,
                                      const ValueModels& models, std::uint32_t horizon_s,
                                      const std::function<bool(double)>& go_on) {
  constexpr std::uint32_t kMostExamples = 50'000;
  std::vector<ShopChurn> out;
  if (now_s <= horizon_s) return out;
  const std::uint32_t then_s = now_s - horizon_s;
  const std::uint32_t stride = 1 + people.numbers / (4 * kMostExamples);
  std::vector<ShopChurn::Example> buyers;
  std::vector<ShopChurn::Example> subscribers;
  Person person;
  std::vector<std::uint32_t> segments;
  for (std::uint32_t number = 0; number < people.numbers; number += stride) {
    if (number % 4'096 == 0 && !go_on(0.8 + 0.2 * number / people.numbers)) return out;
    if (!people.read(number, person) || person.kind != SubjectKind::person) continue;
    const Subject subject = person.view(segments);
    if (const auto values = churn_values(ChurnKind::subscriber, subject, then_s)) {
      const bool left = stayed_or_left(Deed::subscription_cancelled, subject, then_s, now_s);
      subscribers.push_back({*values, 0, left});
    }
    const auto values = churn_values(ChurnKind::buyer, subject, then_s);
    const auto facts = facts_at(subject, then_s);
    const auto customer = facts ? summary_of(*facts, then_s) : std::nullopt;
    if (!values || !customer) continue;
    const bool stayed = stayed_or_left(Deed::order_completed, subject, then_s, now_s);
    buyers.push_back({*values, log_odds_of(models.silent(*customer, horizon_s)), !stayed});
  }
  if (auto churn = ShopChurn::learn(ChurnKind::buyer, buyers)) out.push_back(*std::move(churn));
  if (auto churn = ShopChurn::learn(ChurnKind::subscriber, subscribers)) {
    out.push_back(*std::move(churn));
  }
  return out;
}

void write_churn(const ShopChurn& churn, souk::v1::ModelTrained& event) {
  event.set_model(std::string(kChurnModel));
  event.set_rows(churn.model().people);
  event.set_fit(-churn.model().log_loss);
  event.set_regular(true);
  event.set_data(churn.bytes());
}

}  // namespace souk::segmentation
