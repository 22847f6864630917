#include "tools/souk/doctor/dns.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <array>
#include <charconv>
#include <cstring>

namespace souk::cli {
namespace {

constexpr int kAnswerTimeoutS = 3;

/// The character strings of a text record, put together.
std::string text_of_record(const ns_rr& record) {
  std::string text;
  const unsigned char* at = ns_rr_rdata(record);
  const unsigned char* const end = at + ns_rr_rdlen(record);
  while (at < end) {
    const std::size_t size = *at++;
    if (size > static_cast<std::size_t>(end - at)) break;
    text.append(reinterpret_cast<const char*>(at), size);
    at += size;
  }
  return text;
}

}  // namespace

Result<DnsLookup> DnsLookup::open(const std::string& server) {
  DnsLookup lookup;
  if (server.empty()) return lookup;
  const std::size_t colon = server.rfind(':');
  in_addr parsed{};
  lookup.address_ = server.substr(0, colon);
  const std::string port = colon == std::string::npos ? "53" : server.substr(colon + 1);
  const char* end = port.data() + port.size();
  if (std::from_chars(port.data(), end, lookup.port_).ptr != end || lookup.port_ == 0 ||
      lookup.port_ > 65'535 || ::inet_pton(AF_INET, lookup.address_.c_str(), &parsed) != 1) {
    return Status(Code::invalid_argument,
                  "--dns: \"" + server + "\" is not ADDRESS:PORT, such as 127.0.0.1:53");
  }
  return lookup;
}

Result<std::vector<std::string>> DnsLookup::texts(const std::string& name) const {
  struct __res_state state {};
  if (::res_ninit(&state) != 0) return Status(Code::unavailable, "there is no resolver");
  state.retrans = kAnswerTimeoutS;
  state.retry = 2;
  if (port_ != 0) {
    state.nscount = 1;
    state.nsaddr_list[0] = {};
    state.nsaddr_list[0].sin_family = AF_INET;
    state.nsaddr_list[0].sin_port = htons(static_cast<std::uint16_t>(port_));
    (void)::inet_pton(AF_INET, address_.c_str(), &state.nsaddr_list[0].sin_addr);
  }
  std::array<unsigned char, 65'536> answer{};
  const int size = ::res_nquery(&state, name.c_str(), ns_c_in, ns_t_txt, answer.data(),
                                static_cast<int>(answer.size()));
  const int error = state.res_h_errno;
  ::res_nclose(&state);
  std::vector<std::string> texts;
  if (size < 0) {
    if (error == HOST_NOT_FOUND || error == NO_DATA) return texts;
    return Status(Code::unavailable, "nobody answers for " + name);
  }
  ns_msg message;
  if (::ns_initparse(answer.data(), size, &message) != 0)
    return Status(Code::unavailable, "the answer for " + name + " is malformed");
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (::ns_parserr(&message, ns_s_an, i, &record) != 0) break;
    if (ns_rr_type(record) == ns_t_txt) texts.push_back(text_of_record(record));
  }
  return texts;
}

}  // namespace souk::cli
