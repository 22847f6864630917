#include "plugins/email/template/translations.hpp"

#include <algorithm>

#include "plugins/email/template/value.hpp"

namespace souk::email {
namespace {

constexpr std::size_t kMaxTranslationArguments = 32;

bool is_plural_category(std::string_view name) noexcept {
  constexpr std::string_view kCategories[] = {"zero", "one", "two", "few", "many", "other"};
  return std::find(std::begin(kCategories), std::end(kCategories), name) != std::end(kCategories);
}

/// Cuts a text at its `{{ name }}`.
Status cut_arguments(std::string_view key, std::string_view text, Translation& out) {
  for (;;) {
    const std::size_t open = text.find("{{");
    if (open == text.npos) break;
    const std::size_t close = text.find("}}", open);
    std::string_view name = text.substr(open + 2, close == text.npos ? 0 : close - open - 2);
    const std::size_t first = name.find_first_not_of(' ');
    name = first == name.npos ? std::string_view()
                              : name.substr(first, name.find_last_not_of(' ') + 1 - first);
    if (close == text.npos || name.empty() || name.find_first_of(" |.'\"") != name.npos ||
        out.arguments.size() >= kMaxTranslationArguments)
      return {Code::invalid_argument,
              "translation '" + std::string(key) +
                  "': an argument is written {{ name }}, at most 32 of them"};
    out.literals.emplace_back(text.substr(0, open));
    out.arguments.emplace_back(name);
    text.remove_prefix(close + 2);
  }
  out.literals.emplace_back(text);
  out.html = key.ends_with("_html") || key.find("_html.") != key.npos;
  return {};
}

}  // namespace

Status Translations::add(std::string_view locale, std::string_view json) {
  ValueArena arena;
  const Result<Value> parsed = parse_json(json, arena);
  if (!parsed.ok()) return parsed.status();
  if (!parsed->is_map()) return {Code::invalid_argument, "translations are a JSON map of keys"};
  Texts& texts = locales_[std::string(locale)];
  std::vector<std::pair<std::string, Value>> open{{"", *parsed}};
  while (!open.empty()) {
    auto [prefix, map] = std::move(open.back());
    open.pop_back();
    for (const Member& member : map.members()) {
      const std::string key = prefix + std::string(member.key());
      if (member.value.is_map()) {
        open.emplace_back(key + ".", member.value);
        continue;
      }
      if (!member.value.is_text())
        return {Code::invalid_argument, "translation '" + key + "' is neither a text nor a map"};
      Translation text;
      if (Status cut = cut_arguments(key, member.value.as_text(), text); !cut.ok()) return cut;
      texts.insert_or_assign(key, std::move(text));
    }
  }
  return {};
}

const Translation* Translations::find(std::string_view locale, std::string_view key,
                                      std::string_view plural) const noexcept {
  std::string_view tried[3] = {locale, locale.substr(0, locale.find_first_of("-_")), "en"};
  // Longer keys belong to no text; the bound keeps this free of allocation.
  char name[160];
  if (key.size() > 128) return nullptr;
  std::copy(key.begin(), key.end(), name);
  const auto with = [&](std::string_view category) {
    name[key.size()] = '.';
    std::copy(category.begin(), category.end(), name + key.size() + 1);
    return std::string_view(name, key.size() + 1 + category.size());
  };
  for (const std::string_view tag : tried) {
    const auto found = locales_.find(tag);
    if (found == locales_.end()) continue;
    const Texts& texts = found->second;
    if (!plural.empty()) {
      if (const auto text = texts.find(with(plural)); text != texts.end()) return &text->second;
      if (const auto text = texts.find(with("other")); text != texts.end()) return &text->second;
    }
    if (const auto text = texts.find(key); text != texts.end()) return &text->second;
  }
  return nullptr;
}

bool Translations::has(std::string_view key) const noexcept {
  return std::any_of(locales_.begin(), locales_.end(), [&](const auto& locale) {
    return find(locale.first, key, "other") != nullptr;
  });
}

std::vector<std::string_view> Translations::keys() const {
  std::vector<std::string_view> keys;
  for (const auto& [locale, texts] : locales_) {
    for (const auto& [key, text] : texts) {
      std::string_view name = key;
      const std::size_t dot = name.rfind('.');
      if (dot != name.npos && is_plural_category(name.substr(dot + 1))) name = name.substr(0, dot);
      keys.push_back(name);
    }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

std::string_view plural_category(std::string_view locale, std::int64_t count) noexcept {
  const std::string_view language = locale.substr(0, locale.find_first_of("-_"));
  const std::int64_t n = count < 0 ? -(count + 1) + 1 : count;
  if (language == "fr" || (language == "pt" && locale != "pt-PT"))
    return n == 0 || n == 1 ? "one" : "other";
  if (language == "ja" || language == "zh" || language == "ko" || language == "vi") return "other";
  if (language == "cs" || language == "sk")
    return n == 1 ? "one" : (n >= 2 && n <= 4 ? "few" : "other");
  const std::int64_t ten = n % 10;
  const std::int64_t hundred = n % 100;
  const bool few = ten >= 2 && ten <= 4 && !(hundred >= 12 && hundred <= 14);
  if (language == "pl") return n == 1 ? "one" : (few ? "few" : "many");
  if (language == "ru" || language == "uk")
    return ten == 1 && hundred != 11 ? "one" : (few ? "few" : "many");
  return n == 1 ? "one" : "other";
}

}  // namespace souk::email
