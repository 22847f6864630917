#include "plugins/recommendations/model/training_data.hpp"

#include <algorithm>
#include <numeric>

namespace souk::recommendations {
namespace {

constexpr unsigned kBucketBits = 12;
constexpr std::size_t kBuckets = std::size_t{1} << kBucketBits;
constexpr std::size_t kTurns = 24;               // of a transposition
constexpr std::size_t kMovedAtOnce = 1'000'000;  // before it is asked whether to go on

std::size_t bucket_of(std::uint64_t who) { return who >> (64 - kBucketBits); }

/// A stable order by person: into buckets of the upper bits, then within each. Returns where each
/// bucket begins; empty when cancelled.
std::vector<std::size_t> sort_by_person(std::vector<Interaction>& interactions, Crew& crew) {
  std::vector<std::size_t> begins(kBuckets + 1);
  for (const Interaction& one : interactions)
    ++begins[bucket_of(one.who) + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  if (crew.ask()) return {};
  std::vector<Interaction> sorted(interactions.size());
  std::vector<std::size_t> at(begins.begin(), begins.end() - 1);
  for (std::size_t begin = 0; begin < interactions.size(); begin += kMovedAtOnce) {
    if (crew.ask()) return {};
    for (std::size_t i = begin; i < std::min(begin + kMovedAtOnce, interactions.size()); ++i)
      sorted[at[bucket_of(interactions[i].who)]++] = interactions[i];
  }
  interactions.swap(sorted);
  const bool whole = crew.each(kBuckets, [&](std::size_t bucket, unsigned) {
    std::stable_sort(interactions.begin() + static_cast<std::ptrdiff_t>(begins[bucket]),
                     interactions.begin() + static_cast<std::ptrdiff_t>(begins[bucket + 1]),
                     [](const Interaction& a, const Interaction& b) { return a.who < b.who; });
  });
  return whole ? begins : std::vector<std::size_t>();
}

/// One person's interactions, oldest first, to the newest distinct items, each once. They are moved
/// to the front; returns how many.
std::size_t distinct_items(std::span<Interaction> mine, std::uint32_t most) {
  std::reverse(mine.begin(), mine.end());
  if (mine.size() > most) {
    // The newest `most` distinct ones: mark by a stable sort of places would cost more than this.
    std::vector<ItemId> seen;
    std::size_t end = 0;
    for (; end < mine.size() && seen.size() < most; ++end) {
      const auto place = std::lower_bound(seen.begin(), seen.end(), mine[end].item);
      if (place == seen.end() || *place != mine[end].item) seen.insert(place, mine[end].item);
    }
    mine = mine.first(end);
  }
  std::sort(mine.begin(), mine.end(), [](const Interaction& a, const Interaction& b) {
    return a.item != b.item ? a.item < b.item : a.interest > b.interest;
  });
  const auto end = std::unique(mine.begin(), mine.end(),
                               [](const auto& a, const auto& b) { return a.item == b.item; });
  return static_cast<std::size_t>(end - mine.begin());
}

/// The columns, by popularity, and the way back from an item.
std::vector<std::uint32_t> choose_columns(const std::vector<std::uint32_t>& people_of,
                                          const TrainingRules& rules, std::vector<ItemId>& items) {
  for (ItemId item = 0; item < people_of.size(); ++item) {
    if (people_of[item] >= std::max(rules.min_people, 1u)) items.push_back(item);
  }
  std::sort(items.begin(), items.end(), [&](ItemId a, ItemId b) {
    return people_of[a] != people_of[b] ? people_of[a] > people_of[b] : a < b;
  });
  if (items.size() > rules.max_items) items.resize(rules.max_items);
  std::vector<std::uint32_t> column_of(people_of.size(), kNoItem);
  for (std::uint32_t column = 0; column < items.size(); ++column)
    column_of[items[column]] = column;
  return column_of;
}

struct Person {
  std::size_t begin = 0;
  std::size_t size = 0;
};

void append_person(const Interaction* mine, std::size_t size,
                   const std::vector<std::uint32_t>& column_of, const TrainingRules& rules,
                   TrainingData& data, std::vector<std::pair<std::uint32_t, float>>& cells) {
  cells.clear();
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint32_t column = column_of[mine[i].item];
    if (column == kNoItem) continue;
    cells.emplace_back(column, rules.worth[static_cast<std::size_t>(mine[i].interest)]);
  }
  data.left_out += size - cells.size();
  const float trust = rules.trust ? std::clamp(rules.trust(mine->who), 0.0f, 1.0f) : 1.0f;
  if (cells.empty() || trust <= 0) return;
  std::sort(cells.begin(), cells.end());
  for (const auto& [column, value] : cells) {
    data.people.columns.push_back(column);
    data.people.values.push_back(value);
  }
  data.people.begins.push_back(static_cast<std::uint32_t>(data.people.columns.size()));
  data.trust.push_back(trust);
}

}  // namespace

SparseRows transposed(const SparseRows& rows, std::uint32_t columns, Crew* crew) {
  SparseRows out;
  out.begins.assign(columns + std::size_t{1}, 0);
  for (const std::uint32_t column : rows.columns)
    ++out.begins[column + 1];
  std::partial_sum(out.begins.begin(), out.begins.end(), out.begins.begin());
  out.columns.resize(rows.columns.size());
  out.values.resize(rows.values.size());
  // Each turn writes columns of its own, which stand together in every row.
  std::vector<std::uint32_t> at(out.begins.begin(), out.begins.end() - 1);
  const auto take = [&](std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t row = 0; row < rows.rows(); ++row) {
      const auto mine = rows.row(row);
      const auto begin = std::lower_bound(mine.begin(), mine.end(), first);
      for (auto cell = begin; cell != mine.end() && *cell < last; ++cell) {
        const std::uint32_t place = at[*cell]++;
        out.columns[place] = row;
        out.values[place] = rows.row_values(row)[static_cast<std::size_t>(cell - mine.begin())];
      }
    }
  };
  if (crew == nullptr) {
    take(0, columns);
    return out;
  }
  std::vector<std::uint32_t> ends{0};
  for (std::uint32_t column = 0; column < columns; ++column) {
    if (out.begins[column + 1] - out.begins[ends.back()] >= rows.columns.size() / kTurns)
      ends.push_back(column + 1);
  }
  if (ends.back() != columns) ends.push_back(columns);
  crew->each(ends.size() - 1,
             [&](std::size_t turn, unsigned) { take(ends[turn], ends[turn + 1]); });
  return out;
}

double share_of_most_popular(const TrainingData& data, std::uint32_t most) {
  const auto inside = std::count_if(data.people.columns.begin(), data.people.columns.end(),
                                    [most](std::uint32_t column) { return column < most; });
  return static_cast<double>(inside) / std::max<double>(1, static_cast<double>(data.cells()));
}

void keep_most_popular(TrainingData& data, std::uint32_t most) {
  if (data.items.size() <= most) return;
  data.items.resize(most);
  SparseRows kept;
  std::vector<float> trust;
  for (std::uint32_t person = 0; person < data.people.rows(); ++person) {
    const auto columns = data.people.row(person);
    const auto values = data.people.row_values(person);
    for (std::size_t at = 0; at < columns.size() && columns[at] < most; ++at) {
      kept.columns.push_back(columns[at]);
      kept.values.push_back(values[at]);
    }
    if (kept.columns.size() == kept.begins.back()) continue;
    kept.begins.push_back(static_cast<std::uint32_t>(kept.columns.size()));
    trust.push_back(data.trust[person]);
  }
  data.left_out += data.cells() - kept.columns.size();
  data.people = std::move(kept);
  data.trust = std::move(trust);
}

TrainingData make_training_data(std::vector<Interaction>& interactions, const TrainingRules& rules,
                                Crew& crew) {
  TrainingData data;
  data.interactions = interactions.size();
  const std::vector<std::size_t> begins = sort_by_person(interactions, crew);
  if (begins.empty()) return {};
  std::vector<std::vector<Person>> found(kBuckets);
  const bool whole = crew.each(kBuckets, [&](std::size_t bucket, unsigned) {
    for (std::size_t begin = begins[bucket]; begin < begins[bucket + 1];) {
      std::size_t end = begin + 1;
      while (end < begins[bucket + 1] && interactions[end].who == interactions[begin].who)
        ++end;
      const std::span<Interaction> mine(interactions.data() + begin, end - begin);
      found[bucket].push_back({begin, distinct_items(mine, rules.max_items_per_person)});
      begin = end;
    }
  });
  if (!whole) return {};
  std::vector<std::uint32_t> people_of;
  std::size_t cells = 0;
  for (const auto& people : found) {
    for (const Person& person : people) {
      cells += person.size;
      for (std::size_t i = person.begin; i < person.begin + person.size; ++i) {
        const ItemId item = interactions[i].item;
        if (item >= people_of.size()) people_of.resize(item + std::size_t{1});
        ++people_of[item];
      }
    }
  }
  const std::vector<std::uint32_t> column_of = choose_columns(people_of, rules, data.items);
  data.people.columns.reserve(cells);
  data.people.values.reserve(cells);
  std::vector<std::pair<std::uint32_t, float>> scratch;
  for (const auto& people : found) {
    if (crew.ask()) return {};
    for (const Person& person : people) {
      append_person(interactions.data() + person.begin, person.size, column_of, rules, data,
                    scratch);
    }
  }
  return data;
}

}  // namespace souk::recommendations
