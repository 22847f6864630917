// What a domain publishes about its mail: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), and
// whether it fits what this shop sends.
#pragma once

#include <string>
#include <string_view>

#include "tools/souk/doctor/dns.hpp"
#include "tools/souk/doctor/finding.hpp"

namespace souk::cli {

void examine_spf(const DnsLookup& dns, const std::string& domain, Findings& findings);

/// `key_pem`: the private key that signs; empty when it could not be read.
struct DkimSetting {
  std::string domain;
  std::string selector;
  std::string key_pem;
};
void examine_dkim(const DnsLookup& dns, const DkimSetting& dkim, Findings& findings);

/// `dkim_domain` empty: nothing is signed.
void examine_dmarc(const DnsLookup& dns, const std::string& from_domain,
                   const std::string& dkim_domain, Findings& findings);

/// The value of a tag in "v=DKIM1; k=rsa; p=…", without blanks around it; empty when it is not
/// there.
[[nodiscard]] std::string tag_of(std::string_view record, std::string_view tag);

}  // namespace souk::cli
