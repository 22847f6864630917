#include "plugins/search/state/popularity.hpp"

namespace souk::search {

std::atomic<float>* Popularity::open(std::uint32_t number) {
  if (number / kChunk >= kChunks) return nullptr;
  std::atomic<Chunk*>& place = (*chunks_)[number / kChunk];
  if (place.load(std::memory_order_relaxed) == nullptr) {
    auto made = std::make_unique<Chunk>();
    for (auto& slot : *made)
      slot.store(0, std::memory_order_relaxed);
    place.store(made.release(), std::memory_order_release);
  }
  return find(number);
}

void Popularity::save(souk::Writer& writer) const {
  std::uint32_t chunks = 0;
  for (std::uint32_t i = 0; i < kChunks; ++i) {
    if ((*chunks_)[i].load(std::memory_order_relaxed) != nullptr) chunks = i + 1;
  }
  writer.count(chunks);
  for (std::uint32_t number = 0; number < chunks * kChunk; ++number)
    writer.number(raw(number));
}

void Popularity::load(souk::Reader& reader) {
  for (auto& chunk : *chunks_) {
    if (chunk.load(std::memory_order_relaxed) == nullptr) continue;
    for (auto& slot : *chunk.load(std::memory_order_relaxed))
      slot.store(0, std::memory_order_relaxed);
  }
  const std::uint64_t chunks = reader.count(kChunks);
  for (std::uint64_t number = 0; number < chunks * kChunk && reader.ok(); ++number) {
    const auto value = reader.number<float>();
    if (value != 0)
      open(static_cast<std::uint32_t>(number))->store(value, std::memory_order_relaxed);
  }
}

}  // namespace souk::search
