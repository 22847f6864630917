// What a size label says: "XL", "EU 42", "8 1/2", "W32 L34".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace souk::recommendations {

/// Sizes of one scale can be compared; those of two can't.
enum class SizeScale : std::uint8_t { letters, number, eu, uk, us };

struct SizeLabel {
  SizeScale scale = SizeScale::number;
  double place = 0;  ///< letters: M is 0, L 1, XL 2, S −1; else the number itself
};

/// Reads a label; nothing when it is no size that has an order ("One size", "75 B", "red"). Of two
/// measures (waist and length, "32/34") the first counts; of a range of letters ("S/M") the middle.
[[nodiscard]] std::optional<SizeLabel> read_size(std::string_view label);

/// Whether an option of this name says the size, in the languages of a European shop.
[[nodiscard]] bool names_size(std::string_view option);

/// What a return's reason says of the size.
enum class SizeComplaint : std::uint8_t { none, too_small, too_large };
/// Reads a code or the shopper's words: "too_small", "Zu groß", "runs large".
[[nodiscard]] SizeComplaint read_complaint(std::string_view reason);

}  // namespace souk::recommendations
