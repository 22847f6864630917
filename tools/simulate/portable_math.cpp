#include "tools/simulate/portable_math.hpp"

#include <cmath>

namespace souk::simulate {
namespace {

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kTwoPi = 6.283185307179586476925;

}  // namespace

double portable_exp(double x) noexcept {
  if (x < -700.0) return 0.0;
  if (x > 700.0) x = 700.0;
  // e^x = 2^k · e^r with |r| <= ln2/2, where 14 terms of the series reach the last bit.
  const double k = std::floor(x / kLn2 + 0.5);
  const double r = x - k * kLn2;
  double sum = 1.0;
  for (int term = 14; term >= 1; --term)
    sum = 1.0 + sum * r / term;
  return std::ldexp(sum, static_cast<int>(k));
}

double portable_log(double x) noexcept {
  if (!(x > 2.2250738585072014e-308)) x = 2.2250738585072014e-308;
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.70710678118654752440) {
    mantissa *= 2.0;
    --exponent;
  }
  // log m = 2·artanh(s), s = (m-1)/(m+1), |s| <= 0.172.
  const double s = (mantissa - 1.0) / (mantissa + 1.0);
  const double square = s * s;
  double sum = 0.0;
  for (int power = 21; power >= 1; power -= 2)
    sum = sum * square + 1.0 / power;
  return 2.0 * s * sum + exponent * kLn2;
}

double portable_pow(double base, double exponent) noexcept {
  return portable_exp(exponent * portable_log(base));
}

double cosine_of_turns(double turns) noexcept {
  const double wrapped = turns - std::floor(turns + 0.5);
  const double x = wrapped * kTwoPi;
  const double square = x * x;
  double sum = 1.0;
  for (int term = 26; term >= 2; term -= 2)
    sum = 1.0 - sum * square / (term * (term - 1));
  return sum;
}

double logistic(double x) noexcept { return 1.0 / (1.0 + portable_exp(-x)); }

}  // namespace souk::simulate
