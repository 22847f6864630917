// Elementary functions that give the same bits with every compiler and C library.
//
// A simulated shop is a contract: the same seed makes the same bytes on every machine. The C
// library's exp and log may differ in the last bit between versions, and one bit decides whether a
// shopper buys. So these are written with additions, multiplications and divisions alone, which
// IEEE 754 fixes (the target is compiled with -ffp-contract=off, since a fused multiply-add rounds
// differently).
//
// Accuracy: within a few units in the last place over the ranges used here. Thread-safe, no state.
#pragma once

namespace souk::simulate {

/// e^x. Underflows to 0 below -700 and saturates above 700 instead of becoming infinite.
[[nodiscard]] double portable_exp(double x) noexcept;

/// Natural logarithm. Requires x > 0; smaller values answer the logarithm of the smallest double.
[[nodiscard]] double portable_log(double x) noexcept;

/// base^exponent for base > 0.
[[nodiscard]] double portable_pow(double base, double exponent) noexcept;

/// cos(2π·turns): an angle in full turns, so that calendars need no π.
[[nodiscard]] double cosine_of_turns(double turns) noexcept;

/// 1 / (1 + e^-x).
[[nodiscard]] double logistic(double x) noexcept;

}  // namespace souk::simulate
