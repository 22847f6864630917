// What products mean, beside what they say: the space that a training made, and where in it the
// products of each segment lie. No part of snapshots: how far a training comes is no function of
// the events. Until there is one, and for the moment in which a large segment is new, nothing has a
// meaning and answers rest on the words.
#pragma once

#include <souk/view.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "plugins/search/model/byte_vectors.hpp"
#include "plugins/search/model/latent_space.hpp"
#include "plugins/search/state/segment.hpp"

namespace souk::search {

/// As readers see it.
struct Meaning {
  struct Part {
    std::shared_ptr<const Segment> segment;  ///< kept, so that no other can be taken for it
    std::shared_ptr<const ByteVectors> vectors;
  };
  std::shared_ptr<const LatentSpace> space;  ///< null: nothing was learned yet
  std::vector<Part> parts;

  /// Null when it has none yet.
  [[nodiscard]] const ByteVectors* of(const Segment& segment) const;
  [[nodiscard]] std::size_t memory_bytes() const;
};

/// read() from any thread, without locks; the others from the fold and from jobs, which wait for
/// each other only to publish.
class MeaningWriter {
 public:
  using CorpusReader = std::function<souk::Reading<Corpus>()>;

  MeaningWriter();

  /// Finds the places of segments that have none, of at most `most` products each, and forgets
  /// those of segments that are gone.
  void follow(const CorpusReader& corpus, std::uint32_t most);
  /// From now on this space. False when cancelled before.
  bool adopt(std::shared_ptr<const LatentSpace> space, const CorpusReader& corpus,
             const std::function<bool()>& cancelled);

  [[nodiscard]] souk::Reading<Meaning> read() const { return view_.read(); }

 private:
  void publish(const std::shared_ptr<const LatentSpace>& space,
               const std::vector<Meaning::Part>& made, const CorpusReader& corpus, bool adopted);

  std::mutex mutex_;
  souk::View<Meaning> view_;
};

}  // namespace souk::search
