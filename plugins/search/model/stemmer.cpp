#include "plugins/search/model/stemmer.hpp"

#include <libstemmer.h>

#include <algorithm>
#include <span>
#include <utility>

namespace souk::search {
namespace {

constexpr std::array<std::string_view, kLanguages> kCodes = {"en", "de", "fr", "es",
                                                             "it", "nl", "pt", "sv"};
constexpr std::array<const char*, kLanguages> kAlgorithms = {
    "english", "german", "french", "spanish", "italian", "dutch", "portuguese", "swedish"};

// The function words of each language that people put into product questions, folded and sorted.
// Short on purpose: a rare word never stands here, and idf does the rest.
constexpr std::string_view kEnglishWords[] = {
    "a",       "an",    "and",  "are",  "as",   "at",   "be",    "by",   "can",  "do",
    "find",    "for",   "from", "get",  "have", "how",  "i",     "in",   "is",   "it",
    "looking", "me",    "my",   "need", "of",   "on",   "or",    "our",  "some", "that",
    "the",     "their", "this", "to",   "want", "what", "which", "with", "you",  "your"};
constexpr std::string_view kGermanWords[] = {
    "als", "am",   "an",    "auf",   "aus",   "bei", "das",  "dem", "den", "der", "des", "die",
    "ein", "eine", "einen", "einer", "eines", "fur", "fuer", "ich", "im",  "in",  "ist", "mein",
    "mit", "nach", "oder",  "ohne",  "suche", "und", "vom",  "von", "zu",  "zum", "zur"};
constexpr std::string_view kFrenchWords[] = {"a",  "au",   "aux",  "avec", "ce",  "ces", "cherche",
                                             "d",  "dans", "de",   "des",  "du",  "en",  "est",
                                             "et", "je",   "l",    "la",   "le",  "les", "mon",
                                             "ou", "par",  "pour", "sans", "sur", "un",  "une"};
constexpr std::string_view kSpanishWords[] = {
    "a",  "al",  "busco", "con", "de",   "del", "el",  "en",  "es", "la",  "las",
    "lo", "los", "mi",    "o",   "para", "por", "que", "sin", "un", "una", "y"};
constexpr std::string_view kItalianWords[] = {
    "a",   "al", "alla", "che", "con", "da", "dal", "dei", "del", "della", "delle", "di", "e",
    "gli", "i",  "il",   "in",  "la",  "le", "lo",  "o",   "per", "su",    "un",    "una"};
constexpr std::string_view kDutchWords[] = {"aan", "bij", "de",  "een",  "en",   "het",  "ik",
                                            "in",  "is",  "met", "mijn", "naar", "of",   "om",
                                            "op",  "te",  "uit", "van",  "voor", "zoek", "zonder"};
constexpr std::string_view kPortugueseWords[] = {
    "a",  "ao", "as", "com", "da", "das",  "de",  "do",  "dos", "e",  "em",
    "na", "no", "o",  "os",  "ou", "para", "por", "que", "sem", "um", "uma"};
constexpr std::string_view kSwedishWords[] = {"att", "av",  "de",   "den", "det",  "en",
                                              "ett", "for", "fran", "i",   "med",  "min",
                                              "och", "om",  "pa",   "som", "till", "utan"};

std::span<const std::string_view> stop_words(Language language) {
  switch (language) {
    case Language::kEnglish:
      return kEnglishWords;
    case Language::kGerman:
      return kGermanWords;
    case Language::kFrench:
      return kFrenchWords;
    case Language::kSpanish:
      return kSpanishWords;
    case Language::kItalian:
      return kItalianWords;
    case Language::kDutch:
      return kDutchWords;
    case Language::kPortuguese:
      return kPortugueseWords;
    case Language::kSwedish:
      return kSwedishWords;
  }
  return {};
}

}  // namespace

std::optional<Language> language_of(std::string_view code) {
  if (code.size() > 2 && code[2] != '-' && code[2] != '_') {
    return std::nullopt;
  }
  const auto found = std::find(kCodes.begin(), kCodes.end(), code.substr(0, 2));
  if (found == kCodes.end()) {
    return std::nullopt;
  }
  return static_cast<Language>(found - kCodes.begin());
}

std::string_view code_of(Language language) { return kCodes[static_cast<std::size_t>(language)]; }

bool is_stop_word(std::string_view folded, Language language) {
  const auto words = stop_words(language);
  return std::find(words.begin(), words.end(), folded) != words.end();
}

Stemmer::Stemmer(const std::vector<Language>& languages) : languages_(languages) {
  for (const Language language : languages_) {
    stemmers_.push_back(sb_stemmer_new(kAlgorithms[static_cast<std::size_t>(language)], "UTF_8"));
  }
}

Stemmer::~Stemmer() {
  for (sb_stemmer* stemmer : stemmers_) {
    sb_stemmer_delete(stemmer);
  }
}

Stemmer::Stemmer(Stemmer&& other) noexcept
    : languages_(std::move(other.languages_)), stemmers_(std::exchange(other.stemmers_, {})) {}

Stemmer& Stemmer::operator=(Stemmer&& other) noexcept {
  std::swap(languages_, other.languages_);
  std::swap(stemmers_, other.stemmers_);
  return *this;
}

std::string_view Stemmer::stem(std::size_t n, std::string_view folded) {
  const bool has_digit =
      std::any_of(folded.begin(), folded.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (folded.size() < 3 || has_digit || stemmers_[n] == nullptr) {
    return folded;
  }
  // libstemmer calls a byte sb_symbol: unsigned char.
  const auto* word = reinterpret_cast<const sb_symbol*>(folded.data());
  const sb_symbol* stem = sb_stemmer_stem(stemmers_[n], word, static_cast<int>(folded.size()));
  if (stem == nullptr) {
    return folded;
  }
  return {reinterpret_cast<const char*>(stem),
          static_cast<std::size_t>(sb_stemmer_length(stemmers_[n]))};
}

}  // namespace souk::search
