#include "plugins/search/model/latent_space.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <string>
#include <unordered_map>

#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/model/randomised_svd.hpp"

namespace souk::search {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t kStep = 32;  // of dimensions: what one instruction takes
constexpr std::uint32_t kFewestTerms = 4;

double since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

}  // namespace

std::uint32_t latent_dimensions(std::uint64_t products) {
  if (products < 1'000) return 32;
  if (products < 5'000) return 64;
  return products < 200'000 ? 96 : 128;
}

std::uint32_t LatentSpace::find(std::uint64_t key) const {
  const auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
  if (at == keys_.end() || *at != key) return kNone;
  return static_cast<std::uint32_t>(at - keys_.begin());
}

void LatentSpace::add(std::uint32_t term, float weight, std::span<float> sum) const {
  const std::int8_t* bytes = vectors_.data() + std::size_t{term} * dimensions_;
  const float scale = weight * scale_[term];
  for (std::size_t i = 0; i < dimensions_; ++i)
    sum[i] += scale * static_cast<float>(bytes[i]);
}

float LatentSpace::fold(std::span<const LatentWord> words, std::span<float> sum) const {
  std::fill(sum.begin(), sum.end(), 0.0F);
  if (keys_.empty()) return 0;
  // A word that was not learned is as rare as the rarest.
  const float unknown = rarest_;
  float all = 0;
  float known = 0;
  for (const LatentWord& word : words) {
    const std::uint32_t term = find(word.key);
    const float idf = term == kNone ? unknown : idf_[term];
    all += idf;
    if (term == kNone) continue;
    known += idf;
    add(term, std::log1p(word.weight) * idf, sum);
  }
  return all > 0 ? known / all : 0;
}

/// One training, step by step.
class LatentTraining {
 public:
  LatentTraining(const LatentProducts& products, const LatentLimits& limits,
                 const std::function<bool()>& cancelled,
                 const std::function<void(double)>& progress)
      : products_(products), limits_(limits), cancelled_(cancelled), progress_(progress) {}

  Result<LatentSpace> run() {
    if (!(limits_.budget_s > 0)) {
      return Status(Code::deadline_exceeded, "there is no time to learn in");
    }
    count();
    if (cancelled_()) return stopped();
    if (seen_ < limits_.fewest_products || made_.terms() < kFewestTerms) {
      return Status(Code::failed_precondition,
                    "too little text to learn from: " + std::to_string(seen_) + " products share " +
                        std::to_string(made_.terms()) + " words");
    }
    progress_(0.1);
    fill();
    if (cancelled_()) return stopped();
    progress_(0.2);
    SvdOptions options;
    // With as many directions as words each word would mean itself.
    const auto most = static_cast<std::uint32_t>(
        std::max<std::size_t>(2, std::min<std::size_t>(matrix_.rows(), made_.terms()) / 8));
    options.rank =
        limits_.dimensions > 0 ? limits_.dimensions : std::min(latent_dimensions(seen_), most);
    options.seed = limits_.seed;
    options.cancelled = cancelled_;
    options.hurried = [this] { return since(start_) > limits_.budget_s; };
    options.progress = [this](double share) { progress_(0.2 + 0.75 * share); };
    Svd svd;
    if (!truncated_svd(matrix_, options, svd)) return stopped();
    keep(svd);
    made_.products_ = static_cast<std::uint32_t>(matrix_.rows());
    made_.seconds_ = since(start_);
    progress_(1);
    return std::move(made_);
  }

 private:
  static Status stopped() { return {Code::cancelled, "the training was cancelled"}; }

  /// Which words are worth learning.
  void count() {
    std::unordered_map<std::uint64_t, std::uint32_t> having;
    // Counted words are bounded too: what is rare until there are so many is forgotten.
    const std::size_t room = std::size_t{8} * limits_.max_terms;
    std::uint32_t rare = 1;
    products_([&](std::span<const LatentWord> words) {
      seen_ += words.empty() ? 0 : 1;
      if (cancelled_()) return;
      for (const LatentWord& word : words)
        ++having[word.key];
      if (having.size() > room) {
        std::erase_if(having, [&](const auto& entry) { return entry.second <= rare; });
        rare += having.size() > room / 2 ? 1 : 0;
      }
    });
    const double most = std::max(limits_.most_of_term * seen_, 1.0 * limits_.fewest_products / 2);
    std::vector<std::pair<std::uint32_t, std::uint64_t>> kept;
    for (const auto& [key, count] : having) {
      if (count >= limits_.fewest_of_term && count <= most) kept.emplace_back(count, key);
    }
    std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    if (kept.size() > limits_.max_terms) kept.resize(limits_.max_terms);
    std::sort(kept.begin(), kept.end(),
              [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& [count, key] : kept) {
      made_.keys_.push_back(key);
      made_.idf_.push_back(static_cast<float>(std::log((seen_ + 1.0) / count)));
      made_.rarest_ = std::max(made_.rarest_, made_.idf_.back());
    }
  }

  void fill() {
    matrix_.columns = made_.terms();
    const double step = std::max(1.0, static_cast<double>(seen_) / limits_.max_products);
    double next = 0;
    std::uint32_t at = 0;
    products_([&](std::span<const LatentWord> words) {
      if (words.empty() || at++ < next || cancelled_()) return;
      next += step;
      const std::size_t first = matrix_.value.size();
      double square = 0;
      for (const LatentWord& word : words) {
        const std::uint32_t term = made_.find(word.key);
        if (term == LatentSpace::kNone) continue;
        const float value = std::log1p(word.weight) * made_.idf_[term];
        matrix_.add(term, value);
        square += static_cast<double>(value) * value;
      }
      const auto scale = static_cast<float>(square > 0 ? 1 / std::sqrt(square) : 0);
      for (std::size_t i = first; i < matrix_.value.size(); ++i)
        matrix_.value[i] *= scale;
      matrix_.end_row();
    });
  }

  void keep(const Svd& svd) {
    const auto found = static_cast<std::uint32_t>(svd.values.size());
    made_.dimensions_ = std::max<std::uint32_t>(1, (found + kStep - 1) / kStep) * kStep;
    made_.vectors_.assign(std::size_t{made_.terms()} * made_.dimensions_, 0);
    made_.scale_.assign(made_.terms(), 0);
    for (std::uint32_t term = 0; term < made_.terms(); ++term) {
      std::vector<float> row(made_.dimensions_, 0.0F);
      float largest = 0;
      for (std::uint32_t i = 0; i < found; ++i) {
        row[i] = svd.right(term, i);
        largest = std::max(largest, std::abs(row[i]));
      }
      const auto place = std::span(made_.vectors_)
                             .subspan(std::size_t{term} * made_.dimensions_, made_.dimensions_);
      if (to_byte_direction(row, place)) made_.scale_[term] = largest / 127;
    }
  }

  const SteadyClock::time_point start_ = SteadyClock::now();
  const LatentProducts& products_;
  const LatentLimits& limits_;
  const std::function<bool()>& cancelled_;
  const std::function<void(double)>& progress_;
  std::uint32_t seen_ = 0;
  SparseRows matrix_;
  LatentSpace made_;
};

Result<LatentSpace> learn_latent_space(const LatentProducts& products, const LatentLimits& limits,
                                       const std::function<bool()>& cancelled,
                                       const std::function<void(double)>& progress) {
  try {
    return LatentTraining(products, limits, cancelled, progress).run();
  } catch (const std::bad_alloc&) {
    return Status(Code::resource_exhausted, "no memory to learn in");
  }
}

}  // namespace souk::search
