#include "plugins/search/state/completions.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "plugins/search/state/behaviour.hpp"
#include "plugins/search/state/keys.hpp"

namespace souk::search {
namespace {

constexpr std::size_t kMostWords = 8;  ///< of a query; it is found by these

bool eligible(const QueryEntry& entry) {
  return entry.searches >= Completions::kLeastSearches && entry.searches != entry.without_results &&
         !entry.text.empty();
}

/// Calls visit(the text from each word on, whether it is the first).
template <class Visit>
void for_each_word(std::string_view text, Visit&& visit) {
  std::size_t at = 0;
  for (std::size_t word = 0; word < kMostWords && at < text.size(); ++word) {
    visit(text.substr(at));
    const std::size_t space = text.find(' ', at);
    if (space == std::string_view::npos) return;
    at = space + 1;
  }
}

}  // namespace

double completion_worth(const QueryEntry& entry, std::string_view typed) {
  // A later word is second best. Clicks say that it is answered.
  const double worth = entry.weight + 2.0 * static_cast<double>(entry.clicked);
  return std::string_view(entry.text).starts_with(typed) ? worth : worth / 4;
}

std::uint64_t Completions::key_under(std::string_view beginning) {
  return XXH3_64bits_withSeed(beginning.data(), beginning.size(), 2);
}

void Completions::touch(std::uint64_t key, const QueryEntry& entry, const Queries& queries) {
  if (!eligible(entry)) return;
  // What is in a list is not looked at again; what is not tries now and then whether it has become
  // better than the least of it.
  const std::uint64_t times = entry.searches + entry.clicked;
  if (times > kLeastSearches && (times & (times - 1)) != 0 && times % 64 != 0) return;
  add({}, key, entry, queries);
  for_each_word(entry.text, [&](std::string_view rest) {
    for (std::size_t size = 1; size <= std::min(kLongest, rest.size()); ++size)
      add(rest.substr(0, size), key, entry, queries);
  });
}

void Completions::add(std::string_view beginning, std::uint64_t key, const QueryEntry& entry,
                      const Queries& queries) {
  const std::uint64_t place = key_under(beginning);
  const List* known = lists_.find(place);
  if (known != nullptr &&
      std::find(known->queries.begin(), known->queries.end(), key) != known->queries.end()) {
    return;
  }
  const std::size_t most = beginning.size() == kLongest ? kOfLongest : kOfShort;
  if (known == nullptr || known->queries.size() < most) {
    auto next = known == nullptr ? std::make_shared<List>() : std::make_shared<List>(*known);
    next->queries.push_back(key);
    lists_.set(place, std::move(next));
    return;
  }
  const double own = completion_worth(entry, beginning);
  if (own <= known->floor) return;
  // The least of them gives way; what is not known any more is the least of all. Nearly all grow,
  // so what the next one was worth now is what others have to beat later.
  std::size_t least = 0;
  double least_worth = own;
  double next_worth = own;
  for (std::size_t i = 0; i < known->queries.size(); ++i) {
    const QueryEntry* other = queries.find(known->queries[i]);
    const double worth = other == nullptr ? -1 : completion_worth(*other, beginning);
    if (worth < least_worth) {
      next_worth = least_worth;
      least_worth = worth;
      least = i + 1;
    } else {
      next_worth = std::min(next_worth, worth);
    }
  }
  auto next = std::make_shared<List>(*known);
  next->floor = least == 0 ? own : next_worth;
  if (least > 0) next->queries[least - 1] = key;
  lists_.set(place, std::move(next));
}

void Completions::rebuild(const Queries& queries) {
  lists_.clear();
  std::vector<std::pair<std::uint64_t, const QueryEntry*>> all;
  queries.for_each([&](std::uint64_t key, const QueryEntry& entry) {
    if (eligible(entry)) all.emplace_back(key, &entry);
  });
  // The best first: then nothing has to give way.
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    const double first = completion_worth(*a.second, {});
    const double second = completion_worth(*b.second, {});
    return first != second ? first > second : a.first < b.first;
  });
  std::unordered_map<std::uint64_t, std::shared_ptr<List>> drafts;
  const auto put = [&](std::string_view beginning, std::uint64_t key) {
    auto& list = drafts[key_under(beginning)];
    if (list == nullptr) list = std::make_shared<List>();
    const std::size_t most = beginning.size() == kLongest ? kOfLongest : kOfShort;
    auto& keys = list->queries;
    if (keys.size() < most && (keys.empty() || keys.back() != key)) keys.push_back(key);
  };
  for (const auto& [key, entry] : all) {
    put({}, key);
    for_each_word(entry->text, [&, id = key](std::string_view rest) {
      for (std::size_t size = 1; size <= std::min(kLongest, rest.size()); ++size)
        put(rest.substr(0, size), id);
    });
  }
  for (auto& [place, list] : drafts)
    lists_.set(place, std::move(list));
}

}  // namespace souk::search
