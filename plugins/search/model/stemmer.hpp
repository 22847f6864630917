// Stems by the Snowball algorithms (Porter 2001), through libstemmer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace souk::search {

enum class Language : std::uint8_t {
  kEnglish,
  kGerman,
  kFrench,
  kSpanish,
  kItalian,
  kDutch,
  kPortuguese,
  kSwedish,
};
inline constexpr std::size_t kLanguages = 8;

/// Of "en", "de", "fr", "es", "it", "nl", "pt", "sv"; a region behind it ("pt-BR") is ignored.
std::optional<Language> language_of(std::string_view code);
/// The two letters.
std::string_view code_of(Language language);
/// Does the language write compounds as one word ("Damenschuhe")?
constexpr bool joins_compounds(Language language) {
  return language == Language::kGerman || language == Language::kDutch ||
         language == Language::kSwedish;
}

/// A word so frequent in the language that a question is complete without it ("for", "mit").
/// Folded.
bool is_stop_word(std::string_view folded, Language language);

/// Stems folded words. Owned by one thread; it keeps libstemmer's buffers.
class Stemmer {
 public:
  explicit Stemmer(const std::vector<Language>& languages);
  ~Stemmer();
  Stemmer(Stemmer&& other) noexcept;
  Stemmer& operator=(Stemmer&& other) noexcept;

  [[nodiscard]] const std::vector<Language>& languages() const { return languages_; }

  /// The stem in languages()[n]; valid until the next call with this n. Words that hold a digit or
  /// are shorter than three bytes come back unchanged.
  std::string_view stem(std::size_t n, std::string_view folded);

 private:
  std::vector<Language> languages_;
  std::vector<sb_stemmer*> stemmers_;
};

}  // namespace souk::search
