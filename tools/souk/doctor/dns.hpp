// Text records of the domain name system, by the system's resolver or by a server that is named.
#pragma once

#include <string>
#include <vector>

#include "kernel/base/status.hpp"

namespace souk::cli {

/// One thread at a time.
class DnsLookup {
 public:
  /// `server`: "HOST:PORT" with an IPv4 address; empty: what the system asks. INVALID_ARGUMENT for
  /// anything else.
  static Result<DnsLookup> open(const std::string& server);

  /// The text records of a name, each in one piece; none when it has none or does not exist.
  /// UNAVAILABLE when the server does not answer or cannot.
  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& name) const;

 private:
  std::string address_;
  unsigned port_ = 0;
};

}  // namespace souk::cli
