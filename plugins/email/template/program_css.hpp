// inline_css() over a compiled template, so that rules of a layout reach what blocks and includes
// hold.
#pragma once

#include "plugins/email/template/program.hpp"

namespace souk::email::liquid {

/// Rewrites the program's literal text. A program without style elements is left as it is.
void inline_program_css(TemplateProgram& program);

}  // namespace souk::email::liquid
