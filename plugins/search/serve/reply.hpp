// An answer → the messages of the REST API.
#pragma once

#include "plugins/search/serve/finder.hpp"
#include "plugins/search/serve/question.hpp"
#include "souk/v1/search.souk.hpp"

namespace souk::search {

/// All but the hits and facets.
void write_reply(const Question& question, const Sources& sources, const Answer& answer,
                 souk::v1::SearchReply& reply);

/// Appends the hits and the facets as the bytes that a SearchReply has of them. Products are most
/// of an answer: they are copied as they are kept.
void append_hits(const souk::v1::SearchRequest& request, const Question& question,
                 const Sources& sources, const Finder& finder, const Answer& answer,
                 std::string& out);

}  // namespace souk::search
