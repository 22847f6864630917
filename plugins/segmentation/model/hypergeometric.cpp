#include "plugins/segmentation/model/hypergeometric.hpp"

#include <cmath>

namespace souk::segmentation {

double hypergeometric(double a, double b, double c, double z) {
  constexpr int kMostTerms = 100'000;
  double sum = 1;
  double term = 1;
  for (int n = 0; n < kMostTerms; ++n) {
    term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z;
    sum += term;
    if (std::abs(term) < 1e-15 * std::abs(sum)) break;
  }
  return sum;
}

}  // namespace souk::segmentation
