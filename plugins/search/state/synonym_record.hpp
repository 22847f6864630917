// A synonym in the form of the Algolia API, as SearchSynonymsSet carries it.
#pragma once

#include <string_view>

namespace souk::search {

class Synonyms;

/// Adds what the record says; one that can't be read, or is of an unknown type, says nothing.
/// Types: synonym, oneWaySynonym, altCorrection1, altCorrection2, placeholder (which is not a
/// synonym). False when nothing was added.
bool add_synonym_record(std::string_view json, Synonyms& synonyms);

}  // namespace souk::search
