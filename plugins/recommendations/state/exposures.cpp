#include "plugins/recommendations/state/exposures.hpp"

#include <algorithm>
#include <cmath>

#include "plugins/recommendations/state/hashing.hpp"

namespace souk::recommendations {

bool Exposures::wanted(std::string_view token, std::uint64_t person) const {
  const std::uint64_t hash = hash_of(token);
  std::size_t of_person = 0;
  for (const Answer& answer : waiting_) {
    if (answer.token == hash) return false;
    of_person += answer.person == person ? 1 : 0;
  }
  return of_person < kMostOfPerson;
}

void Exposures::add(std::string_view token, std::uint64_t person, std::uint32_t at_s,
                    std::vector<Product> products) {
  if (products.empty()) return;
  if (products.size() > kMostProducts) products.resize(kMostProducts);
  waiting_.push_back({hash_of(token), person, at_s, std::move(products)});
}

void Exposures::click(std::string_view token, ItemId item) {
  if (token.empty() || item == kNoItem) return;
  const std::uint64_t hash = hash_of(token);
  for (auto answer = waiting_.rbegin(); answer != waiting_.rend(); ++answer) {
    if (answer->token != hash) continue;
    for (Product& product : answer->products) {
      if (product.item == item) product.example.clicked = true;
    }
    return;
  }
}

void Exposures::settle(std::uint32_t now_s, Blender& blender) {
  while (!waiting_.empty() &&
         (waiting_.size() > kMostWaiting || waiting_.front().at_s + kWaitS <= now_s)) {
    lesson_.clear();
    for (const Product& product : waiting_.front().products)
      lesson_.push_back(product.example);
    blender.learn(lesson_);
    waiting_.pop_front();
  }
}

void Exposures::forget(std::uint64_t person) {
  std::erase_if(waiting_, [&](const Answer& answer) { return answer.person == person; });
}

Status Exposures::save(ByteSink& sink) const {
  SnapshotWriter out(sink, "SKEX", 1);
  out.u32(static_cast<std::uint32_t>(waiting_.size()));
  for (const Answer& answer : waiting_) {
    out.u64(answer.token);
    out.u64(answer.person);
    out.u32(answer.at_s);
    out.u32(static_cast<std::uint32_t>(answer.products.size()));
    for (const Product& product : answer.products) {
      out.u32(product.item);
      out.u32(product.example.position);
      out.u8(product.example.clicked ? 1 : 0);
      for (const float part : product.example.features.parts)
        out.f64(static_cast<double>(part));
      for (const float trait : product.example.features.traits)
        out.f64(static_cast<double>(trait));
    }
  }
  return out.finish();
}

Status Exposures::load(ByteSource& source, std::uint32_t items) {
  SnapshotReader in(source, "SKEX", 1);
  const std::uint32_t answers = in.count(kMostWaiting + 1, "the number of answers shown");
  for (std::uint32_t i = 0; in.ok() && i < answers; ++i)
    load_answer(in, items);
  return in.finish();
}

void Exposures::load_answer(SnapshotReader& in, std::uint32_t items) {
  const auto number = [&] {
    const auto value = static_cast<float>(in.f64());
    if (!std::isfinite(value)) in.fail("a feature that is no number");
    return value;
  };
  Answer answer;
  answer.token = in.u64();
  answer.person = in.u64();
  answer.at_s = in.u32();
  const std::uint32_t products = in.count(kMostProducts, "the products of an answer");
  for (std::uint32_t i = 0; in.ok() && i < products; ++i) {
    Product& product = answer.products.emplace_back();
    product.item = in.u32();
    product.example.position = in.u32();
    product.example.clicked = in.u8() != 0;
    for (float& part : product.example.features.parts)
      part = number();
    for (float& trait : product.example.features.traits)
      trait = number();
    if (in.ok() && product.item >= items) in.fail("a product that was shown and is not known");
  }
  if (in.ok()) waiting_.push_back(std::move(answer));
}

}  // namespace souk::recommendations
