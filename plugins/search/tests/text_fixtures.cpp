#include "plugins/search/tests/text_fixtures.hpp"

#include <algorithm>

namespace souk::search::testing {

Document titled(std::string title, std::string id) {
  Document document;
  document.id = std::move(id);
  document.text(Field::kTitle) = {std::move(title)};
  return document;
}

std::vector<Document> titles(const std::vector<std::string>& texts) {
  std::vector<Document> documents;
  for (const std::string& text : texts) {
    documents.push_back(titled(text, "p" + std::to_string(documents.size())));
  }
  return documents;
}

Shop::Shop(const std::vector<Document>& all, const TextIndexOptions& options)
    : documents(all), index(TextIndex::build(documents, options)) {}

std::vector<std::string> Shop::ask(std::string_view text) {
  read_query(text, query);
  return ask(query);
}

std::vector<std::string> Shop::ask(const TextQuery& asked) {
  const SegmentText segment{index.get(), visible};
  searcher.search({&segment, 1}, asked, scratch, result);
  std::vector<std::string> found;
  for (const TextHit& hit : result.top) {
    found.push_back(documents[hit.document].text(Field::kTitle).front());
  }
  return found;
}

std::vector<Document> random_documents(std::mt19937& random, std::size_t count, unsigned words) {
  const auto text = [&](unsigned most) {
    std::string made;
    const unsigned length = 1 + static_cast<unsigned>(random() % most);
    for (unsigned i = 0; i < length; ++i) {
      // The product of two draws: a few words are everywhere.
      const auto word = random() % words * (random() % words) / words;
      made +=
          (made.empty() ? "" : " ") + ("w" + std::string(1, static_cast<char>('a' + word % 26)) +
                                       std::string(1, static_cast<char>('a' + word / 26 % 26)));
    }
    return made;
  };
  std::vector<Document> documents;
  for (std::size_t i = 0; i < count; ++i) {
    Document document = titled(text(8), "p" + std::to_string(i));
    if (random() % 2 == 0) {
      document.text(Field::kDescription) = {text(30)};
    }
    if (random() % 3 == 0) {
      document.text(Field::kTags) = {text(1), text(2)};
    }
    documents.push_back(std::move(document));
  }
  return documents;
}

std::vector<std::string> plain_words(std::string_view text) {
  TokenStream stream;
  tokenize(text, stream);
  std::vector<std::string> words;
  for (const Token& token : stream.tokens) {
    if (token.kind != TokenKind::kJoined && token.kind != TokenKind::kQuantity) {
      words.emplace_back(stream.of(token));
    }
  }
  return words;
}

unsigned naive_distance(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) {
    return static_cast<unsigned>(std::max(a.size(), b.size()));
  }
  std::vector<std::vector<unsigned>> d(a.size() + 1, std::vector<unsigned>(b.size() + 1));
  for (unsigned i = 0; i <= a.size(); ++i) {
    for (unsigned j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace souk::search::testing
