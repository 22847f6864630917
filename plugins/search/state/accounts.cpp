#include "plugins/search/state/accounts.hpp"

#include <algorithm>

#include "plugins/search/fold/product_document.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::uint64_t kMostTexts = 1'000'000;

template <class Texts>
std::vector<std::string> copied(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

void save(souk::Writer& out, const std::vector<std::string>& texts) {
  out.count(texts.size());
  for (const std::string& text : texts)
    out.text(text);
}

std::vector<std::string> load_texts(souk::Reader& in) {
  std::vector<std::string> texts;
  for (std::uint64_t left = in.count(kMostTexts); left > 0 && in.ok(); --left)
    texts.push_back(in.text());
  return texts;
}

}  // namespace

void Accounts::put(const souk::v1::Account& account) {
  if (accounts_.size() >= kMost && !accounts_.contains(account.id())) {
    ++dropped_;
    return;
  }
  auto facts = std::make_shared<AccountFacts>();
  facts->price_list = account.price_list_id();
  facts->only_categories = copied(account.catalog().only_categories());
  facts->excluded_categories = copied(account.catalog().excluded_categories());
  facts->only_products = copied(account.catalog().only_product_ids());
  facts->excluded_products = copied(account.catalog().excluded_product_ids());
  accounts_.insert_or_assign(account.id(), std::move(facts));
}

void Accounts::remove(std::string_view account_id) {
  const auto at = accounts_.find(account_id);
  if (at != accounts_.end()) accounts_.erase(at);
}

void Accounts::put(const souk::v1::PriceList& list, std::string_view currency) {
  if (lists_.size() >= kMost && !lists_.contains(list.id())) {
    ++dropped_;
    return;
  }
  auto facts = std::make_shared<PriceListFacts>();
  facts->discount = std::clamp(list.discount_percent() / 100, 0.0, 1.0);
  if (list.has_valid_from()) facts->from_us = list.valid_from().seconds() * 1'000'000;
  if (list.has_valid_until()) facts->until_us = list.valid_until().seconds() * 1'000'000;
  for (const auto& entry : list.entries()) {
    if (entry.min_quantity() > 1) continue;  // a step for larger orders
    const std::string& own =
        entry.price().currency().empty() ? list.currency() : entry.price().currency();
    const double price = static_cast<double>(entry.price().amount()) /
                         minor_units(own.empty() ? currency : std::string_view(own));
    const auto [at, added] = facts->prices.try_emplace(key_of(entry.product_id()), price);
    if (!added) at->second = std::min(at->second, price);
  }
  lists_.insert_or_assign(list.id(), std::move(facts));
}

void Accounts::remove_list(std::string_view list_id) {
  const auto at = lists_.find(list_id);
  if (at != lists_.end()) lists_.erase(at);
}

const AccountFacts* Accounts::find(std::string_view account_id) const {
  const auto at = account_id.empty() ? accounts_.end() : accounts_.find(account_id);
  return at == accounts_.end() ? nullptr : at->second.get();
}

const PriceListFacts* Accounts::prices(std::string_view account_id, std::int64_t now_us) const {
  const AccountFacts* account = find(account_id);
  if (account == nullptr || account->price_list.empty()) return nullptr;
  const auto at = lists_.find(account->price_list);
  return at != lists_.end() && at->second->holds(now_us) ? at->second.get() : nullptr;
}

void Accounts::save(souk::Writer& writer) const {
  writer.map(accounts_, [](souk::Writer& out, const std::string& id, const auto& facts) {
    out.text(id);
    out.text(facts->price_list);
    search::save(out, facts->only_categories);
    search::save(out, facts->excluded_categories);
    search::save(out, facts->only_products);
    search::save(out, facts->excluded_products);
  });
  writer.map(lists_, [](souk::Writer& out, const std::string& id, const auto& facts) {
    out.text(id);
    out.number(facts->discount);
    out.number(facts->from_us);
    out.number(facts->until_us);
    out.count(facts->prices.size());
    for (const auto& [product, price] : facts->prices) {
      out.number(product);
      out.number(price);
    }
  });
}

void Accounts::load(souk::Reader& reader) {
  reader.map(kMost, [this](souk::Reader& in) {
    std::string id = in.text();
    auto facts = std::make_shared<AccountFacts>();
    facts->price_list = in.text();
    facts->only_categories = load_texts(in);
    facts->excluded_categories = load_texts(in);
    facts->only_products = load_texts(in);
    facts->excluded_products = load_texts(in);
    accounts_.insert_or_assign(std::move(id), std::move(facts));
  });
  reader.map(kMost, [this](souk::Reader& in) {
    std::string id = in.text();
    auto facts = std::make_shared<PriceListFacts>();
    facts->discount = in.number<double>();
    facts->from_us = in.number<std::int64_t>();
    facts->until_us = in.number<std::int64_t>();
    for (std::uint64_t left = in.count(100'000'000); left > 0 && in.ok(); --left) {
      const auto product = in.number<std::uint64_t>();
      facts->prices[product] = in.number<double>();
    }
    lists_.insert_or_assign(std::move(id), std::move(facts));
  });
}

}  // namespace souk::search
