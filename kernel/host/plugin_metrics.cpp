#include "kernel/host/plugin_metrics.hpp"

#include <algorithm>
#include <cmath>

namespace souk::host {
namespace {

constexpr std::size_t kMaxName = 100;

bool well_formed(std::string_view name) noexcept {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kMaxName && (name[0] < '0' || name[0] > '9') &&
         std::all_of(name.begin(), name.end(), allowed);
}

std::string prefix_of(const std::string& plugin) {
  std::string prefix = "souk_" + plugin + "_";
  std::replace_if(
      prefix.begin(), prefix.end(),
      [](char c) { return !well_formed(std::string_view(&c, 1)) && (c < '0' || c > '9'); }, '_');
  return prefix;
}

base::Labels metric_labels_of(const storage::InstanceKey& key) {
  base::Labels labels{{"store", key.store_id}};
  if (!key.account_id.empty()) labels.emplace_back("account", key.account_id);
  return labels;
}

}  // namespace

PluginMetrics::PluginMetrics(base::Metrics& metrics, const storage::InstanceKey& key)
    : metrics_(metrics), prefix_(prefix_of(key.plugin)), labels_(metric_labels_of(key)) {}

std::uint32_t PluginMetrics::find_or_make(souk_metric_kind kind, std::string_view name,
                                          std::string_view help) {
  if (!well_formed(name) || kind < SOUK_METRIC_COUNTER || kind > SOUK_METRIC_HISTOGRAM) return 0;
  const std::lock_guard lock(making_);
  const std::uint32_t count = count_;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (entries_[i].name == name) return entries_[i].kind == kind ? i + 1 : 0;
  }
  if (count == kMax) return 0;
  Entry& entry = entries_[count];
  entry.name = name;
  entry.kind = kind;
  const std::string full_name = prefix_ + entry.name;
  const std::string text(help);
  if (kind == SOUK_METRIC_COUNTER) entry.counter = metrics_.counter(full_name, text, labels_);
  if (kind == SOUK_METRIC_GAUGE) entry.gauge = metrics_.gauge(full_name, text, labels_);
  if (kind == SOUK_METRIC_HISTOGRAM) entry.histogram = metrics_.histogram(full_name, text, labels_);
  count_ = count + 1;
  return count + 1;
}

void PluginMetrics::record(std::uint32_t id, double value) noexcept {
  if (id == 0 || id > count_.load(std::memory_order_acquire) || !std::isfinite(value)) return;
  const Entry& entry = entries_[id - 1];
  if (entry.kind == SOUK_METRIC_GAUGE) {
    entry.gauge.set(value);
  } else if (value >= 0) {
    if (entry.kind == SOUK_METRIC_COUNTER) entry.counter.add(value);
    if (entry.kind == SOUK_METRIC_HISTOGRAM) entry.histogram.observe(value);
  }
}

}  // namespace souk::host
