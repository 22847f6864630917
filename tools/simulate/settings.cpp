#include "tools/simulate/settings.hpp"

#include <algorithm>

namespace souk::simulate {
namespace {

Status outside(const char* name, std::int64_t value, const char* allowed) {
  return {Code::invalid_argument,
          std::string(name) + " is " + std::to_string(value) + "; allowed: " + allowed, name};
}

}  // namespace

Status check(const SimulationSettings& settings) {
  if (settings.products < 20 || settings.products > 1'000'000) {
    return outside("products", settings.products, "20 to 1000000");
  }
  if (settings.shoppers < 20 || settings.shoppers > 10'000'000) {
    return outside("shoppers", settings.shoppers, "20 to 10000000");
  }
  if (settings.days < 1 || settings.days > 3650) {
    return outside("days", settings.days, "1 to 3650");
  }
  // The envelope's time must be plausible to the store: 1990 … 2100.
  if (settings.start_us % kDayUs != 0 || settings.start_us < 631'152'000 * kSecondUs ||
      settings.start_us > 4'102'444'800 * kSecondUs) {
    return outside("start", settings.start_us, "a midnight (UTC) from 1990-01-01 to 2100-01-01");
  }
  const bool letters = std::all_of(settings.currency.begin(), settings.currency.end(),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
  if (settings.currency.size() != 3 || !letters) {
    return {Code::invalid_argument,
            "currency is '" + settings.currency + "'; allowed: three capital letters (ISO 4217)",
            "currency"};
  }
  return {};
}

}  // namespace souk::simulate
