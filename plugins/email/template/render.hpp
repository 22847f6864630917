// The interpreter of programs.
#pragma once

#include <string>

#include "plugins/email/template/program.hpp"

namespace souk::email::liquid {

/// Template::render(), on a program.
[[nodiscard]] Status render_program(const TemplateProgram& program, const Value& context,
                                    const RenderOptions& options, std::string& out);

}  // namespace souk::email::liquid
