#include "tools/souk/evaluate/clicks.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "tools/souk/evaluate/csv_rows.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

void sort_by_time(Trail& trail) {
  if (std::is_sorted(trail.time_us.begin(), trail.time_us.end())) return;
  std::vector<std::size_t> order(trail.items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return trail.time_us[a] < trail.time_us[b];
  });
  Trail sorted;
  for (const std::size_t at : order) {
    sorted.items.push_back(std::move(trail.items[at]));
    sorted.time_us.push_back(trail.time_us[at]);
  }
  trail.items = std::move(sorted.items);
  trail.time_us = std::move(sorted.time_us);
}

}  // namespace

Result<std::vector<Trail>> read_trails(const std::string& path, const std::string& owner) {
  auto rows = CsvRows::open(path);
  if (!rows) return rows.status();
  const Column owner_column = (*rows)->need(owner);
  const Column item_column = (*rows)->need("item_id");
  const Column time_column = (*rows)->find("timestamp");
  std::vector<Trail> trails;
  std::unordered_map<std::string, std::size_t> index;
  const Status status = (*rows)->for_each([&](const CsvRecord& record) -> Status {
    std::string id(owner_column.of(record));
    if (id.empty()) return Status(Code::invalid_argument, owner + " is empty");
    if (item_column.of(record).empty()) return Status(Code::invalid_argument, "item_id is empty");
    const auto [at, added] = index.try_emplace(id, trails.size());
    if (added) trails.emplace_back().id = std::move(id);
    Trail& trail = trails[at->second];
    trail.items.emplace_back(item_column.of(record));
    if (!time_column.present()) return {};
    const auto time_us = parse_time(time_column.of(record));
    if (!time_us) return Status(Code::invalid_argument, "timestamp is not a time");
    trail.time_us.push_back(*time_us);
    return {};
  });
  if (!status.ok()) return status;
  for (Trail& trail : trails)
    sort_by_time(trail);
  return trails;
}

}  // namespace souk::cli
