// The template that every ready flow has: one page that says what there is to say.
#pragma once

#include <string>
#include <string_view>

#include "plugins/email/template/known_variables.hpp"
#include "plugins/email/template/template.hpp"

namespace souk::email {

/// Files of the shop's own first, then the ready page under the name of each ready flow.
[[nodiscard]] TemplateLoader ready_loader(TemplateLoader own);
/// The subject of a ready flow; empty for another name.
[[nodiscard]] std::string ready_subject(std::string_view flow);
/// What a template may name.
[[nodiscard]] const KnownVariables& ready_variables();

}  // namespace souk::email
