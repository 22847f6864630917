#include "plugins/segmentation/state/segments.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "plugins/segmentation/language/ready_segments.hpp"
#include "plugins/segmentation/model/discovered.hpp"

namespace souk::segmentation {
namespace {

/// What is known of a segment before its condition is read.
struct Draft {
  std::string id;
  std::string name;
  std::string description;
  std::string when;
  SubjectKind of = SubjectKind::person;
  Segment::Origin origin = Segment::Origin::ready;
  std::optional<Condition> condition{};
  enum class Visit : std::uint8_t { no, under_way, done };
  Visit visit = Visit::no;
};

/// "high_value" → "High value".
std::string name_from(std::string_view id) {
  std::string name(id);
  std::replace(name.begin(), name.end(), '_', ' ');
  std::replace(name.begin(), name.end(), '-', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return name;
}

Status fault_at(const std::string& id, const char* field, const std::string& message) {
  // The path comes first: by it the kernel finds the line.
  return {Code::invalid_argument, "segments." + id + "." + field + ": " + message};
}

void add_discovered(const DiscoveredGroups* groups, std::vector<Draft>& drafts) {
  if (groups == nullptr) return;
  for (const DiscoveredGroups::Group& group : groups->groups()) {
    const std::string id = discovered_name(group.id);
    const bool taken = std::any_of(drafts.begin(), drafts.end(),
                                   [&](const Draft& draft) { return draft.id == id; });
    if (taken) continue;
    drafts.push_back({id, groups->name_of(group), groups->describe(group),
                      "cluster(\"" + id + "\")", SubjectKind::person, Segment::Origin::discovered});
  }
}

Result<std::vector<Draft>> drafts_of(const v1::Settings& settings) {
  std::vector<Draft> drafts;
  std::map<std::string, const v1::Segment*> own;
  for (const auto& [id, segment] : settings.segments())
    own.emplace(id, &segment);
  const bool ready_on = !settings.has_ready_segments() || settings.ready_segments();
  for (const ReadySegment& ready : ready_segments()) {
    const auto changed = own.find(std::string(ready.id));
    const v1::Segment* change = changed == own.end() ? nullptr : changed->second;
    if (changed != own.end()) own.erase(changed);
    if (change != nullptr ? change->off() : !ready_on) continue;
    Draft draft{std::string(ready.id), std::string(ready.name), std::string(ready.description),
                std::string(ready.when), ready.of};
    if (change != nullptr) {
      if (!change->when().empty()) draft.when = change->when();
      if (!change->name().empty()) draft.name = change->name();
      if (!change->description().empty()) draft.description = change->description();
    }
    drafts.push_back(std::move(draft));
  }
  for (const auto& [id, segment] : own) {
    if (segment->off()) {
      return fault_at(id, "off", "there is no ready segment \"" + id + "\" to switch off");
    }
    if (segment->when().empty()) return fault_at(id, "when", "a segment needs a condition");
    if (discovered_id(id)) {
      return fault_at(id, "when",
                      "\"" + id + "\" is the id of a discovered segment; choose another");
    }
    drafts.push_back({id, segment->name().empty() ? name_from(id) : segment->name(),
                      segment->description(), segment->when(),
                      segment->of() == "account" ? SubjectKind::account : SubjectKind::person,
                      Segment::Origin::yours});
  }
  return drafts;
}

/// Depth first: what a segment reads comes before it.
class Ordering {
 public:
  Ordering(std::vector<Draft>& drafts, SegmentBook::Numbers& numbers) : drafts_(drafts) {
    for (std::uint32_t i = 0; i < drafts.size(); ++i)
      by_number_.emplace(numbers.number(drafts[i].id), i);
  }

  Status run() {
    for (std::uint32_t i = 0; i < drafts_.size(); ++i)
      if (Status status = visit(i); !status.ok()) return status;
    return {};
  }
  [[nodiscard]] const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  Status visit(std::uint32_t at) {
    Draft& draft = drafts_[at];
    if (draft.visit == Draft::Visit::done) return {};
    if (draft.visit == Draft::Visit::under_way) return circle(at);
    draft.visit = Draft::Visit::under_way;
    path_.push_back(at);
    for (const std::uint32_t number : draft.condition->segments()) {
      const auto read = by_number_.find(number);
      if (read == by_number_.end()) continue;
      if (Status status = visit(read->second); !status.ok()) return status;
    }
    path_.pop_back();
    draft.visit = Draft::Visit::done;
    order_.push_back(at);
    return {};
  }

  Status circle(std::uint32_t at) const {
    std::string text;
    for (auto i = std::find(path_.begin(), path_.end(), at); i != path_.end(); ++i)
      text += drafts_[*i].id + " → ";
    return fault_at(drafts_[at].id, "when",
                    "these segments read each other in a circle: " + text + drafts_[at].id);
  }

  std::vector<Draft>& drafts_;
  std::unordered_map<std::uint32_t, std::uint32_t> by_number_;
  std::vector<std::uint32_t> path_;
  std::vector<std::uint32_t> order_;
};

}  // namespace

std::uint32_t SegmentBook::Numbers::number(std::string_view id) {
  if (const auto known = find(id)) return *known;
  ids_.emplace_back(id);
  return static_cast<std::uint32_t>(ids_.size() - 1);
}

std::optional<std::uint32_t> SegmentBook::Numbers::find(std::string_view id) const {
  const auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - ids_.begin());
}

void SegmentBook::Numbers::save(souk::Writer& writer) const {
  writer.count(ids_.size());
  for (const std::string& id : ids_)
    writer.text(id);
}

void SegmentBook::Numbers::load(souk::Reader& reader) {
  ids_.clear();
  for (std::uint64_t left = reader.count(kMost); left > 0 && reader.ok(); --left)
    ids_.push_back(reader.text(256));
}

Result<std::shared_ptr<const SegmentBook>> SegmentBook::make(const v1::Settings& settings,
                                                             Numbers& numbers,
                                                             const NameFinder& name,
                                                             const DiscoveredGroups* groups) {
  auto drafts = drafts_of(settings);
  if (!drafts.ok()) return drafts.status();
  add_discovered(groups, *drafts);
  const Dictionaries names{name, [&](std::string_view id) {
                             const bool there =
                                 std::any_of(drafts->begin(), drafts->end(),
                                             [&](const Draft& draft) { return draft.id == id; });
                             return there ? numbers.number(id) : UINT32_MAX;
                           }};
  for (Draft& draft : *drafts) {
    auto parsed = Condition::parse(draft.when, names);
    if (const auto* fault = std::get_if<Fault>(&parsed)) {
      return fault_at(draft.id, "when",
                      "column " + std::to_string(fault->column) + ": " + fault->message);
    }
    draft.condition = std::get<Condition>(std::move(parsed));
  }
  Ordering ordering(*drafts, numbers);
  if (Status status = ordering.run(); !status.ok()) return status;

  auto book = std::make_shared<SegmentBook>();
  book->listed_.resize(drafts->size());
  for (const std::uint32_t at : ordering.order()) {
    Draft& draft = (*drafts)[at];
    const auto place = static_cast<std::uint32_t>(book->segments_.size());
    book->listed_[at] = place;
    book->segments_.push_back({draft.id, draft.name, draft.description, draft.of, draft.origin,
                               numbers.number(draft.id), *std::move(draft.condition)});
    const Segment& segment = book->segments_.back();
    if (segment.number >= book->places_.size()) book->places_.resize(segment.number + 1, 0);
    book->places_[segment.number] = place + 1;
    // What the segments that it reads depend on, it depends on too.
    for (std::size_t deed = 1; deed < kDeeds; ++deed) {
      auto& readers = book->by_deed_[deed];
      const bool through =
          std::any_of(segment.condition.segments().begin(), segment.condition.segments().end(),
                      [&](std::uint32_t number) {
                        const std::uint32_t read = book->places_[number] - 1;
                        return std::find(readers.begin(), readers.end(), read) != readers.end();
                      });
      const bool itself = (segment.condition.changed_by() & set_of(static_cast<Deed>(deed))) != 0;
      if (itself || through) readers.push_back(place);
    }
  }
  return std::shared_ptr<const SegmentBook>(std::move(book));
}

const Segment* SegmentBook::find(std::string_view id) const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const Segment& segment) { return segment.id == id; });
  return found == segments_.end() ? nullptr : &*found;
}

const Segment* SegmentBook::numbered(std::uint32_t number) const {
  if (number >= places_.size() || places_[number] == 0) return nullptr;
  return &segments_[places_[number] - 1];
}

}  // namespace souk::segmentation
