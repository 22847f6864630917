// The way of a message and of the links in it: the server that takes mail, the address that links
// lead to, and the message itself as it would leave.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/souk/doctor/finding.hpp"

namespace souk::cli {

struct MailServer {
  std::string url;  ///< smtp://user:password@host:587
  std::string tls;  ///< auto, required, off
  std::string ca_file;
  std::int64_t timeout_ms = 10'000;
};
/// Connects, changes to TLS, logs in, and leaves without sending.
void examine_server(const MailServer& server, Findings& findings);

/// Whether the shop's web server leads links to the daemon.
void examine_public_url(const std::string& url, std::int64_t timeout_ms, Findings& findings);

struct MessageExpectation {
  std::string from_domain;
  std::string public_url;
  std::string postal_address;
  bool is_signed = false;
};
/// `source`: headers and body, as they go over the wire.
void examine_message(std::string_view source, const MessageExpectation& expected,
                     Findings& findings);

/// A header's value, unfolded; empty when it is not there.
[[nodiscard]] std::string header_of(std::string_view source, std::string_view name);

}  // namespace souk::cli
