#include "tools/simulate/vocabulary.hpp"

#include <algorithm>

namespace souk::simulate {
namespace {

using Word = std::string_view;

constexpr Word kStyleWords[kStyles][3] = {
    {"Classic", "Heritage", "Timeless"}, {"Modern", "Urban", "Studio"},
    {"Sport", "Active", "Sprint"},       {"Natural", "Organic", "Pure"},
    {"Playful", "Happy", "Bloom"},       {"Minimal", "Essential", "Plain"},
    {"Luxe", "Signature", "Grand"},      {"Rugged", "Trail", "Workshop"}};

constexpr Word kColours[] = {"Black", "White", "Navy",  "Grey", "Beige", "Red",
                             "Green", "Blue",  "Olive", "Rose", "Brown", "Mustard"};

constexpr Word kFirstNames[] = {"Anna",  "Ben",   "Clara", "David", "Elena",  "Felix", "Greta",
                                "Hugo",  "Ines",  "Jonas", "Katja", "Lars",   "Maria", "Nils",
                                "Olga",  "Paul",  "Rosa",  "Simon", "Teresa", "Umut",  "Vera",
                                "Wout",  "Yara",  "Zoe",   "Aisha", "Chen",   "Priya", "Samir",
                                "Lucia", "Mateo", "Noor",  "Pierre"};

constexpr Word kLastNames[] = {"Almeida", "Becker", "Costa",   "Dubois",  "Eriksen",  "Fischer",
                               "Garcia",  "Haas",   "Ivanov",  "Jansen",  "Kowal",    "Lindgren",
                               "Moreau",  "Novak",  "Olsen",   "Petrova", "Quintero", "Rossi",
                               "Silva",   "Tanaka", "Ullrich", "Visser",  "Weber",    "Yilmaz"};

constexpr Word kBrandStems[] = {"Alden",  "Brisk", "Caspo",  "Dorma", "Elvi",  "Ferro", "Grano",
                                "Halden", "Ixo",   "Juno",   "Kesta", "Lumo",  "Marlo", "Nordan",
                                "Orla",   "Pavo",  "Quill",  "Rivo",  "Solen", "Tavi",  "Umbra",
                                "Velo",   "Wren",  "Yarrow", "Zeph",  "Arbo",  "Bexa",  "Corvi"};
constexpr Word kBrandEndings[] = {"", " & Co", "line", " Works", "a", " House", "eo", " Studio"};

constexpr Word kApparelSizes[] = {"XS", "S", "M", "L", "XL", "XXL"};
constexpr Word kShoeSizes[] = {"36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46"};
constexpr Word kPackSizes[] = {"Single", "Value pack", "Family pack"};
constexpr Word kStorageSizes[] = {"128 GB", "256 GB", "512 GB"};

constexpr AttributeSpec kAttributes[] = {
    {"Apparel", "material", "Cotton|Linen|Wool|Denim|Leather|Polyester|Viscose"},
    {"Apparel", "fit", "Slim|Regular|Relaxed"},
    {"Apparel", "care", "Machine wash 30|Machine wash 40|Hand wash|Dry clean"},
    {"Home", "material", "Wood|Steel|Glass|Ceramic|Cotton|Bamboo|Cast iron"},
    {"Home", "room", "Kitchen|Bedroom|Living room|Garden|Bathroom"},
    {"Electronics", "connectivity", "USB-C|Bluetooth 5.3|Wi-Fi 6|HDMI|Wired"},
    {"Electronics", "warranty", "1 year|2 years|3 years"},
    {"Electronics", "energy_class", "A|B|C|D"},
    {"Groceries", "organic", "yes|no"},
    {"Groceries", "origin", "Italy|Spain|Germany|Brazil|India|France|Ethiopia"},
    {"Beauty", "skin_type", "Dry|Oily|Combination|Sensitive|All"},
    {"Beauty", "vegan", "yes|no"},
    {"Beauty", "volume", "30 ml|50 ml|100 ml|200 ml|250 ml"},
    {"Sport", "level", "Beginner|Intermediate|Advanced"},
    {"Sport", "material", "Nylon|Polyester|Aluminium|Rubber|Cork"},
    {"Office", "format", "A4|A5|A3"},
    {"Office", "recycled", "yes|no"},
};

constexpr Synonym kSynonyms[] = {
    {"Sneakers", "trainers"},
    {"Trainers", "sneakers"},
    {"Jeans", "denim"},
    {"Trousers", "pants"},
    {"Parka", "winter jacket"},
    {"Coat", "overcoat"},
    {"T-Shirt", "tee"},
    {"Handbag", "purse"},
    {"Wallet", "billfold"},
    {"Beanie", "wool hat"},
    {"Frying Pan", "skillet"},
    {"Saucepan", "pot"},
    {"Espresso Machine", "coffee machine"},
    {"Duvet Cover", "bed linen"},
    {"Throw", "blanket"},
    {"Laptop", "notebook computer"},
    {"Smartphone", "mobile phone"},
    {"Earbuds", "in-ear headphones"},
    {"Power Bank", "portable charger"},
    {"Coffee Beans", "whole bean coffee"},
    {"Laundry Detergent", "washing powder"},
    {"Toilet Paper", "loo roll"},
    {"Washing-up Liquid", "dish soap"},
    {"Dry Dog Food", "kibble"},
    {"Face Cream", "moisturizer"},
    {"Sunscreen", "sun cream"},
    {"Eau de Parfum", "perfume"},
    {"Lip Balm", "chapstick"},
    {"Dumbbell", "hand weight"},
    {"Water Bottle", "flask"},
    {"Daypack", "rucksack"},
    {"Hiking Backpack", "rucksack"},
    {"Toner", "printer cartridge"},
    {"Ring Binder", "folder"},
    {"Ballpoint Pen", "biro"},
    {"Copy Paper", "printer paper"},
    {"Soundbar", "tv speaker"},
    {"Running Tights", "leggings"},
    {"Kitchen Roll", "paper towels"},
    {"Cookies", "biscuits"},
};

constexpr Word kReviews[5][3] = {
    {"Broke after a week.", "Not as described, sent it back.", "Very disappointed."},
    {"Expected more for the price.", "Quality is so-so.", "Runs small, had to return it."},
    {"Does the job.", "Okay, nothing special.", "Fine, but delivery took long."},
    {"Good quality, would buy again.", "Nice, slightly smaller than expected.", "Works well."},
    {"Excellent, exactly what I wanted.", "Love it.", "Best I have had so far."}};

}  // namespace

std::string_view style_word(int style, int index) noexcept {
  return kStyleWords[style % kStyles][index % 3];
}

std::span<const Word> colours() noexcept { return kColours; }
std::span<const Word> first_names() noexcept { return kFirstNames; }
std::span<const Word> last_names() noexcept { return kLastNames; }
std::span<const Word> brand_stems() noexcept { return kBrandStems; }
std::span<const Word> brand_endings() noexcept { return kBrandEndings; }

std::span<const Word> size_labels(Sizing sizing) noexcept {
  switch (sizing) {
    case Sizing::none:
      return {};
    case Sizing::apparel:
      return kApparelSizes;
    case Sizing::shoe:
      return kShoeSizes;
    case Sizing::pack:
      return kPackSizes;
    case Sizing::storage:
      return kStorageSizes;
  }
  return {};
}

std::string_view size_label(Sizing sizing, int size) noexcept {
  const auto labels = size_labels(sizing);
  const bool known = size >= 0 && static_cast<std::size_t>(size) < labels.size();
  return known ? labels[static_cast<std::size_t>(size)] : std::string_view{};
}

std::string_view option_name(Sizing sizing) noexcept {
  switch (sizing) {
    case Sizing::none:
      return "Colour";
    case Sizing::apparel:
      return "Size";
    case Sizing::shoe:
      return "EU size";
    case Sizing::pack:
      return "Pack";
    case Sizing::storage:
      return "Storage";
  }
  return "";
}

std::span<const AttributeSpec> attribute_specs() noexcept { return kAttributes; }
std::span<const Synonym> synonyms() noexcept { return kSynonyms; }

std::string_view review_sentence(int stars, int index) noexcept {
  return kReviews[std::clamp(stars, 1, 5) - 1][index % 3];
}

std::vector<Word> split(Word list, char separator) {
  std::vector<Word> parts;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    parts.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return parts;
}

std::string slug(Word text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper) out.push_back(static_cast<char>(c - 'A' + 'a'));
    if (plain) out.push_back(c);
    // An apostrophe joins ("Women's" → "womens"); anything else separates.
    if (!upper && !plain && c != '\'' && !out.empty() && out.back() != '-') out.push_back('-');
  }
  while (!out.empty() && out.back() == '-')
    out.pop_back();
  return out;
}

}  // namespace souk::simulate
