#include "kernel/gateway/tracking/tracker_context.hpp"

#include "kernel/gateway/tracking/properties.hpp"
#include "kernel/gateway/tracking/vocabulary.hpp"
#include "kernel/gateway/wire_fields.hpp"
#include "souk/v1/event.pb.h"

namespace souk::gateway {
namespace {

namespace pb = souk::v1;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::size_t kMaxUrl = 4'096;
constexpr std::size_t kMaxId = 256;

/// At most `limit` bytes, not cutting a character.
std::string_view shortened(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80)
    --limit;
  return text.substr(0, limit);
}

void append_text(std::string& out, std::uint32_t number, std::string_view text,
                 std::size_t limit = kMaxUrl) {
  if (!text.empty()) append_bytes_field(out, number, shortened(text, limit));
}

/// Which of our four questions a consent category is about; 0: none.
std::uint32_t consent_field(std::string_view category) {
  const std::string name = normalised(category);
  const auto has = [&name](std::string_view part) { return name.find(part) != std::string::npos; };
  if (has("analytic") || has("statistic") || has("performance")) {
    return pb::Consent::kAnalyticsFieldNumber;
  }
  if (has("personali") || has("functional") || has("preference")) {
    return pb::Consent::kPersonalizationFieldNumber;
  }
  if (has("sharing") || has("thirdparty") || has("saleofdata")) {
    return pb::Consent::kSharingFieldNumber;
  }
  if (has("marketing") || has("advertis") || has("targeting")) {
    return pb::Consent::kMarketingFieldNumber;
  }
  return 0;
}

/// Of several categories about one question, a refusal counts.
class ConsentAnswers {
 public:
  void add(std::string_view category, bool granted) {
    const std::uint32_t field = consent_field(category);
    if (field == 0) return;
    asked_[field] = true;
    denied_[field] = denied_[field] || !granted;
  }
  void append(std::string& event) const {
    std::string consent;
    for (std::uint32_t field = 1; field < 5; ++field) {
      if (asked_[field]) append_varint_field(consent, field, denied_[field] ? 0 : 1);
    }
    if (!consent.empty()) append_bytes_field(event, pb::Event::kConsentFieldNumber, consent);
  }

 private:
  bool asked_[5] = {};
  bool denied_[5] = {};
};

void append_consent(const object& context, std::string& event) {
  ConsentAnswers answers;
  element found;
  object categories;
  // Segment: {"consent":{"categoryPreferences":{"Analytics":true}}}
  if (find_member(context, {"consent", "categoryPreferences"}, found) &&
      found.get(categories) == simdjson::SUCCESS) {
    for (const auto& category : categories) {
      bool granted = false;
      if (category.value.get(granted) == simdjson::SUCCESS) answers.add(category.key, granted);
    }
  }
  // RudderStack: {"consentManagement":{"allowedConsentIds":[…],"deniedConsentIds":[…]}}
  for (const auto& [name, granted] :
       {std::pair{"allowedConsentIds", true}, std::pair{"deniedConsentIds", false}}) {
    simdjson::dom::array ids;
    if (!find_member(context, {"consentManagement", name}, found) ||
        found.get(ids) != simdjson::SUCCESS) {
      continue;
    }
    for (const element id : ids) {
      std::string_view text;
      if (id.get(text) == simdjson::SUCCESS) answers.add(text, granted);
    }
  }
  answers.append(event);
}

void append_campaign(const object& context, std::string& out) {
  std::string campaign;
  append_text(campaign, pb::Campaign::kSourceFieldNumber, text_of(context, {"campaign", "source"}));
  append_text(campaign, pb::Campaign::kMediumFieldNumber, text_of(context, {"campaign", "medium"}));
  append_text(campaign, pb::Campaign::kNameFieldNumber, text_of(context, {"campaign", "name"}));
  append_text(campaign, pb::Campaign::kTermFieldNumber, text_of(context, {"campaign", "term"}));
  append_text(campaign, pb::Campaign::kContentFieldNumber,
              text_of(context, {"campaign", "content"}));
  if (!campaign.empty()) append_bytes_field(out, pb::Context::kCampaignFieldNumber, campaign);
}

}  // namespace

bool find_member(const object& start, std::initializer_list<std::string_view> path,
                 element& found) {
  object at = start;
  std::size_t left = path.size();
  for (const std::string_view name : path) {
    if (at.at_key(name).get(found) != simdjson::SUCCESS || found.is_null()) return false;
    if (--left > 0 && found.get(at) != simdjson::SUCCESS) return false;
  }
  return true;
}

std::string text_of(const object& start, std::initializer_list<std::string_view> path) {
  element found;
  std::string text;
  if (!find_member(start, path, found) || !tolerant_text(found, text)) text.clear();
  return text;
}

void append_tracker_context(const object& context, std::string& event) {
  std::string out;
  append_text(out, pb::Context::kPageUrlFieldNumber, text_of(context, {"page", "url"}));
  const std::string referrer = text_of(context, {"page", "referrer"});
  if (referrer != "$direct") append_text(out, pb::Context::kReferrerFieldNumber, referrer);
  append_text(out, pb::Context::kPageTitleFieldNumber, text_of(context, {"page", "title"}));
  append_text(out, pb::Context::kUserAgentFieldNumber, text_of(context, {"userAgent"}));
  append_text(out, pb::Context::kLocaleFieldNumber, text_of(context, {"locale"}));
  append_text(out, pb::Context::kTimeZoneFieldNumber, text_of(context, {"timezone"}));
  append_campaign(context, out);
  std::string library = text_of(context, {"library", "name"});
  const std::string version = text_of(context, {"library", "version"});
  if (!library.empty() && !version.empty()) library += " " + version;
  append_text(out, pb::Context::kLibraryFieldNumber, library);
  append_text(out, pb::Context::kDeviceFieldNumber, text_of(context, {"device", "type"}));
  append_text(out, pb::Context::kCountryFieldNumber, text_of(context, {"location", "country"}));
  append_text(out, pb::Context::kRegionFieldNumber, text_of(context, {"location", "region"}));
  append_text(out, pb::Context::kCityFieldNumber, text_of(context, {"location", "city"}));
  // The IP address is not taken over: it is kept only where a store asks for it.
  if (!out.empty()) append_bytes_field(event, pb::Event::kContextFieldNumber, out);
  append_consent(context, event);
  append_text(event, pb::Event::kSessionIdFieldNumber, text_of(context, {"sessionId"}), kMaxId);
  append_text(event, pb::Event::kAccountIdFieldNumber, text_of(context, {"groupId"}), kMaxId);
}

int channel_of(std::string_view channel, std::string_view library) noexcept {
  const auto starts = [library](std::string_view name) {
    return library.find(name) != library.npos;
  };
  if (channel == "web" || channel == "browser") return pb::Event::WEB;
  if (channel == "mobile" || channel == "app") return pb::Event::APP;
  if (channel == "server" || channel == "api") return pb::Event::API;
  if (starts("analytics.js") || starts("JavaScript")) return pb::Event::WEB;
  if (starts("ios") || starts("android") || starts("react-native") || starts("flutter") ||
      starts("kotlin") || starts("swift")) {
    return pb::Event::APP;
  }
  return library.empty() ? pb::Event::CHANNEL_UNSPECIFIED : pb::Event::API;
}

}  // namespace souk::gateway
