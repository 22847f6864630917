#include "plugins/search/serve/visible.hpp"

#include "plugins/search/model/filter_evaluation.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

template <class Texts>
std::vector<std::string> copy(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

void require_none(Filter& all, const char* attribute, std::vector<std::string> values) {
  if (values.empty()) return;
  Filter one = equal_filter(attribute, std::move(values));
  one.negate();
  all.require(std::move(one));
}

}  // namespace

void see_for(std::string_view account, const Corpus& corpus, const Accounts& accounts,
             const v1::Settings& settings, const ServingSettings& serving, double now_s,
             std::vector<DocSet>& visible) {
  Filter allowed;
  require_none(allowed, "categories", copy(settings.exclude_categories()));
  const AccountFacts* facts = accounts.find(account);
  if (facts != nullptr) {
    require_none(allowed, "categories", facts->excluded_categories);
    if (!facts->only_categories.empty()) {
      allowed.require(equal_filter("categories", facts->only_categories));
    }
  }
  const auto remove = [&](DocSet& set, const Segment& segment, const auto& ids) {
    for (const std::string& id : ids) {
      const DocId doc = segment.find(key_of(id));
      if (doc != Segment::kNowhere) set.remove(doc);
    }
  };
  visible.resize(corpus.parts.size());
  for (std::size_t i = 0; i < corpus.parts.size(); ++i) {
    const Segment& segment = *corpus.parts[i].segment;
    DocSet& set = visible[i];
    set = *corpus.parts[i].live;
    segment.mask(account, set);
    if (serving.sold_out == ServingSettings::SoldOut::hide) set.subtract(segment.sold_out());
    remove(set, segment, settings.exclude_products());
    if (facts != nullptr) {
      remove(set, segment, facts->excluded_products);
      if (!facts->only_products.empty()) {
        DocSet only(segment.size());
        for (const std::string& id : facts->only_products) {
          const DocId doc = segment.find(key_of(id));
          if (doc != Segment::kNowhere) only.add(doc);
        }
        set &= only;
      }
    }
    if (allowed.empty()) continue;
    DocSet through;
    SegmentFilter(allowed, ColumnsView{&segment.columns()}, now_s).evaluate(set, through);
    set = std::move(through);
  }
}

}  // namespace souk::search
