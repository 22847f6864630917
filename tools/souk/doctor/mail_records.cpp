#include "tools/souk/doctor/mail_records.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace souk::cli {
namespace {

/// RFC 7208, 4.6.4.
constexpr int kMostSpfLookups = 10;
constexpr int kLeastRsaBits = 1'024;
constexpr int kGoodRsaBits = 2'048;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreePkey>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// The records that begin so.
Result<std::vector<std::string>> records_of(const DnsLookup& dns, const std::string& name,
                                            std::string_view begin) {
  auto all = dns.texts(name);
  if (!all.ok()) return all;
  std::erase_if(*all, [&](const std::string& text) {
    return lower(text).rfind(begin, 0) != 0 ||
           (text.size() > begin.size() && text[begin.size()] != ' ' && text[begin.size()] != ';');
  });
  return all;
}

bool unanswered(const Status& status, const char* part, Findings& findings) {
  if (status.ok()) return false;
  broken(findings, part, status.message(), "look at the resolver, or name one with --dns");
  return true;
}

/// Lookups that judging this record takes, with those of what it includes.
int spf_lookups(const DnsLookup& dns, const std::string& record, int depth) {
  int count = 0;
  std::string_view rest = record;
  while (!rest.empty() && depth <= kMostSpfLookups && count <= kMostSpfLookups) {
    const std::string_view term = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(term.size() + 1, rest.size()));
    std::string word = lower(std::string(term));
    if (!word.empty() && std::string_view("+-~?").find(word[0]) != std::string_view::npos)
      word.erase(0, 1);
    std::string next;
    if (word.rfind("include:", 0) == 0) next = word.substr(8);
    if (word.rfind("redirect=", 0) == 0) next = word.substr(9);
    const std::string name = word.substr(0, word.find_first_of(":/"));
    if (!next.empty() || name == "a" || name == "mx" || name == "ptr" || name == "exists") ++count;
    if (next.empty() || next.find('%') != std::string::npos) continue;
    const auto inner = records_of(dns, next, "v=spf1");
    if (inner.ok() && inner->size() == 1) count += spf_lookups(dns, inner->front(), depth + 1);
  }
  return count;
}

std::string base64_of(const unsigned char* bytes, std::size_t size) {
  std::string out((size + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(size));
  out.resize(static_cast<std::size_t>(std::max(length, 0)));
  return out;
}

std::string bytes_of_base64(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return {};
  out.resize(out.size() - static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '=')));
  return out;
}

Pkey private_key(const std::string& pem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Pkey(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr);
}

/// As it stands behind `p=`: SubjectPublicKeyInfo of RSA, the 32 bytes of Ed25519 (RFC 8463).
std::string published_half(EVP_PKEY* key) {
  if (EVP_PKEY_base_id(key) == EVP_PKEY_ED25519) {
    unsigned char raw[32];
    std::size_t size = sizeof raw;
    return EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 ? base64_of(raw, size) : std::string();
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  std::string out = size > 0 ? base64_of(der, static_cast<std::size_t>(size)) : std::string();
  OPENSSL_free(der);
  return out;
}

/// Bits of a published RSA key; 0 when it is none.
int rsa_bits(const std::string& published) {
  const std::string der = bytes_of_base64(published);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_RSA ? EVP_PKEY_bits(key.get()) : 0;
}

void examine_published_key(const std::string& record, const std::string& name,
                           const DkimSetting& dkim, Findings& findings) {
  const std::string type = tag_of(record, "k").empty() ? "rsa" : lower(tag_of(record, "k"));
  std::string published = tag_of(record, "p");
  std::erase_if(published, [](char c) { return c == ' ' || c == '\t'; });
  const Pkey key = private_key(dkim.key_pem);
  const std::string half = key ? published_half(key.get()) : std::string();
  const std::string expected =
      "v=DKIM1; k=" +
      std::string(key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_ED25519 ? "ed25519" : "rsa") +
      "; p=" + half;
  const std::string fix = "publish at " + name + ": " + expected;
  if (published.empty())
    return broken(findings, "DKIM", "the key at " + name + " is withdrawn (p= is empty)", fix);
  if (half.empty())
    return broken(findings, "DKIM", "the private key can't be read",
                  "set smtp.dkim.key to its PEM file");
  if (published != half) {
    return broken(findings, "DKIM",
                  "the key at " + name +
                      " is not that of smtp.dkim.key: every "
                      "signature will be found false",
                  fix);
  }
  const int bits = rsa_bits(published);
  if (type == "rsa" && bits < kLeastRsaBits)
    return broken(findings, "DKIM",
                  "an RSA key of " + std::to_string(bits) + " bits counts as none",
                  "make one of 2,048 bits: openssl genrsa -out dkim.pem 2048");
  if (type == "rsa" && bits < kGoodRsaBits) {
    doubtful(findings, "DKIM", "an RSA key of " + std::to_string(bits) + " bits is weak",
             "make one of 2,048 bits: openssl genrsa -out dkim.pem 2048");
  }
  if (tag_of(record, "t").find('y') != std::string::npos) {
    doubtful(findings, "DKIM", "the record says that it is a test (t=y): receivers may ignore it",
             "take t=y out at " + name);
  }
  good(findings, "DKIM",
       name + " holds the key that signs" +
           (type == "rsa" ? " (RSA, " + std::to_string(bits) + " bits)" : " (Ed25519)"));
}

/// The same, or one below the other: what DMARC calls relaxed, without a list of public suffixes.
bool related(const std::string& a, const std::string& b) {
  const auto below = [](const std::string& child, const std::string& parent) {
    return child.size() > parent.size() && parent.find('.') != std::string::npos &&
           child.ends_with("." + parent);
  };
  return a == b || below(a, b) || below(b, a);
}

}  // namespace

std::string tag_of(std::string_view record, std::string_view tag) {
  while (!record.empty()) {
    const std::string_view part = record.substr(0, record.find(';'));
    record.remove_prefix(std::min(part.size() + 1, record.size()));
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && trimmed(part.substr(0, equals)) == tag)
      return std::string(trimmed(part.substr(equals + 1)));
  }
  return {};
}

void examine_spf(const DnsLookup& dns, const std::string& domain, Findings& findings) {
  const auto records = records_of(dns, domain, "v=spf1");
  if (unanswered(records.status(), "SPF", findings)) return;
  if (records->empty()) {
    return broken(findings, "SPF", domain + " does not say who may send for it",
                  "publish a text record at " + domain + ": v=spf1 include:YOUR-PROVIDER -all");
  }
  if (records->size() > 1) {
    return broken(findings, "SPF",
                  domain + " has " + std::to_string(records->size()) +
                      " SPF records: with more than one, none counts",
                  "make one of them");
  }
  const std::string& record = records->front();
  const std::string words = " " + lower(record) + " ";
  if (words.find(" +all ") != std::string::npos || words.find(" all ") != std::string::npos) {
    return broken(findings, "SPF", "\"" + record + "\" lets everybody send", "end it with -all");
  }
  if (words.find(" ?all ") != std::string::npos) {
    doubtful(findings, "SPF", "\"" + record + "\" says nothing of others (?all)",
             "end it with -all");
  }
  const int lookups = spf_lookups(dns, record, 0);
  if (lookups > kMostSpfLookups) {
    return broken(findings, "SPF",
                  "judging it takes more than ten lookups: receivers give up with an error",
                  "include less");
  }
  good(findings, "SPF", record);
}

void examine_dkim(const DnsLookup& dns, const DkimSetting& dkim, Findings& findings) {
  const std::string name = dkim.selector + "._domainkey." + dkim.domain;
  const auto texts = dns.texts(name);
  if (unanswered(texts.status(), "DKIM", findings)) return;
  std::vector<std::string> keys;
  for (const std::string& text : *texts) {
    if (text.find("p=") != std::string::npos) keys.push_back(text);
  }
  if (keys.size() == 1) return examine_published_key(keys.front(), name, dkim, findings);
  if (keys.size() > 1) {
    return broken(findings, "DKIM", "there are several keys at " + name,
                  "leave the one that signs");
  }
  const Pkey key = private_key(dkim.key_pem);
  const bool ed25519 = key && EVP_PKEY_base_id(key.get()) == EVP_PKEY_ED25519;
  broken(findings, "DKIM", "there is no key at " + name,
         "publish there: v=DKIM1; k=" + std::string(ed25519 ? "ed25519" : "rsa") +
             "; p=" + (key ? published_half(key.get()) : std::string("…")));
}

void examine_dmarc(const DnsLookup& dns, const std::string& from_domain,
                   const std::string& dkim_domain, Findings& findings) {
  // What a domain does not say, one above it may; a single label says nothing for others.
  std::string at = from_domain;
  std::string record;
  while (record.empty() && at.find('.') != std::string::npos) {
    const auto records = records_of(dns, "_dmarc." + at, "v=dmarc1");
    if (unanswered(records.status(), "DMARC", findings)) return;
    if (records->size() > 1)
      return broken(findings, "DMARC", "_dmarc." + at + " has several records: none counts",
                    "leave one");
    if (!records->empty()) record = records->front();
    if (record.empty()) at.erase(0, at.find('.') + 1);
  }
  if (record.empty()) {
    return broken(findings, "DMARC",
                  "nothing at _dmarc." + from_domain +
                      ": Gmail and Yahoo ask it of everybody who sends in bulk",
                  "publish there: v=DMARC1; p=none; rua=mailto:YOU, and p=quarantine later");
  }
  const std::string policy = lower(tag_of(record, "p"));
  if (policy != "none" && policy != "quarantine" && policy != "reject")
    return broken(findings, "DMARC", "\"" + record + "\" names no policy", "set p=none at least");
  if (policy == "none") {
    doubtful(findings, "DMARC", "p=none: others may send in your name",
             "set p=quarantine once the reports are clean");
  }
  good(findings, "DMARC", "_dmarc." + at + ": " + record);
  const bool strict = lower(tag_of(record, "adkim")) == "s";
  const bool aligned = strict ? dkim_domain == from_domain : related(dkim_domain, from_domain);
  if (dkim_domain.empty()) {
    doubtful(findings, "alignment",
             "only SPF stands for the sender: it breaks when mail is forwarded", "sign: smtp.dkim");
  } else if (!aligned) {
    broken(findings, "alignment",
           "messages are from " + from_domain + " and signed by " + dkim_domain +
               (strict ? " (adkim=s asks for the same)" : ""),
           "set smtp.dkim.domain to " + from_domain);
  } else {
    good(findings, "alignment", "signed by " + dkim_domain + ", from " + from_domain);
  }
}

}  // namespace souk::cli
