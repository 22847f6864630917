// A segment as ad networks take it: hashes of members who allowed it, all of them or what changed.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "plugins/segmentation/segmentation.hpp"
#include "plugins/segmentation/serve/answers.hpp"

namespace souk::segmentation {
namespace {

constexpr std::uint32_t kDefaultRows = 1'000;
constexpr std::uint32_t kDefaultFileRows = 10'000;
/// The second part of a cursor: what is gone through. What ended comes first: whoever takes page
/// after page removes an address before somebody is added by it again.
enum class Walk : std::uint32_t { ended, people, count_ };

AdNetwork network_named(const std::string& format) {
  if (format == "google") return AdNetwork::google;
  return format == "tiktok" ? AdNetwork::tiktok : AdNetwork::meta;
}

std::string joined_numbers(std::initializer_list<std::uint32_t> numbers) {
  std::string out;
  for (const std::uint32_t number : numbers)
    out += (out.empty() ? "" : "-") + std::to_string(number);
  return out;
}

/// "7-1799" as numbers; nothing when it is anything else.
template <std::size_t N>
std::optional<std::array<std::uint32_t, N>> split_numbers(std::string_view text) {
  std::array<std::uint32_t, N> out{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < N; ++i) {
    if (i > 0 && (at == end || *at++ != '-')) return std::nullopt;
    const auto read = std::from_chars(at, end, out[i]);
    if (read.ec != std::errc()) return std::nullopt;
    at = read.ptr;
  }
  return at == end ? std::optional(out) : std::nullopt;
}

/// What an export goes by, read from a request.
struct AudienceWalk {
  const Segment* segment = nullptr;
  AdNetwork network = AdNetwork::meta;
  std::uint32_t limit = 0;
  std::uint32_t token_s = 0;  ///< the moment of which the export is
  std::uint32_t since_s = 0;  ///< 0: everybody
  Walk walk = Walk::people;
  std::uint32_t at = 0;
};

template <class Request>
Status read_walk(const Request& request, const Known& known, std::uint32_t kept_s,
                 AudienceWalk& out) {
  out.segment = known.book->find(request.segment_id());
  if (out.segment == nullptr) {
    return {Code::not_found,
            "there is no segment \"" + request.segment_id() + "\"; GET /v1/segments lists them",
            "segment_id"};
  }
  if (out.segment->of == SubjectKind::account) {
    return {Code::invalid_argument,
            "\"" + request.segment_id() + "\" is a segment of accounts; ad networks know people",
            "segment_id"};
  }
  out.network = network_named(request.format());
  out.token_s = known.now_s;
  if (!request.since().empty()) {
    const auto since = split_numbers<2>(request.since());
    if (!since || (*since)[0] != out.segment->number || (*since)[1] > known.now_s) {
      return {Code::invalid_argument, "not the token of an export of this segment", "since"};
    }
    out.since_s = std::max(1U, (*since)[1]);
    out.walk = Walk::ended;
    const std::uint64_t oldest = std::max<std::uint64_t>(
        known.audiences.complete_since_s, known.now_s - std::min(known.now_s, kept_s));
    if (out.since_s < oldest) {
      return {Code::failed_precondition,
              "that export is too old to say who left since then; export everybody and replace the "
              "audience",
              "since"};
    }
  }
  if (!request.cursor().empty()) {
    const auto cursor = split_numbers<3>(request.cursor());
    if (!cursor || (*cursor)[1] >= static_cast<std::uint32_t>(Walk::count_) ||
        (*cursor)[2] > known.now_s) {
      return {Code::invalid_argument, "not a cursor that this answered", "cursor"};
    }
    out.at = (*cursor)[0];
    out.walk = static_cast<Walk>((*cursor)[1]);
    out.token_s = (*cursor)[2];
  }
  return {};
}

void put_row(const std::vector<Identifier>& identifiers, AdNetwork network,
             souk::v1::AudienceRow& out) {
  for (const AdField field : columns_of(network).fields) {
    const auto known =
        std::find_if(identifiers.begin(), identifiers.end(), [&](const Identifier& identifier) {
          return identifier.field == field && identifier.is_for(network);
        });
    out.add_values(known == identifiers.end() ? std::string() : known->text());
  }
}

/// Whether somebody who is not in the segment may have been in an export of that moment.
bool left_since(const Exportable& person, std::uint32_t segment, std::uint32_t since_s) {
  if (person.left_forgotten_s >= since_s) return true;
  return std::any_of(person.left.begin(), person.left.end(), [&](const Exportable::Left& left) {
    return left.segment == segment && left.at_s >= since_s;
  });
}

bool full(const AudienceWalk& walk, const souk::v1::AudienceReply& reply) {
  return reply.added_size() + reply.removed_size() >= static_cast<int>(walk.limit);
}

/// Of those who are known now. False when the page is full.
bool walk_people(const Known& known, AudienceWalk& walk, souk::v1::AudienceReply& reply) {
  Person person;
  Exportable exportable;
  for (; walk.at < known.people.numbers; ++walk.at) {
    if (full(walk, reply)) return false;
    if (!known.people.read(walk.at, person) || person.kind != SubjectKind::person) continue;
    const auto in =
        std::find_if(person.segments.begin(), person.segments.end(),
                     [&](const Membership& m) { return m.segment == walk.segment->number; });
    const bool is_member = in != person.segments.end();
    const bool found =
        known.audiences.read(walk.at, exportable) && findable(exportable.identifiers, walk.network);
    if (!found) {
      if (is_member) reply.set_withheld(reply.withheld() + 1);
      continue;
    }
    if (is_member) {
      if (in->since_s < walk.since_s && exportable.since_s < walk.since_s) continue;
      put_row(exportable.identifiers, walk.network, *reply.add_added());
    } else if (walk.since_s != 0 && left_since(exportable, walk.segment->number, walk.since_s)) {
      put_row(exportable.identifiers, walk.network, *reply.add_removed());
    }
  }
  return true;
}

/// Of what is no longer anybody's. False when the page is full.
bool walk_ended(const Known& known, AudienceWalk& walk, souk::v1::AudienceReply& reply) {
  walk.at = std::max(walk.at, known.audiences.first);
  Gone ended;
  for (; walk.at < known.audiences.last; ++walk.at) {
    if (full(walk, reply)) return false;
    if (!known.audiences.read_ended(walk.at, ended) || ended.at_s < walk.since_s) continue;
    const bool was_in = std::find(ended.segments.begin(), ended.segments.end(),
                                  walk.segment->number) != ended.segments.end();
    if (!was_in || !findable(ended.identifiers, walk.network)) continue;
    put_row(ended.identifiers, walk.network, *reply.add_removed());
  }
  return true;
}

void run_walk(const Known& known, AudienceWalk& walk, souk::v1::AudienceReply& reply) {
  bool done = true;
  if (walk.walk == Walk::ended) {
    done = walk_ended(known, walk, reply);
    if (done) {
      walk.at = 0;
      walk.walk = Walk::people;
    }
  }
  if (done) done = walk_people(known, walk, reply);
  if (!done) {
    reply.set_next_cursor(
        joined_numbers({walk.at, static_cast<std::uint32_t>(walk.walk), walk.token_s}));
  }
  reply.set_token(joined_numbers({walk.segment->number, walk.token_s}));
  if (walk.segment->number < known.counts.size()) {
    reply.set_size(known.counts[walk.segment->number].size);
  }
}

std::string csv_of(AdNetwork network,
                   const google::protobuf::RepeatedPtrField<souk::v1::AudienceRow>& rows) {
  std::string out;
  const auto line = [&out](const auto& values) {
    bool first = true;
    for (const auto& value : values) {
      if (!first) out += ',';
      // Hashes and codes: nothing that a spreadsheet would take for a formula or a quote.
      for (const char c : std::string_view(value))
        if (c != '"' && c != ',' && c != '\n' && c != '\r') out += c;
      first = false;
    }
    out += '\n';
  };
  line(columns_of(network).file_names);
  for (const auto& row : rows)
    line(row.values());
  return out;
}

void put_header(souk::v1::HttpBody& body, const char* name, std::string value) {
  auto* header = body.add_headers();
  header->set_name(name);
  header->set_value(std::move(value));
}

}  // namespace

Status Segmentation::audience(const souk::v1::AudienceRequest& request, const CallInfo&,
                              souk::v1::AudienceReply& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  AudienceWalk walk;
  if (Status status = read_walk(request, *known, known->removals_kept_s, walk); !status.ok()) {
    return status;
  }
  walk.limit = request.has_limit() ? request.limit() : kDefaultRows;
  for (const std::string_view name : columns_of(walk.network).names)
    reply.add_columns(std::string(name));
  run_walk(*known, walk, reply);
  return {};
}

Status Segmentation::audience_file(const souk::v1::AudienceFileRequest& request, const CallInfo&,
                                   souk::v1::HttpBody& reply) {
  const auto known = known_.read();
  if (!known) return {Code::unavailable, "the plugin is not configured yet"};
  metrics_.answered();
  AudienceWalk walk;
  if (Status status = read_walk(request, *known, known->removals_kept_s, walk); !status.ok()) {
    return status;
  }
  if (request.removed() && walk.since_s == 0) {
    return {Code::invalid_argument,
            "who is to be removed is known since an export only: give `since`", "removed"};
  }
  walk.limit = request.has_limit() ? request.limit() : kDefaultFileRows;
  souk::v1::AudienceReply rows;
  run_walk(*known, walk, rows);
  reply.set_content_type("text/csv; charset=utf-8");
  reply.set_data(csv_of(walk.network, request.removed() ? rows.removed() : rows.added()));
  put_header(reply, "Content-Disposition",
             "attachment; filename=\"audience-" + request.format() +
                 (request.removed() ? "-removed" : "") + ".csv\"");
  put_header(reply, "Souk-Token", rows.token());
  if (!rows.next_cursor().empty()) put_header(reply, "Souk-Next-Cursor", rows.next_cursor());
  return {};
}

}  // namespace souk::segmentation
