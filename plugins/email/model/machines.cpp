#include "plugins/email/model/machines.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace souk::email {
namespace {

// Parts of names, in lower case.
constexpr std::array<std::string_view, 34> kMachineNames{"bot",
                                                         "spider",
                                                         "crawler",
                                                         "preview",
                                                         "scanner",
                                                         "barracuda",
                                                         "proofpoint",
                                                         "mimecast",
                                                         "trendmicro",
                                                         "forcepoint",
                                                         "symantec",
                                                         "fireeye",
                                                         "safelinks",
                                                         "zscaler",
                                                         "sophos",
                                                         "ironport",
                                                         "messagelabs",
                                                         "cloudmark",
                                                         "curl/",
                                                         "wget/",
                                                         "python",
                                                         "java/",
                                                         "okhttp",
                                                         "go-http-client",
                                                         "libwww",
                                                         "perl",
                                                         "headless",
                                                         "phantomjs",
                                                         "facebookexternalhit",
                                                         "whatsapp",
                                                         "existence discovery",
                                                         "axios/",
                                                         "node-fetch",
                                                         "appengine"};

}  // namespace

bool is_machine(std::string_view user_agent) noexcept {
  // Apple's Mail Privacy Protection says this and no more.
  if (user_agent == "Mozilla/5.0") return true;
  const auto has = [&](std::string_view name) {
    return std::search(user_agent.begin(), user_agent.end(), name.begin(), name.end(),
                       [](char a, char b) {
                         return std::tolower(static_cast<unsigned char>(a)) == b;
                       }) != user_agent.end();
  };
  return std::any_of(kMachineNames.begin(), kMachineNames.end(), has);
}

bool MachineWatch::open(std::string_view user_agent, std::int64_t sent_us, std::int64_t now_us) {
  return is_machine(user_agent) || (sent_us > 0 && now_us - sent_us < kSoonUs);
}

bool MachineWatch::click(std::string_view message_id, std::string_view url,
                         std::string_view user_agent, std::int64_t sent_us, std::int64_t now_us) {
  const bool plain = is_machine(user_agent) || (sent_us > 0 && now_us - sent_us < kSoonUs);
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = seen_.try_emplace(std::string(message_id));
  if (fresh) {
    order_.push_back(at->first);
    if (order_.size() > kMost) {
      seen_.erase(order_.front());
      order_.pop_front();
    }
  }
  Seen& seen = at->second;
  if (now_us - seen.since_us > kSoonUs) seen = {now_us, {}, 0};
  const std::size_t link = std::hash<std::string_view>()(url);
  const auto end = seen.links + std::min(seen.count, kManyLinks);
  if (seen.count < kManyLinks && std::find(seen.links + 0, end, link) == end)
    seen.links[seen.count++] = link;
  return plain || seen.count >= kManyLinks;
}

}  // namespace souk::email
