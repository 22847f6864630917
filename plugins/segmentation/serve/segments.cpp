// Segments, who is in them, and what one would hold that is not saved yet.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/serve/answers.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kDefaultMembers = 100;
constexpr std::uint32_t kDefaultExamples = 5;

const char* kind_name(SubjectKind kind) {
  return kind == SubjectKind::account ? "account" : "person";
}

const char* origin_name(Segment::Origin origin) {
  switch (origin) {
    case Segment::Origin::ready:
      return "ready";
    case Segment::Origin::yours:
      return "yours";
    case Segment::Origin::discovered:
      break;
  }
  return "discovered";
}

void add_differences(const Known& known, const Segment& segment, souk::v1::SegmentInfo& info) {
  const DiscoveredGroups* found = known.models->discovered.get();
  if (found == nullptr) return;
  const auto natural = [](std::size_t behaviour, double kept) {
    return behaviours()[behaviour].logarithm ? std::expm1(kept) : kept;
  };
  for (const DiscoveredGroups::Group& group : found->groups()) {
    if (discovered_name(group.id) != segment.id) continue;
    for (const GroupDifference& one : found->differences(group)) {
      auto* added = info.add_differences();
      added->set_of(std::string(behaviours()[one.behaviour].name));
      added->set_here(natural(one.behaviour, group.typical[one.behaviour]));
      added->set_elsewhere(natural(one.behaviour, found->everybody()[one.behaviour]));
      added->set_deviations(one.deviations);
    }
  }
}

Status no_such(const std::string& id) {
  return {Code::not_found, "there is no segment \"" + id + "\"; GET /v1/segments lists them",
          "segment_id"};
}

}  // namespace

Status Segmentation::segments_of(const souk::v1::SegmentsOfRequest& request, const CallInfo&,
                                 souk::v1::SegmentsOfReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  Person person;
  if (!known->people.read(request.id(), SubjectKind::person, person)) return {};
  fill_memberships(person, *known, world_, request.brief(), *reply.mutable_segments());
  return {};
}

Status Segmentation::list_segments(const souk::v1::ListSegmentsRequest& request, const CallInfo&,
                                   souk::v1::ListSegmentsReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  for (const std::uint32_t place : known->book->listed()) {
    const Segment& segment = known->book->decided()[place];
    if (!request.kind().empty() && request.kind() != kind_name(segment.of)) continue;
    auto* info = reply.add_segments();
    info->set_id(segment.id);
    info->set_name(segment.name);
    info->set_description(segment.description);
    info->set_when(segment.condition.text());
    info->set_origin(origin_name(segment.origin));
    info->set_kind(kind_name(segment.of));
    if (segment.origin == Segment::Origin::discovered) add_differences(*known, segment, *info);
    if (segment.number >= known->counts.size()) continue;
    const SegmentCount& count = known->counts[segment.number];
    info->set_size(count.size);
    info->set_entered(count.entered);
    info->set_exited(count.exited);
  }
  reply.set_people(known->persons);
  reply.set_accounts(known->accounts);
  reply.set_undecided(known->undecided);
  return {};
}

Status Segmentation::members(const souk::v1::MembersRequest& request, const CallInfo&,
                             souk::v1::MembersReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  const Segment* segment = known->book->find(request.segment_id());
  if (segment == nullptr) return no_such(request.segment_id());
  std::uint32_t number = 0;
  const std::string& cursor = request.cursor();
  const auto read = std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  if (!cursor.empty() && (read.ec != std::errc() || read.ptr != cursor.data() + cursor.size())) {
    return {Code::invalid_argument, "not a cursor that this answered", "cursor"};
  }
  const std::uint32_t limit = request.has_limit() ? request.limit() : kDefaultMembers;
  Person person;
  for (; number < known->people.numbers; ++number) {
    if (!known->people.read(number, person)) continue;
    const auto membership =
        std::find_if(person.segments.begin(), person.segments.end(),
                     [&](const Membership& member) { return member.segment == segment->number; });
    if (membership == person.segments.end()) continue;
    if (reply.members_size() == static_cast<int>(limit)) {
      reply.set_next_cursor(std::to_string(number));
      break;
    }
    auto* member = reply.add_members();
    member->set_id(person.id);
    member->mutable_entered_at()->set_seconds(membership->since_s);
  }
  if (segment->number < known->counts.size()) reply.set_size(known->counts[segment->number].size);
  return {};
}

Status Segmentation::preview(const souk::v1::PreviewRequest& request, const CallInfo&,
                             souk::v1::PreviewReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.previewed();
  const auto started = std::chrono::steady_clock::now();
  const SegmentBook& book = *known->book;
  const Dictionaries names{
      [this](std::string_view name) {
        const NameId number = names_.find_shared(name);
        return number == 0 ? UINT32_MAX : number;  // a name that nothing has matches nothing
      },
      [&](std::string_view id) {
        const Segment* segment = book.find(id);
        return segment == nullptr ? UINT32_MAX : segment->number;
      }};
  const auto parsed = Condition::parse(request.when(), names);
  if (const auto* fault = std::get_if<Fault>(&parsed)) {
    return {Code::invalid_argument,
            "column " + std::to_string(fault->column) + ": " + fault->message, "when"};
  }
  const Condition& condition = std::get<Condition>(parsed);
  const SubjectKind kind = request.kind() == "account" ? SubjectKind::account : SubjectKind::person;
  const std::uint32_t examples = request.has_examples() ? request.examples() : kDefaultExamples;
  std::vector<std::uint64_t> overlap(known->counts.size(), 0);
  std::uint64_t size = 0;
  Person person;
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 0; number < known->people.numbers; ++number) {
    if (!known->people.read(number, person) || person.kind != kind) continue;
    Subject subject = person.view(numbers);
    subject.world = &world_;
    subject.predictor = known->models.get();
    if (!condition.evaluate(subject, known->now_s).holds) continue;
    ++size;
    for (const std::uint32_t other : numbers)
      if (other < overlap.size()) ++overlap[other];
    if (reply.examples_size() == static_cast<int>(examples)) continue;
    auto* example = reply.add_examples();
    example->set_id(person.id);
    for (std::string& reason : reasons(condition, subject, known->now_s))
      example->add_evidence(std::move(reason));
  }
  reply.set_size(size);
  reply.set_of(kind == SubjectKind::account ? known->accounts : known->persons);
  std::vector<const Segment*> others;
  for (const Segment& segment : book.decided())
    if (segment.number < overlap.size() && overlap[segment.number] > 0) others.push_back(&segment);
  std::stable_sort(others.begin(), others.end(), [&](const Segment* a, const Segment* b) {
    return overlap[a->number] > overlap[b->number];
  });
  for (const Segment* other : others) {
    auto* added = reply.add_overlaps();
    added->set_segment_id(other->id);
    added->set_size(overlap[other->number]);
    added->set_share(static_cast<double>(overlap[other->number]) / static_cast<double>(size));
  }
  reply.set_milliseconds(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started)
          .count());
  return {};
}

}  // namespace souk::segmentation
