#include "plugins/search/algolia/indexes.hpp"

#include <algorithm>

namespace souk::search::algolia {
namespace {

bool has_attribute(const Corpus& corpus, std::string_view name) {
  return std::any_of(corpus.parts.begin(), corpus.parts.end(), [name](const Corpus::Part& part) {
    return static_cast<bool>(part.segment->columns().find(name));
  });
}

Status missing(std::string_view index) {
  return Status(Code::not_found, "Index " + std::string(index) + " does not exist");
}

/// The order that a name asks for by its end, and what stands before it.
struct Ending {
  std::string_view base;
  std::string sort;
  bool asks = false;  ///< it has the form of one, whether there is such an attribute or not
};

Ending ending_of(std::string_view index, const Corpus& corpus) {
  constexpr std::string_view kSort = "/sort/";
  if (const std::size_t at = index.find(kSort); at != std::string_view::npos) {
    return {index.substr(0, at), std::string(index.substr(at + kSort.size())), true};
  }
  const bool up = index.ends_with("_asc");
  if (!up && !index.ends_with("_desc")) return {index, {}, false};
  const std::string_view name = index.substr(0, index.size() - (up ? 4 : 5));
  for (std::size_t from = 0; from < name.size();) {
    const std::string_view attribute = name.substr(from);
    if (has_attribute(corpus, attribute)) {
      return {name.substr(0, from == 0 ? 0 : from - 1),
              std::string(attribute) + (up ? " asc" : " desc"), true};
    }
    from = name.find('_', from);
    from = from == std::string_view::npos ? name.size() : from + 1;
  }
  return {index, {}, true};
}

}  // namespace

Result<Target> target_of(std::string_view index, const Known& known, const Corpus& catalog) {
  Target target;
  if (known.settings != nullptr) target.settings = known.settings->find(index);
  if (target.settings != nullptr) target.sort = target.settings->sort;
  if (known.others.contains(index)) {
    target.beside = index;
    return target;
  }
  if (!known.catalog.empty() && index == known.catalog) return target;
  const std::string_view primary =
      known.settings != nullptr ? known.settings->primary_of(index) : std::string_view();
  if (!primary.empty()) {
    if (known.others.contains(primary)) target.beside = primary;
    const bool ordered = !target.sort.empty() || !target.settings->order.empty();
    if (!ordered) target.sort = ending_of(index, catalog).sort;
    return target;
  }
  const Ending ending = ending_of(index, catalog);
  if (ending.asks && ending.sort.empty()) return missing(index);
  if (known.catalog.empty() || ending.base == known.catalog) {
    if (!known.catalog.empty() && !ending.asks) return missing(index);
    if (ending.asks && target.settings == nullptr && known.settings != nullptr) {
      target.settings = known.settings->find(ending.base);
    }
    if (ending.asks) target.sort = ending.sort;
    return target;
  }
  return missing(index);
}

}  // namespace souk::search::algolia
