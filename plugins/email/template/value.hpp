// What a template is rendered with: a value like JSON's, 16 bytes, in memory of an arena.
//
//     ValueArena arena;
//     MapBuilder person(arena);
//     person.set_text("first_name", customer.first_name());
//     MapBuilder context(arena);
//     context.set("person", person.build());
//     template.render(context.build(), options, html);
//     arena.reset();  // the next message reuses the memory
//
// A value is a view: it is trivially copied, and good while its arena is neither reset nor
// destroyed. Nothing here throws; memory is bounded by the arena, and whatever no longer fits
// becomes nil.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "souk/result.hpp"

namespace souk::email {

/// Memory that is given back all at once. One thread at a time.
class ValueArena {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{4} << 20;

  explicit ValueArena(std::size_t max_bytes = kDefaultBytes) noexcept : max_bytes_(max_bytes) {}
  ValueArena(ValueArena&&) noexcept = default;
  ValueArena& operator=(ValueArena&&) noexcept = default;

  /// Null once `max_bytes` are given away; exhausted() stays true until reset().
  [[nodiscard]] void* allocate(std::size_t bytes, std::size_t alignment);
  template <class T>
  [[nodiscard]] T* allocate_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (count > max_bytes_ / sizeof(T)) {
      exhausted_ = true;
      return nullptr;
    }
    return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  /// A copy of `text`; empty when it does not fit.
  [[nodiscard]] std::string_view copy(std::string_view text);

  /// All memory is free again. A quarter of a megabyte is kept for the next use.
  void reset() noexcept;

  [[nodiscard]] bool exhausted() const noexcept { return exhausted_; }
  [[nodiscard]] std::size_t used_bytes() const noexcept { return used_bytes_; }

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;  // chunk that is being filled
  std::size_t offset_ = 0;   // first free byte of it
  std::size_t used_bytes_ = 0;
  std::size_t max_bytes_;
  bool exhausted_ = false;
};

/// The name of a map's member, with the hash that finds it.
struct Key {
  constexpr Key(std::string_view name) noexcept : text(name), hash(hash_of(name)) {}
  constexpr Key(const char* name) noexcept : Key(std::string_view(name)) {}
  Key(const std::string& name) noexcept : Key(std::string_view(name)) {}

  std::string_view text;
  std::uint32_t hash;

  /// FNV-1a.
  [[nodiscard]] static constexpr std::uint32_t hash_of(std::string_view name) noexcept {
    std::uint32_t hash = 2166136261U;
    for (const char c : name)
      hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
  }
};

struct Member;

class Value {
 public:
  enum class Kind : std::uint8_t { nil, boolean, integer, number, text, list, map, range };

  constexpr Value() noexcept : integer_(0) {}
  [[nodiscard]] static Value boolean(bool value) noexcept;
  [[nodiscard]] static Value integer(std::int64_t value) noexcept;
  [[nodiscard]] static Value number(double value) noexcept;
  /// The bytes are not copied: ValueArena::copy() does, when they do not live long enough.
  [[nodiscard]] static Value text(std::string_view value) noexcept;
  /// Text that is HTML already: output does not escape it.
  [[nodiscard]] static Value html(std::string_view value) noexcept;
  /// The items are not copied.
  [[nodiscard]] static Value list(std::span<const Value> items) noexcept;
  /// `members` have distinct keys, and an index when more than kIndexedMembers: MapBuilder's work.
  [[nodiscard]] static Value map(std::span<const Member> members) noexcept;
  /// The integers first, first + 1, … (`count` of them), which take no memory.
  [[nodiscard]] static Value range(std::int64_t first, std::uint32_t count) noexcept;

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_nil() const noexcept { return kind_ == Kind::nil; }
  [[nodiscard]] bool is_text() const noexcept { return kind_ == Kind::text; }
  [[nodiscard]] bool is_list() const noexcept {
    return kind_ == Kind::list || kind_ == Kind::range;
  }
  [[nodiscard]] bool is_map() const noexcept { return kind_ == Kind::map; }
  [[nodiscard]] bool is_html() const noexcept { return html_; }
  /// Liquid's rule: everything is true but nil and false (an empty text and 0 are true).
  [[nodiscard]] bool truthy() const noexcept;
  /// nil, an empty text, list or map.
  [[nodiscard]] bool empty() const noexcept;

  /// Of another kind: false, 0, 0.0, "". A number is cut to an integer when it fits.
  [[nodiscard]] bool as_boolean() const noexcept { return kind_ == Kind::boolean && integer_ != 0; }
  [[nodiscard]] std::int64_t as_integer() const noexcept;
  [[nodiscard]] double as_number() const noexcept;
  [[nodiscard]] std::string_view as_text() const noexcept;

  /// Bytes of a text, items of a list, members of a map; else 0.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// The item of a list; nil beyond its end or of another kind. Negative counts from the end.
  [[nodiscard]] Value at(std::int64_t index) const noexcept;
  /// The items of a list (not of a range); the members of a map.
  [[nodiscard]] std::span<const Value> items() const noexcept;
  [[nodiscard]] std::span<const Member> members() const noexcept;
  /// The member of a map; nil when there is none.
  [[nodiscard]] Value get(const Key& key) const noexcept;

  static constexpr std::uint32_t kIndexedMembers = 32;

 private:
  Kind kind_ = Kind::nil;
  bool html_ = false;
  std::uint32_t size_ = 0;
  union {
    std::int64_t integer_;
    double number_;
    const char* text_;
    const Value* items_;
    const Member* members_;
  };
};

struct Member {
  const char* name;
  std::uint32_t name_size;
  std::uint32_t hash;
  Value value;

  [[nodiscard]] std::string_view key() const noexcept { return {name, name_size}; }
};

/// Collects a map's members. A key set twice has the last value. The arena outlives the builder.
class MapBuilder {
 public:
  explicit MapBuilder(ValueArena& arena) noexcept : arena_(arena) {}

  /// The key is copied; the value is the arena's already (or outlives it).
  MapBuilder& set(const Key& key, Value value);
  /// The text is copied.
  MapBuilder& set_text(const Key& key, std::string_view text);

  /// The map, in the order of insertion. The builder is spent.
  [[nodiscard]] Value build();

 private:
  ValueArena& arena_;
  Member* members_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Collects a list's items.
class ListBuilder {
 public:
  explicit ListBuilder(ValueArena& arena) noexcept : arena_(arena) {}

  ListBuilder& add(Value value);
  ListBuilder& add_text(std::string_view text);
  [[nodiscard]] Value build() const noexcept { return Value::list({items_, size_}); }

 private:
  ValueArena& arena_;
  Value* items_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// `json` as a value of `arena`; INVALID_ARGUMENT with line and column otherwise. Depth is bounded
/// (64); RESOURCE_EXHAUSTED when the arena is full.
[[nodiscard]] Result<Value> parse_json(std::string_view json, ValueArena& arena);

/// Appends compact JSON that may stand inside a script element (`<` is escaped).
void append_json(const Value& value, std::string& out);

}  // namespace souk::email
