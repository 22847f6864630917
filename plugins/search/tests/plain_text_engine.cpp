#include "plugins/search/tests/plain_text_engine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "plugins/search/model/impact.hpp"
#include "plugins/search/tests/text_fixtures.hpp"

namespace souk::search::testing {
namespace {

constexpr float kOtherForm = 0.9F;  ///< what a form with the same stem counts
constexpr float kBothForms = 0.2F;  ///< what the lesser of two forms adds
constexpr unsigned kFarApart = 4;

std::string made_up_word(std::mt19937& random) {
  constexpr std::string_view kConsonants = "bdfgklmnprtvz";
  constexpr std::string_view kVowels = "aiou";
  std::string word;
  const std::size_t size = 6 + random() % 4;
  while (word.size() < size) {
    word += word.size() % 2 == 0 ? kConsonants[random() % kConsonants.size()]
                                 : kVowels[random() % kVowels.size()];
  }
  return word;
}

std::string plural(const std::string& word) { return word + "s"; }

}  // namespace

MadeUpWords::MadeUpWords(std::mt19937& random, std::size_t count) {
  while (words_.size() < count) {
    std::string word = made_up_word(random);
    const bool apart = std::all_of(words_.begin(), words_.end(), [&](const std::string& other) {
      return naive_distance(word, other) >= kFarApart;
    });
    if (apart) words_.push_back(std::move(word));
  }
}

const std::string& MadeUpWords::draw(std::mt19937& random) const {
  const std::size_t count = words_.size();
  return words_[random() % count * (random() % count) / count];
}

std::vector<Document> worded_documents(std::mt19937& random, const MadeUpWords& words,
                                       std::size_t count) {
  const auto text = [&](unsigned most) {
    std::string made;
    for (unsigned left = 1 + static_cast<unsigned>(random() % most); left > 0; --left) {
      const std::string& word = words.draw(random);
      const bool many = word.size() % 2 == 0 && random() % 4 == 0;
      made += (made.empty() ? "" : " ") + (many ? plural(word) : word);
    }
    return made;
  };
  std::vector<Document> documents;
  for (std::size_t i = 0; i < count; ++i) {
    Document document = titled(text(6), "p" + std::to_string(i));
    if (random() % 2 == 0) document.text(Field::kDescription) = {text(20)};
    if (random() % 3 == 0) document.text(Field::kTags) = {text(1), text(1)};
    if (random() % 2 == 0) document.text(Field::kBrand) = {text(2)};
    documents.push_back(std::move(document));
  }
  return documents;
}

PlainTextEngine::PlainTextEngine(std::vector<PlainSegment> segments,
                                 const TextIndexOptions& options)
    : segments_(std::move(segments)), words_(segments_.size()) {
  Stemmer stemmer(options.languages);
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    documents_ += segments_[s].documents.size();
    read(s, options);
    for (const auto& [word, occurrences] : words_[s])
      stems_[word] = stemmer.stem(0, word);
  }
}

/// BM25F's frequency of every word of every document.
void PlainTextEngine::read(std::size_t segment, const TextIndexOptions& options) {
  const auto& documents = segments_[segment].documents;
  for (std::uint32_t n = 0; n < documents.size(); ++n) {
    std::map<std::string, std::pair<float, FieldMask>> found;
    for (std::size_t field = 0; field < kFields; ++field) {
      std::vector<std::string> all;
      for (const std::string& text : documents[n].texts[field]) {
        for (std::string& word : plain_words(text))
          all.push_back(std::move(word));
      }
      const float b = options.length_share[field];
      const float share = options.weights[field] /
                          (1 - b + b * static_cast<float>(all.size()) / options.pivots[field]);
      for (const std::string& word : all) {
        found[word].first += share;
        found[word].second =
            static_cast<FieldMask>(found[word].second | field_bit(static_cast<Field>(field)));
      }
    }
    for (const auto& [word, had] : found) {
      words_[segment][word].push_back({n, frequency_of(impact_of(had.first)), had.second});
    }
  }
}

bool PlainTextEngine::is_seen(const std::string& word) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const auto at = words_[s].find(word);
    if (at == words_[s].end()) continue;
    for (const Occurrence& one : at->second) {
      if (segments_[s].visible[one.document]) return true;
    }
  }
  return false;
}

std::uint64_t PlainTextEngine::documents_of(const std::string& word) const {
  std::uint64_t count = 0;
  for (const auto& words : words_) {
    const auto at = words.find(word);
    count += at == words.end() ? 0 : at->second.size();
  }
  return count;
}

/// The word itself and whatever has its stem.
void PlainTextEngine::add_forms(const std::string& text, float weight, Word& word) const {
  Stemmer stemmer({Language::kEnglish});
  const std::string stem(stemmer.stem(0, text));
  for (const auto& [other, its] : stems_) {
    if (other == text) word.forms.emplace_back(other, weight);
    if (other != text && its == stem) word.forms.emplace_back(other, weight * kOtherForm);
  }
}

/// The nearest word that something visible has and the question's length allows; empty: none.
std::string PlainTextEngine::misspelt(const std::string& text, const TextQuery& query) const {
  const unsigned most = text.size() >= query.two_typos_from  ? 2
                        : text.size() >= query.one_typo_from ? 1
                                                             : 0;
  std::string nearest;
  unsigned least = most + 1;
  for (const auto& [word, stem] : stems_) {
    const unsigned far = naive_distance(text, word) + (text.front() != word.front() ? 1 : 0);
    if (far < least && is_seen(word)) {
      least = far;
      nearest = word;
    }
  }
  return nearest;
}

PlainTextEngine::Word PlainTextEngine::read_word(const std::string& text,
                                                 const TextQuery& query) const {
  Word word;
  add_forms(text, 1, word);
  std::uint64_t documents = 0;
  const auto count = [&] {
    for (const auto& words : words_) {
      std::uint64_t here = 0;
      for (const auto& [form, weight] : word.forms) {
        const auto at = words.find(form);
        here += at == words.end() ? 0 : at->second.size();
      }
      documents += std::min<std::uint64_t>(
          here, segments_[static_cast<std::size_t>(&words - words_.data())].documents.size());
    }
  };
  count();
  for (const auto& [form, weight] : word.forms)
    word.seen = word.seen || is_seen(form);
  if (!word.seen && query.typos) {
    if (const std::string meant = misspelt(text, query); !meant.empty()) {
      add_forms(meant, 1, word);
      if (documents == 0) documents = documents_of(meant);
      word.seen = true;
    }
  }
  const auto all = static_cast<double>(documents_);
  const auto have = static_cast<double>(documents);
  word.idf = static_cast<float>(std::log(1 + (all - have + 0.5) / (have + 0.5)));
  return word;
}

void PlainTextEngine::score(const Word& word, std::uint32_t bit, const TextQuery& query,
                            float saturation) {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    std::map<std::uint32_t, std::array<float, 2>> found;  // the best two forms
    for (const auto& [form, weight] : word.forms) {
      const auto at = words_[s].find(form);
      if (at == words_[s].end()) continue;
      for (const Occurrence& one : at->second) {
        if ((one.fields & query.fields) == 0) continue;
        const float f = one.frequency;
        const float value = weight * (f * (saturation + 1) / (f + saturation));
        auto& best = found[one.document];
        best[1] = std::max(best[1], std::min(best[0], value));
        best[0] = std::max(best[0], value);
      }
    }
    for (const auto& [document, best] : found) {
      scores_[s][document] += word.idf * (best[0] + kBothForms * best[1]);
      have_[s][document] |= bit;
    }
  }
}

PlainAnswer PlainTextEngine::ask(const TextQuery& query, const TextSearchOptions& options) {
  PlainAnswer answer;
  std::vector<Word> words;
  std::uint32_t needed = 0;
  scores_.clear();
  have_.clear();
  for (const PlainSegment& segment : segments_) {
    scores_.emplace_back(segment.documents.size(), 0.0F);
    have_.emplace_back(segment.documents.size(), 0U);
    answer.matches.emplace_back(segment.documents.size(), false);
  }
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    const bool excluded = query.words[i].role == WordRole::kExcluded;
    Word word;
    if (excluded) {
      word.forms = {{query.words[i].text, 1.0F}};
    } else {
      word = read_word(query.words[i].text, query);
    }
    if (query.words[i].role == WordRole::kNeeded) needed |= 1U << i;
    if (query.words[i].role != WordRole::kIgnored) {
      score(word, 1U << i, query, options.saturation);
    }
    words.push_back(std::move(word));
  }
  std::uint32_t reachable = needed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].seen) reachable &= ~(1U << i);
  }
  const bool relaxing = query.relaxation != Relaxation::kNone;
  const bool lacking = relaxing && reachable != needed;
  if (relaxing) needed = reachable;
  if (needed == 0) {
    answer.relaxed = lacking;
    return answer;
  }
  const float enough = query.relaxation == Relaxation::kMost ? options.most : 0.0F;
  let_in(query, words, needed, 2, answer);
  answer.all_words = answer.total;
  if (relaxing && answer.all_words < query.enough) let_in(query, words, needed, enough, answer);
  answer.relaxed = lacking || answer.total > answer.all_words;
  if (lacking) answer.all_words = 0;
  std::stable_sort(answer.best.begin(), answer.best.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return answer;
}

/// What has `enough` of the weight of the needed words and none that is excluded.
void PlainTextEngine::let_in(const TextQuery& query, const std::vector<Word>& words,
                             std::uint32_t needed, float enough, PlainAnswer& answer) const {
  const auto weight = [&](std::uint32_t bits) {
    float sum = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      if ((bits >> i & 1U) != 0) sum += std::max(words[i].idf, 0.01F);
    }
    return sum;
  };
  std::uint32_t excluded = 0;
  for (std::size_t i = 0; i < words.size(); ++i)
    excluded |= query.words[i].role == WordRole::kExcluded ? 1U << i : 0;
  for (std::uint32_t s = 0; s < segments_.size(); ++s) {
    for (std::uint32_t n = 0; n < have_[s].size(); ++n) {
      const std::uint32_t have = have_[s][n];
      if (answer.matches[s][n] || !segments_[s].visible[n] || (have & excluded) != 0) continue;
      const bool whole = (have & needed) == needed;
      const float share = weight(have & needed) / weight(needed);
      if (!whole && (share <= 0 || share < enough)) continue;
      answer.matches[s][n] = true;
      ++answer.total;
      answer.best.push_back({s, n, scores_[s][n] * (whole ? 1 : share * share)});
    }
  }
}

std::vector<std::vector<bool>> PlainTextEngine::begins(const std::string& beginning,
                                                       FieldMask fields) const {
  Word forms;
  add_forms(beginning, 1, forms);
  std::vector<std::vector<bool>> found;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    found.emplace_back(segments_[s].documents.size(), false);
    for (const auto& [word, occurrences] : words_[s]) {
      const bool form = std::any_of(forms.forms.begin(), forms.forms.end(),
                                    [&own = word](const auto& one) { return one.first == own; });
      if (!form && !word.starts_with(beginning)) continue;
      for (const Occurrence& one : occurrences) {
        if ((one.fields & fields) != 0 && segments_[s].visible[one.document]) {
          found[s][one.document] = true;
        }
      }
    }
  }
  return found;
}

}  // namespace souk::search::testing
