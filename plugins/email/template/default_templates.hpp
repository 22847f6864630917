// The templates that come with Souk, from plugins/email/templates, built into the library.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "plugins/email/template/known_variables.hpp"
#include "plugins/email/template/template.hpp"
#include "plugins/email/template/translations.hpp"

namespace souk::email {

struct DefaultFile {
  std::string_view name;  // "abandoned_cart.html", "translations/de.json"
  std::string_view text;
};

/// A flow with templates `<name>.html` and `<name>.sms.txt`, and the translations
/// `<name>.subject`, `<name>.preheader` ….
struct DefaultFlow {
  std::string_view name;  // "abandoned_cart"
  /// What the context must hold for it beside shop, person and the links, by top-level name.
  std::string_view needs;
};

[[nodiscard]] std::span<const DefaultFile> default_files() noexcept;
[[nodiscard]] std::span<const DefaultFlow> default_flows() noexcept;
/// Nothing when no file has that name.
[[nodiscard]] std::optional<std::string_view> default_file(std::string_view name) noexcept;

/// The translations that come with Souk (en, de, fr, es); add() a shop's own to a copy.
[[nodiscard]] const Translations& default_translations();
/// The names every context may hold: README.md says what each is.
[[nodiscard]] const KnownVariables& context_variables();

/// A loader of the default files; `own`, when given, is asked first, so that a shop replaces
/// a layout or a part by a file of the same name.
[[nodiscard]] TemplateLoader default_loader(TemplateLoader own = {});

/// The text of the subject template of a flow: `{{ 'abandoned_cart.subject' | t: … }}`, to be
/// compiled with html = false and rendered with single_line = true. Empty when there is no such
/// flow.
[[nodiscard]] std::string default_subject(std::string_view flow);

}  // namespace souk::email
