// Who stayed and who left over the last horizon, and over the one before it → models of churn.
#include "plugins/segmentation/train/train.hpp"

namespace souk::segmentation {

namespace {

/// Who stayed and who left over one horizon, by what was known at its beginning.
struct ChurnWindow {
  std::uint32_t from_s = 0;
  std::uint32_t until_s = 0;
  std::vector<ShopChurn::Example> buyers{};
  std::vector<ShopChurn::Example> subscribers{};

  void add(const Subject& subject, const ValueModels& models) {
    if (from_s == 0) return;
    if (const auto values = churn_values(ChurnKind::subscriber, subject, from_s)) {
      const bool left = stayed_or_left(Deed::subscription_cancelled, subject, from_s, until_s);
      subscribers.push_back({*values, 0, left});
    }
    const auto values = churn_values(ChurnKind::buyer, subject, from_s);
    const auto facts = facts_at(subject, from_s);
    const auto customer = facts ? summary_of(*facts, from_s) : std::nullopt;
    if (!values || !customer) return;
    const bool stayed = stayed_or_left(Deed::order_completed, subject, from_s, until_s);
    buyers.push_back({*values, log_odds_of(models.silent(*customer, until_s - from_s)), !stayed});
  }
};

}  // namespace

std::vector<ShopChurn> learn_churn_in(const PeopleView& people, std::uint32_t now_s,
                                      const ValueModels& models, std::uint32_t horizon_s,
                                      const std::function<bool(double)>& go_on) {
  constexpr std::uint32_t kMostExamples = 50'000;
  std::vector<ShopChurn> out;
  if (now_s <= horizon_s) return out;
  ChurnWindow later{.from_s = now_s - horizon_s, .until_s = now_s};
  ChurnWindow earlier{.from_s = later.from_s - std::min(later.from_s, horizon_s),
                      .until_s = later.from_s};
  const std::uint32_t stride = 1 + people.numbers / (4 * kMostExamples);
  Person person;
  std::vector<std::uint32_t> segments;
  for (std::uint32_t number = 0; number < people.numbers; number += stride) {
    if (number % 4'096 == 0 && !go_on(0.8 + 0.2 * number / people.numbers)) return out;
    if (!people.read(number, person) || person.kind != SubjectKind::person) continue;
    const Subject subject = person.view(segments);
    earlier.add(subject, models);
    later.add(subject, models);
  }
  if (auto churn = ShopChurn::learn(ChurnKind::buyer, earlier.buyers, later.buyers)) {
    out.push_back(*std::move(churn));
  }
  if (auto churn =
          ShopChurn::learn(ChurnKind::subscriber, earlier.subscribers, later.subscribers)) {
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
