#include "plugins/search/state/memory_account.hpp"

#include <cstdio>

namespace souk::search {
namespace {

/// A string keeps up to 15 bytes in itself.
std::size_t outside(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 1 : 0;
}

template <class T>
std::size_t outside(const std::vector<T>& list) {
  return list.capacity() * sizeof(T);
}

std::size_t bytes_of_query(const QueryEntry& entry) {
  return sizeof(entry) + outside(entry.text) + outside(entry.typed) + outside(entry.products);
}

std::size_t bytes_of_person(const Person& person) {
  return sizeof(person) + outside(person.taste.brands) + outside(person.taste.categories) +
         outside(person.visits) + outside(person.products) + outside(person.credits) +
         outside(person.sizes) + outside(person.segments);
}

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", static_cast<double>(bytes) / 1e6);
  return text;
}

}  // namespace

CatalogMemory catalog_memory(const Corpus& corpus, const Meaning& meaning) {
  CatalogMemory sum;
  for (const Corpus::Part& part : corpus.parts) {
    const Segment& segment = *part.segment;
    sum.text += segment.text().memory_bytes();
    sum.columns += segment.columns().memory_bytes();
    sum.facts += segment.facts_bytes() + part.live->memory_bytes();
    sum.records += segment.source_bytes();
  }
  sum.meaning = meaning.memory_bytes();
  return sum;
}

BehaviourMemory behaviour_memory(const Known& known) {
  const BehaviourView& behaviour = known.behaviour;
  BehaviourMemory sum;
  sum.queries = behaviour.queries.memory_bytes(bytes_of_query) +
                behaviour.segments.memory_bytes(bytes_of_query);
  sum.completions = behaviour.completions.memory_bytes();
  sum.people = behaviour.people.memory_bytes(bytes_of_person);
  sum.days = known.days.memory_bytes([](const QueryCounts& counts) { return sizeof(counts); });
  return sum;
}

std::string memory_text(const CatalogMemory& catalog, const BehaviourMemory& behaviour,
                        std::uint64_t products) {
  std::string text = megabytes(catalog.all()) + " MB for the catalog (text " +
                     megabytes(catalog.text) + ", columns " + megabytes(catalog.columns) +
                     ", facts " + megabytes(catalog.facts) + ", records " +
                     megabytes(catalog.records) + ", meaning " + megabytes(catalog.meaning) + ")";
  if (products > 0) {
    text += ", " + std::to_string((catalog.all() - catalog.records) / products) +
            " bytes a product beside its record";
  }
  return text + "; " + megabytes(behaviour.all()) + " MB for behaviour (queries " +
         megabytes(behaviour.queries) + ", completions " + megabytes(behaviour.completions) +
         ", people " + megabytes(behaviour.people) + ", days " + megabytes(behaviour.days) + ")";
}

}  // namespace souk::search
