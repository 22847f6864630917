#include "kernel/host/facts.hpp"

#include <charconv>

namespace souk::host {
namespace {

std::string enabled_key(std::string_view store_id, std::string_view plugin) {
  return "enabled/" + std::string(store_id) + "/" + std::string(plugin);
}
std::string running_key(std::string_view store_id) { return "running/" + std::string(store_id); }
std::string starting_key(const storage::InstanceKey& key) {
  return "starting/" + key.store_id + "/" + key.plugin + "/" + key.account_id;
}
std::string line_of(const storage::InstanceKey& key) { return key.plugin + "\t" + key.account_id; }

/// The fact, or `absent` when there is none.
Result<std::string> fact_or(storage::Database& database, const std::string& key,
                            std::string_view absent) {
  Result<std::string> value = database.fact(key);
  if (value.code() == Code::not_found) return std::string(absent);
  return value;
}

}  // namespace

Result<bool> Facts::enabled(std::string_view store_id, std::string_view plugin) {
  auto value = fact_or(database_, enabled_key(store_id, plugin), "1");
  if (!value.ok()) return value.status();
  return *value != "0";
}

Status Facts::set_enabled(std::string_view store_id, std::string_view plugin, bool enabled) {
  return database_.set_fact(enabled_key(store_id, plugin), enabled ? "1" : "0");
}

Result<std::set<std::string>> Facts::running_lines(std::string_view store_id) {
  auto value = fact_or(database_, running_key(store_id), "");
  if (!value.ok()) return value.status();
  std::set<std::string> lines;
  std::string_view rest = *value;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    lines.emplace(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return lines;
}

Status Facts::store_lines(std::string_view store_id, const std::set<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  return database_.set_fact(running_key(store_id), text);
}

Result<bool> Facts::was_running(const storage::InstanceKey& key) {
  const std::lock_guard lock(mutex_);
  auto lines = running_lines(key.store_id);
  if (!lines.ok()) return lines.status();
  return lines->contains(line_of(key));
}

Status Facts::set_running(const storage::InstanceKey& key, bool running) {
  const std::lock_guard lock(mutex_);
  auto lines = running_lines(key.store_id);
  if (!lines.ok()) return lines.status();
  const bool changed =
      running ? lines->insert(line_of(key)).second : lines->erase(line_of(key)) > 0;
  return changed ? store_lines(key.store_id, *lines) : Status{};
}

Status Facts::add_running(std::string_view store_id, const std::set<storage::InstanceKey>& keys) {
  const std::lock_guard lock(mutex_);
  auto lines = running_lines(store_id);
  if (!lines.ok()) return lines.status();
  const std::size_t before = lines->size();
  for (const storage::InstanceKey& key : keys)
    lines->insert(line_of(key));
  return lines->size() == before ? Status{} : store_lines(store_id, *lines);
}

Status Facts::retain_running(std::string_view store_id,
                             const std::set<storage::InstanceKey>& keys) {
  const std::lock_guard lock(mutex_);
  auto lines = running_lines(store_id);
  if (!lines.ok()) return lines.status();
  std::set<std::string> kept;
  for (const storage::InstanceKey& key : keys) {
    if (key.store_id == store_id && lines->contains(line_of(key))) kept.insert(line_of(key));
  }
  return kept.size() == lines->size() ? Status{} : store_lines(store_id, kept);
}

Result<std::uint32_t> Facts::failed_starts(const storage::InstanceKey& key) {
  auto value = fact_or(database_, starting_key(key), "0");
  if (!value.ok()) return value.status();
  std::uint32_t count = 0;
  std::from_chars(value->data(), value->data() + value->size(), count);
  return count;
}

Status Facts::set_failed_starts(const storage::InstanceKey& key, std::uint32_t count) {
  return database_.set_fact(starting_key(key), std::to_string(count));
}

}  // namespace souk::host
