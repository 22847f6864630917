#pragma once

namespace souk::segmentation {

/// Gauss's hypergeometric function 2F1(a, b; c; z) for c > 0 and 0 <= z < 1 by its series: quick
/// where a·b is small beside c, as in the models here. To about 14 digits there.
[[nodiscard]] double hypergeometric(double a, double b, double c, double z);

}  // namespace souk::segmentation
