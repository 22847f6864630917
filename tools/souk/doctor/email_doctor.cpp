#include "tools/souk/doctor/email_doctor.hpp"

#include <simdjson.h>

#include <fstream>
#include <iterator>
#include <string_view>

#include "kernel/config/plugins_section.hpp"
#include "kernel/schema/wire_to_json.hpp"
#include "souk/v1/email.pb.h"
#include "souk/v1/http_body.pb.h"
#include "tools/souk/doctor/mail_records.hpp"
#include "tools/souk/doctor/mail_way.hpp"
#include "tools/souk/evaluate/plugin_runner.hpp"

namespace souk::cli {
namespace {

/// What of the plugin's settings is looked at.
struct EmailSettings {
  std::string json;
  std::string from_domain;
  std::string public_url;
  std::string postal_address;
  std::string a_flow;  ///< the first that is on, by name; empty: none
  bool has_smtp = false;
  bool has_dkim = false;
  MailServer server;
  DkimSetting dkim;
};

std::string text_at(const simdjson::dom::element& object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

/// Of `Shop <shop@shop.example>` or the bare address, in lower case.
std::string domain_of(std::string text) {
  text.erase(0, text.rfind('@') == std::string::npos ? text.size() : text.rfind('@') + 1);
  text = text.substr(0, text.find_first_of("> "));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

void read_smtp(const simdjson::dom::element& smtp, EmailSettings& out) {
  out.has_smtp = true;
  out.server.url = text_at(smtp, "url");
  out.server.tls = text_at(smtp, "tls");
  out.server.ca_file = text_at(smtp, "caFile");
  simdjson::dom::element dkim;
  if (smtp["dkim"].get(dkim) != simdjson::SUCCESS) return;
  out.has_dkim = true;
  out.dkim.domain = text_at(dkim, "domain");
  out.dkim.selector = text_at(dkim, "selector");
  std::ifstream file(text_at(dkim, "key"), std::ios::binary);
  out.dkim.key_pem.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Result<EmailSettings> read_settings(const config::PluginSettings& plugin) {
  const schema::MessageTable* table = config::settings_table(*plugin.library);
  if (table == nullptr) return Status(Code::internal, "the plugin has no settings");
  EmailSettings out;
  if (Status status = schema::wire_to_json(*table, plugin.settings, out.json); !status.ok())
    return status;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(out.json).get(root) != simdjson::SUCCESS)
    return Status(Code::internal, "the settings do not read");
  out.from_domain = domain_of(text_at(root, "from"));
  out.public_url = text_at(root, "publicUrl");
  out.postal_address = text_at(root, "postalAddress");
  simdjson::dom::element smtp;
  if (root["smtp"].get(smtp) == simdjson::SUCCESS) read_smtp(smtp, out);
  simdjson::dom::object flows;
  if (root["flows"].get(flows) != simdjson::SUCCESS) return out;
  for (const auto [id, flow] : flows) {
    bool off = false;
    const bool is_off = flow["off"].get(off) == simdjson::SUCCESS && off;
    if (!is_off && (out.a_flow.empty() || id < out.a_flow)) out.a_flow = std::string(id);
  }
  return out;
}

/// A message of the first flow as it would leave, made by the plugin itself.
Result<std::string> sample_message(const config::PluginSettings& plugin,
                                   const EmailSettings& settings) {
  auto runner = PluginRunner::open(plugin.library, settings.json);
  if (!runner.ok()) return runner.status();
  const auto method = (*runner)->method("souk.v1.Email/PreviewFlow");
  if (!method.ok()) return method.status();
  souk::v1::PreviewFlowRequest request;
  request.set_flow_id(settings.a_flow);
  request.set_part("source");
  const auto answer = (*runner)->ask(*method, request.SerializeAsString());
  if (!answer.ok()) return answer.status();
  souk::v1::HttpBody body;
  if (!body.ParseFromString(*answer)) return Status(Code::internal, "the answer is malformed");
  return body.data();
}

}  // namespace

Result<Findings> examine_email(const config::PluginSettings& plugin, const DoctorTask& task) {
  const auto dns = DnsLookup::open(task.dns);
  if (!dns.ok()) return dns.status();
  auto read = read_settings(plugin);
  if (!read.ok()) return read.status();
  EmailSettings& settings = *read;
  Findings findings;
  if (!settings.has_smtp || settings.from_domain.empty()) {
    broken(findings, "settings", "without smtp and from nothing is sent",
           "set smtp: { url: smtp://USER:PASSWORD@HOST:587 } and from");
    return findings;
  }
  settings.server.timeout_ms = task.timeout_ms;
  examine_spf(*dns, settings.from_domain, findings);
  if (settings.has_dkim) {
    examine_dkim(*dns, settings.dkim, findings);
  } else {
    broken(findings, "DKIM", "messages are not signed",
           "make a key (openssl genrsa -out dkim.pem 2048) and set smtp.dkim: { domain: " +
               settings.from_domain + ", selector: souk, key: dkim.pem }");
  }
  examine_dmarc(*dns, settings.from_domain, settings.has_dkim ? settings.dkim.domain : "",
                findings);
  if (settings.a_flow.empty()) {
    doubtful(findings, "message", "no flow is on: none could be looked at", "set flows");
  } else if (const auto source = sample_message(plugin, settings); source.ok()) {
    examine_message(
        *source,
        {settings.from_domain, settings.public_url, settings.postal_address, settings.has_dkim},
        findings);
  } else {
    broken(findings, "message", source.status().message(), "look at the flow " + settings.a_flow);
  }
  examine_public_url(settings.public_url, task.timeout_ms, findings);
  examine_server(settings.server, findings);
  return findings;
}

}  // namespace souk::cli
