// How much is done with each product lately: a sum of weights that halve with time, one number a
// product.
//
// What is kept is log2 Σ weight · 2^(time / half-life): it grows when something happens and stays
// otherwise, so nothing has to be aged, and two products compare at any time (forward decay,
// Cormode et al. 2009).
//
// One thread adds; any reads, without locks.
#pragma once

#include <souk/snapshot.hpp>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <memory>

namespace souk::search {

class Popularity {
 public:
  static constexpr std::uint32_t kChunk = 4096;
  static constexpr std::uint32_t kChunks = 16384;

  Popularity() : chunks_(std::make_unique<std::array<std::atomic<Chunk*>, kChunks>>()) {
    for (auto& chunk : *chunks_)
      chunk.store(nullptr, std::memory_order_relaxed);
  }
  ~Popularity() {
    for (auto& chunk : *chunks_)
      delete chunk.load(std::memory_order_relaxed);
  }
  Popularity(const Popularity&) = delete;
  Popularity& operator=(const Popularity&) = delete;

  void add(std::uint32_t number, double weight, std::int64_t now_us, std::int64_t half_life_us) {
    std::atomic<float>* slot = open(number);
    if (slot == nullptr) return;
    const double now = static_cast<double>(now_us) / static_cast<double>(half_life_us);
    const double old = slot->load(std::memory_order_relaxed);
    // Relative to now, so that nothing overflows.
    const double sum = (old == 0 ? 0 : std::exp2(std::min(old - now, 60.0))) + weight;
    slot->store(static_cast<float>(now + std::log2(sum)), std::memory_order_relaxed);
  }
  void forget(std::uint32_t number) {
    if (std::atomic<float>* slot = find(number)) slot->store(0, std::memory_order_relaxed);
  }

  /// What happened, as if all of it now; 0: nothing.
  [[nodiscard]] double at(std::uint32_t number, std::int64_t now_us,
                          std::int64_t half_life_us) const {
    const float value = raw(number);
    if (value == 0) return 0;
    return std::exp2(static_cast<double>(value) -
                     static_cast<double>(now_us) / static_cast<double>(half_life_us));
  }
  /// Orders products as at() does; 0: nothing.
  [[nodiscard]] float raw(std::uint32_t number) const {
    const std::atomic<float>* slot = find(number);
    return slot == nullptr ? 0 : slot->load(std::memory_order_relaxed);
  }

  /// Soon it is read.
  void prefetch(std::uint32_t number) const {
    if (const std::atomic<float>* slot = find(number)) __builtin_prefetch(slot);
  }

  void save(souk::Writer& writer) const;
  void load(souk::Reader& reader);

 private:
  using Chunk = std::array<std::atomic<float>, kChunk>;

  [[nodiscard]] std::atomic<float>* find(std::uint32_t number) const {
    if (number / kChunk >= kChunks) return nullptr;
    Chunk* chunk = (*chunks_)[number / kChunk].load(std::memory_order_acquire);
    return chunk == nullptr ? nullptr : &(*chunk)[number % kChunk];
  }
  std::atomic<float>* open(std::uint32_t number);

  std::unique_ptr<std::array<std::atomic<Chunk*>, kChunks>> chunks_;
};

}  // namespace souk::search
