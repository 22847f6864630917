#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tools/souk/catalog_types.hpp"
#include "tools/souk/command.hpp"
#include "tools/souk/daemon_access.hpp"
#include "tools/souk/import/importer.hpp"

namespace souk::cli {
namespace {

struct ImportArguments {
  std::string kind;
  std::vector<std::string> files;
  std::string config;
  std::string store;
  std::string key;
  std::vector<std::string> map;
  ImportSettings settings;
};

/// The scopes that a key needs to write events of this kind.
std::string scopes_of(ImportKind kind) {
  switch (kind) {
    case ImportKind::products:
    case ImportKind::inventory:
      return "events, catalog";
    case ImportKind::customers:
      return "events, customers";
    case ImportKind::orders:
      return "events, catalog, customers";
    case ImportKind::events:
      return "events, and catalog or customers where events change entities";
    case ImportKind::interactions:
      break;
  }
  return "events";
}

bool read_map(const std::vector<std::string>& pairs, std::map<std::string, std::string>& map) {
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size()) {
      fail("import", "--map takes FIELD=COLUMN, not \"" + pair + "\"");
      return false;
    }
    map[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return true;
}

int import_all(ImportArguments& arguments) {
  ImportSettings& settings = arguments.settings;
  settings.kind = *import_kind(arguments.kind);
  if (!read_map(arguments.map, settings.mapper.map)) return kBadUsage;
  if (!settings.rejects.empty() && arguments.files.size() > 1) {
    fail("import", "--rejects names one file; import one file at a time with it");
    return kBadUsage;
  }
  const auto config = load_config(arguments.config);
  if (!config) return kFailed;
  const config::StoreSettings* store = find_store(*config, arguments.store);
  if (store == nullptr) return kFailed;
  auto access = reach_daemon(*config, arguments.store, arguments.key, scopes_of(settings.kind));
  if (!access) return fail("import", access.status());
  const CatalogTypes types(config->catalog);
  settings.types = &types;
  settings.mapper.currency = store->currency;
  settings.address = access->address;
  settings.key = access->key;
  int exit_code = kDone;
  for (const std::string& file : arguments.files) {
    const auto report = import_file(file, settings);
    if (!report) {
      exit_code = fail("import", report.status());
      break;
    }
    std::fputs(to_text(*report).c_str(), stdout);
    std::fflush(stdout);
    if (report->rejected > 0 && report->accepted + report->duplicates == 0) exit_code = kFailed;
  }
  if (access->own) access->own->close();
  return exit_code;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "import", "Bulk load through the public API, with a progress bar and a reject file");
  command->footer(
      "Files are CSV, TSV or JSONL, plain or .gz. Recognised: Shopify products, customers and "
      "orders,\n"
      "WooCommerce products, Google Merchant feeds, UCI Online Retail. Importing a file twice "
      "stores\n"
      "nothing twice.");
  const auto arguments = std::make_shared<ImportArguments>();
  ImportSettings& settings = arguments->settings;
  command->add_option("kind", arguments->kind, "What the files hold")
      ->required()
      ->check(CLI::IsMember(
          {"events", "products", "customers", "orders", "inventory", "interactions"}));
  command->add_option("files", arguments->files, "The files")->required()->expected(1, -1);
  add_config_option(*command, arguments->config);
  command->add_option("--store", arguments->store, "The store's id")->required();
  command->add_option("--key", arguments->key, "API key, when the daemon runs")
      ->envname("SOUK_KEY");
  command->add_option("--map", arguments->map, "FIELD=COLUMN, for columns of other names")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--batch", settings.batch, "Events a request; without: 500, of events 2,000")
      ->check(CLI::Range(1, 10'000));
  command
      ->add_option(
          "--in-flight", settings.in_flight,
          "Requests at a time; without: 4, of events 1, so that they keep the order of the file")
      ->check(CLI::Range(1, 64));
  command->add_option("--rejects", settings.rejects,
                      "Where rejected lines go; without: FILE.rejects.csv");
  command->add_option(
      "--salt", settings.salt,
      "Any text: makes other ids, so that lines imported before are imported again");
  command->add_flag("-q,--quiet", settings.quiet, "No progress on standard error");
  command->callback([arguments, &exit_code] { exit_code = import_all(*arguments); });
}

}  // namespace souk::cli
