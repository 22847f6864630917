#include "plugins/recommendations/model/als_row.hpp"

#include "plugins/recommendations/model/dense_kernels.hpp"
#include "plugins/recommendations/model/half_row_loops.hpp"

namespace souk::recommendations {
namespace {

constexpr std::size_t kBytesInCache = std::size_t{1} << 18;
constexpr float kSolved = 1e-20f;  // of a squared residual

/// The vectors of conjugate gradients, `width` floats each, one after the other.
struct Vectors {
  Vectors(AlsScratch& scratch, std::size_t width)
      : diagonal(scratch.floats.data()),
        inverse(diagonal + width),
        residual(inverse + width),
        direction(residual + width),
        image(direction + width) {}
  float* diagonal;
  float* inverse;
  float* residual;
  float* direction;
  float* image;
};

template <std::size_t kLanes>
SOUK_INLINE void begin(const AlsEquation& e, const float* solution, const Vectors& s) {
  using L = Lanes<kLanes>;
  for (std::size_t j = 0; j < e.rows.rows.width(); j += kLanes) {
    const typename L::Floats gram = L::floats(e.gram + j);
    const typename L::Floats diagonal = gram * e.unobserved + e.l2;
    const typename L::Floats now = L::floats(solution + j);
    L::floats(s.diagonal + j) = diagonal;
    L::floats(s.inverse + j) = 1.0f / (diagonal + gram * e.typical);
    L::floats(s.direction + j) = -now;
    L::floats(s.residual + j) = -diagonal * now;
  }
}

/// z = M⁻¹ r; direction ← z + keep · direction. Returns rᵀz.
template <std::size_t kLanes>
SOUK_INLINE float turn(const Vectors& s, std::size_t width, float keep) {
  using L = Lanes<kLanes>;
  typename L::Floats sum{};
  for (std::size_t j = 0; j < width; j += kLanes) {
    const typename L::Floats z = L::floats(s.inverse + j) * L::floats(s.residual + j);
    sum += z * L::floats(s.residual + j);
    L::floats(s.direction + j) = z + keep * L::floats(s.direction + j);
  }
  return sum_of<kLanes>(sum);
}

/// rᵀM⁻¹r.
template <std::size_t kLanes>
SOUK_INLINE float size_of(const Vectors& s, std::size_t width) {
  using L = Lanes<kLanes>;
  typename L::Floats sum{};
  for (std::size_t j = 0; j < width; j += kLanes) {
    sum += L::floats(s.inverse + j) * L::floats(s.residual + j) * L::floats(s.residual + j);
  }
  return sum_of<kLanes>(sum);
}

/// image ← D · direction. Returns directionᵀ · image.
template <std::size_t kLanes>
SOUK_INLINE float along_diagonal(const Vectors& s, std::size_t width) {
  using L = Lanes<kLanes>;
  typename L::Floats sum{};
  for (std::size_t j = 0; j < width; j += kLanes) {
    const typename L::Floats image = L::floats(s.diagonal + j) * L::floats(s.direction + j);
    L::floats(s.image + j) = image;
    sum += image * L::floats(s.direction + j);
  }
  return sum_of<kLanes>(sum);
}

template <std::size_t kLanes>
SOUK_INLINE float product_of(const float* a, const float* b, std::size_t width) {
  using L = Lanes<kLanes>;
  typename L::Floats sum{};
  for (std::size_t j = 0; j < width; j += kLanes)
    sum += L::floats(a + j) * L::floats(b + j);
  return sum_of<kLanes>(sum);
}

/// to += factor · from.
template <std::size_t kLanes>
SOUK_INLINE void add(float factor, const float* from, std::size_t width, float* to) {
  using L = Lanes<kLanes>;
  for (std::size_t j = 0; j < width; j += kLanes)
    L::floats(to + j) += factor * L::floats(from + j);
}

template <std::size_t kLanes>
SOUK_INLINE void solve(const AlsEquation& e, std::uint32_t steps, float* solution,
                       AlsScratch& scratch) {
  const std::size_t width = e.rows.rows.width();
  const Vectors s(scratch, width);
  Gathering rows = e.rows;
  begin<kLanes>(e, solution, s);
  // Σ c (1 − v·w) v − D w.
  loops::gather<kLanes>(rows, s.direction, e.worth, e.worth, s.residual);
  rows.cold = rows.count * width * 2 > kBytesInCache;
  float size = turn<kLanes>(s, width, 0);
  for (std::uint32_t step = 0; step < steps && size > kSolved; ++step) {
    float along = along_diagonal<kLanes>(s, width);
    const bool last = step + 1 == steps;
    if (last) {  // how far to go is all that is left to know
      along += loops::squares<kLanes>(rows, s.direction, e.worth);
    } else {
      loops::gather<kLanes>(rows, s.direction, e.worth, nullptr, s.image);
      along = product_of<kLanes>(s.direction, s.image, width);
    }
    if (!(along > 0)) return;
    add<kLanes>(size / along, s.direction, width, solution);
    if (last) return;
    add<kLanes>(-size / along, s.image, width, s.residual);
    const float next = size_of<kLanes>(s, width);
    turn<kLanes>(s, width, next / size);
    size = next;
  }
}

void solve_portable(const AlsEquation& e, std::uint32_t steps, float* solution, AlsScratch& s) {
  solve<4>(e, steps, solution, s);
}
#if defined(__x86_64__)
SOUK_AVX2 void solve_avx2(const AlsEquation& e, std::uint32_t steps, float* solution,
                          AlsScratch& s) {
  solve<8>(e, steps, solution, s);
}
SOUK_AVX512 void solve_avx512(const AlsEquation& e, std::uint32_t steps, float* solution,
                              AlsScratch& s) {
  solve<16>(e, steps, solution, s);
}
#endif

}  // namespace

SolveRow solve_row() {
  static const SolveRow chosen = solve_row(dense_kernels().name);
  return chosen;
}

SolveRow solve_row(std::string_view name) {
  if (dense_kernels(name) == nullptr) return nullptr;
#if defined(__x86_64__)
  if (name == "avx512") return solve_avx512;
  if (name == "avx2") return solve_avx2;
#endif
  return solve_portable;
}

}  // namespace souk::recommendations
