#include "plugins/email/template/template.hpp"

#include <algorithm>

#include "plugins/email/template/compiler.hpp"
#include "plugins/email/template/program_css.hpp"
#include "plugins/email/template/render.hpp"

namespace souk::email {

Template::Template(std::shared_ptr<const liquid::TemplateProgram> program) noexcept
    : program_(std::move(program)) {}

Result<Template> Template::compile(std::string_view name, std::string_view text,
                                   const CompileOptions& options) {
  auto program = std::make_shared<liquid::TemplateProgram>();
  if (Status status = liquid::Compiler(*program, options).run(name, text); !status.ok())
    return status;
  if (options.html) liquid::inline_program_css(*program);
  return Template(std::move(program));
}

Status Template::render(const Value& context, const RenderOptions& options,
                        std::string& out) const {
  return liquid::render_program(*program_, context, options, out);
}

const std::vector<RecommendationNeed>& Template::recommendation_needs() const noexcept {
  return program_->needs;
}

bool Template::uses(std::string_view name) const noexcept {
  return std::any_of(program_->slots.begin(), program_->slots.end(),
                     [name](const liquid::Slot& slot) { return slot.name.text == name; });
}

}  // namespace souk::email
