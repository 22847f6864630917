// Which subject or variant of a message to send: Thompson sampling for Bernoulli rewards
// (Thompson 1933; Chapelle & Li, "An Empirical Evaluation of Thompson Sampling", NIPS 2011).
//
// Each variant's rate has the posterior Beta(1 + successes, 1 + failures); one draw of each, and
// the largest is sent. Variants that do badly are sent less and less, none is ever dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace souk::email {

struct VariantResult {
  /// Messages whose fate is known: opened (or clicked), or older than the window in which that
  /// counts. One that was just sent is no failure yet and does not count.
  double sent = 0;
  double successes = 0;
};

/// The variant to send. The same results and seed give the same answer: a seed that is a hash of
/// person and message makes the choice repeatable after a restart. 0 when there is none to choose
/// from.
[[nodiscard]] std::size_t choose_variant(std::span<const VariantResult> variants,
                                         std::uint64_t seed) noexcept;

/// For the report: how probable it is that each variant is the best, from `draws` joint draws.
[[nodiscard]] std::vector<double> probability_best(std::span<const VariantResult> variants,
                                                   std::uint64_t seed, int draws = 4000);

}  // namespace souk::email
