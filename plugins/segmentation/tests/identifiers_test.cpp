// Hashes against what others compute: NIST's examples, the hashes that Meta prints beside its rules
// (Conversions API, "Customer information parameters"), and for the rest Python's hashlib:
//   python3 -c "import hashlib; print(hashlib.sha256('obrien'.encode()).hexdigest())"
#include <gtest/gtest.h>

#include <string>

#include "plugins/segmentation/audience/identifiers.hpp"

namespace souk::segmentation {
namespace {

std::string hash_for(AdNetwork network, AdField field, std::string_view value) {
  const std::string form = normalised(network, field, value);
  return form.empty() ? "" : hex(sha256(form));
}

TEST(Sha256, IsWhatOthersCompute) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // Around the length at which the padding needs a block of its own.
  EXPECT_EQ(hex(sha256(std::string(55, 'a'))),
            "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  EXPECT_EQ(hex(sha256(std::string(56, 'a'))),
            "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  EXPECT_EQ(hex(sha256(std::string(64, 'a'))),
            "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  EXPECT_EQ(hex(sha256(std::string(1000, 'a'))),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3");
}

TEST(AdIdentifiers, WhatIsNoAddressIsNotHashed) {
  for (const auto network : {AdNetwork::meta, AdNetwork::google, AdNetwork::tiktok}) {
    for (const char* email : {"", "   ", "ada", "@shop.example", "ada@", "a da@shop.example"})
      EXPECT_EQ(normalised(network, AdField::email, email), "") << email;
    // Whose country? A hash of the wrong number would be somebody else's.
    for (const char* phone : {"", "030 12345678", "12345", "+1", "call me", "+4930123456789012345"})
      EXPECT_EQ(normalised(network, AdField::phone, phone), "") << phone;
    EXPECT_EQ(normalised(network, AdField::country, "Germany"), "");
    EXPECT_EQ(normalised(network, AdField::gender, "?"), "");
    for (const char* day : {"1990", "1.4.1990 or so", "1990-13-01", "3990-01-01"})
      EXPECT_EQ(normalised(network, AdField::birth_day, day), "") << day;
  }
}

TEST(AdIdentifiers, MetaPrintsTheseHashesItself) {
  EXPECT_EQ(hash_for(AdNetwork::meta, AdField::email, "  John_Smith@gmail.com "),
            "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f");
  EXPECT_EQ(hash_for(AdNetwork::meta, AdField::phone, "+1 (650)555-1212"),
            "e323ec626319ca94ee8bff2e4c87cf613be6ea19919ed1364124e16807ab3176");
  EXPECT_EQ(hash_for(AdNetwork::meta, AdField::first_name, "Mary"),
            "6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec");
  EXPECT_EQ(hash_for(AdNetwork::meta, AdField::first_name, "정"),
            "8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14");
  EXPECT_EQ(hash_for(AdNetwork::meta, AdField::first_name, "ValÉry"),
            "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c");
}

TEST(AdIdentifiers, EachNetworkHasItsRules) {
  const std::string mail = " Ada.Lovelace+News@Gmail.com.";
  EXPECT_EQ(normalised(AdNetwork::google, AdField::email, " Ada.Lovelace+News@Gmail.com "),
            "ada.lovelace+news@gmail.com");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::email, mail), "ada.lovelace+news@gmail.com");
  EXPECT_EQ(normalised(AdNetwork::tiktok, AdField::email, " Ada.Lovelace+News@Gmail.com "),
            "ada.lovelace@gmail.com");
  EXPECT_EQ(hash_for(AdNetwork::tiktok, AdField::email, "ada.lovelace+x@gmail.com"),
            "894ac26ea616dec861df81a6efb2ddfc30c3f1cb72b219a17242d8244e66c125");
  for (const char* phone : {"+49 30 12345678", "0049 30 123 456 78", "+49 (0)30 12345678"}) {
    EXPECT_EQ(hash_for(AdNetwork::google, AdField::phone, phone),
              "b947f8ad7dc00f0f4ba3da5a5fbdf3959603e725e50858e8383eb4fd109fc591");
    EXPECT_EQ(hash_for(AdNetwork::tiktok, AdField::phone, phone),
              "cae5f525a6c8d8cbfd28d7c654edf86f5e816f66919de0f842df68a2be24429b");
  }
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::last_name, "O'Brien"), "obrien");
  EXPECT_EQ(normalised(AdNetwork::google, AdField::last_name, " O'Brien"), "o'brien");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::city, "DÜSSELDORF"), "düsseldorf");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::state, "Nordrhein-Westfalen"),
            "nordrheinwestfalen");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::zip, "94303-5300"), "94303");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::zip, "SW1A 1AA"), "sw1a1aa");
  for (const char* none : {"=1+2", "-1+2", "a@b.de", "10,115"})
    EXPECT_EQ(normalised(AdNetwork::google, AdField::zip, none), "") << none;
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::country, "DE"), "de");
  EXPECT_EQ(normalised(AdNetwork::google, AdField::country, "de"), "DE");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::birth_month, "1990-04-01"), "04");
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::gender, "Female"), "f");
  const std::string hashed(64, 'A');
  EXPECT_EQ(normalised(AdNetwork::meta, AdField::email, hashed), std::string(64, 'a'));
}

TEST(AdIdentifiers, EqualValuesOfNetworksAreKeptOnce) {
  const auto known = identifiers_of(
      {.email = "ada@shop.example", .phone = "+4930123456", .name = "Lovelace, Ada Augusta"});
  std::size_t emails = 0;
  std::size_t phones = 0;
  for (const Identifier& one : known) {
    emails += one.field == AdField::email ? 1 : 0;
    phones += one.field == AdField::phone ? 1 : 0;
    if (one.field == AdField::first_name) {
      EXPECT_EQ(one.text(), "fdee430d40bd57deeac186cd9790033d0f06f909a8806e7ce6e717ab7c7d5029");
    }
    if (one.field == AdField::last_name) {
      EXPECT_EQ(one.text(), "fb1e7ec987523d2cb9e022cec1d6ae7c99dc46edfae4fe51254025fe4bea571f");
    }
  }
  EXPECT_EQ(emails, 1U);
  EXPECT_EQ(phones, 2U) << "Google hashes the plus";
  EXPECT_TRUE(findable(known, AdNetwork::tiktok));
  EXPECT_FALSE(findable(identifiers_of({.name = "Ada Lovelace"}), AdNetwork::meta));
  // One word: nobody knows whether it is the first name or the last.
  EXPECT_TRUE(identifiers_of({.name = "Ada"}).empty());
}

}  // namespace
}  // namespace souk::segmentation
