// The files of sdk/template, compiled into the program.
#pragma once

#include <span>
#include <string_view>

namespace souk::plugin_check {

struct TemplateFile {
  std::string_view path;  ///< relative, with '/'
  std::string_view text;
};

/// Static storage.
[[nodiscard]] std::span<const TemplateFile> project_template() noexcept;

}  // namespace souk::plugin_check
