// `souk doctor email` against a real DNS server on loopback.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tools/souk/doctor/mail_records.hpp"
#include "tools/souk/doctor/mail_way.hpp"

namespace souk::cli {
namespace {

std::string run_shell(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  while (const std::size_t size = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, size);
  ::pclose(pipe);
  return text;
}

/// Keys, and a server that knows the records of a test.
class Doctor : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "souk-doctor-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  void TearDown() override {
    if (server_ != nullptr) {
      ::kill(pid_, SIGKILL);
      ::pclose(server_);
    }
    std::filesystem::remove_all(folder_);
  }

  void make_keys() const {
    run_shell("cd " + folder_ +
              " && openssl genrsa -out rsa.pem 2048 2>/dev/null && openssl genrsa -out weak.pem "
              "1024 2>/dev/null && openssl genpkey -algorithm ed25519 -out ed.pem 2>/dev/null");
  }
  DnsLookup serve(const std::string& records) {
    std::ofstream(folder_ + "/records") << records;
    server_ = ::popen(
        ("echo $$; exec /usr/bin/python3 " DOCTOR_TESTS "/dns_records.py " + folder_ + "/records")
            .c_str(),
        "r");
    char line[64] = {};
    EXPECT_NE(std::fgets(line, sizeof line, server_), nullptr);
    pid_ = std::atoi(line);
    EXPECT_NE(std::fgets(line, sizeof line, server_), nullptr);
    auto dns = DnsLookup::open("127.0.0.1:" + std::to_string(std::atoi(line)));
    EXPECT_TRUE(dns.ok());
    return *dns;
  }
  [[nodiscard]] std::string pem(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  /// What openssl says the public half is.
  [[nodiscard]] std::string half(const std::string& name) const {
    const bool ed25519 = name == "ed.pem";
    return run_shell("openssl pkey -in " + folder_ + "/" + name + " -pubout -outform DER" +
                     (ed25519 ? " | tail -c 32" : "") + " | base64 -w0");
  }
  static std::string words(const Findings& findings) {
    std::string all;
    for (const Finding& one : findings)
      all +=
          std::to_string(static_cast<int>(one.verdict)) + " " + one.part + ": " + one.text + "\n";
    return all;
  }

  std::string folder_;
  FILE* server_ = nullptr;
  pid_t pid_ = 0;
};

TEST_F(Doctor, AServerThatIsNoneIsAFault) {
  for (const char* server : {"nonsense", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:5x", "::1"})
    EXPECT_FALSE(DnsLookup::open(server).ok()) << server;
}

TEST_F(Doctor, SpfIsOneRecordThatLetsFewSendAndIsCheap) {
  std::string chain = "deep.example v=spf1 include:s0.example -all\n";
  for (int i = 0; i < 12; ++i) {
    chain += "s" + std::to_string(i) + ".example v=spf1 include:s" + std::to_string(i + 1) +
             ".example -all\n";
  }
  const DnsLookup dns = serve(
      "good.example v=spf1 include:p.example -all\np.example v=spf1 ip4:192.0.2.0/24 ~all\n"
      "open.example v=spf1 +all\ntwo.example v=spf1 -all\ntwo.example v=spf1 mx -all\n"
      "round.example v=spf1 include:round.example -all\nother.example google-site=1\n" +
      chain);
  const auto verdict = [&](const std::string& domain) {
    Findings findings;
    examine_spf(dns, domain, findings);
    return words(findings);
  };
  EXPECT_EQ(verdict("good.example"), "0 SPF: v=spf1 include:p.example -all\n");
  EXPECT_NE(verdict("open.example").find("lets everybody send"), std::string::npos);
  EXPECT_NE(verdict("two.example").find("2 SPF records"), std::string::npos);
  EXPECT_NE(verdict("deep.example").find("more than ten lookups"), std::string::npos);
  EXPECT_NE(verdict("round.example").find("more than ten lookups"), std::string::npos);
  EXPECT_NE(verdict("other.example").find("does not say"), std::string::npos);
}

TEST_F(Doctor, TheKeyInTheDnsIsTheOneThatSigns) {
  make_keys();
  const DnsLookup dns = serve("r._domainkey.a.example v=DKIM1; k=rsa; p=" + half("rsa.pem") +
                              "\ne._domainkey.a.example v=DKIM1; k=ed25519; p=" + half("ed.pem") +
                              "\nw._domainkey.a.example v=DKIM1; t=y; p=" + half("weak.pem") +
                              "\nx._domainkey.a.example v=DKIM1; p=\n");
  const auto verdict = [&](const std::string& selector, const std::string& key) {
    Findings findings;
    examine_dkim(dns, {"a.example", selector, key.empty() ? key : pem(key)}, findings);
    return words(findings);
  };
  EXPECT_EQ(verdict("r", "rsa.pem"),
            "0 DKIM: r._domainkey.a.example holds the key that signs (RSA, 2048 bits)\n");
  EXPECT_EQ(verdict("e", "ed.pem"),
            "0 DKIM: e._domainkey.a.example holds the key that signs (Ed25519)\n");
  EXPECT_NE(verdict("r", "ed.pem").find("not that of smtp.dkim.key"), std::string::npos);
  EXPECT_NE(verdict("w", "weak.pem").find("1024 bits is weak"), std::string::npos);
  EXPECT_NE(verdict("w", "weak.pem").find("t=y"), std::string::npos);
  EXPECT_NE(verdict("x", "rsa.pem").find("withdrawn"), std::string::npos);
  EXPECT_NE(verdict("none", "rsa.pem").find("there is no key"), std::string::npos);
  EXPECT_NE(verdict("r", "").find("can't be read"), std::string::npos);
}

TEST_F(Doctor, DmarcComesFromAboveAndAsksForAlignment) {
  const DnsLookup dns = serve(
      "_dmarc.a.example v=DMARC1; p=quarantine\n"
      "_dmarc.s.example v=DMARC1; p=reject; adkim=s\n"
      "_dmarc.n.example v=DMARC1; p=none\n");
  const auto verdict = [&](const std::string& from, const std::string& signer) {
    Findings findings;
    examine_dmarc(dns, from, signer, findings);
    return words(findings);
  };
  EXPECT_NE(verdict("news.a.example", "a.example").find("0 alignment"), std::string::npos);
  EXPECT_NE(verdict("news.s.example", "s.example").find("2 alignment"), std::string::npos);
  EXPECT_NE(verdict("a.example", "b.example").find("2 alignment"), std::string::npos);
  EXPECT_NE(verdict("n.example", "n.example").find("1 DMARC"), std::string::npos);
  EXPECT_NE(verdict("a.example", "").find("1 alignment"), std::string::npos);
  EXPECT_NE(verdict("none.example", "none.example").find("2 DMARC"), std::string::npos);
}

TEST(DoctorOfMessages, WhatReceiversAskForIsThere) {
  const std::string source =
      "From: a@a.example\r\nMessage-ID: <m-1@a.example>\r\nDate: x\r\nList-Id: <x.a.example>\r\n"
      "List-Unsubscribe:\r\n <https://a.example/v1/unsubscribe?token=1>\r\n"
      "list-unsubscribe-post: List-Unsubscribe=One-Click\r\n"
      "DKIM-Signature: v=1; h=from:list-unsubscribe:list-unsubscribe-post; b=x\r\n\r\n"
      "List-Id: in the body\r\n";
  EXPECT_EQ(header_of(source, "list-unsubscribe"), "<https://a.example/v1/unsubscribe?token=1>");
  EXPECT_EQ(header_of(source, "To"), "");
  Findings fine;
  examine_message(source, {"a.example", "https://a.example", "Street 1", true}, fine);
  ASSERT_EQ(fine.size(), 1U);
  EXPECT_EQ(fine[0].verdict, Verdict::good) << fine[0].text;
  Findings bare;
  examine_message("From: a@a.example\r\n\r\n", {"a.example", "https://a.example", "", false}, bare);
  EXPECT_GE(bare.size(), 7U);
}

TEST(DoctorOfServers, OneThatIsNotThereIsSaidToBe) {
  Findings findings;
  examine_server({"smtp://user:secret@127.0.0.1:1", "auto", "", 2'000}, findings);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].verdict, Verdict::broken);
  EXPECT_EQ(findings[0].text.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace souk::cli
