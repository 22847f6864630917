// What ad networks know people by: addresses normalised and hashed by each network's own rules. No
// address is kept: what leaves this room is a hash, or a country or postal code that Google takes
// as it is.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/segmentation/audience/sha256.hpp"

namespace souk::segmentation {

/// Numbers stand in snapshots: append only.
enum class AdNetwork : std::uint8_t { meta, google, tiktok, count_ };
inline constexpr std::size_t kAdNetworks = static_cast<std::size_t>(AdNetwork::count_);

enum class AdField : std::uint8_t {
  email,
  phone,
  first_name,
  last_name,
  city,
  state,
  zip,
  country,
  gender,
  birth_year,
  birth_month,
  birth_day,
  count_
};
inline constexpr std::size_t kAdFields = static_cast<std::size_t>(AdField::count_);

/// A person's addresses as the shop knows them; each may be empty.
struct Contact {
  std::string_view email{};
  std::string_view phone{};  ///< E.164; without `+` it must begin with the country's code
  std::string_view
      name{};  ///< "Ada Lovelace" or "Lovelace, Ada"; used where the next two are empty
  std::string_view first_name{};
  std::string_view last_name{};
  std::string_view city{};
  std::string_view state{};
  std::string_view zip{};
  std::string_view country{};  ///< ISO 3166-1 alpha-2
  std::string_view gender{};
  std::string_view birthday{};  ///< 1990-04-01
};

/// One value, of one field, for one network or several.
struct Identifier {
  AdField field = AdField::email;
  std::uint8_t networks = 0;  ///< bits by AdNetwork
  bool hashed = true;
  Sha256 hash{};
  std::array<char, 12> plain{};  ///< what is not hashed, filled up with zeros

  [[nodiscard]] bool is_for(AdNetwork network) const {
    return (networks >> static_cast<unsigned>(network) & 1U) != 0;
  }
  [[nodiscard]] std::string text() const;
  friend bool operator==(const Identifier&, const Identifier&) = default;
};

/// The columns of a network's audience, in its own words; `fields[i]` belongs to `names[i]`.
struct AdColumns {
  std::span<const std::string_view> names;       ///< as its interface calls them
  std::span<const std::string_view> file_names;  ///< as its upload page calls them
  std::span<const AdField> fields;
};
[[nodiscard]] AdColumns columns_of(AdNetwork network);

/// The normal form that the network hashes (or takes as it is); empty when the value is none that
/// it can use. A value that is 64 hexadecimal digits is a hash already and stays as it is.
[[nodiscard]] std::string normalised(AdNetwork network, AdField field, std::string_view value);

/// All that networks can use of a contact. Equal values of several networks are one.
[[nodiscard]] std::vector<Identifier> identifiers_of(const Contact& contact);

/// Whether the network can find somebody by these: by e-mail or telephone.
[[nodiscard]] bool findable(std::span<const Identifier> identifiers, AdNetwork network);

}  // namespace souk::segmentation
