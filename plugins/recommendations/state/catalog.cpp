#include "plugins/recommendations/state/catalog.hpp"

#include <algorithm>
#include <bit>

namespace souk::recommendations {
namespace {
constexpr std::uint32_t kMostAccounts = 100'000;
constexpr std::size_t kLongestTitle = 120;  // bytes; enough for a reason
constexpr std::size_t kMostPaths = 16;      // of one product
constexpr std::size_t kMostLevels = 12;     // of one path
constexpr std::string_view kVariantSeparator = " > ";

// The title, cut between characters.
std::string_view cut(std::string_view title) {
  if (title.size() <= kLongestTitle) return title;
  std::size_t end = kLongestTitle;
  while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80)
    --end;
  return title.substr(0, end);
}

void store(std::atomic<std::uint32_t>& cell, std::uint32_t value) {
  cell.store(value, std::memory_order_release);
}
std::uint32_t load_cell(const std::atomic<std::uint32_t>& cell) {
  return cell.load(std::memory_order_acquire);
}
}  // namespace

Catalog::Catalog(const CatalogLimits& limits)
    : categories_(limits.max_categories),
      // A title that changes takes a new place; old ones stay.
      titles_(std::min(limits.max_items, 1u << 29) * 2),
      accounts_(kMostAccounts),
      words_(std::min(limits.max_items, 1u << 28) * 4),
      sets_(std::min(limits.max_items, 1u << 29) * 2),
      entries_(limits.max_items),
      traits_(limits.max_items) {}

Catalog::Entry* Catalog::writable(ItemId item) {
  if (item == kNoItem || !entries_.ensure(item) || !traits_.ensure(item)) return nullptr;
  items_end_ = std::max(items_end_, item + 1);
  return &entries_[item];
}

void Catalog::set_flags(Entry& entry, std::uint32_t flags) {
  const std::uint32_t before = entry.flags.load(std::memory_order_relaxed);
  const auto count = [](std::atomic<std::uint32_t>& counter, bool was, bool is) {
    const std::uint32_t now = counter.load(std::memory_order_relaxed);
    if (was != is) counter.store(is ? now + 1 : now - 1, std::memory_order_release);
  };
  const auto known_and = [](std::uint32_t f, std::uint32_t flag) {
    return (f & kKnown) != 0 && (f & flag) != 0;
  };
  store(entry.flags, flags);
  count(known_, (before & kKnown) != 0, (flags & kKnown) != 0);
  count(sold_out_, known_and(before, kSoldOut), known_and(flags, kSoldOut));
}

void Catalog::set_title(Entry& entry, std::string_view title) {
  if (title.empty()) return store(entry.title, 0);
  store(entry.title, titles_.intern(cut(title)) + 1);  // kNoItem + 1 is 0: none
}

CategoryId Catalog::add_path(std::string_view path) {
  CategoryId last = kNoCategory;
  std::size_t levels = 0;
  for (std::size_t end = 0; end != path.size() && levels < kMostLevels; ++levels) {
    end = path.find(kVariantSeparator, end == 0 ? 0 : end + kVariantSeparator.size());
    if (end == std::string_view::npos) end = path.size();
    const CategoryId category = categories_.intern(path.substr(0, end));
    if (category == kNoCategory) continue;
    last = category;
    scratch_paths_.push_back(category);
  }
  return last;
}

void Catalog::set_categories(Entry& entry, std::span<const std::string_view> paths) {
  scratch_paths_.clear();
  CategoryId main = kNoCategory;
  for (const std::string_view path : paths.first(std::min(paths.size(), kMostPaths))) {
    const CategoryId deepest = add_path(path);
    if (main == kNoCategory) main = deepest;
  }
  std::sort(scratch_paths_.begin(), scratch_paths_.end());
  scratch_paths_.erase(std::unique(scratch_paths_.begin(), scratch_paths_.end()),
                       scratch_paths_.end());
  store(entry.categories, sets_.intern(scratch_paths_) + 1);
  store(entry.main_category, main + 1);
}

void Catalog::upsert(ItemId item, const Product& product) {
  Entry* entry = writable(item);
  if (entry == nullptr) return;
  const std::uint32_t kept = entry->flags.load(std::memory_order_relaxed) & kSoldOut;
  bool all = true;
  bool excluded_all = true;
  const SetId only = sets_.intern(product.only_accounts, &all);
  const SetId excluded = sets_.intern(product.excluded_accounts, &excluded_all);
  // Without room for the accounts nobody may see it: showing it to the wrong one would be worse.
  const bool hidden = product.hidden || !all || !excluded_all;
  const std::uint32_t flags = kept | kKnown | (hidden ? kHidden : 0u);
  if (hidden) set_flags(*entry, flags);
  set_title(*entry, product.title);
  set_categories(*entry, product.categories);
  store(entry->only_accounts, only + 1);
  store(entry->excluded_accounts, excluded + 1);
  set_traits(*entry, traits_[item], product.traits);
  set_flags(*entry, flags);
}

void Catalog::set_traits(Entry& entry, TraitCells& cells, const Traits& traits) {
  entry.price.store(traits.price_minor, std::memory_order_release);
  cells.list_price.store(traits.list_price_minor, std::memory_order_release);
  store(cells.brand, traits.brand + 1);
  store(cells.attributes, traits.attributes + 1);
  store(cells.variants, traits.variants + 1);
  store(cells.since_s, traits.since_s);
  cells.rating.store(traits.rating, std::memory_order_release);
  store(cells.ratings, traits.ratings);
}

SetId Catalog::set_of(std::vector<std::uint32_t>& words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return sets_.intern(words);
}

void Catalog::erase(ItemId item) {
  Entry* entry = writable(item);
  if (entry != nullptr) set_flags(*entry, kDeleted);
}

void Catalog::set_sold_out(ItemId item, bool sold_out) {
  Entry* entry = writable(item);
  if (entry == nullptr) return;
  const std::uint32_t flags = entry->flags.load(std::memory_order_relaxed);
  set_flags(*entry, sold_out ? flags | kSoldOut : flags & ~std::uint32_t{kSoldOut});
}

void Catalog::hint(ItemId item, std::string_view title, std::string_view category) {
  if (title.empty() && category.empty()) return;
  Entry* entry = writable(item);
  if (entry == nullptr) return;
  if ((entry->flags.load(std::memory_order_relaxed) & (kKnown | kDeleted)) != 0) return;
  if (!title.empty() && entry->title.load(std::memory_order_relaxed) == 0) {
    set_title(*entry, title);
  }
  if (!category.empty() && entry->categories.load(std::memory_order_relaxed) == 0) {
    set_categories(*entry, {&category, 1});
  }
}

Catalog::Facts Catalog::facts(ItemId item) const {
  const Entry* found = entries_.find(item);
  if (found == nullptr) return {};
  const Entry& entry = *found;
  const std::uint32_t flags = load_cell(entry.flags);
  return {(flags & kKnown) != 0,
          (flags & kDeleted) != 0,
          (flags & kHidden) != 0,
          (flags & kSoldOut) != 0,
          load_cell(entry.only_accounts) - 1,
          load_cell(entry.excluded_accounts) - 1};
}

Catalog::Traits Catalog::traits(ItemId item) const {
  if (!traits_.has(item) || !entries_.has(item)) return {};
  const TraitCells& cells = traits_[item];
  return {entries_[item].price.load(std::memory_order_acquire),
          cells.list_price.load(std::memory_order_acquire),
          load_cell(cells.brand) - 1,
          load_cell(cells.attributes) - 1,
          load_cell(cells.variants) - 1,
          load_cell(cells.since_s),
          cells.rating.load(std::memory_order_acquire),
          load_cell(cells.ratings)};
}

std::int64_t Catalog::price_minor(ItemId item) const {
  const Entry* entry = entries_.find(item);
  return entry == nullptr ? -1 : entry->price.load(std::memory_order_acquire);
}

std::string_view Catalog::title(ItemId item) const {
  if (!entries_.has(item)) return {};
  const std::uint32_t title = load_cell(entries_[item].title);
  return title == 0 ? std::string_view() : titles_.name(title - 1);
}

SetId Catalog::categories(ItemId item) const {
  const Entry* entry = entries_.find(item);
  return entry == nullptr ? kEmptySet : load_cell(entry->categories) - 1;
}

CategoryId Catalog::main_category(ItemId item) const {
  const Entry* entry = entries_.find(item);
  return entry == nullptr ? kNoCategory : load_cell(entry->main_category) - 1;
}

CategoryId Catalog::category(std::string_view path) const { return categories_.find(path); }

std::size_t Catalog::memory_bytes() const {
  return categories_.memory_bytes() + titles_.memory_bytes() + accounts_.memory_bytes() +
         words_.memory_bytes() + sets_.memory_bytes() + entries_.memory_bytes() +
         traits_.memory_bytes();
}

Status Catalog::save(ByteSink& sink) const {
  for (const ItemDictionary* names : {&categories_, &titles_, &accounts_, &words_}) {
    if (Status status = names->save(sink); !status.ok()) return status;
  }
  if (Status status = sets_.save(sink); !status.ok()) return status;
  SnapshotWriter out(sink, "SKCA", 2);
  out.u32(items_end_);
  for (ItemId item = 0; item < items_end_; ++item) {
    static const Entry kNothing;
    const Entry& entry = entries_.has(item) ? entries_[item] : kNothing;
    for (const auto* cell : {&entry.flags, &entry.title, &entry.main_category, &entry.categories,
                             &entry.only_accounts, &entry.excluded_accounts}) {
      out.u32(cell->load(std::memory_order_relaxed));
    }
    const Traits of_item = traits(item);
    out.u64(static_cast<std::uint64_t>(of_item.price_minor));
    out.u64(static_cast<std::uint64_t>(of_item.list_price_minor));
    for (const std::uint32_t cell :
         {of_item.brand + 1, of_item.attributes + 1, of_item.variants + 1, of_item.since_s,
          std::bit_cast<std::uint32_t>(of_item.rating), of_item.ratings}) {
      out.u32(cell);
    }
  }
  return out.finish();
}

Status Catalog::load(ByteSource& source) {
  for (ItemDictionary* names : {&categories_, &titles_, &accounts_, &words_}) {
    if (Status status = names->load(source); !status.ok()) return status;
  }
  if (Status status = sets_.load(source); !status.ok()) return status;
  SnapshotReader in(source, "SKCA", 2);
  const std::uint32_t most =
      static_cast<std::uint32_t>(std::min<std::size_t>(entries_.max_size(), 0xffffffffu));
  const std::uint32_t count = in.count(most, "the number of products (max_products)");
  for (ItemId item = 0; in.ok() && item < count; ++item) {
    if (!load_entry(item, in) || !load_traits(item, in))
      in.fail("a product of the snapshot is malformed");
  }
  return in.finish();
}

bool Catalog::load_entry(ItemId item, SnapshotReader& in) {
  const std::uint32_t flags = in.u32();
  const std::uint32_t title = in.u32();
  const std::uint32_t main = in.u32();
  const std::uint32_t categories = in.u32();
  const std::uint32_t only = in.u32();
  const std::uint32_t excluded = in.u32();
  if (!in.ok()) return true;  // the fault is noted already
  if (title > titles_.size() || main > categories_.size() || !sets_.valid(categories - 1) ||
      !sets_.valid(only - 1) || !sets_.valid(excluded - 1)) {
    return false;
  }
  Entry* entry = writable(item);
  if (entry == nullptr) return false;
  store(entry->title, title);
  store(entry->main_category, main);
  store(entry->categories, categories);
  store(entry->only_accounts, only);
  store(entry->excluded_accounts, excluded);
  set_flags(*entry, flags & (kKnown | kDeleted | kHidden | kSoldOut));
  return true;
}

bool Catalog::load_traits(ItemId item, SnapshotReader& in) {
  Traits read;
  read.price_minor = static_cast<std::int64_t>(in.u64());
  read.list_price_minor = static_cast<std::int64_t>(in.u64());
  read.brand = in.u32() - 1;
  read.attributes = in.u32() - 1;
  read.variants = in.u32() - 1;
  read.since_s = in.u32();
  read.rating = std::bit_cast<float>(in.u32());
  read.ratings = in.u32();
  if (!in.ok()) return true;  // the fault is noted already
  if ((read.brand != kNoItem && read.brand >= words_.size()) || !sets_.valid(read.attributes) ||
      !sets_.valid(read.variants) || !(read.rating >= 0 && read.rating <= 1)) {
    return false;
  }
  if (!traits_.has(item)) return false;
  set_traits(entries_[item], traits_[item], read);
  return true;
}

}  // namespace souk::recommendations
