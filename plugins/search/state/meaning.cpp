#include "plugins/search/state/meaning.hpp"

#include <algorithm>
#include <utility>

#include "plugins/search/model/latent_text.hpp"

namespace souk::search {

const ByteVectors* Meaning::of(const Segment& segment) const {
  const auto at = std::find_if(parts.begin(), parts.end(),
                               [&](const Part& part) { return part.segment.get() == &segment; });
  return at == parts.end() ? nullptr : at->vectors.get();
}

std::size_t Meaning::memory_bytes() const {
  std::size_t bytes = space != nullptr ? space->memory_bytes() : 0;
  for (const Part& part : parts)
    bytes += part.vectors->memory_bytes();
  return bytes;
}

MeaningWriter::MeaningWriter() { view_.publish(std::make_unique<Meaning>()); }

void MeaningWriter::follow(const CorpusReader& corpus, std::uint32_t most) {
  bool changed = false;
  std::vector<Meaning::Part> made;
  std::shared_ptr<const LatentSpace> space;
  {
    // Not held while the next one is published: it would stay, with segments that are gone.
    const auto now = view_.read();
    space = now->space;
    if (space == nullptr) return;
    const auto wanted = corpus();
    changed = now->parts.size() > wanted->parts.size();
    for (const Corpus::Part& part : wanted->parts) {
      if (now->of(*part.segment) != nullptr) continue;
      changed = true;
      if (part.segment->size() > most) continue;
      made.push_back({part.segment, std::make_shared<const ByteVectors>(
                                        latent_vectors(*space, part.segment->text()))});
    }
  }
  if (changed) publish(space, made, corpus, false);
}

bool MeaningWriter::adopt(std::shared_ptr<const LatentSpace> space, const CorpusReader& corpus,
                          const std::function<bool()>& cancelled) {
  std::vector<Meaning::Part> made;
  {
    const auto wanted = corpus();
    for (const Corpus::Part& part : wanted->parts) {
      if (cancelled()) return false;
      made.push_back({part.segment, std::make_shared<const ByteVectors>(
                                        latent_vectors(*space, part.segment->text()))});
    }
  }
  publish(space, made, corpus, true);
  // What came while this was made.
  follow(corpus, ~std::uint32_t{0});
  return true;
}

/// Of the newest corpus those parts that are known or were made now.
void MeaningWriter::publish(const std::shared_ptr<const LatentSpace>& space,
                            const std::vector<Meaning::Part>& made, const CorpusReader& corpus,
                            bool adopted) {
  const std::lock_guard lock(mutex_);
  auto next = std::make_unique<Meaning>();
  next->space = space;
  {
    const auto now = view_.read();
    if (!adopted && now->space != space) return;  // made for a space that is no longer
    const auto wanted = corpus();
    for (const Corpus::Part& part : wanted->parts) {
      const auto fresh = std::find_if(made.begin(), made.end(), [&](const Meaning::Part& m) {
        return m.segment == part.segment;
      });
      if (fresh != made.end()) {
        next->parts.push_back(*fresh);
        continue;
      }
      const auto known = std::find_if(now->parts.begin(), now->parts.end(),
                                      [&](const auto& m) { return m.segment == part.segment; });
      if (!adopted && known != now->parts.end()) next->parts.push_back(*known);
    }
  }
  view_.publish(std::move(next));
}

}  // namespace souk::search
