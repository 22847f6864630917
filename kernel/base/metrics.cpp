#include "kernel/base/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>

namespace souk::base {
namespace {

std::map<std::string, std::string> label_map(const Labels& labels) {
  return {labels.begin(), labels.end()};
}

const prometheus::Histogram::BucketBoundaries& seconds_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{
      50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
      50e-3, 0.1,    0.25,   0.5,    1.0,  2.5,    5.0,  10.0};
  return buckets;
}

}  // namespace

void Counter::add(double by) const noexcept {
  if (counter_ != nullptr) counter_->Increment(by);
}
void Gauge::set(double value) const noexcept {
  if (gauge_ != nullptr) gauge_->Set(value);
}
void Gauge::add(double by) const noexcept {
  if (gauge_ != nullptr) gauge_->Increment(by);
}
void Histogram::observe(double seconds) const noexcept {
  if (histogram_ != nullptr) histogram_->Observe(seconds);
}

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}
Metrics::~Metrics() = default;

Counter Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  try {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
    return Counter(&family.Add(label_map(labels)));
  } catch (const std::exception&) {
    return {};
  }
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  try {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
    return Gauge(&family.Add(label_map(labels)));
  } catch (const std::exception&) {
    return {};
  }
}

Histogram Metrics::histogram(const std::string& name, const std::string& help,
                             const Labels& labels) {
  try {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
    return Histogram(&family.Add(label_map(labels), seconds_buckets()));
  } catch (const std::exception&) {
    return {};
  }
}

std::string Metrics::expose() const {
  return prometheus::TextSerializer().Serialize(registry_->Collect());
}

}  // namespace souk::base
