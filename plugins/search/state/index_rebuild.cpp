// Texts that are to be read differently: `searchableAttributes`, languages, the attribute that
// groups. What there is goes on answering as it was read; when all of it was read anew, the new
// takes its place at once.
#include <algorithm>

#include "plugins/search/state/index_writer.hpp"

namespace souk::search {

std::uint64_t IndexWriter::count_read_otherwise() const {
  std::uint64_t products = 0;
  for (const Part& part : parts_)
    products += part.reading != reading_ ? part.living : 0;
  return products;
}

bool IndexWriter::is_read_otherwise() const {
  const std::lock_guard lock(mutex_);
  return count_read_otherwise() > 0;
}

/// At once, into one segment.
void IndexWriter::rebuild() {
  std::vector<ProductEntry> entries;
  for (const Part& part : parts_) {
    if (part.reading != reading_) collect(part, options_.document, entries);
  }
  std::erase_if(parts_, [this](const Part& part) { return part.reading != reading_; });
  add_part(entries);
  publish_locked();
}

/// In a job. False when there was nothing to do, or it was cancelled.
bool IndexWriter::rebuild_all(const std::function<bool()>& cancelled, std::uint32_t& largest) {
  Parts chosen;
  DocumentOptions document;
  Segment::Options segment;
  std::uint32_t reading = 0;
  {
    const std::lock_guard lock(mutex_);
    if (count_read_otherwise() == 0) return false;
    for (Part& part : parts_) {
      if (part.reading == reading_) continue;
      part.shared = true;  // whoever changes what is live makes a copy
      chosen.push_back(part);
    }
    document = options_.document;
    segment = segment_options();
    reading = reading_;
  }
  Parts made;
  std::vector<ProductEntry> entries;
  const auto build = [&] {
    if (entries.empty()) return;
    Part& part = made.emplace_back();
    part.segment = Segment::build(entries, segment);
    largest = std::max(largest, part.segment->size());
    if (made.size() == 1) segment.text.pivots = part.segment->text().pivots();
    entries.clear();
  };
  for (const Part& part : chosen) {
    if (cancelled()) return false;
    if (entries.size() + part.living > kMostOfOne) build();
    collect(part, document, entries);
  }
  if (cancelled()) return false;
  build();
  const std::lock_guard lock(mutex_);
  // Changed once more meanwhile: what was made here is of no use.
  if (reading == reading_) replace_parts(chosen, made);
  return true;
}

void IndexWriter::replace_parts(const Parts& before, Parts& made) {
  for (Part& part : made) {
    part.living = part.segment->size();
    part.live = std::make_shared<DocSet>(part.living, true);
    part.reading = reading_;
  }
  const auto kill_made = [&made](std::uint64_t product_key) {
    for (Part& part : made) {
      const DocId doc = part.segment->find(product_key);
      if (doc == Segment::kNowhere || !part.live->contains(doc)) continue;
      part.live->remove(doc);
      --part.living;
      return;
    }
  };
  for (const Part& was : before) {
    const auto now = std::find_if(parts_.begin(), parts_.end(),
                                  [&was](const Part& part) { return part.segment == was.segment; });
    // One that is gone was merged with others, or all of it changed.
    const DocSet* live = now == parts_.end() ? nullptr : now->live.get();
    was.live->for_each([&](DocId doc) {
      if (live == nullptr || !live->contains(doc)) kill_made(was.segment->key(doc));
    });
    if (now != parts_.end()) parts_.erase(now);
  }
  for (Part& part : made)
    parts_.push_back(std::move(part));
  merges_.fetch_add(1, std::memory_order_relaxed);
  publish_locked();
}

}  // namespace souk::search
